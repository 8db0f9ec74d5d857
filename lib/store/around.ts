/** Which snapshots there are near one of them. */
import { dateOf, type SnapshotKey } from './keys.ts';
import { clusterDays, snapshotsOfDay } from './snapshots.ts';
import type { Store } from './store.ts';

/** Those of its day, and of the nearest days before and after it that have any; oldest first. */
export async function snapshotsAround(
  store: Store,
  { cluster, snapshotId }: SnapshotKey,
  signal: AbortSignal,
): Promise<SnapshotKey[]> {
  const own = dateOf(snapshotId);
  const days = await clusterDays(store, cluster, signal);
  const near = [
    days.findLast(({ date }) => date < own),
    days.find(({ date }) => date === own),
    days.find(({ date }) => date > own),
  ].filter((day) => day !== undefined);
  const found = await Promise.all(
    near.map(async (day) => Array.fromAsync(snapshotsOfDay(store, day, signal))),
  );
  return found.flat();
}
