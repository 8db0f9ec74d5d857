/** The store as the endpoints see it: what is newest, what there was, and all of one snapshot. */
import { atOnce } from '../../lib/at-once.ts';
import { prometheusText } from '../../lib/metrics/prometheus.ts';
import type { NodeRow, Summary, WorkloadRow } from '../../lib/model/snapshot.ts';
import type { Trend } from '../../lib/report/html/trend.ts';
import { snapshotsAround } from '../../lib/store/around.ts';
import { snapshotIdOf, type SnapshotKey } from '../../lib/store/keys.ts';
import { newestSnapshots, readSummary, snapshotsBetween, type RowTypes } from '../../lib/store/snapshots.ts';
import type { Store } from '../../lib/store/store.ts';
import { readLatest, type Latest } from './latest.ts';
import { createReads, type Known, type ReadsOptions } from './reads.ts';

export type RowKind = 'nodes' | 'workloads';

export interface Published {
  readonly snapshots: readonly PublishedSnapshot[];
  /** Their gauges, for Prometheus. */
  readonly text: string;
}

interface PublishedSnapshot {
  readonly summary: Summary;
  /** null: they could not be read yet. */
  readonly nodes: readonly NodeRow[] | null;
}

export interface Source {
  /** For people: ./snapshots. */
  readonly location: string;
  latest(): Promise<Known<Latest>>;
  /** The same as gauges, those of nodes included. */
  published(): Promise<Known<Published>>;
  between(cluster: string | null, from: Date, to: Date): Promise<Known<readonly SnapshotKey[]>>;
  summary(key: SnapshotKey): Promise<Known<Summary>>;
  nodes(summary: Summary): Promise<Known<readonly NodeRow[]>>;
  workloads(summary: Summary): Promise<Known<readonly WorkloadRow[]>>;
  /** Of the same cluster, on its day and the days next to it; oldest first. */
  around(key: SnapshotKey): Promise<Known<readonly SnapshotKey[]>>;
  /** The last one of an instant, which is written as an id, or before. */
  until(cluster: string, id: string): Promise<Known<SnapshotKey>>;
  /** Of so long before the snapshot. */
  trend(summary: Summary, lengthMs: number): Promise<Known<Trend>>;
}

export interface SourceOptions extends Pick<
  ReadsOptions,
  'freshMs' | 'patienceMs' | 'timeoutMs' | 'now' | 'signal' | 'failed'
> {
  readonly store: Store;
  /** null: every one. */
  readonly cluster: string | null;
  /** Whose gauges are published. */
  readonly resources: readonly string[];
  readonly readRows: <K extends RowKind>(
    summary: Summary,
    kind: K,
    signal: AbortSignal,
  ) => Promise<RowTypes[K][]>;
  readonly readTrend: (summary: Summary, lengthMs: number, signal: AbortSignal) => Promise<Trend>;
}

/** The rows of a large cluster are megabytes. */
const rowsAtOnce = 4;

export function createSource({
  store,
  cluster,
  resources,
  readRows,
  readTrend,
  ...timing
}: SourceOptions): Source {
  const common = { ...timing, retryMs: timing.freshMs };
  const forever = { ...common, freshMs: Number.POSITIVE_INFINITY };
  const newest = createReads<Latest>({ ...common, max: 1 });
  const publications = createReads<Published>({ ...common, max: 1 });
  const lists = createReads<readonly SnapshotKey[]>({ ...common, max: 64 });
  const lasts = createReads<SnapshotKey>({ ...common, max: 64 });
  const trends = createReads<Trend>({ ...common, max: 16, isFinal: ({ leftOut }) => leftOut === 0 });
  const summaries = createReads<Summary>({ ...forever, max: 1000 });
  // those of now, and one or two to compare with
  const nodes = createReads<NodeRow[]>({ ...forever, max: 8 });
  const workloads = createReads<WorkloadRow[]>({ ...forever, max: 4 });

  const isServed = (name: string): boolean => cluster === null || cluster === name;
  const nothing = <T>(): Known<T> => ({ value: null, readAt: timing.now(), problem: null });
  const latest = async (): Promise<Known<Latest>> =>
    newest.get('', async (signal, before) => readLatest(store, cluster, before, signal));
  const nodesOf = async (summary: Summary): Promise<Known<NodeRow[]>> =>
    nodes.get(nameOf(summary), async (signal) => readRows(summary, 'nodes', signal));
  const workloadsOf = async (summary: Summary): Promise<Known<WorkloadRow[]>> =>
    workloads.get(nameOf(summary), async (signal) => readRows(summary, 'workloads', signal));

  const readPublished = async (before: Published | null): Promise<Published> => {
    const { value } = await latest();
    const snapshots: PublishedSnapshot[] = [];
    await atOnce(rowsAtOnce, value?.summaries.entries() ?? [], async ([index, summary]) => {
      const known = before?.snapshots.find((each) => each.summary === summary);
      snapshots[index] =
        known !== undefined && known.nodes !== null
          ? known
          : { summary, nodes: (await nodesOf(summary)).value };
    });
    const isSame = snapshots.every((each, index) => each === before?.snapshots[index]);
    if (before !== null && isSame && snapshots.length === before.snapshots.length) return before;
    // for 5,000 nodes this takes most of a second, and scrapes come every few seconds
    const publications = snapshots.map(({ summary, nodes: rows }) => ({ summary, nodes: rows ?? [] }));
    return { snapshots, text: prometheusText(publications, resources) };
  };

  return {
    location: store.location,
    latest,
    published: async () => publications.get('', async (_signal, before) => readPublished(before)),
    async between(name, from, to) {
      if (name !== null && !isServed(name)) return nothing();
      const range = JSON.stringify([name, snapshotIdOf(from), snapshotIdOf(to)]);
      return lists.get(range, async (signal) =>
        snapshotsBetween(store, name ?? cluster, { from, to }, signal),
      );
    },
    async summary(key) {
      if (!isServed(key.cluster)) return nothing();
      return summaries.get(nameOf(key), async (signal) => readSummary(store, key, signal));
    },
    nodes: nodesOf,
    workloads: workloadsOf,
    around: async (key) => lists.get(nameOf(key), async (signal) => snapshotsAround(store, key, signal)),
    async until(name, id) {
      if (!isServed(name)) return nothing();
      return lasts.get(nameOf({ cluster: name, snapshotId: id }), async (signal) => {
        const [last = null] = await newestSnapshots(store, name, 1, signal, id);
        return last;
      });
    },
    trend: async (summary, lengthMs) =>
      trends.get(JSON.stringify([nameOf(summary), lengthMs]), async (signal) =>
        readTrend(summary, lengthMs, signal),
      ),
  };
}

const nameOf = ({ cluster, snapshotId }: SnapshotKey): string => JSON.stringify([cluster, snapshotId]);
