/** The summaries of a range of time: which there are, the store says each time; what they say, the cache remembers. */
import { atOnce } from '../at-once.ts';
import { StoreError } from '../errors.ts';
import { encodeSummary, sha256 } from '../store/codec.ts';
import { clusterDays, readSummary, snapshotsOfDay, type ClusterDay } from '../store/snapshots.ts';
import { snapshotIdOf, type SnapshotKey } from '../store/keys.ts';
import type { Store } from '../store/store.ts';
import { schemaVersion, type Summary } from '../model/snapshot.ts';
import type { Cache } from './cache.ts';
import { parsed } from './parsed.ts';

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
  const read = async (day: ClusterDay): Promise<Day> => {
    const keys = await Array.fromAsync(snapshotsOfDay(ports.store, day, signal));
    const { file, summaries } = await readDay(ports, day, keys, signal);
    const [begin, end] = positionsIn(summaries, range);
    return { ...day, file, summaries: summaries.slice(begin, end) };
  };
  const visit = (day: Day): unknown => day.summaries.length > 0 && days.push(day);
  await visitDays(ports, range, { read, visit }, signal);
  return days;
}

/** Each day of each cluster in turn, several read ahead, and none is kept. */
export async function visitDays<T>(
  { store, progress }: Pick<HistoryPorts, 'store' | 'progress'>,
  range: Range,
  { read, visit }: { readonly read: (day: ClusterDay) => Promise<T>; readonly visit: (day: T) => unknown },
  signal: AbortSignal,
): Promise<void> {
  const dayOf = (instant: Date): string => instant.toISOString().slice(0, 10);
  const inRange = (date: string): boolean => date >= dayOf(range.from) && date <= dayOf(range.to);
  const days = (await clusterDays(store, range.cluster, signal)).filter(({ date }) => inRange(date));
  /** Read before an earlier one was. */
  const early = new Map<number, { readonly value: T }>();
  let [visited, done] = [0, 0];
  await atOnce(daysAtOnce, days.entries(), async ([index, day]) => {
    early.set(index, { value: await read(day) });
    for (let next = early.get(visited); next !== undefined; next = early.get(visited)) {
      early.delete(visited);
      visited += 1;
      visit(next.value);
    }
    done += 1;
    progress(done, days.length, 'days');
  });
}

/** Where those of the range begin and end; `snapshots` are in their order. */
export function positionsIn(
  snapshots: readonly { readonly snapshotId: string }[],
  { from, to }: Pick<Range, 'from' | 'to'>,
): [begin: number, end: number] {
  const firstFrom = (instant: Date): number => {
    const found = snapshots.findIndex(({ snapshotId }) => snapshotId >= snapshotIdOf(instant));
    return found < 0 ? snapshots.length : found;
  };
  return [firstFrom(from), firstFrom(to)];
}

/** `keys`: all that the day has now, oldest first. */
export async function readDay(
  { store, cache, skip }: HistoryPorts,
  day: ClusterDay,
  keys: readonly SnapshotKey[],
  signal: AbortSignal,
): Promise<Pick<Day, 'file' | 'summaries'>> {
  const name = `${cacheName('day', store, day)}.ndjson`;
  const packed = await cache.read(name);
  const known = packed === null ? null : unpack(packed);
  const byId = new Map(known?.map((summary) => [summary.snapshotId, summary]));
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

/** Of a day of one store alone, and of what this version reads; `version` says what else it depends on. */
export function cacheName(
  kind: string,
  { identity }: Pick<Store, 'identity'>,
  { cluster, date }: ClusterDay,
  version: readonly string[] = [],
): string {
  const about = [identity, cluster, date, schemaVersion, ...version];
  return `${kind}-${sha256(Buffer.from(JSON.stringify(about)))}`;
}

/** What was checked as it was written is not checked again; null: not whole. */
function unpack(packed: Buffer): Summary[] | null {
  if (packed.length > 0 && packed.at(-1) !== newline) return null;
  const lines = packed.toString('utf8').split('\n');
  const summaries = lines.filter((line) => line !== '').map((line) => parsed(line) as Summary | null);
  return summaries.every((summary) => typeof summary?.snapshotId === 'string')
    ? (summaries as Summary[])
    : null;
}

const newline = 0x0a;
