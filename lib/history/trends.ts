/**
 * What trends read of a range of time. Beside the summaries of a day the cache has their columns, which are read in no
 * time; which snapshots there are, the store says each time.
 */
import { columnsOf, sliceColumns, type Columns } from '../packing/columns.ts';
import { measures } from '../packing/series.ts';
import { snapshotsOfDay, type ClusterDay } from '../store/snapshots.ts';
import { decodeColumns, encodeColumns } from './columns.ts';
import { cacheName, positionsIn, readDay, visitDays, type HistoryPorts, type Range } from './summaries.ts';

/** Day by day, by cluster; a month of them is never held at once. */
export async function visitColumns(
  ports: HistoryPorts,
  range: Range,
  visit: (columns: Columns) => void,
  signal: AbortSignal,
): Promise<void> {
  const read = async (day: ClusterDay): Promise<Columns> => {
    const columns = await readColumns(ports, day, signal);
    const ids = columns.snapshotIds.map((snapshotId) => ({ snapshotId }));
    return sliceColumns(columns, ...positionsIn(ids, range));
  };
  await visitDays(ports, range, { read, visit }, signal);
}

/** Raised when a measure comes to read something else under its name. */
const revision = '1';
/** Once there is another measure, columns without it do no longer. */
const version = [revision, ...measures.map(({ name }) => name)];

async function readColumns(ports: HistoryPorts, day: ClusterDay, signal: AbortSignal): Promise<Columns> {
  const { store, cache } = ports;
  const name = cacheName('columns', store, day, version);
  const keys = await Array.fromAsync(snapshotsOfDay(store, day, signal));
  const bytes = await cache.read(name);
  const known = bytes === null ? null : decodeColumns(bytes);
  const isSame = (id: string, index: number): boolean => id === keys[index]?.snapshotId;
  if (known?.snapshotIds.length === keys.length && known.snapshotIds.every(isSame)) return known;
  const { summaries } = await readDay(ports, day, keys, signal);
  const columns = columnsOf(day.cluster, summaries);
  // what is damaged is told each time: until it is restored or removed, its day is read anew
  if (keys.length > 0 && summaries.length === keys.length) await cache.write(name, encodeColumns(columns));
  return columns;
}
