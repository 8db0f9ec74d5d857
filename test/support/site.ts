/** What `serve` answers, without a socket: over a store in memory, at a time that is given. */
import { createDocuments } from '../../functions/serve/documents.ts';
import { respond } from '../../functions/serve/router.ts';
import type { Reply } from '../../functions/serve/reply.ts';
import type { Site } from '../../functions/serve/site.ts';
import { createSource, type SourceOptions } from '../../functions/serve/source.ts';
import { StoreError } from '../../lib/errors.ts';
import type { Summary } from '../../lib/model/snapshot.ts';
import { columnsOf } from '../../lib/packing/columns.ts';
import type { Viewer } from '../../lib/report/html/document.ts';
import { createTrend, type Trend } from '../../lib/report/html/trend.ts';
import { commitSnapshot, readRows, readSummary, snapshotsBetween } from '../../lib/store/snapshots.ts';
import type { Store } from '../../lib/store/store.ts';
import { createMemoryStore } from './memory-store.ts';
import { nodeRow, snapshot, workloadRow } from './snapshots.ts';

const { signal } = new AbortController();
/** Ten minutes after the newest snapshot of prod. */
export const at = new Date('2026-11-21T07:55:00Z');
export const hostile = '<script>alert("1")</script>\u202e\'&/..';
const resources = ['cpu', 'memory'];

export interface Answer extends Reply {
  readonly json: () => unknown;
}

export interface SiteAbout extends Partial<Pick<SourceOptions, 'patienceMs' | 'signal' | 'failed'>> {
  readonly store?: Store;
  readonly now?: () => Date;
  readonly cluster?: string;
}

const viewer: Viewer = {
  script: { text: 'the script', sha256: 'of-the-script' },
  style: { text: 'the style', sha256: 'of-the-style' },
};

export function createSite({
  store = createMemoryStore(),
  now = () => at,
  cluster,
  patienceMs = 50,
  failed = () => undefined,
  signal: ends = signal,
}: SiteAbout): Site {
  const source = createSource({
    store,
    cluster: cluster ?? null,
    resources,
    readRows: async (summary, kind, limit) => readRows(store, summary, kind, limit),
    readTrend: async (summary, lengthMs, limit) => trendIn(store, summary, lengthMs, limit),
    freshMs: 0,
    patienceMs,
    timeoutMs: 1000,
    now,
    signal: ends,
    failed,
  });
  return { source, staleAfterMs: 15 * 60_000, now, viewer, resources, documents: createDocuments(4) };
}

/** Asks for one path after another, of one site. */
export function siteOf(about: SiteAbout): (path: string) => Promise<Answer> {
  const site = createSite(about);
  return async (target) => {
    const request = {
      method: 'GET',
      target,
      hosts: ['localhost'],
      localAddress: '127.0.0.1',
      hasBody: false,
    };
    const reply = await respond(request, site, []);
    return { ...reply, json: () => JSON.parse(reply.body) as unknown };
  };
}

async function trendIn(
  store: Store,
  { cluster, scheduledAt }: Summary,
  lengthMs: number,
  limit: AbortSignal,
): Promise<Trend> {
  const until = Date.parse(scheduledAt);
  const range = { from: new Date(until - lengthMs), to: new Date(until + 1000) };
  const trend = createTrend({ ...range, stepMs: 300_000, resources });
  let leftOut = 0;
  for (const key of await snapshotsBetween(store, cluster, range, limit)) {
    try {
      const summary = await readSummary(store, key, limit);
      if (summary !== null) trend.add(columnsOf(cluster, [summary]));
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      leftOut += 1;
    }
  }
  return trend.result(leftOut);
}

export async function put(
  store: Store,
  cluster: string,
  snapshotId: string,
  about: { readonly node?: string; readonly workload?: string; readonly pods?: number } = {},
): Promise<void> {
  const { node = 'n1', workload = 'web', pods = 2 } = about;
  const identity = { cluster, snapshotId };
  const total = { cpu: pods / 2, memory: pods * 2 ** 31 };
  await commitSnapshot(
    store,
    snapshot({
      summary: identity,
      nodes: [nodeRow({ ...identity, node, nodePool: node })],
      workloads: [workloadRow({ ...identity, name: workload, pods, total })],
    }),
    signal,
  );
}

/** Two snapshots of one cluster, and one of another whose name is hostile. */
export async function filled(): Promise<ReturnType<typeof createMemoryStore>> {
  const store = createMemoryStore();
  await put(store, 'prod', '20261121T074000Z');
  await put(store, 'prod', '20261121T074500Z');
  await put(store, hostile, '20261119T000000Z');
  return store;
}
