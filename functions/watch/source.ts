/** The store as it is watched: what is newest, and its rows; what was read once is not read again. */
import type { Summary } from '../../lib/model/snapshot.ts';
import type { Kind, Tier } from '../../lib/report/terminal/state.ts';
import { groupsView, nodesView, workloadsView } from '../../lib/report/views.ts';
import type { View } from '../../lib/report/view.ts';
import type { RowTypes } from '../../lib/store/snapshots.ts';
import type { Store } from '../../lib/store/store.ts';
import { readLatest, type Latest } from '../serve/latest.ts';
import { createReads, type Known, type Reads, type ReadsOptions } from '../serve/reads.ts';

export interface WatchSource {
  /** For people: ./snapshots. */
  readonly location: string;
  latest(): Promise<Known<Latest>>;
  rows<K extends Tier>(summary: Summary, kind: K): Promise<Known<RowTypes[K][]>>;
}

export interface WatchSourceOptions extends Omit<ReadsOptions, 'max' | 'retryMs'> {
  readonly store: Store;
  /** null: every one. */
  readonly cluster: string | null;
  readonly readRows: <K extends Tier>(
    summary: Summary,
    kind: K,
    signal: AbortSignal,
  ) => Promise<RowTypes[K][]>;
}

export function createWatchSource({ store, cluster, readRows, ...timing }: WatchSourceOptions): WatchSource {
  const common = { ...timing, max: 1, retryMs: timing.freshMs };
  const newest = createReads<Latest>(common);
  // a snapshot never changes
  const forever = { ...common, freshMs: Number.POSITIVE_INFINITY };
  const tiers: { readonly [K in Tier]: Reads<RowTypes[K][]> } = {
    nodes: createReads(forever),
    workloads: createReads(forever),
  };
  return {
    location: store.location,
    latest: async () => newest.get('', async (signal, before) => readLatest(store, cluster, before, signal)),
    async rows<K extends Tier>(summary: Summary, kind: K) {
      const reads: Reads<RowTypes[K][]> = tiers[kind];
      const name = JSON.stringify([summary.cluster, summary.snapshotId]);
      return reads.get(name, async (signal) => readRows(summary, kind, signal));
    },
  };
}

export interface Watched {
  readonly source: WatchSource;
  readonly resources: readonly string[];
}

/** `use` is called with the rows of the snapshot, if they could be read. */
export async function withRows<T>(
  { source, resources }: Watched,
  summary: Summary,
  kind: Kind,
  use: <Row>(view: View<Row>) => T,
): Promise<Pick<Known<T>, 'value' | 'problem'>> {
  switch (kind) {
    case 'groups':
      return { value: use(groupsView(summary.groups, resources)), problem: null };
    case 'nodes': {
      const { value, problem } = await source.rows(summary, 'nodes');
      return { value: value === null ? null : use(nodesView(value, resources)), problem };
    }
    case 'workloads': {
      const { value, problem } = await source.rows(summary, 'workloads');
      return { value: value === null ? null : use(workloadsView(value, resources)), problem };
    }
  }
}

/** The store is asked as often as it may; this is how often we look whether it has answered, and at the clock. */
export const pollMs = 1000;
