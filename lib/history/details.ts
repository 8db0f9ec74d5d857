/** The rows of many snapshots as local files of columns: of each snapshot, or of a whole day where it is compacted. */
import { rm, writeFile } from 'node:fs/promises';
import { atOnce } from '../at-once.ts';
import { StoreError } from '../errors.ts';
import type { DetailKind, Summary } from '../model/snapshot.ts';
import { compactedOf, readManifest, type CompactedObject } from '../store/manifest.ts';
import { detailName, findDetail, rowSchemas } from '../store/snapshots.ts';
import { sha256 } from '../store/codec.ts';
import { fieldsOf } from './sql/columns.ts';
import { fetchCompacted } from './rows.ts';
import { isOver, type Day, type HistoryPorts } from './summaries.ts';

/** Rows as they are stored -> a Parquet file, which is asked in a tenth of the time. */
export type Convert = (jsonFile: string, kind: DetailKind, parquetFile: string) => Promise<void>;

const readsAtOnce = 4;

/** A file that was made of fewer columns is none for the rows of a version that has more. */
const columnsOf = Object.fromEntries(
  Object.entries(rowSchemas).map(([kind, schema]) => [
    kind,
    sha256(Buffer.from(JSON.stringify(fieldsOf(schema)))).slice(0, 12),
  ]),
);

/** Parquet files. Those whose rows are missing or damaged are told, and left out. */
export async function fetchDetails(
  ports: HistoryPorts & { readonly convert: Convert },
  days: readonly Day[],
  kind: DetailKind,
  signal: AbortSignal,
): Promise<string[]> {
  const { store, skip, progress, now } = ports;
  const files = new Set<string>();
  const fetchAll = async (objects: ReadonlySet<CompactedObject>): Promise<void> => {
    for (const object of objects) {
      const file = await told(fetchCompacted(ports, object, signal), skip, signal);
      if (file !== null) files.add(file);
    }
  };
  let done = 0;
  const all = days.reduce((sum, { summaries }) => sum + summaries.length, 0);
  for (const day of days) {
    // a day that late runs may add to is hardly compacted: there it is looked for only when something is missing
    const manifest = isOver(day, now()) ? await told(readManifest(store, day, signal), skip, signal) : null;
    const missing: Summary[] = [];
    const compacted = new Set<CompactedObject>();
    const single: Summary[] = [];
    for (const summary of day.summaries) {
      const object = compactedOf(manifest, summary, kind);
      if (object === null) single.push(summary);
      else compacted.add(object);
    }
    await fetchAll(compacted);
    await atOnce(readsAtOnce, single, async (summary) => {
      const file = await told(fetchSingle(ports, summary, kind, signal), skip, signal);
      if (typeof file === 'string') files.add(file);
      else if (file === undefined) missing.push(summary);
      done += 1;
      progress(done, all, kind);
    });
    done += day.summaries.length - single.length;
    if (missing.length === 0) continue;
    // compacted meanwhile, it may be
    const current = await told(readManifest(store, day, signal), skip, signal);
    const later = new Set<CompactedObject>();
    for (const summary of missing) {
      const object = compactedOf(current, summary, kind);
      if (object === null) skip(`${detailName(summary, kind)} are missing from ${store.location}`);
      else later.add(object);
    }
    await fetchAll(later);
  }
  return [...files];
}

/** Under the checksum that its summary gives it, for the columns of this version; undefined: it is not there. */
async function fetchSingle(
  { store, cache, convert }: HistoryPorts & { readonly convert: Convert },
  summary: Summary,
  kind: DetailKind,
  signal: AbortSignal,
): Promise<string | undefined> {
  const checksum = summary.objects.find((each) => each.kind === kind)?.sha256 ?? '';
  const name = `${checksum}.${columnsOf[kind]}.parquet`;
  const known = checksum === '' ? null : await cache.find(name);
  if (known !== null) return known;
  const rows = await findDetail(store, summary, kind, signal);
  if (rows === null) return undefined;
  return cache.make(name, async (file) => {
    // a name that tells what it is: gzipped lines
    const json = `${file}.ndjson.gz`;
    await writeFile(json, rows, { mode: 0o600 });
    try {
      await convert(json, kind, file).catch((error: Error) => {
        signal.throwIfAborted();
        throw new StoreError(
          `${detailName(summary, kind)} cannot be read: ${error.message.split('\n', 1)[0]}`,
          { cause: error },
        );
      });
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
