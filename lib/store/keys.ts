/** Where the objects of a snapshot lie, the same in a directory and in S3. Partitions are Hive's. */
import { StoreError } from '../errors.ts';
import type { DetailKind } from '../model/snapshot.ts';

export interface SnapshotKey {
  readonly cluster: string;
  readonly snapshotId: string;
}

/** 20261121T074500Z, to the second. */
export function snapshotIdOf(instant: Date): string {
  return instant
    .toISOString()
    .replace(/\.\d+Z$/, 'Z')
    .replaceAll(/[-:]/g, '');
}

export function instantOf(snapshotId: string): Date {
  return new Date(snapshotId.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
}

export function summaryPrefix(cluster: string | null): string {
  return cluster === null ? 'v1/summary/' : `v1/summary/cluster=${escapeName(cluster)}/`;
}

/** A folder of summaryPrefix(null) -> the cluster; null for a folder that is none's. */
export function clusterOfFolder(folder: string): string | null {
  return folder.startsWith('cluster=') ? unescapeName(folder.slice('cluster='.length)) : null;
}

/** A folder of summaryPrefix(cluster) -> 2026-11-21; null for a folder that is no day's. */
export function dateOfFolder(folder: string): string | null {
  return /^date=(\d{4}-\d\d-\d\d)$/.exec(folder)?.[1] ?? null;
}

/** Where it is tried whether objects of the cluster can be written. */
export function probeKey(cluster: string, random: string): string {
  return `v1/probe/cluster=${escapeName(cluster)}/${random}`;
}

/** Every summary of one day. */
export function summaryDayPrefix(cluster: string, date: string): string {
  return `${summaryPrefix(cluster)}date=${date}/`;
}

export function summaryKey({ cluster, snapshotId }: SnapshotKey): string {
  return `${summaryDayPrefix(cluster, dateOf(snapshotId))}${snapshotId}.json`;
}

export function detailKey(kind: DetailKind, { cluster, snapshotId }: SnapshotKey, run: string): string {
  return `${detailDayPrefix(kind, cluster, dateOf(snapshotId))}${snapshotId}-${run}.ndjson.gz`;
}

/** Details of every snapshot of one day. */
export function detailDayPrefix(kind: DetailKind, cluster: string, date: string): string {
  return `v1/${kind}/cluster=${escapeName(cluster)}/date=${date}/`;
}

/** The details of a whole day, put together; its manifest is what makes them count. */
export function compactedKey(kind: DetailKind, cluster: string, date: string, run: string): string {
  return `${compactedPrefix(kind, cluster, date)}${run}.parquet`;
}

/** A folder for each kind, with nothing else in it: Athena reads whatever lies in a partition of a table. */
export function compactedPrefix(kind: DetailKind, cluster: string, date: string): string {
  return `v1/compacted-${kind}/cluster=${escapeName(cluster)}/date=${date}/`;
}

export function manifestKey(cluster: string, date: string): string {
  return `v1/compacted/cluster=${escapeName(cluster)}/date=${date}/manifest.json`;
}

/** null for a key that is not a summary's. */
export function parseSummaryKey(key: string): SnapshotKey | null {
  const match = /^v1\/summary\/cluster=([^/]+)\/date=[\d-]{10}\/(\d{8}T\d{6}Z)\.json$/.exec(key);
  const [, partition, snapshotId] = match ?? [];
  if (partition === undefined || snapshotId === undefined) return null;
  const cluster = unescapeName(partition);
  return cluster === null ? null : { cluster, snapshotId };
}

export function dateOf(snapshotId: string): string {
  return snapshotId.replace(/^(\d{4})(\d\d)(\d\d).*$/, '$1-$2-$3');
}

/** In a partition's name: a cluster's name may be an ARN, with slashes and colons; `.` and `..` must not climb. */
export function escapeName(name: string): string {
  return encodeURIComponent(name).replace(/^\.+$/, (dots) => '%2E'.repeat(dots.length));
}

/** null for what was not escaped here: somebody else's folder. */
function unescapeName(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    if (error instanceof URIError) return null;
    throw error;
  }
}

/** For stores whose keys are no paths, but might become some. */
export function refuseClimbing(key: string, location: string): void {
  if (key.split('/').includes('..')) throw new StoreError(`the key "${key}" lies outside of ${location}`);
}
