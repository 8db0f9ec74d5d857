/** Snapshots in a store: details first, the summary last, and only what a summary names is ever read. */
import { atOnce } from '../at-once.ts';
import { StoreError } from '../errors.ts';
import type * as z from '../model/schema.ts';
import {
  nodeRowSchema,
  podRowSchema,
  workloadRowSchema,
  type DetailKind,
  type NodeRow,
  type PodRow,
  type Snapshot,
  type StoredObject,
  type Summary,
  type WorkloadRow,
} from '../model/snapshot.ts';
import { decodeRows, decodeSummary, encodeRows, encodeSummary, sha256 } from './codec.ts';
import {
  clusterOfFolder,
  dateOf,
  dateOfFolder,
  detailKey,
  parseSummaryKey,
  snapshotIdOf,
  summaryDayPrefix,
  summaryKey,
  summaryPrefix,
  type SnapshotKey,
} from './keys.ts';
import type { Store } from './store.ts';

export interface RowTypes {
  readonly nodes: NodeRow;
  readonly workloads: WorkloadRow;
  readonly pods: PodRow;
}

export const rowSchemas: { readonly [K in DetailKind]: z.ZodType<RowTypes[K]> } = {
  nodes: nodeRowSchema,
  workloads: workloadRowSchema,
  pods: podRowSchema,
};

export interface Committed {
  readonly summary: Summary;
  /** false: another run of the same slot was first, and `summary` is its. */
  readonly own: boolean;
  /** Keys of details that nobody will read and that could not be removed: they are left to the store's owner. */
  readonly leftOver: readonly string[];
}

/** Whoever writes the summary first wins the slot; a loser takes its details away again. */
export async function commitSnapshot(
  store: Store,
  snapshot: Snapshot,
  signal: AbortSignal,
): Promise<Committed> {
  const { summary, nodes, workloads, pods } = snapshot;
  const put = async <K extends DetailKind>(kind: K, all: Iterable<RowTypes[K]>): Promise<StoredObject> => {
    const { bytes, rows, sha256: digest } = await encodeRows(all, rowSchemas[kind], kind);
    const key = detailKey(kind, summary, summary.run);
    if (!(await store.create(key, bytes, signal))) {
      throw new StoreError(
        `${key} exists already in ${store.location}, though its name is random: try again`,
      );
    }
    return { kind, key, rows, bytes: bytes.length, sha256: digest };
  };
  // at once: while zlib compresses rows of one kind in its thread, those of the other are made
  const objects = await together([
    put('nodes', nodes),
    put('workloads', workloads),
    ...(pods === null ? [] : [put('pods', pods)]),
  ]);

  const whole = { ...summary, objects };
  if (await store.create(summaryKey(summary), encodeSummary(whole), signal))
    return { summary: whole, own: true, leftOver: [] };
  const winner = await readSummary(store, summary, signal);
  if (winner === null)
    throw new StoreError(`the summary of ${summary.snapshotId} vanished from ${store.location}`);
  // written by ourselves, by a request whose answer was lost
  if (winner.run === summary.run) return { summary: winner, own: true, leftOver: [] };
  const removed = await Promise.allSettled(objects.map(({ key }) => store.remove(key, signal)));
  signal.throwIfAborted();
  const leftOver = objects.filter((_, index) => removed[index]?.status === 'rejected').map(({ key }) => key);
  return { summary: winner, own: false, leftOver };
}

/** As Promise.all, but when one fails the others are not left behind: whoever hears of it may end the process. */
async function together<T>(works: readonly Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(works);
  return Promise.all(works);
}

/** null where the slot has no committed snapshot. */
export async function readSummary(
  store: Store,
  key: SnapshotKey,
  signal: AbortSignal,
): Promise<Summary | null> {
  const bytes = await store.read(summaryKey(key), signal);
  if (bytes === null) return null;
  const what = `snapshot ${key.snapshotId} of ${key.cluster}`;
  const summary = decodeSummary(bytes, what);
  if (summary.snapshotId === key.snapshotId && summary.cluster === key.cluster) return summary;
  const actual = `${summary.snapshotId} of ${summary.cluster}`;
  throw new StoreError(`${what} (${summaryKey(key)}) holds another one, ${actual}: restore or remove it`);
}

/** One kind of a snapshot's details, checked against what its summary says of them. */
export async function readRows<K extends DetailKind>(
  store: Store,
  summary: Summary,
  kind: K,
  signal: AbortSignal,
): Promise<RowTypes[K][]> {
  return decodeRows(
    await readDetail(store, summary, kind, signal),
    rowSchemas[kind],
    detailName(summary, kind),
  );
}

export const detailName = ({ snapshotId, cluster }: Summary, kind: DetailKind): string =>
  `the ${kind} of snapshot ${snapshotId} of ${cluster}`;

/** The bytes of them, which are what was written: gzipped lines of JSON. */
export async function readDetail(
  store: Store,
  summary: Summary,
  kind: DetailKind,
  signal: AbortSignal,
): Promise<Buffer> {
  const bytes = await findDetail(store, summary, kind, signal);
  if (bytes !== null) return bytes;
  const key = summary.objects.find((object) => object.kind === kind)?.key ?? '';
  throw new StoreError(`${detailName(summary, kind)} are missing from ${store.location} (${key})`);
}

/** null where they are not there, or no longer: in one file with those of the whole day perhaps. */
export async function findDetail(
  store: Store,
  summary: Summary,
  kind: DetailKind,
  signal: AbortSignal,
): Promise<Buffer | null> {
  const what = detailName(summary, kind);
  const object = summary.objects.find((candidate) => candidate.kind === kind);
  if (object === undefined)
    throw new StoreError(`${what} were not stored: take snapshots with --detail ${kind}`);
  const bytes = await store.read(object.key, signal);
  if (bytes === null) return null;
  if (sha256(bytes) !== object.sha256)
    throw new StoreError(`${what} are damaged: their checksum is not the summary's; restore or remove them`);
  return bytes;
}

/** Which days of the history are wanted, by their dates in UTC: 2026-11-21. */
export type Days = (date: string) => boolean;

/**
 * Committed snapshots, oldest first within a cluster; of one cluster or (null) of all. With `days`, only the
 * partitions of those days are listed.
 */
export async function* listSnapshots(
  store: Store,
  cluster: string | null,
  days: Days | null,
  signal: AbortSignal,
): AsyncGenerator<SnapshotKey> {
  if (days === null) return yield* snapshotsBelow(store, summaryPrefix(cluster), signal);
  for (const day of await clusterDays(store, cluster, signal))
    if (days(day.date)) yield* snapshotsOfDay(store, day, signal);
}

/** Those that stand for `from` or later, and for before `to`; null: however early, however late. */
export async function snapshotsBetween(
  store: Store,
  cluster: string | null,
  { from, to }: { readonly from: Date | null; readonly to: Date | null },
  signal: AbortSignal,
): Promise<SnapshotKey[]> {
  const first = from === null ? '' : snapshotIdOf(from);
  const end = to === null ? '~' : snapshotIdOf(to);
  const days = (date: string): boolean =>
    (from === null || date >= dateOf(first)) && (to === null || date <= dateOf(end));
  const keys = await Array.fromAsync(listSnapshots(store, cluster, days, signal));
  return keys.filter(({ snapshotId }) => snapshotId >= first && snapshotId < end);
}

/** A fleet has hundreds, and each takes some round trips. */
export const clustersAtOnce = 16;

/**
 * The newest of each cluster, none newer than `until`, oldest first; from the newest day backwards, so that no more is
 * listed than needed.
 */
export async function newestSnapshots(
  store: Store,
  cluster: string | null,
  limit: number,
  signal: AbortSignal,
  until: string | null = null,
): Promise<SnapshotKey[]> {
  const newest: SnapshotKey[][] = [];
  const clusters = await clustersOf(store, cluster, signal);
  await atOnce(clustersAtOnce, clusters.entries(), async ([index, name]) => {
    let ofCluster: SnapshotKey[] = [];
    for (const date of (await datesOf(store, name, signal)).toReversed()) {
      if (ofCluster.length >= limit) break;
      if (until !== null && date > dateOf(until)) continue;
      const ofDay = await Array.fromAsync(snapshotsBelow(store, summaryDayPrefix(name, date), signal));
      const wanted = ofDay.filter(({ snapshotId }) => until === null || snapshotId <= until);
      ofCluster = [...wanted, ...ofCluster];
    }
    newest[index] = ofCluster.slice(-limit);
  });
  return newest.flat();
}

export function snapshotsOfDay(
  store: Store,
  { cluster, date }: ClusterDay,
  signal: AbortSignal,
): AsyncGenerator<SnapshotKey> {
  return snapshotsBelow(store, summaryDayPrefix(cluster, date), signal);
}

async function* snapshotsBelow(
  store: Store,
  prefix: string,
  signal: AbortSignal,
): AsyncGenerator<SnapshotKey> {
  for await (const key of store.list(prefix, signal)) {
    const parsed = parseSummaryKey(key);
    if (parsed !== null) yield parsed;
  }
}

export interface ClusterDay {
  readonly cluster: string;
  /** In UTC: 2026-11-21. */
  readonly date: string;
}

/** The days that have snapshots, of one cluster or (null) of all; oldest first within a cluster. */
export async function clusterDays(
  store: Store,
  cluster: string | null,
  signal: AbortSignal,
): Promise<ClusterDay[]> {
  const days: ClusterDay[] = [];
  for (const name of await clustersOf(store, cluster, signal))
    for (const date of await datesOf(store, name, signal)) days.push({ cluster: name, date });
  return days;
}

/** Those that have snapshots; or the one that is given, whether it has or not. */
export async function clustersOf(
  store: Store,
  cluster: string | null,
  signal: AbortSignal,
): Promise<string[]> {
  if (cluster !== null) return [cluster];
  const folders = await Array.fromAsync(store.folders(summaryPrefix(null), signal));
  return folders.map(clusterOfFolder).filter((name) => name !== null);
}

/** Days that have snapshots, oldest first. */
async function datesOf(store: Store, cluster: string, signal: AbortSignal): Promise<string[]> {
  const folders = await Array.fromAsync(store.folders(summaryPrefix(cluster), signal));
  return folders.map(dateOfFolder).filter((date) => date !== null);
}
