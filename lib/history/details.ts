/** The rows of many snapshots as local files of columns: of each snapshot, or of a whole day where it is compacted. */
import { rm, writeFile } from 'node:fs/promises';
import { atOnce } from '../at-once.ts';
import { StoreError } from '../errors.ts';
import type { DetailKind, Summary } from '../model/snapshot.ts';
import { compactedOf, readManifest } from '../store/manifest.ts';
import { readDetail } from '../store/snapshots.ts';
import { fetchCompacted } from './rows.ts';
import { isOver, type Day, type HistoryPorts } from './summaries.ts';

/** Rows as they are stored -> a Parquet file, which is asked in a tenth of the time. */
export type Convert = (jsonFile: string, kind: DetailKind, parquetFile: string) => Promise<void>;

const readsAtOnce = 4;

/** Parquet files. Those whose rows are missing or damaged are told, and left out. */
export async function fetchDetails(
  ports: HistoryPorts & { readonly convert: Convert },
  days: readonly Day[],
  kind: DetailKind,
  signal: AbortSignal,
): Promise<string[]> {
  const { store, skip, progress, now } = ports;
  const files: string[] = [];
  const single: Summary[] = [];
  for (const day of days) {
    // a day that late runs may add to is never compacted
    const manifest = isOver(day, now()) ? await told(readManifest(store, day, signal), skip, signal) : null;
    const objects = new Set(day.summaries.map((summary) => compactedOf(manifest, summary, kind)));
    for (const object of objects) {
      const file = object === null ? null : await told(fetchCompacted(ports, object, signal), skip, signal);
      if (file !== null) files.push(file);
    }
    single.push(...day.summaries.filter((summary) => compactedOf(manifest, summary, kind) === null));
  }
  let done = 0;
  await atOnce(readsAtOnce, single, async (summary) => {
    const file = await told(fetchSingle(ports, summary, kind, signal), skip, signal);
    if (file !== null) files.push(file);
    done += 1;
    progress(done, single.length, kind);
  });
  return files;
}

/** Under the checksum that its summary gives it. */
async function fetchSingle(
  { store, cache, convert }: HistoryPorts & { readonly convert: Convert },
  summary: Summary,
  kind: DetailKind,
  signal: AbortSignal,
): Promise<string> {
  const checksum = summary.objects.find((each) => each.kind === kind)?.sha256 ?? '';
  const name = `${checksum}.rows.parquet`;
  const known = checksum === '' ? null : await cache.find(name);
  if (known !== null) return known;
  const rows = await readDetail(store, summary, kind, signal);
  return cache.make(name, async (file) => {
    // a name that tells what it is: gzipped lines
    const json = `${file}.ndjson.gz`;
    await writeFile(json, rows, { mode: 0o600 });
    try {
      await convert(json, kind, file);
    } finally {
      await rm(json, { force: true });
    }
  });
}

async function told<T>(
  work: Promise<T>,
  skip: (problem: string) => void,
  signal: AbortSignal,
): Promise<T | null> {
  return work.catch((error: unknown) => {
    signal.throwIfAborted();
    if (!(error instanceof StoreError)) throw error;
    skip(error.message);
    return null;
  });
}
