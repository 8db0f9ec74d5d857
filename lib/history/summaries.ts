/** The summaries of a range of time: which there are, the store says each time; what they say, the cache remembers. */
import { atOnce } from '../at-once.ts';
import { StoreError } from '../errors.ts';
import { encodeSummary, sha256 } from '../store/codec.ts';
import { clusterDays, readSummary, snapshotsOfDay, type ClusterDay } from '../store/snapshots.ts';
import { snapshotIdOf } from '../store/keys.ts';
import type { Store } from '../store/store.ts';
import { schemaVersion, type Summary } from '../model/snapshot.ts';
import type { Cache } from './cache.ts';

/** Snapshots that stand for instants from `from` on, and before `to`; of one cluster, or (null) of all. */
export interface Range {
  readonly cluster: string | null;
  readonly from: Date;
  readonly to: Date;
}

export interface HistoryPorts {
  readonly store: Store;
  readonly cache: Cache;
  readonly now: () => Date;
  /** Told what is damaged, and is left out. */
  readonly skip: (problem: string) => void;
  readonly progress: (done: number, all: number, what: string) => void;
}

export interface Day extends ClusterDay {
  /** Oldest first, and none outside of the range. */
  readonly summaries: readonly Summary[];
  /** A local file with all summaries of the day, one a line. */
  readonly file: string;
}

const daysAtOnce = 8;
const readsAtOnce = 16;

/** By cluster and day. */
export async function readDays(ports: HistoryPorts, range: Range, signal: AbortSignal): Promise<Day[]> {
  const days: Day[] = [];
  await visitDays(ports, range, (day) => days.push(day), signal);
  return days;
}

/** Each day of each cluster in turn, and none is kept: a month of summaries need not be held at once. */
export async function visitDays(
  ports: HistoryPorts,
  range: Range,
  visit: (day: Day) => void,
  signal: AbortSignal,
): Promise<void> {
  const { store, progress } = ports;
  const [first, last] = [snapshotIdOf(range.from), snapshotIdOf(range.to)];
  const dayOf = (instant: Date): string => instant.toISOString().slice(0, 10);
  const inRange = (date: string): boolean => date >= dayOf(range.from) && date <= dayOf(range.to);
  const days = (await clusterDays(store, range.cluster, signal)).filter(({ date }) => inRange(date));
  /** Read before an earlier one was. */
  const early = new Map<number, Day>();
  let [visited, done] = [0, 0];
  await atOnce(daysAtOnce, days.entries(), async ([index, day]) => {
    const { file, summaries } = await readDay(ports, day, signal);
    const kept = summaries.filter(({ snapshotId }) => snapshotId >= first && snapshotId < last);
    early.set(index, { ...day, file, summaries: kept });
    for (let next = early.get(visited); next !== undefined; next = early.get(visited)) {
      early.delete(visited);
      visited += 1;
      if (next.summaries.length > 0) visit(next);
    }
    done += 1;
    progress(done, days.length, 'days');
  });
}

async function readDay(
  { store, cache, skip }: HistoryPorts,
  day: ClusterDay,
  signal: AbortSignal,
): Promise<Pick<Day, 'file' | 'summaries'>> {
  const name = `day-${sha256(Buffer.from(JSON.stringify([store.identity, day.cluster, day.date, schemaVersion])))}.ndjson`;
  const packed = await cache.read(name);
  const known = packed === null ? null : unpack(packed);
  const byId = new Map(known?.map((summary) => [summary.snapshotId, summary]));
  const keys = await Array.fromAsync(snapshotsOfDay(store, day, signal));
  const summaries: (Summary | null)[] = keys.map(({ snapshotId }) => byId.get(snapshotId) ?? null);
  const missing = [...keys.entries()].filter(([index]) => summaries[index] === null);
  await atOnce(readsAtOnce, missing, async ([index, key]) => {
    try {
      summaries[index] = await readSummary(store, key, signal);
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      signal.throwIfAborted();
      skip(error.message);
    }
  });
  const whole = summaries.filter((summary) => summary !== null);
  const asBefore = missing.length === 0 && known?.length === whole.length;
  const file = asBefore ? await cache.find(name) : null;
  if (file !== null) return { file, summaries: whole };
  // what is damaged is not in the pack, and so it is read and told each time
  return { file: await cache.write(name, Buffer.concat(whole.map(encodeSummary))), summaries: whole };
}

/** What was checked as it was written is not checked again; null: not written to its end. */
function unpack(packed: Buffer): Summary[] | null {
  if (packed.length > 0 && packed.at(-1) !== newline) return null;
  const lines = packed.toString('utf8').split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Summary);
}

const newline = 0x0a;
