/** How few nodes would do for stored rows, with names: what `repack` says, and the report shows. */
import { apartKinds } from '../lib/model/apart.ts';
import type { NodeRow, Summary, WorkloadRow } from '../lib/model/snapshot.ts';
import { withoutApart } from '../lib/packing/apart.ts';
import { repack, type RepackOptions } from '../lib/packing/repack/repack.ts';
import { nameRepacking, type NamedRepacking, type NotRepacked } from '../lib/report/repack.ts';
import { narrowedText, notesOn, type Rows } from './rows.ts';

interface Search extends Pick<RepackOptions, 'prices' | 'maxSearchMs'> {
  /** Then what was found by then is given. */
  readonly budgetMs: number;
  readonly signal?: AbortSignal;
}

export function repackRows(
  { about, notes, ...rows }: Rows,
  { budgetMs, signal, ...options }: Search,
): NamedRepacking {
  // a virtual node is made for its pod, and goes with it
  const ordinary = withoutApart(rows, ['virtual']);
  const until = performance.now() + budgetMs;
  const expired = (): boolean => performance.now() > until || signal?.aborted === true;
  const found = repack(ordinary, { ...options, expired });
  return nameRepacking({ ...found, notes: [...notes, ...found.notes] }, about, ordinary);
}

/** Of a stored snapshot as it was counted: what was excluded then is left out. */
export function repackSnapshot(
  summary: Summary,
  rows: { readonly nodes: readonly NodeRow[]; readonly workloads: readonly WorkloadRow[] },
  search: Search,
): NamedRepacking | NotRepacked {
  const narrowed = narrowedText(summary);
  if (narrowed !== null) return { why: `${narrowed}: what room the other pods leave is not in it` };
  const excluded = apartKinds.filter((kind) => summary.apart?.[kind]?.excluded === true);
  const kept = withoutApart(rows, excluded);
  return repackRows({ about: summary, notes: notesOn(summary), ...kept }, search);
}
