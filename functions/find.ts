import { ConfigError, StoreError } from '../lib/errors.ts';
import type { Summary } from '../lib/model/snapshot.ts';
import { snapshotIdOf, type SnapshotKey } from '../lib/store/keys.ts';
import { listSnapshots, newestSnapshots, readSummary } from '../lib/store/snapshots.ts';
import type { Store } from '../lib/store/store.ts';
import type { Context } from './command.ts';
import { clusterFilter, timeOf } from './options.ts';

/**
 * `reference`: the beginning of an id, of which the newest is taken; a time, of which the last one before it; empty or
 * latest: the newest of all.
 */
export async function findSummary(
  store: Store,
  reference: string,
  { config, log, signal }: Pick<Context, 'config' | 'log' | 'signal'>,
): Promise<Summary> {
  const wanted = reference === 'latest' ? '' : reference.replace(/^(\d{4})-(\d\d)-(\d\d)$/, '$1$2$3');
  const cluster = clusterFilter(config);
  const time = timeOf(wanted, new Date());
  const found =
    wanted === ''
      ? await newestSnapshots(store, cluster, 1, signal)
      : time !== null
        ? await newestSnapshots(store, cluster, 1, signal, snapshotIdOf(time))
        : await snapshotsThatBegin(store, cluster, wanted, signal);
  const clusters = new Set(found.map((key) => key.cluster));
  if (clusters.size > 1) log.info(`the newest of ${clusters.size} clusters; choose one with --cluster`);
  const newest = found.toSorted((a, b) => (a.snapshotId < b.snapshotId ? -1 : 1)).at(-1);
  const summary = newest === undefined ? null : await readSummary(store, newest, signal);
  if (summary !== null) return summary;
  const where = placeText(store, config);
  if (time !== null)
    throw new ConfigError(`there is no snapshot at "${reference}" or before${where}: see kube-binpack list`);
  if (wanted !== '') throw new ConfigError(`there is no snapshot ${wanted}${where}: see kube-binpack list`);
  throw new StoreError(`there is no snapshot${where}: take one with kube-binpack snapshot`);
}

/** ` of prod in ./snapshots` */
export function placeText({ location }: Pick<Store, 'location'>, config: Context['config']): string {
  const cluster = clusterFilter(config);
  return `${cluster === null ? '' : ` of ${cluster}`} in ${location}`;
}

/** An id begins with its day, so only that day's partitions are listed. */
async function snapshotsThatBegin(
  store: Store,
  cluster: string | null,
  beginning: string,
  signal: AbortSignal,
): Promise<SnapshotKey[]> {
  const day = beginning.slice(0, 8);
  const days = (date: string): boolean => date.replaceAll('-', '').startsWith(day);
  const keys = await Array.fromAsync(listSnapshots(store, cluster, days, signal));
  return keys.filter(({ snapshotId }) => snapshotId.startsWith(beginning));
}
