/** Into a pipe or a file: the table anew, each time that there is a newer snapshot. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '../../lib/log.ts';
import type { Summary } from '../../lib/model/snapshot.ts';
import { headline } from '../../lib/report/headline.ts';
import { newestSummary, type Kind } from '../../lib/report/terminal/state.ts';
import type { TableOptions } from '../../lib/report/table.ts';
import { arrange, findSort, renderView, type View, type ViewOptions } from '../../lib/report/view.ts';
import { pollMs, withRows, type Watched } from './source.ts';

export interface Stream extends Watched {
  readonly kind: Kind;
  readonly arrangement: ViewOptions;
  readonly output: 'table' | 'json' | 'csv' | 'none';
  readonly table: TableOptions;
  readonly log: Log;
  /** Writes to stdout. */
  readonly write: (text: string) => void;
}

/** Ends with the signal. */
export async function watchStream(stream: Stream, signal: AbortSignal): Promise<void> {
  const { source, kind, log, write } = stream;
  let shown: Summary | null = null;
  let waits = false;
  let told: readonly string[] = [];
  while (!signal.aborted) {
    const { value } = await source.latest();
    const { summaries = [], problems = [] } = value ?? {};
    for (const problem of problems.filter((each) => !told.includes(each))) log.warn(problem);
    told = problems;
    const summary: Summary | null = newestSummary(summaries, shown?.cluster ?? null);
    if (shown === null && summaries.length > 1)
      log.info(`the newest of ${summaries.length} clusters; choose one with --cluster`);
    if (value !== null && summary === null && !waits) {
      log.info(`there is no snapshot in ${source.location} yet: waiting for one`);
      waits = true;
    }
    if (summary !== null && summary !== shown) {
      const first = shown === null;
      const { value: block } = await withRows(stream, summary, kind, (view) =>
        blockOf(stream, summary, view, first),
      );
      // what was not read is tried again; the source says why
      if (block !== null) {
        write(block);
        shown = summary;
      }
    }
    await untilNextLook(signal);
  }
}

async function untilNextLook(signal: AbortSignal): Promise<void> {
  await sleep(pollMs, undefined, { signal }).catch((error: Error) => {
    if (!signal.aborted) throw error;
  });
}

function blockOf<Row>(
  { arrangement, output, table }: Stream,
  summary: Summary,
  view: View<Row>,
  first: boolean,
): string {
  const { sort } = arrangement;
  // a column that goes later, with the last node that has it, is no mistake
  const known = first || sort === null || findSort(view, sort) !== null;
  const text = renderView(arrange(view, { ...arrangement, sort: known ? sort : null }), output, table);
  return output === 'table' ? `${first ? '' : '\n'}${headline(summary)}\n\n${text}` : text;
}
