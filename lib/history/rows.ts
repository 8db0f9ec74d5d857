/** The rows of one snapshot, wherever they are: in an object of their own, or in one with all of its day. */
import { StoreError } from '../errors.ts';
import type { DetailKind, Summary } from '../model/snapshot.ts';
import { checkRows, decodeRows, sha256 } from '../store/codec.ts';
import { dateOf } from '../store/keys.ts';
import { compactedOf, readManifest, type CompactedObject } from '../store/manifest.ts';
import { detailName, findDetail, rowSchemas, type RowTypes } from '../store/snapshots.ts';
import type { Store } from '../store/store.ts';
import type { Cache } from './cache.ts';
import type * as Parquet from './parquet.ts';

/** Reads what was compacted; loaded when there is such a day, since it is large. */
export type OpenParquet = () => Promise<Pick<typeof Parquet, 'readParquet'>>;

export interface RowsPorts {
  readonly store: Store;
  readonly cache: Cache;
  readonly openParquet: OpenParquet;
}

export async function readAllRows<K extends DetailKind>(
  { store, cache, openParquet }: RowsPorts,
  summary: Summary,
  kind: K,
  signal: AbortSignal,
): Promise<RowTypes[K][]> {
  const what = detailName(summary, kind);
  const bytes = await findDetail(store, summary, kind, signal);
  if (bytes !== null) return decodeRows(bytes, rowSchemas[kind], what);
  const day = { cluster: summary.cluster, date: dateOf(summary.snapshotId) };
  const object = compactedOf(await readManifest(store, day, signal), summary, kind);
  if (object === null) throw new StoreError(`${what} are missing from ${store.location}`);
  const file = await fetchCompacted({ store, cache }, object, signal);
  const { readParquet } = await openParquet();
  return checkRows(await Array.fromAsync(readParquet(file, summary, signal)), rowSchemas[kind], what);
}

/** A local copy, checked against its manifest. */
export async function fetchCompacted(
  { store, cache }: Pick<RowsPorts, 'store' | 'cache'>,
  { key, sha256: expected }: CompactedObject,
  signal: AbortSignal,
): Promise<string> {
  const name = `${expected}.parquet`;
  const known = await cache.find(name);
  if (known !== null) return known;
  const bytes = await store.read(key, signal);
  if (bytes === null)
    throw new StoreError(`${key} is missing from ${store.location}, though its manifest names it`);
  if (sha256(bytes) !== expected)
    throw new StoreError(`${key} in ${store.location} is damaged: its checksum is not the manifest's`);
  return cache.write(name, bytes);
}
