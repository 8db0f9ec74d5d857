import assert from 'node:assert/strict';
import { suite, test, type TestContext } from 'node:test';
import { createCache } from '../../../lib/history/cache.ts';
import { fetchDetails } from '../../../lib/history/details.ts';
import { readDays, type HistoryPorts } from '../../../lib/history/summaries.ts';
import { compactDay } from '../../../lib/history/compact.ts';
import { readParquet, withConverter } from '../../../lib/history/parquet.ts';
import type { NodeRow } from '../../../lib/model/snapshot.ts';
import { summaryKey } from '../../../lib/store/keys.ts';
import type { Store } from '../../../lib/store/store.ts';
import { temporaryFolder } from '../../support/kubeconfig.ts';
import { createMemoryStore } from '../../support/memory-store.ts';
import { writeHistory } from '../../support/history.ts';

const signal = AbortSignal.timeout(60_000);
const hourMs = 3_600_000;
const from = new Date('2026-11-01T00:00:00Z');
const range = { cluster: null, from, to: new Date('2026-11-03T00:00:00Z') };
const about = { snapshots: 2, stepMs: hourMs, nodes: 2, pods: 4 };

function portsOf(t: TestContext, store: Store, skipped: string[] = []): HistoryPorts {
  return {
    store,
    cache: createCache(temporaryFolder(t).at('cache'), Number.POSITIVE_INFINITY),
    now: () => new Date('2026-12-01T00:00:00Z'),
    skip: (problem) => skipped.push(problem),
    progress: () => undefined,
  };
}

async function idsOf(ports: HistoryPorts): Promise<string[]> {
  return (await readDays(ports, range, signal)).flatMap(({ summaries }) =>
    summaries.map(({ snapshotId }) => snapshotId),
  );
}

suite('the summaries of days', () => {
  test('are those that the store has now, whatever the cache had: what came late, and what went', async (t) => {
    const store = createMemoryStore();
    const [first] = await writeHistory(store, { ...about, from }, signal);
    const ports = portsOf(t, store);
    assert.deepEqual(await idsOf(ports), ['20261101T000000Z', '20261101T010000Z']);
    await writeHistory(
      store,
      { ...about, from: new Date(from.getTime() + 5 * hourMs), snapshots: 1 },
      signal,
    );
    assert.deepEqual(await idsOf(ports), ['20261101T000000Z', '20261101T010000Z', '20261101T050000Z']);
    assert.ok(first !== undefined);
    await store.remove(summaryKey(first), signal);
    assert.deepEqual(await idsOf(ports), ['20261101T010000Z', '20261101T050000Z']);
  });

  test('are read once, and then known', async (t) => {
    const store = createMemoryStore();
    await writeHistory(store, { ...about, from }, signal);
    let reads = 0;
    const counted: Store = { ...store, read: async (...args) => ((reads += 1), store.read(...args)) };
    const ports = portsOf(t, counted);
    await idsOf(ports);
    assert.equal(reads, 2);
    await idsOf(ports);
    assert.equal(reads, 2);
  });

  test('of two stores are never mixed up, though they share a cache', async (t) => {
    const [one, two] = [createMemoryStore('one'), createMemoryStore('two')];
    await writeHistory(one, { ...about, from }, signal);
    await writeHistory(two, { ...about, from, snapshots: 1 }, signal);
    const ports = portsOf(t, one);
    assert.equal((await idsOf(ports)).length, 2);
    assert.equal((await idsOf({ ...ports, store: two })).length, 1);
  });

  test('that are damaged are told each time', async (t) => {
    const store = createMemoryStore();
    const [first] = await writeHistory(store, { ...about, from }, signal);
    assert.ok(first !== undefined);
    await store.remove(summaryKey(first), signal);
    await store.create(summaryKey(first), Buffer.from('{'), signal);
    const skipped: string[] = [];
    const ports = portsOf(t, store, skipped);
    assert.deepEqual(await idsOf(ports), ['20261101T010000Z']);
    assert.deepEqual(await idsOf(ports), ['20261101T010000Z']);
    assert.equal(skipped.length, 2);
  });
});

for (const moment of ['the manifest is looked for', 'the first of them is read'] as const) {
  test(`details that are compacted just after ${moment} are found all the same, each row once`, async (t) => {
    const store = createMemoryStore();
    const summaries = await writeHistory(store, { ...about, from }, signal);
    const skipped: string[] = [];
    const folder = temporaryFolder(t);
    const compacted = Promise.withResolvers<unknown>();
    const firstKey = summaries[0]?.objects.find(({ kind }) => kind === 'nodes')?.key;
    const isMoment = (key: string): boolean =>
      moment === 'the manifest is looked for' ? key.endsWith('manifest.json') : key === firstKey;
    let times = 0;
    const meeting: Store = {
      ...store,
      async read(key, within) {
        // whatever else is asked for at that moment comes after it
        if (key.startsWith('v1/nodes/') && !isMoment(key)) await compacted.promise;
        const bytes = await store.read(key, within);
        if (isMoment(key) && ++times === 1) {
          const cache = createCache(folder.at('scratch'), Number.POSITIVE_INFINITY);
          await cache.write('made', Buffer.from(''));
          const scratch = (name: string): string => folder.at(`scratch/${name}`);
          const day = { cluster: 'prod', date: '2026-11-01' };
          const work = compactDay({ store, cache, scratch, run: 'aaaaaaaa' }, day, summaries, within);
          compacted.resolve(work);
          await work;
        }
        return bytes;
      },
    };
    const ports = portsOf(t, meeting, skipped);
    const days = await readDays(ports, range, signal);
    const files = await withConverter(signal, async (convert) =>
      fetchDetails(
        { ...ports, convert: async (json, kind, file) => convert([json], kind, file) },
        days,
        'nodes',
        signal,
      ),
    );
    await compacted.promise;
    assert.deepEqual(skipped, []);
    const rows: unknown[] = [];
    for (const file of files) rows.push(...(await Array.fromAsync(readParquet(file, null, signal))));
    const ids = rows.map((row) => JSON.stringify([(row as NodeRow).snapshotId, (row as NodeRow).node]));
    assert.equal(ids.length, 4);
    assert.equal(new Set(ids).size, 4);
  });
}

test('stopped in the middle of its work it ends, with the reason, and DuckDB is closed under nobody', async (t) => {
  const store = createMemoryStore();
  await writeHistory(store, { ...about, from, snapshots: 20, nodes: 40, pods: 200 }, signal);
  const ports = portsOf(t, store);
  const days = await readDays(ports, range, signal);
  const stop = new AbortController();
  const reason = new Error('stopped');
  const progress = (done: number): void => {
    if (done === 3) stop.abort(reason);
  };
  const work = withConverter(stop.signal, async (convert) =>
    fetchDetails(
      { ...ports, progress, convert: async (json, kind, file) => convert([json], kind, file) },
      days,
      'nodes',
      stop.signal,
    ),
  );
  await assert.rejects(work, (error) => error === reason);
});
