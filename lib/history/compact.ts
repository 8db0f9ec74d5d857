/**
 * Details of a day that is over, put into one file for each kind. The manifest is the commit: before it nothing is
 * removed, and after it nobody reads what is removed. So it may be stopped at any moment, and run by several at once.
 */
import { isDeepStrictEqual } from 'node:util';
import { readFile } from 'node:fs/promises';
import { StoreError } from '../errors.ts';
import type { DetailKind, Summary } from '../model/snapshot.ts';
import { parseRows, sha256 } from '../store/codec.ts';
import { compactedKey, compactedPrefix, detailDayPrefix, manifestKey } from '../store/keys.ts';
import { readManifest, writeManifest, type CompactedObject, type Manifest } from '../store/manifest.ts';
import { detailName, readDetail, type ClusterDay } from '../store/snapshots.ts';
import type { Store } from '../store/store.ts';
import type { Cache } from './cache.ts';
import { readParquet, writeParquet } from './parquet.ts';

export interface CompactPorts {
  readonly store: Store;
  /** Where files are put together: of this run alone. */
  readonly cache: Cache;
  readonly scratch: (name: string) => string;
  readonly run: string;
}

export interface Compacted extends ClusterDay {
  readonly snapshots: number;
  readonly rows: number;
  readonly bytesBefore: number;
  readonly bytesAfter: number;
}

const kinds = ['nodes', 'workloads', 'pods'] as const satisfies readonly DetailKind[];

/**
 * `summaries`: all of the day. null: there is nothing to do. Throws before it removes anything where a row would be lost
 * or changed.
 */
export async function compactDay(
  ports: CompactPorts,
  day: ClusterDay,
  summaries: readonly Summary[],
  signal: AbortSignal,
): Promise<Compacted | null> {
  const { store } = ports;
  const before = await readManifest(store, day, signal);
  const made = before ?? (await commitDay(ports, day, summaries, signal));
  const own = made.objects.some(({ key }) => key.endsWith(`/${ports.run}.parquet`));
  const replaced = await replacedBy(store, made, summaries, signal);
  // somebody else's work, perhaps of long ago: it is looked at before anything is taken away for it
  if (!own && replaced.length > 0)
    for (const object of made.objects) await requireWhole(store, object, signal);
  for (const key of replaced) await store.remove(key, signal);
  if (!own && replaced.length === 0) return null;
  const compacted = summaries.filter((summary) => made.objects.some((object) => has(object, summary)));
  const details = compacted.flatMap(({ objects }) => objects);
  return {
    ...day,
    snapshots: compacted.length,
    rows: details.reduce((sum, { rows }) => sum + rows, 0),
    bytesBefore: details.reduce((sum, { bytes }) => sum + bytes, 0),
    bytesAfter: made.objects.reduce((sum, { bytes }) => sum + bytes, 0),
  };
}

function has({ snapshots }: CompactedObject, { snapshotId, run }: Summary): boolean {
  return snapshots.some((each) => each.snapshotId === snapshotId && each.run === run);
}

async function requireWhole(
  store: Store,
  { key, sha256: expected }: CompactedObject,
  signal: AbortSignal,
): Promise<void> {
  const bytes = await store.read(key, signal);
  if (bytes === null || sha256(bytes) !== expected)
    throw new StoreError(
      `${key} in ${store.location} is ${bytes === null ? 'missing' : 'damaged'}: what it was made of is kept; remove the manifest of its day, and compact again`,
    );
}

async function commitDay(
  ports: CompactPorts,
  day: ClusterDay,
  summaries: readonly Summary[],
  signal: AbortSignal,
): Promise<Manifest> {
  const objects: CompactedObject[] = [];
  for (const kind of kinds) {
    const having = summaries.filter((summary) => summary.objects.some((object) => object.kind === kind));
    if (having.length === 0) continue;
    try {
      objects.push(await putTogether(ports, day, kind, having, signal));
    } catch (error) {
      // another compaction may be done by now, and have taken away what this one was to read
      const manifest = error instanceof StoreError ? await readManifest(ports.store, day, signal) : null;
      if (manifest === null) throw error;
      return manifest;
    }
  }
  const manifest: Manifest = { schemaVersion: 1, ...day, objects };
  if (await writeManifest(ports.store, manifest, signal)) return manifest;
  const winner = await readManifest(ports.store, day, signal);
  if (winner === null)
    throw new StoreError(`${manifestKey(day.cluster, day.date)} vanished from ${ports.store.location}`);
  return winner;
}

async function putTogether(
  { store, cache, scratch, run }: CompactPorts,
  { cluster, date }: ClusterDay,
  kind: DetailKind,
  summaries: readonly Summary[],
  signal: AbortSignal,
): Promise<CompactedObject> {
  const files: string[] = [];
  for (const summary of summaries)
    files.push(
      await cache.write(
        `${summary.snapshotId}-${kind}.ndjson.gz`,
        await readDetail(store, summary, kind, signal),
      ),
    );
  const file = scratch(`${date}-${kind}.parquet`);
  await writeParquet(file, kind, files, signal);
  const snapshots = await verified(file, files, summaries, kind, signal);
  const bytes = await readFile(file);
  const key = compactedKey(kind, cluster, date, run);
  if (!(await store.create(key, bytes, signal)))
    throw new StoreError(`${key} exists already in ${store.location}, though its name is random: try again`);
  return { kind, key, bytes: bytes.length, sha256: sha256(bytes), snapshots };
}

/** Row by row, in one pass over both: what will be read is what was stored. */
async function verified(
  file: string,
  originals: readonly string[],
  summaries: readonly Summary[],
  kind: DetailKind,
  signal: AbortSignal,
): Promise<CompactedObject['snapshots']> {
  const rows = readParquet(file, null, signal);
  const next = async (): Promise<unknown> => {
    const { done, value } = await rows.next();
    return done === true ? undefined : value;
  };
  try {
    const snapshots: CompactedObject['snapshots'] = [];
    for (const [index, summary] of summaries.entries()) {
      const what = detailName(summary, kind);
      const stored = parseRows(await readFile(originals[index] ?? ''), what);
      for (const [number, row] of stored.entries())
        if (!isDeepStrictEqual(await next(), row)) throw changed(`${what}, row ${number}`);
      snapshots.push({ snapshotId: summary.snapshotId, run: summary.run, rows: stored.length });
    }
    if ((await next()) !== undefined) throw changed(`a row after the last of ${kind}`);
    return snapshots;
  } finally {
    await rows.return(undefined);
  }
}

function changed(what: string): StoreError {
  return new StoreError(
    `${what}, does not come back as it was stored, and nothing is removed: was it written by a newer kube-binpack? Update this one`,
  );
}

/**
 * What is not needed beside the manifest: details that it has, those of runs whose slot another run has committed, and
 * files of compactions that came second. A run without a commit may still be under way: its details stay.
 */
async function replacedBy(
  store: Store,
  { cluster, date, objects }: Manifest,
  summaries: readonly Summary[],
  signal: AbortSignal,
): Promise<string[]> {
  const replaced: string[] = [];
  for (const kind of kinds) {
    const object = objects.find((each) => each.kind === kind);
    const bySlot = new Map(summaries.map((summary) => [summary.snapshotId, summary]));
    const needed = new Set(
      summaries
        .filter((summary) => object === undefined || !has(object, summary))
        .flatMap((summary) => summary.objects.map(({ key }) => key)),
    );
    for (const key of await Array.fromAsync(store.list(detailDayPrefix(kind, cluster, date), signal))) {
      const slot = /\/(\d{8}T\d{6}Z)-[^/]*$/.exec(key)?.[1] ?? '';
      if (!needed.has(key) && bySlot.has(slot)) replaced.push(key);
    }
    for (const key of await Array.fromAsync(store.list(compactedPrefix(kind, cluster, date), signal)))
      if (key !== object?.key) replaced.push(key);
  }
  return replaced;
}
