/** The rows of many snapshots as local files of columns: of each snapshot, or of a whole day where it is compacted. */
import { rm, writeFile } from 'node:fs/promises';
import { atOnce } from '../at-once.ts';
import { StoreError } from '../errors.ts';
import type { DetailKind, Summary } from '../model/snapshot.ts';
import { compactedOf, readManifest, type Manifest } from '../store/manifest.ts';
import { detailName, findDetail, rowSchemas } from '../store/snapshots.ts';
import { sha256 } from '../store/codec.ts';
import { fieldsOf } from './sql/columns.ts';
import { fetchCompacted } from './rows.ts';
import { hasEnded, settledAfterMs } from './settled.ts';
import type { Day, HistoryPorts } from './summaries.ts';

/** Rows as they are stored -> a Parquet file, which is asked in a tenth of the time. */
export type Convert = (jsonFile: string, kind: DetailKind, parquetFile: string) => Promise<void>;

const readsAtOnce = 4;

type DetailPorts = HistoryPorts & { readonly convert: Convert };

interface DayPorts extends DetailPorts {
  /** A file that was made of fewer columns is none for the rows of a version that has more. */
  readonly columns: string;
}

/** Parquet files, no row in two of them. Those whose rows are missing or damaged are told, and left out. */
export async function fetchDetails(
  ports: DetailPorts,
  days: readonly Day[],
  kind: DetailKind,
  signal: AbortSignal,
): Promise<string[]> {
  const files: string[] = [];
  const columns = sha256(Buffer.from(JSON.stringify(fieldsOf(rowSchemas[kind])))).slice(0, 12);
  let done = 0;
  const all = days.reduce((sum, { summaries }) => sum + summaries.length, 0);
  for (const day of days) {
    const before = done;
    const progress = (ofDay: number): void => ports.progress(before + ofDay, all, kind);
    // of days that have not settled, by a clock a day ahead, a manifest is looked for only when rows are missing
    const old = hasEnded(day, ports.now(), settledAfterMs / 2);
    const manifest = old ? await told(readManifest(ports.store, day, signal), ports.skip, signal) : null;
    files.push(...(await fetchDay({ ...ports, columns, progress }, day, kind, manifest, signal)));
    done += day.summaries.length;
  }
  return files;
}

async function fetchDay(
  ports: DayPorts,
  day: Day,
  kind: DetailKind,
  manifest: Manifest | null,
  signal: AbortSignal,
): Promise<string[]> {
  const { store, skip, progress } = ports;
  const placed = day.summaries.map((summary) => ({ summary, object: compactedOf(manifest, summary, kind) }));
  const single = placed.filter(({ object }) => object === null);
  const files: string[] = [];
  const missing: Summary[] = [];
  await atOnce(readsAtOnce, single.entries(), async ([index, { summary }]) => {
    const file = await told(fetchSingle(ports, summary, kind, signal), skip, signal);
    if (typeof file === 'string') files.push(file);
    else if (file === undefined) missing.push(summary);
    progress(index + 1, single.length, kind);
  });
  const current = missing.length === 0 ? null : await told(readManifest(store, day, signal), skip, signal);
  // compacted meanwhile: the whole day anew, since that file has the rows of those too that were still found
  if (missing.some((summary) => compactedOf(current, summary, kind) !== null))
    return fetchDay(ports, day, kind, current, signal);
  for (const summary of missing) skip(`${detailName(summary, kind)} are missing from ${store.location}`);
  for (const object of new Set(placed.map((each) => each.object))) {
    const file = object === null ? null : await told(fetchCompacted(ports, object, signal), skip, signal);
    if (file !== null) files.push(file);
  }
  return files;
}

/** Under the checksum that its summary gives it, for the columns of this version; undefined: it is not there. */
async function fetchSingle(
  { store, cache, convert, columns }: DayPorts,
  summary: Summary,
  kind: DetailKind,
  signal: AbortSignal,
): Promise<string | undefined> {
  const checksum = summary.objects.find((each) => each.kind === kind)?.sha256 ?? '';
  const name = `${checksum}.${columns}.parquet`;
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
