/** When a day of the history is over for good. */
import type { ClusterDay } from '../store/snapshots.ts';

const dayMs = 86_400_000;

/** No run is later than this: a day that ended so long ago may be taken for whole. */
export const settledAfterMs = 2 * dayMs;

/** Whether it ended so long ago, by default so that it has settled. */
export function hasEnded({ date }: ClusterDay, now: Date, agoMs = settledAfterMs): boolean {
  return now.getTime() - Date.parse(date) >= dayMs + agoMs;
}
