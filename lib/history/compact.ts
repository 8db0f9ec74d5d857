/**
 * Details of a day that is over, put into one file for each kind. The manifest is the commit: before it nothing is
 * removed, and after it nobody reads what is removed. So it may be stopped at any moment, and run by several at once.
 */
import { isDeepStrictEqual } from 'node:util';
import { readFile } from 'node:fs/promises';
import { StoreError } from '../errors.ts';
import type { DetailKind, Summary } from '../model/snapshot.ts';
import { decodeRows, sha256 } from '../store/codec.ts';
import { compactedKey, compactedPrefix, detailDayPrefix, manifestKey } from '../store/keys.ts';
import { readManifest, writeManifest, type CompactedObject, type Manifest } from '../store/manifest.ts';
import { detailName, readDetail, rowSchemas, type ClusterDay } from '../store/snapshots.ts';
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
  /** false: it was compacted before, and only what that run left was removed. */
  readonly own: boolean;
}

const kinds = ['nodes', 'workloads', 'pods'] as const satisfies readonly DetailKind[];

/** `summaries`: all of the day. Throws before it removes anything where a row would be lost or changed. */
export async function compactDay(
  ports: CompactPorts,
  day: ClusterDay,
  summaries: readonly Summary[],
  signal: AbortSignal,
): Promise<Compacted> {
  const { store } = ports;
  const before = await readManifest(store, day, signal);
  const made = before ?? (await commitDay(ports, day, summaries, signal));
  const own = before === null && made.objects.some(({ key }) => key.endsWith(`/${ports.run}.parquet`));
  await removeReplaced(ports, made, summaries, signal);
  const replaced = summaries.flatMap(({ objects }) => objects);
  return {
    ...day,
    snapshots: summaries.length,
    rows: made.objects.reduce(
      (sum, { snapshots }) => sum + snapshots.reduce((rows, each) => rows + each.rows, 0),
      0,
    ),
    bytesBefore: replaced.reduce((sum, { bytes }) => sum + bytes, 0),
    bytesAfter: made.objects.reduce((sum, { bytes }) => sum + bytes, 0),
    own,
  };
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
    if (having.length > 0) objects.push(await putTogether(ports, day, kind, having, signal));
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
      const stored = decodeRows<unknown>(await readFile(originals[index] ?? ''), rowSchemas[kind], what);
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
    `${what}, does not come back as it was stored: nothing is removed; please report this`,
  );
}

/** What the manifest has; details of runs that died; and files of compactions that did. */
async function removeReplaced(
  { store }: CompactPorts,
  { cluster, date, objects }: Manifest,
  summaries: readonly Summary[],
  signal: AbortSignal,
): Promise<void> {
  for (const kind of kinds) {
    const snapshots = objects.find((object) => object.kind === kind)?.snapshots ?? [];
    const compacted = new Set(snapshots.map(({ snapshotId, run }) => `${snapshotId}-${run}`));
    const needed = new Set(
      summaries
        .filter(({ snapshotId, run }) => !compacted.has(`${snapshotId}-${run}`))
        .flatMap((summary) => summary.objects.map(({ key }) => key)),
    );
    for (const key of await Array.fromAsync(store.list(detailDayPrefix(kind, cluster, date), signal)))
      if (!needed.has(key)) await store.remove(key, signal);
    const kept = new Set(objects.map(({ key }) => key));
    for (const key of await Array.fromAsync(store.list(compactedPrefix(kind, cluster, date), signal)))
      if (!kept.has(key)) await store.remove(key, signal);
  }
}
