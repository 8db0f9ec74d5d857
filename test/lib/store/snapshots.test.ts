import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { StoreError } from '../../../lib/errors.ts';
import { encodeSummary, sha256 } from '../../../lib/store/codec.ts';
import { createDirectoryStore } from '../../../lib/store/directory.ts';
import { detailKey, summaryKey, type SnapshotKey } from '../../../lib/store/keys.ts';
import {
  commitSnapshot,
  listSnapshots,
  newestSnapshots,
  readRows,
  readSummary,
} from '../../../lib/store/snapshots.ts';
import type { Store } from '../../../lib/store/store.ts';
import { temporaryFolder } from '../../support/kubeconfig.ts';
import { createMemoryStore } from '../../support/memory-store.ts';
import { identity, nodeRow, snapshot, summary, workloadRow } from '../../support/snapshots.ts';
import { keysOf } from '../../support/store-contract.ts';

const { signal } = new AbortController();
const slot: SnapshotKey = { cluster: 'prod', snapshotId: identity.snapshotId };
const podRow = {
  ...identity,
  namespace: 'default',
  pod: 'web-1',
  uid: 'u-1',
  node: null,
  phase: 'Pending',
  terminating: false,
  workload: 0,
};

async function listed(store: Store, cluster: string | null = null): Promise<SnapshotKey[]> {
  const found: SnapshotKey[] = [];
  for await (const key of listSnapshots(store, cluster, null, signal)) found.push(key);
  return found;
}

/** Calls `before` ahead of each write, as another process might come between. */
function interrupted(store: Store, before: (key: string) => Promise<void>): Store {
  return {
    ...store,
    async create(key, bytes, within) {
      await before(key);
      return store.create(key, bytes, within);
    },
  };
}

suite('a commit', () => {
  test('writes nodes, then workloads, then the summary that names them, and reads back equal', async () => {
    const store = createMemoryStore();
    const order: string[] = [];
    const watched = interrupted(store, async (key) => void order.push(key));
    const taken = snapshot({
      nodes: [nodeRow({ node: 'a' }), nodeRow({ node: 'b' })],
      workloads: [workloadRow()],
    });
    const { own, summary: committed } = await commitSnapshot(watched, taken, signal);
    assert.equal(own, true);
    assert.deepEqual(order, [
      'v1/nodes/cluster=prod/date=2026-11-21/20261121T074500Z-0a1b2c3d.ndjson.gz',
      'v1/workloads/cluster=prod/date=2026-11-21/20261121T074500Z-0a1b2c3d.ndjson.gz',
      'v1/summary/cluster=prod/date=2026-11-21/20261121T074500Z.json',
    ]);
    assert.deepEqual(
      committed.objects.map(({ kind, key, rows, bytes, sha256: digest }) => {
        const stored = store.objects.get(key);
        assert.equal(stored?.length, bytes);
        assert.equal(sha256(stored), digest);
        return [kind, rows];
      }),
      [
        ['nodes', 2],
        ['workloads', 1],
      ],
    );
    assert.deepEqual(await readSummary(store, slot, signal), committed);
    assert.deepEqual({ ...committed, objects: [] }, summary());
    assert.deepEqual(await readRows(store, committed, 'nodes', signal), taken.nodes);
    assert.deepEqual(await readRows(store, committed, 'workloads', signal), taken.workloads);
    assert.deepEqual(await listed(store), [slot]);
  });

  test('writes a row for each pod where they were taken', async () => {
    const store = createMemoryStore();
    const { summary: committed } = await commitSnapshot(store, snapshot({ pods: [podRow] }), signal);
    assert.deepEqual(await readRows(store, committed, 'pods', signal), [podRow]);
    assert.ok(store.objects.has(detailKey('pods', slot, identity.run)));
  });

  test('that comes second takes the winner’s summary and takes its own details away', async () => {
    const store = createMemoryStore();
    const first = await commitSnapshot(store, snapshot(), signal);
    const before = new Map(store.objects);
    const second = await commitSnapshot(
      store,
      snapshot({ summary: { run: 'ffffffff', durationMs: 1 } }),
      signal,
    );
    assert.deepEqual(second, { summary: first.summary, own: false, leftOver: [] });
    assert.deepEqual(store.objects, before);
  });

  test('of eight runs at once one wins, all agree on it, and only its objects stay', async (t) => {
    const store = createDirectoryStore(temporaryFolder(t).at('store'));
    const runs = Array.from({ length: 8 }, (_, index) => `0000000${index}`);
    const results = await Promise.all(
      runs.map((run) =>
        commitSnapshot(store, snapshot({ summary: { run }, nodes: [nodeRow({ run })] }), signal),
      ),
    );
    const winners = results.filter(({ own }) => own);
    assert.equal(winners.length, 1);
    const run = winners[0]?.summary.run ?? '';
    for (const { summary: agreed } of results) assert.deepEqual(agreed, winners[0]?.summary);
    assert.deepEqual(await keysOf(store), [
      detailKey('nodes', slot, run),
      summaryKey(slot),
      detailKey('workloads', slot, run),
    ]);
    const rows = await readRows(store, results[0]!.summary, 'nodes', signal);
    assert.deepEqual(
      rows.map((row) => row.run),
      [run],
    );
  });

  test('that fails half-way leaves nothing to be seen, and the next run of the slot succeeds', async () => {
    for (const broken of ['v1/nodes/', 'v1/workloads/', 'v1/pods/', 'v1/summary/']) {
      const store = createMemoryStore();
      const failing = interrupted(store, async (key) => {
        if (key.startsWith(broken)) throw new StoreError('the disk is full');
      });
      await assert.rejects(commitSnapshot(failing, snapshot({ pods: [] }), signal), /the disk is full/);
      assert.deepEqual(await listed(store), []);
      assert.equal(await readSummary(store, slot, signal), null);
      const retry = await commitSnapshot(store, snapshot({ summary: { run: 'ffffffff' } }), signal);
      assert.equal(retry.own, true);
      assert.deepEqual(await listed(store), [slot]);
    }
  });

  test('does not write over details, though their name is random', async () => {
    const store = createMemoryStore('s3://bucket');
    await store.create(detailKey('nodes', slot, identity.run), Buffer.from('of another'), signal);
    await assert.rejects(
      commitSnapshot(store, snapshot(), signal),
      /^StoreError: v1\/nodes\/\S+ exists already in s3:\/\/bucket, though its name is random: try again$/,
    );
    assert.equal(await readSummary(store, slot, signal), null);
  });
});

suite('reading', () => {
  test('a slot without a summary is null, whatever details lie there', async () => {
    const store = createMemoryStore();
    await store.create(detailKey('nodes', slot, 'dead'), Buffer.from('torn'), signal);
    await store.create(detailKey('workloads', slot, 'dead'), Buffer.from('torn'), signal);
    assert.equal(await readSummary(store, slot, signal), null);
    assert.deepEqual(await listed(store), []);
  });

  test('a summary cut short says which snapshot is damaged', async () => {
    const store = createMemoryStore();
    const whole = encodeSummary(summary());
    await store.create(summaryKey(slot), whole.subarray(0, whole.length / 2), signal);
    await assert.rejects(
      readSummary(store, slot, signal),
      /^StoreError: snapshot 20261121T074500Z of prod is damaged: it is not JSON/,
    );
  });

  test('details that are not what the summary says are damaged', async () => {
    const store = createMemoryStore();
    const { summary: committed } = await commitSnapshot(store, snapshot(), signal);
    const key = detailKey('nodes', slot, identity.run);
    const right = store.objects.get(key)!;
    await store.remove(key, signal);
    await assert.rejects(
      readRows(store, committed, 'nodes', signal),
      /^StoreError: the nodes of snapshot 20261121T074500Z of prod are missing from memory \(v1\/nodes\/\S+\)$/,
    );
    for (const wrong of [right.subarray(0, -1), Buffer.concat([right, right]), Buffer.alloc(0)]) {
      await store.create(key, wrong, signal);
      await assert.rejects(
        readRows(store, committed, 'nodes', signal),
        /^StoreError: the nodes of snapshot 20261121T074500Z of prod are damaged: their checksum is not the summary's/,
      );
      await store.remove(key, signal);
    }
  });

  test('details that were never stored say how to have them', async () => {
    const store = createMemoryStore();
    const { summary: committed } = await commitSnapshot(store, snapshot(), signal);
    await assert.rejects(
      readRows(store, committed, 'pods', signal),
      /^StoreError: the pods of snapshot 20261121T074500Z of prod were not stored: take snapshots with --detail pods$/,
    );
  });

  test('a list is by cluster, then by time, and of one cluster if asked', async () => {
    const store = createMemoryStore();
    const slots = [
      ['prod-eu', '20261121T074500Z'],
      ['prod', '20261121T075000Z'],
      ['prod', '20261121T074500Z'],
      ['prod', '20251231T235500Z'],
      ['arn:aws:eks:eu-west-1:1:cluster/prod', '20261121T074500Z'],
    ] as const;
    for (const [cluster, snapshotId] of slots) {
      await commitSnapshot(store, snapshot({ summary: { cluster, snapshotId } }), signal);
    }
    await store.create('v1/summary/cluster=prod/date=2026-11-21/README.md', Buffer.from('notes'), signal);
    assert.deepEqual(await listed(store, 'prod'), [
      { cluster: 'prod', snapshotId: '20251231T235500Z' },
      { cluster: 'prod', snapshotId: '20261121T074500Z' },
      { cluster: 'prod', snapshotId: '20261121T075000Z' },
    ]);
    assert.equal((await listed(store)).length, 5);
    assert.deepEqual(await listed(store, 'pro'), []);
    assert.deepEqual(await listed(store, 'arn:aws:eks:eu-west-1:1:cluster/prod'), [
      { cluster: 'arn:aws:eks:eu-west-1:1:cluster/prod', snapshotId: '20261121T074500Z' },
    ]);
  });

  test('some days of the history, and the newest of each cluster, are found without looking at the others', async () => {
    const store = createMemoryStore();
    const ids = ['20261119T235500Z', '20261120T000000Z', '20261120T120000Z', '20261121T000000Z'];
    for (const cluster of ['prod', 'test']) {
      for (const snapshotId of ids)
        await commitSnapshot(store, snapshot({ summary: { cluster, snapshotId } }), signal);
    }
    await store.create('v1/summary/cluster=prod/notes/x.json', Buffer.from('{}'), signal);
    await store.create('v1/summary/else/date=2026-11-20/x.json', Buffer.from('{}'), signal);
    const listedPrefixes: string[] = [];
    const watched: Store = {
      ...store,
      list(prefix, within) {
        listedPrefixes.push(prefix);
        return store.list(prefix, within);
      },
    };
    const ofDay = await Array.fromAsync(
      listSnapshots(watched, null, (date) => date === '2026-11-20', signal),
    );
    assert.deepEqual(
      ofDay.map(({ cluster, snapshotId }) => `${cluster} ${snapshotId}`),
      ['prod', 'test'].flatMap((cluster) => [`${cluster} 20261120T000000Z`, `${cluster} 20261120T120000Z`]),
    );
    assert.deepEqual(listedPrefixes.splice(0), [
      'v1/summary/cluster=prod/date=2026-11-20/',
      'v1/summary/cluster=test/date=2026-11-20/',
    ]);
    const newest = await newestSnapshots(watched, 'prod', 2, signal);
    assert.deepEqual(
      newest.map(({ snapshotId }) => snapshotId),
      ids.slice(2),
    );
    assert.deepEqual(listedPrefixes, [
      'v1/summary/cluster=prod/date=2026-11-21/',
      'v1/summary/cluster=prod/date=2026-11-20/',
    ]);
    assert.equal((await newestSnapshots(store, null, 100, signal)).length, 8);
    // of many clusters at once, and in their order all the same
    let [asked, most] = [0, 0];
    const busy: Store = {
      ...store,
      async *list(prefix, within) {
        asked += 1;
        most = Math.max(most, asked);
        await new Promise((resolve) => setTimeout(resolve, prefix.includes('prod') ? 20 : 1));
        yield* store.list(prefix, within);
        asked -= 1;
      },
    };
    assert.deepEqual(
      (await newestSnapshots(busy, null, 1, signal)).map(({ cluster }) => cluster),
      ['prod', 'test'],
    );
    assert.equal(most, 2);
    assert.deepEqual(await newestSnapshots(store, 'nobody', 1, signal), []);
  });

  test('a run whose summary was written, though the answer was lost, keeps its details', async () => {
    const store = createMemoryStore();
    const deaf: Store = {
      ...store,
      async create(key, bytes, within) {
        const created = await store.create(key, bytes, within);
        return key.includes('/summary/') ? false : created;
      },
    };
    const { own, summary: written } = await commitSnapshot(deaf, snapshot(), signal);
    assert.equal(own, true);
    assert.equal((await readRows(store, written, 'nodes', signal)).length, 1);
  });

  test('details of a loser that cannot be removed are named, and no failure', async () => {
    const store = createMemoryStore();
    await commitSnapshot(store, snapshot(), signal);
    const keeping: Store = { ...store, remove: () => Promise.reject(new StoreError('not allowed')) };
    const { own, leftOver } = await commitSnapshot(
      keeping,
      snapshot({ summary: { run: 'ffffffff' } }),
      signal,
    );
    assert.equal(own, false);
    assert.deepEqual(leftOver, [
      detailKey('nodes', slot, 'ffffffff'),
      detailKey('workloads', slot, 'ffffffff'),
    ]);
  });

  for (const cluster of ['..', '../../..', 'a/b', '日本語 🚀', '.', '100%', 'a\u0000b']) {
    test(`a cluster called ${JSON.stringify(cluster)} stays inside of a directory store and can be found`, async (t) => {
      const folder = temporaryFolder(t);
      const store = createDirectoryStore(folder.at('store'));
      const committed = await commitSnapshot(store, snapshot({ summary: { cluster } }), signal);
      const key = { cluster, snapshotId: identity.snapshotId };
      assert.deepEqual(await listed(store), [key]);
      assert.deepEqual(await listed(store, cluster), [key]);
      assert.deepEqual(await readSummary(store, key, signal), committed.summary);
      assert.equal((await readRows(store, committed.summary, 'nodes', signal)).length, 1);
      const around = createDirectoryStore(folder.at(''));
      for (const path of await keysOf(around))
        assert.match(path, /^store\/v1\/(?:nodes|workloads|summary)\/cluster=/);
    });
  }
});
