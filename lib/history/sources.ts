/** What SQL is asked over, brought to this machine: of the range, and of what the question reads, only. */
import { snapshotIdOf } from '../store/keys.ts';
import { fetchDetails, type Convert } from './details.ts';
import type { SourceFiles } from './sql/ask.ts';
import type { Source } from './sql/views.ts';
import { readDays, type HistoryPorts, type Range } from './summaries.ts';

const none: SourceFiles = { json: [], parquet: [], where: 'true' };
export const noFiles: Readonly<Record<Source, SourceFiles>> = {
  summaries: none,
  node_rows: none,
  workload_rows: none,
};

/** null: there is no snapshot in the range. */
export async function fetchSources(
  ports: HistoryPorts & { readonly convert: Convert },
  range: Range,
  wanted: ReadonlySet<Source>,
  signal: AbortSignal,
): Promise<Readonly<Record<Source, SourceFiles>> | null> {
  if (wanted.size === 0) return noFiles;
  const days = await readDays(ports, range, signal);
  if (days.length === 0) return null;
  const where = `"snapshotId" >= '${snapshotIdOf(range.from)}' AND "snapshotId" < '${snapshotIdOf(range.to)}'`;
  const detail = async (source: Source, kind: 'nodes' | 'workloads'): Promise<SourceFiles> =>
    wanted.has(source) ? { json: [], parquet: await fetchDetails(ports, days, kind, signal), where } : none;
  return {
    summaries: wanted.has('summaries') ? { json: days.map(({ file }) => file), parquet: [], where } : none,
    node_rows: await detail('node_rows', 'nodes'),
    workload_rows: await detail('workload_rows', 'workloads'),
  };
}
