/** A job in this process: the real reader, run and store; only time does not pass while it waits. */
import assert from 'node:assert/strict';
import { exitCodeOf } from '../../functions/exit.ts';
import type { Http } from '../../lib/cluster/http.ts';
import type { ReaderOptions } from '../../lib/cluster/reader.ts';
import type { Cluster } from '../../lib/cluster/cluster.ts';
import type { Publisher } from '../../lib/metrics/publisher.ts';
import type { NodeRow, Summary, WorkloadRow } from '../../lib/model/snapshot.ts';
import { run, type Ran } from '../../lib/run.ts';
import { instantOf, snapshotIdOf } from '../../lib/store/keys.ts';
import { listSnapshots, readRows, readSummary } from '../../lib/store/snapshots.ts';
import type { Store } from '../../lib/store/store.ts';
import { recordedLog } from '../support/cluster-under-test.ts';
import { createMemoryStore } from '../support/memory-store.ts';

export const slot = { cluster: 'prod', snapshotId: '20261121T074500Z' } as const;
/** CloudWatch takes no gauges that are older than two weeks. */
export const slotOfNow: Slot = {
  cluster: 'prod',
  snapshotId: snapshotIdOf(new Date(Math.floor(Date.now() / 60_000) * 60_000)),
};
export type Slot = Readonly<Record<keyof typeof slot, string>>;

export interface Job {
  readonly cluster: Cluster;
  readonly store: Store;
  readonly publishers?: readonly Publisher[];
  readonly slot?: Slot;
  readonly now?: () => Date;
  readonly signal?: AbortSignal;
}

export type Ended =
  { readonly exit: 0; readonly ran: Ran } | { readonly exit: number; readonly error: Error };

let runs = 0;

export async function runJob({
  cluster,
  store,
  publishers = [],
  slot: of = slot,
  now = () => instantOf(of.snapshotId),
  signal = AbortSignal.timeout(60_000),
}: Job): Promise<Ended> {
  const ports = { cluster, store, publishers, log: recordedLog(), now, elapsedMs: () => performance.now() };
  const options = {
    clusterName: of.cluster,
    snapshotId: of.snapshotId,
    run: (runs++).toString(16).padStart(8, '0'),
    toolVersion: '0.1.0',
    labelGroups: [],
    readinessRules: [],
    selectors: {},
    exclude: [],
    podRows: false,
    repackBudgetMs: 0,
  };
  try {
    const ran = await run(ports, options, signal);
    if (ran.unpublished === null) return { exit: 0, ran };
    return { exit: exitCodeOf(ran.unpublished), error: ran.unpublished };
  } catch (error) {
    assert.ok(error instanceof Error);
    return { exit: exitCodeOf(error), error };
  }
}

/** What a snapshot says of a cluster, without what differs from run to run. */
export interface Content {
  readonly summary: Omit<Summary, keyof typeof ofTheRun>;
  readonly nodes: readonly Omit<NodeRow, 'run' | 'takenAt'>[];
  readonly workloads: readonly Omit<WorkloadRow, 'run' | 'takenAt'>[];
}

const ofTheRun = {
  toolVersion: true,
  run: true,
  takenAt: true,
  durationMs: true,
  resourceVersion: true,
  consistency: true,
  collection: true,
  objects: true,
} as const satisfies Partial<Record<keyof Summary, true>>;

/** The snapshot of a slot, read as all commands do; null where there is none. Throws on one that is damaged. */
export async function contentOf(store: Store, of: Slot = slot): Promise<Content | null> {
  const signal = AbortSignal.timeout(60_000);
  const summary = await readSummary(store, of, signal);
  if (summary === null) return null;
  const [nodes, workloads] = [
    await readRows(store, summary, 'nodes', signal),
    await readRows(store, summary, 'workloads', signal),
  ];
  const rows = <T extends NodeRow | WorkloadRow>(all: readonly T[]): Omit<T, 'run' | 'takenAt'>[] =>
    all.map(({ run: _run, takenAt: _takenAt, ...rest }) => rest);
  const kept = Object.entries(summary).filter(([name]) => !(name in ofTheRun));
  return {
    summary: Object.fromEntries(kept) as unknown as Content['summary'],
    nodes: rows(nodes),
    workloads: rows(workloads),
  };
}

const known = new Map<string, Content>();

/** Of the slot, as it is without any fault; taken once. */
export async function wholeOf(cluster: Cluster, of: Slot): Promise<Content> {
  const before = known.get(of.snapshotId);
  if (before !== undefined) return before;
  const store = createMemoryStore();
  assert.equal((await runJob({ cluster, store, slot: of })).exit, 0);
  const content = await contentOf(store, of);
  assert.ok(content !== null);
  known.set(of.snapshotId, content);
  return content;
}

/** In words, for the table; a snapshot that is neither whole nor absent fails the test. */
export async function seenOf(store: Store, whole: Content, of: Slot = slot): Promise<string> {
  const content = await contentOf(store, of);
  if (content === null) return 'none';
  assert.deepEqual(content, whole, 'a snapshot that is there is whole');
  return 'the whole snapshot';
}

/** Every slot that a list of the store shows, once each. */
export async function slotsOf(store: Store): Promise<string[]> {
  const keys = await Array.fromAsync(listSnapshots(store, null, null, AbortSignal.timeout(60_000)));
  return keys.map(({ cluster, snapshotId }) => `${cluster} ${snapshotId}`);
}

/** Time that passes at once, and how much of it did. */
export interface Clock {
  readonly pause: NonNullable<ReaderOptions['pause']>;
  /** Called after each pause, with how many there were. */
  afterPause: (count: number) => Promise<void> | void;
  readonly waitedMs: number;
}

export function createClock(): Clock {
  let [count, waitedMs] = [0, 0];
  const clock: Clock = {
    afterPause() {},
    async pause(ms, signal) {
      signal.throwIfAborted();
      count += 1;
      waitedMs += ms;
      await clock.afterPause(count);
    },
    get waitedMs() {
      return waitedMs;
    },
  };
  return clock;
}

/** Requests as the job makes them: those that no server sees count too. */
export function counting(http: Http): Http & { readonly asked: (path: string) => number } {
  const asked = new Map<string, number>();
  return {
    server: http.server,
    async send(request, signal) {
      asked.set(request.path, (asked.get(request.path) ?? 0) + 1);
      return http.send(request, signal);
    },
    asked: (path) => asked.get(path) ?? 0,
  };
}
