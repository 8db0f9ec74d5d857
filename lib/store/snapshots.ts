/** Snapshots in a store: details first, the summary last, and only what a summary names is ever read. */
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
import { detailKey, parseSummaryKey, summaryKey, summaryPrefix, type SnapshotKey } from './keys.ts';
import type { Store } from './store.ts';

interface RowTypes {
  readonly nodes: NodeRow;
  readonly workloads: WorkloadRow;
  readonly pods: PodRow;
}

const rowSchemas: { readonly [K in DetailKind]: z.ZodType<RowTypes[K]> } = {
  nodes: nodeRowSchema,
  workloads: workloadRowSchema,
  pods: podRowSchema,
};

export interface Committed {
  readonly summary: Summary;
  /** false: another run of the same slot was first, and `summary` is its. */
  readonly own: boolean;
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
  const objects = await Promise.all([
    put('nodes', nodes),
    put('workloads', workloads),
    ...(pods === null ? [] : [put('pods', pods)]),
  ]);

  const whole = { ...summary, objects };
  if (await store.create(summaryKey(summary), encodeSummary(whole), signal))
    return { summary: whole, own: true };
  const winner = await readSummary(store, summary, signal);
  if (winner === null)
    throw new StoreError(`the summary of ${summary.snapshotId} vanished from ${store.location}`);
  await Promise.all(objects.map(({ key }) => store.remove(key, signal)));
  return { summary: winner, own: false };
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
  const what = `the ${kind} of snapshot ${summary.snapshotId} of ${summary.cluster}`;
  const object = summary.objects.find((candidate) => candidate.kind === kind);
  if (object === undefined)
    throw new StoreError(`${what} were not stored: take snapshots with --detail ${kind}`);
  const bytes = await store.read(object.key, signal);
  if (bytes === null) throw new StoreError(`${what} are missing from ${store.location} (${object.key})`);
  if (sha256(bytes) !== object.sha256)
    throw new StoreError(`${what} are damaged: their checksum is not the summary's; restore or remove them`);
  return decodeRows(bytes, rowSchemas[kind], what);
}

/** Committed snapshots, oldest first within a cluster; of one cluster or (null) of all. */
export async function* listSnapshots(
  store: Store,
  cluster: string | null,
  signal: AbortSignal,
): AsyncGenerator<SnapshotKey> {
  for await (const key of store.list(summaryPrefix(cluster), signal)) {
    const parsed = parseSummaryKey(key);
    if (parsed !== null) yield parsed;
  }
}
