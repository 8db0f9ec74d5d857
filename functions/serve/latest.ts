import { atOnce } from '../../lib/at-once.ts';
import { StoreError } from '../../lib/errors.ts';
import type { Summary } from '../../lib/model/snapshot.ts';
import { clustersAtOnce, newestSnapshots, readSummary } from '../../lib/store/snapshots.ts';
import type { Store } from '../../lib/store/store.ts';

/** The newest snapshot of each cluster. */
export interface Latest {
  /** By cluster. */
  readonly summaries: readonly Summary[];
  /** What is damaged; an earlier one stands in where it was read before. */
  readonly problems: readonly string[];
}

/** What is known of a cluster is read again only when there is a newer one. */
export async function readLatest(
  store: Store,
  cluster: string | null,
  before: Latest | null,
  signal: AbortSignal,
): Promise<Latest> {
  const known = new Map(before?.summaries.map((summary) => [summary.cluster, summary]));
  const summaries: (Summary | null)[] = [];
  const problems: string[] = [];
  const keys = await newestSnapshots(store, cluster, 1, signal);
  await atOnce(clustersAtOnce, keys.entries(), async ([index, key]) => {
    let summary = known.get(key.cluster) ?? null;
    if (summary?.snapshotId !== key.snapshotId) {
      try {
        summary = (await readSummary(store, key, signal)) ?? summary;
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof StoreError)) throw error;
        problems.push(error.message);
      }
    }
    summaries[index] = summary;
  });
  return { summaries: summaries.filter((summary) => summary !== null), problems };
}
