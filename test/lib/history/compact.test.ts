import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { suite, test, type TestContext } from 'node:test';
import { gunzipSync, gzipSync } from 'node:zlib';
import { createCache } from '../../../lib/history/cache.ts';
import { compactDay, type Compacted } from '../../../lib/history/compact.ts';
import { readParquet } from '../../../lib/history/parquet.ts';
import { readAllRows } from '../../../lib/history/rows.ts';
import { readManifest } from '../../../lib/store/manifest.ts';
import type { LabelSelector } from '../../../lib/model/constraints.ts';
import type { NodeRow, Summary, WorkloadRow } from '../../../lib/model/snapshot.ts';
import type { Store } from '../../../lib/store/store.ts';
import { createMemoryStore } from '../../support/memory-store.ts';
import { readinessRule } from '../../support/readiness.ts';
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
): Promise<Compacted | null> {
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
    const done = await compact(t, store, summaries);
    assert.ok(done !== null);
    const { rows, snapshots, bytesAfter, bytesBefore } = done;
    assert.deepEqual(detailsOf(store), []);
    assert.deepEqual(await readAll(t, store, summaries), before);
    assert.equal(
      rows,
      before.reduce((sum, each) => sum + each.nodes.length + each.workloads.length, 0),
    );
    assert.equal(snapshots, 2);
    assert.ok(bytesAfter > 0 && bytesBefore > 0);
  });

  test('has what readiness rules say of its nodes, from when there were any', async (t) => {
    const { store, summaries } = await history();
    const selecting = (pool: string): LabelSelector => ({
      matchLabels: new Map([['pool', pool]]),
      matchExpressions: [],
    });
    const readinessRules = [
      readinessRule({ name: 'up' }),
      readinessRule({ name: 'net.v2', conditions: [{ type: 'Network', requiredStatus: 'True' }] }),
      readinessRule({ name: 'none', nodeSelector: selecting('none') }),
    ];
    const later = { from: new Date(`${day.date}T12:00:00Z`), snapshots: 1, stepMs: 1, nodes: 2, pods: 3 };
    summaries.push(...(await writeHistory(store, { ...later, readinessRules }, signal)));
    const nothing = { ...later, from: new Date(`${day.date}T13:00:00Z`) };
    const ofNone = [readinessRule({ name: 'none', nodeSelector: selecting('none') })];
    summaries.push(...(await writeHistory(store, { ...nothing, readinessRules: ofNone }, signal)));
    const before = await readAll(t, store, summaries);
    assert.ok(await compact(t, store, summaries));
    assert.deepEqual(detailsOf(store), []);
    const rows = await readAll(t, store, summaries);
    assert.deepEqual(rows, before);
    const up = { up: 'ready', 'net.v2': 'unknown' };
    assert.deepEqual(
      rows.map(({ nodes }) => nodes.map(({ readiness }) => readiness)),
      [
        [undefined, undefined],
        [undefined, undefined],
        [up, up],
        [{}, {}],
      ],
    );
  });

  test('is left as it is by a second compaction', async (t) => {
    const { store, summaries } = await history();
    await compact(t, store, summaries);
    const keys = [...store.objects.keys()];
    assert.equal(await compact(t, store, summaries, 'bbbbbbbb'), null);
    assert.deepEqual([...store.objects.keys()], keys);
  });

  test('loses what the loser of a slot has left, and nothing of a run that may still be under way', async (t) => {
    const { store, summaries } = await history();
    const detailOf = (slot: string): string =>
      `v1/nodes/cluster=prod/date=${day.date}/${slot}-ffffffff.ndjson.gz`;
    const [loser, underWay] = [detailOf('20261101T000000Z'), detailOf('20261101T223000Z')];
    for (const key of [loser, underWay]) await store.create(key, Buffer.from('x'), signal);
    await compact(t, store, summaries);
    assert.ok(!store.objects.has(loser));
    assert.ok(store.objects.has(underWay));
    await readAll(t, store, summaries);
  });

  test('keeps the details of a run that commits while it is compacted, and of one that comes later', async (t) => {
    const { store, summaries } = await history();
    const [late] = await writeHistory(
      store,
      { from: new Date(`${day.date}T20:00:00Z`), snapshots: 1, stepMs: 1, nodes: 2, pods: 3 },
      signal,
    );
    assert.ok(late !== undefined);
    // what was listed before it
    await compact(t, store, summaries);
    await readAll(t, store, [...summaries, late]);
    assert.equal(
      await compact(t, store, [...summaries, late], 'bbbbbbbb'),
      null,
      'there is nothing more to do',
    );
    await readAll(t, store, [...summaries, late]);
  });

  test('that is found damaged keeps what it was made of', async (t) => {
    const { store, summaries } = await history();
    const details = new Map([...store.objects].filter(([key]) => key.endsWith('.ndjson.gz')));
    await compact(t, store, summaries);
    // as if it was killed before it removed anything, and then a disk lied
    for (const [key, bytes] of details) await store.create(key, bytes, signal);
    const parquet = [...store.objects.keys()].find((key) => key.endsWith('.parquet')) ?? '';
    await store.remove(parquet, signal);
    await store.create(parquet, Buffer.alloc(50), signal);
    await assert.rejects(compact(t, store, summaries, 'bbbbbbbb'), /is damaged: what it was made of is kept/);
    assert.equal(detailsOf(store).length, details.size);
  });

  test('does not lose a field that a newer version has written: it is left as it is', async (t) => {
    const { store, summaries } = await history();
    const [first] = summaries;
    const object = first?.objects.find(({ kind }) => kind === 'nodes');
    assert.ok(first !== undefined && object !== undefined);
    const rows = gunzipSync(store.objects.get(object.key) ?? Buffer.alloc(0))
      .toString()
      .trimEnd()
      .split('\n');
    const newer = gzipSync(rows.map((row) => `${row.slice(0, -1)},"addedLater":1}\n`).join(''));
    await store.remove(object.key, signal);
    await store.create(object.key, newer, signal);
    const sha256 = createHash('sha256').update(newer).digest('hex');
    const changed = {
      ...first,
      objects: first.objects.map((each) => (each === object ? { ...each, sha256 } : each)),
    };
    const keys = detailsOf(store);
    await assert.rejects(
      compact(t, store, [changed, ...summaries.slice(1)]),
      /does not come back as it was stored, and nothing is removed/,
    );
    assert.deepEqual(detailsOf(store), keys);
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
      identity: store.identity,
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

test('several at once: one of them is read, and the others leave nothing behind', async (t) => {
  const { store, summaries } = await history();
  const expected = await readAll(t, store, summaries);
  await Promise.all(
    ['aaaaaaaa', 'bbbbbbbb', 'dddddddd'].map(async (run) => compact(t, store, summaries, run)),
  );
  await compact(t, store, summaries, 'cccccccc');
  assert.equal([...store.objects.keys()].filter((key) => key.endsWith('.parquet')).length, 2);
  assert.deepEqual(await readAll(t, store, summaries), expected);
});
