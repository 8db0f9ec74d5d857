import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { suite, test, type TestContext } from 'node:test';
import { createCache } from '../../../lib/history/cache.ts';
import { compactDay, type Compacted } from '../../../lib/history/compact.ts';
import { readParquet } from '../../../lib/history/parquet.ts';
import { readAllRows } from '../../../lib/history/rows.ts';
import { readManifest } from '../../../lib/store/manifest.ts';
import type { NodeRow, Summary, WorkloadRow } from '../../../lib/model/snapshot.ts';
import type { Store } from '../../../lib/store/store.ts';
import { createMemoryStore } from '../../support/memory-store.ts';
import { temporaryFolder } from '../../support/kubeconfig.ts';
import { writeHistory } from '../../support/history.ts';

const signal = AbortSignal.timeout(120_000);
const day = { cluster: 'prod', date: '2026-11-01' };

async function history(): Promise<{ store: ReturnType<typeof createMemoryStore>; summaries: Summary[] }> {
  const store = createMemoryStore();
  const from = new Date(`${day.date}T00:00:00Z`);
  const summaries = await writeHistory(
    store,
    { from, snapshots: 2, stepMs: 3_600_000, nodes: 2, pods: 12 },
    signal,
  );
  return { store, summaries };
}

async function compact(
  t: TestContext,
  store: Store,
  summaries: readonly Summary[],
  run = 'aaaaaaaa',
): Promise<Compacted> {
  const folder = temporaryFolder(t);
  mkdirSync(folder.at('scratch'));
  const cache = createCache(folder.at('scratch'), Number.POSITIVE_INFINITY);
  const scratch = (name: string): string => folder.at(`scratch/${name}`);
  return compactDay({ store, cache, scratch, run }, day, summaries, signal);
}

interface Rows {
  readonly nodes: readonly NodeRow[];
  readonly workloads: readonly WorkloadRow[];
}

async function readAll(t: TestContext, store: Store, summaries: readonly Summary[]): Promise<Rows[]> {
  const cache = createCache(temporaryFolder(t).at('cache'), Number.POSITIVE_INFINITY);
  const ports = { store, cache, openParquet: async () => ({ readParquet }) };
  return Promise.all(
    summaries.map(async (summary) => ({
      nodes: await readAllRows(ports, summary, 'nodes', signal),
      workloads: await readAllRows(ports, summary, 'workloads', signal),
    })),
  );
}

const detailsOf = (store: ReturnType<typeof createMemoryStore>): string[] =>
  [...store.objects.keys()].filter((key) => key.endsWith('.ndjson.gz'));

suite('a compacted day', () => {
  test('has every row as it was, in one file a kind', async (t) => {
    const { store, summaries } = await history();
    const before = await readAll(t, store, summaries);
    const { rows, snapshots, bytesAfter, bytesBefore, own } = await compact(t, store, summaries);
    assert.deepEqual(detailsOf(store), []);
    assert.deepEqual(await readAll(t, store, summaries), before);
    assert.equal(
      rows,
      before.reduce((sum, each) => sum + each.nodes.length + each.workloads.length, 0),
    );
    assert.deepEqual([snapshots, own], [2, true]);
    assert.ok(bytesAfter > 0 && bytesBefore > 0);
  });

  test('is left as it is by a second compaction', async (t) => {
    const { store, summaries } = await history();
    await compact(t, store, summaries);
    const keys = [...store.objects.keys()];
    assert.equal((await compact(t, store, summaries, 'bbbbbbbb')).own, false);
    assert.deepEqual([...store.objects.keys()], keys);
  });

  test('loses what runs that died have left, and nothing that a summary names', async (t) => {
    const { store, summaries } = await history();
    const orphan = `v1/nodes/cluster=prod/date=${day.date}/20261101T000000Z-ffffffff.ndjson.gz`;
    await store.create(orphan, Buffer.from('x'), signal);
    await compact(t, store, summaries);
    assert.ok(!store.objects.has(orphan));
    await readAll(t, store, summaries);
  });

  test('with a damaged object stays as it is, and says so', async (t) => {
    const { store, summaries } = await history();
    const { key } = summaries[1]?.objects[0] ?? { key: '' };
    await store.remove(key, signal);
    await store.create(key, Buffer.from('not what it was'), signal);
    const keys = detailsOf(store);
    await assert.rejects(compact(t, store, summaries), /are damaged: their checksum is not the summary's/);
    assert.deepEqual(detailsOf(store), keys);
    assert.equal(await readManifest(store, day, signal), null);
  });
});

test('stopped before any of its operations on the store, it loses no row and leaves nothing double; a second run ends it', async (t) => {
  const { store: pristine, summaries } = await history();
  const expected = await readAll(t, pristine, summaries);
  for (let stopAt = 1; ; stopAt++) {
    const { store } = await history();
    let operations = 0;
    const step = (): void => {
      operations += 1;
      if (operations >= stopAt) throw new Error('killed');
    };
    const mortal: Store = {
      location: store.location,
      create: async (...args) => (step(), store.create(...args)),
      read: async (...args) => (step(), store.read(...args)),
      remove: async (...args) => (step(), store.remove(...args)),
      list: (...args) => (step(), store.list(...args)),
      folders: (...args) => (step(), store.folders(...args)),
    };
    const died = await compact(t, mortal, summaries).then(
      () => false,
      (error: Error) => error.message === 'killed',
    );
    if (!died) {
      assert.ok(stopAt > 15, `${stopAt} operations`);
      return;
    }
    assert.deepEqual(await readAll(t, store, summaries), expected, `killed at ${stopAt}`);
    // the next run, another process
    await compact(t, store, summaries, 'bbbbbbbb');
    assert.deepEqual(detailsOf(store), []);
    assert.equal(
      [...store.objects.keys()].filter((key) => key.endsWith('.parquet')).length,
      2,
      `killed at ${stopAt}`,
    );
    assert.deepEqual(await readAll(t, store, summaries), expected, `ended after ${stopAt}`);
  }
});

test('two at once: one of them is read, and the other leaves nothing behind', async (t) => {
  const { store, summaries } = await history();
  const expected = await readAll(t, store, summaries);
  await Promise.all([
    compact(t, store, summaries, 'aaaaaaaa'),
    compact(t, store, summaries, 'bbbbbbbb'),
  ]).catch(() => undefined);
  await compact(t, store, summaries, 'cccccccc');
  assert.equal([...store.objects.keys()].filter((key) => key.endsWith('.parquet')).length, 2);
  assert.deepEqual(await readAll(t, store, summaries), expected);
});
