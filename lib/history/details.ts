/** The rows of many snapshots as local files: of each snapshot, or of a whole day where it is compacted. */
import { atOnce } from '../at-once.ts';
import { StoreError } from '../errors.ts';
import type { DetailKind, Summary } from '../model/snapshot.ts';
import { compactedOf, readManifest } from '../store/manifest.ts';
import { readDetail } from '../store/snapshots.ts';
import { fetchCompacted } from './rows.ts';
import { isOver, type Day, type HistoryPorts } from './summaries.ts';

export interface DetailFiles {
  readonly json: readonly string[];
  readonly parquet: readonly string[];
}

const readsAtOnce = 8;

/** Those whose rows are missing or damaged are told, and left out. */
export async function fetchDetails(
  ports: HistoryPorts,
  days: readonly Day[],
  kind: DetailKind,
  signal: AbortSignal,
): Promise<DetailFiles> {
  const { store, skip, progress, now } = ports;
  const json: (string | null)[] = [];
  const parquet: string[] = [];
  const single: Summary[] = [];
  for (const day of days) {
    // a day that late runs may add to is never compacted
    const manifest = isOver(day, now()) ? await told(readManifest(store, day, signal), skip, signal) : null;
    const objects = new Set(day.summaries.map((summary) => compactedOf(manifest, summary, kind)));
    for (const object of objects) {
      const file = object === null ? null : await told(fetchCompacted(ports, object, signal), skip, signal);
      if (file !== null) parquet.push(file);
    }
    single.push(...day.summaries.filter((summary) => compactedOf(manifest, summary, kind) === null));
  }
  let done = 0;
  await atOnce(readsAtOnce, single.entries(), async ([index, summary]) => {
    json[index] = await told(fetchSingle(ports, summary, kind, signal), skip, signal);
    done += 1;
    progress(done, single.length, kind);
  });
  return { json: json.filter((file) => file !== null), parquet };
}

/** Under the checksum that its summary gives it. */
async function fetchSingle(
  { store, cache }: HistoryPorts,
  summary: Summary,
  kind: DetailKind,
  signal: AbortSignal,
): Promise<string> {
  const object = summary.objects.find((each) => each.kind === kind);
  const name = `${object?.sha256 ?? ''}.ndjson.gz`;
  const known = object === undefined ? null : await cache.find(name);
  return known ?? cache.write(name, await readDetail(store, summary, kind, signal));
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
