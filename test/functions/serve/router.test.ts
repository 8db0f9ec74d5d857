/** What each endpoint answers, without a socket: over a store in memory, at a time that is given. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { StoreError } from '../../../lib/errors.ts';
import { summaryKey } from '../../../lib/store/keys.ts';
import type { Store } from '../../../lib/store/store.ts';
import { readExposition } from '../../support/exposition.ts';
import { createMemoryStore } from '../../support/memory-store.ts';
import { at, filled, hostile, siteOf } from '../../support/site.ts';

const { signal } = new AbortController();

suite('endpoints, of a store without snapshots', () => {
  const ask = siteOf({});

  test('/readyz says no, and why; /healthz says yes', async () => {
    assert.deepEqual([(await ask('/readyz')).status, (await ask('/healthz')).status], [503, 200]);
    assert.equal((await ask('/readyz')).body, 'not ready: there is no snapshot in memory\n');
  });

  test('/sync, /api/clusters and /api/snapshots are empty lists', async () => {
    const store = { location: 'memory', readAt: '2026-11-21T07:55:00.000Z', ageSeconds: 0, problem: null };
    assert.deepEqual((await ask('/sync')).json(), { store, problems: [], clusters: [] });
    assert.deepEqual((await ask('/api/clusters')).json(), { store, clusters: [] });
    assert.deepEqual((await ask('/api/snapshots')).json(), { store, snapshots: [] });
  });

  test('/metrics says that the store is up, and nothing else', async () => {
    const families = readExposition((await ask('/metrics')).body);
    assert.deepEqual(
      [...families.keys()],
      ['kube_binpacking_serve_store_up', 'kube_binpacking_serve_store_age_seconds'],
    );
    assert.deepEqual(families.get('kube_binpacking_serve_store_up')?.samples, [{ labels: {}, value: 1 }]);
  });
});

suite('endpoints, of a store with two clusters', async () => {
  const ask = siteOf({ store: await filled() });
  const path = `/api/snapshots/${encodeURIComponent(hostile)}/20261119T000000Z`;

  test('/readyz goes by the newest of all', async () => {
    const { status, body } = await ask('/readyz');
    assert.equal(status, 200);
    assert.equal(body, 'ready: the newest snapshot, 20261121T074500Z of prod, is 600 s old\n');
  });

  test('/readyz says no when that is stale', async () => {
    const later = siteOf({ store: await filled(), now: () => new Date('2026-11-21T08:00:01Z') });
    const { status, body } = await later('/readyz');
    assert.equal(status, 503);
    assert.equal(
      body,
      'not ready: the newest snapshot, 20261121T074500Z of prod, is 901 s old, more than the 900 s of --stale-after\n',
    );
    const exactly = siteOf({ store: await filled(), now: () => new Date('2026-11-21T08:00:00Z') });
    assert.equal((await exactly('/readyz')).status, 200);
  });

  test('/sync tells of each how it was read, and which is stale', async () => {
    const { clusters } = (await ask('/sync')).json() as { clusters: Record<string, unknown>[] };
    assert.deepEqual(
      clusters.map(({ cluster, snapshotId, ageSeconds, stale, consistency }) => [
        cluster,
        snapshotId,
        ageSeconds,
        stale,
        consistency,
      ]),
      [
        [hostile, '20261119T000000Z', 201_300, true, 'exact'],
        ['prod', '20261121T074500Z', 600, false, 'exact'],
      ],
    );
    const collection = clusters[1]?.['collection'] as { resource: string; pages: number }[];
    assert.deepEqual(collection[0]?.resource, 'nodes');
    assert.equal(collection[0]?.pages, 1);
  });

  test('/metrics has both, each with its age, in a form that Prometheus takes', async () => {
    const families = readExposition((await ask('/metrics')).body);
    assert.deepEqual(families.get('kube_binpacking_cluster_snapshot_age_seconds')?.samples, [
      { labels: { cluster: hostile }, value: 201_300 },
      { labels: { cluster: 'prod' }, value: 600 },
    ]);
    assert.deepEqual(
      families.get('kube_binpacking_cluster_node_count')?.samples.map(({ value }) => value),
      [2, 2],
    );
    const nodes = families.get('kube_binpacking_node_allocatable')?.samples.map(({ labels }) => labels);
    assert.deepEqual(
      nodes?.map(({ cluster, node, resource }) => [cluster, node, resource]),
      [
        [hostile, 'n1', 'cpu'],
        [hostile, 'n1', 'memory'],
        ['prod', 'n1', 'cpu'],
        ['prod', 'n1', 'memory'],
      ],
    );
  });

  test('/api/snapshots lists by range and cluster', async () => {
    const idsOf = async (query: string): Promise<string[]> => {
      const { snapshots } = (await ask(`/api/snapshots${query}`)).json() as {
        snapshots: { snapshotId: string }[];
      };
      return snapshots.map(({ snapshotId }) => snapshotId);
    };
    assert.deepEqual(await idsOf(''), ['20261121T074000Z', '20261121T074500Z']);
    assert.deepEqual(await idsOf('?from=3d+ago'), [
      '20261119T000000Z',
      '20261121T074000Z',
      '20261121T074500Z',
    ]);
    assert.deepEqual(await idsOf('?from=3d+ago&cluster=prod'), ['20261121T074000Z', '20261121T074500Z']);
    assert.deepEqual(await idsOf('?to=2026-11-21T07:45:00Z'), ['20261121T074000Z']);
    assert.deepEqual(await idsOf('?from=2026-11-19&to=2026-11-19'), ['20261119T000000Z']);
    assert.deepEqual(await idsOf('?cluster=nobody'), []);
  });

  test('a snapshot, its nodes and its workloads', async () => {
    const summary = (await ask('/api/snapshots/prod/20261121T074500Z')).json() as Record<string, unknown>;
    assert.equal(summary['snapshotId'], '20261121T074500Z');
    assert.equal(summary['schemaVersion'], 1);
    const nodes = (await ask(`${path}/nodes`)).json() as { cluster: string; rows: { node: string }[] };
    assert.deepEqual([nodes.cluster, nodes.rows.map(({ node }) => node)], [hostile, ['n1']]);
    const workloads = (await ask(`${path}/workloads`)).json() as { rows: { name: string }[] };
    assert.deepEqual(
      workloads.rows.map(({ name }) => name),
      ['web'],
    );
  });

  test('--cluster: only its snapshots are there', async () => {
    const prod = siteOf({ store: await filled(), cluster: 'prod' });
    assert.deepEqual(
      ((await prod('/api/clusters')).json() as { clusters: { cluster: string }[] }).clusters.map(
        ({ cluster }) => cluster,
      ),
      ['prod'],
    );
    assert.equal((await prod(path)).status, 404);
    assert.equal((await prod('/api/snapshots/prod/20261121T074500Z')).status, 200);
    const listed = await prod(`/api/snapshots?from=3d+ago&cluster=${encodeURIComponent(hostile)}`);
    assert.deepEqual((listed.json() as { snapshots: unknown[] }).snapshots, []);
  });

  const refused: readonly (readonly [path: string, status: number, error: RegExp])[] = [
    ['/nothing', 404, /^there is nothing here: see \/ /],
    ['/metrics/', 404, /nothing here/],
    ['/api/snapshots/prod', 404, /nothing here/],
    ['/api/../metrics', 404, /nothing here/],
    ['/api/snapshots/prod/20261121T074500Z/pods', 404, /nothing here/],
    ['/api/snapshots/prod/20261121T075000Z', 404, /^there is no snapshot 20261121T075000Z of prod$/],
    [
      '/api/snapshots/nobody/20261121T074500Z/nodes',
      404,
      /^there is no snapshot 20261121T074500Z of nobody$/,
    ],
    ['/api/snapshots/..%2f..%2fetc/20261121T074500Z', 404, /^there is no snapshot/],
    ['/api/snapshots/%2e%2e/20261121T074500Z', 404, /^there is no snapshot/],
    ['/api/snapshots/prod/..%2f..%2fetc%2fpasswd', 400, /^the id is none of a snapshot/],
    ['/api/snapshots/prod/20261399T074500Z', 400, /^the id is none of a snapshot/],
    ['/api/snapshots//20261121T074500Z', 400, /^the cluster's name must not be empty$/],
    ['/api/snapshots/a%00b/20261121T074500Z', 400, /^the cluster's name must not hold control characters$/],
    [`/api/snapshots/${'a'.repeat(201)}/20261121T074500Z`, 400, /^the cluster's name must be shorter/],
    ['/api/snapshots/%ff/20261121T074500Z', 400, /^the URL cannot be read$/],
    ['/api/snapshots?cluster=', 400, /must not be empty/],
    ['/api/snapshots?from=yesterday', 400, /^"from" must be a day/],
    ['/api/snapshots?from=2026-02-30', 400, /^"from" must be a day/],
    ['/api/snapshots?from=2026-11-21&to=2026-11-20', 400, /^"from" must lie before "to"$/],
    ['/api/snapshots?from=2026-01-01', 400, /^more than 31 days/],
    [
      '/api/snapshots?limit=1',
      400,
      /^"limit" is not a parameter of \/api\/snapshots, which takes cluster, from, to$/,
    ],
    ['/metrics?x', 400, /^"x" is not a parameter of \/metrics, which takes none$/],
  ];
  for (const [target, status, error] of refused)
    test(`${target.slice(0, 60)} is refused in a sentence`, async () => {
      const answer = await ask(target);
      assert.equal(answer.status, status, answer.body);
      assert.match((answer.json() as { error: string }).error, error);
    });
});

suite('endpoints, of a store that fails', () => {
  const broken = (): never => {
    throw new StoreError('the bucket is closed');
  };

  test('what was never read is not there, and it is said why', async () => {
    const ask = siteOf({ store: { ...createMemoryStore(), read: broken, list: broken, folders: broken } });
    const answers = await Promise.all(
      ['/readyz', '/api/clusters', '/api/snapshots', '/api/snapshots/a/20261121T074500Z'].map(ask),
    );
    assert.deepEqual(
      answers.map(({ status }) => status),
      [503, 503, 503, 503],
    );
    for (const { body } of answers) assert.match(body, /the bucket is closed/);
    assert.equal((await ask('/healthz')).status, 200);
    assert.equal((await ask('/')).status, 503);
    const { store } = (await ask('/sync')).json() as { store: Record<string, unknown> };
    assert.deepEqual(store, {
      location: 'memory',
      readAt: null,
      ageSeconds: null,
      problem: 'the bucket is closed',
    });
    const up = readExposition((await ask('/metrics')).body).get('kube_binpacking_serve_store_up');
    assert.equal(up?.samples[0]?.value, 0);
  });

  test('what was read before stays, with its age', async () => {
    const store = await filled();
    let closed = false;
    let now = at;
    const folders: Store['folders'] = (prefix, limit) => (closed ? broken() : store.folders(prefix, limit));
    const ask = siteOf({ store: { ...store, folders }, now: () => now });
    await ask('/metrics');
    closed = true;
    now = new Date(at.getTime() + 60_000);
    assert.equal(
      (await ask('/readyz')).body,
      'ready: the newest snapshot, 20261121T074500Z of prod, is 660 s old; the bucket is closed\n',
    );
    const families = readExposition((await ask('/metrics')).body);
    assert.equal(families.get('kube_binpacking_serve_store_up')?.samples[0]?.value, 0);
    assert.equal(families.get('kube_binpacking_serve_store_age_seconds')?.samples[0]?.value, 60);
    assert.equal(families.get('kube_binpacking_node_allocatable')?.samples.length, 4);
    assert.deepEqual(((await ask('/api/clusters')).json() as { store: unknown }).store, {
      location: 'memory',
      readAt: at.toISOString(),
      ageSeconds: 60,
      problem: 'the bucket is closed',
    });
  });

  test('a damaged newest snapshot leaves the one before, and the other clusters', async () => {
    const store = await filled();
    const ask = siteOf({ store });
    await ask('/sync');
    const key = { cluster: 'prod', snapshotId: '20261121T075000Z' };
    await store.create(summaryKey(key), Buffer.from('{'), signal);
    const { problems, clusters } = (await ask('/sync')).json() as {
      problems: string[];
      clusters: { snapshotId: string }[];
    };
    assert.deepEqual(problems, [
      'snapshot 20261121T075000Z of prod is damaged: it is not JSON; restore or remove it',
    ]);
    assert.deepEqual(
      clusters.map(({ snapshotId }) => snapshotId),
      ['20261119T000000Z', '20261121T074500Z'],
    );
    const { status, body } = await ask('/api/snapshots/prod/20261121T075000Z');
    assert.equal(status, 503);
    assert.match(body, /is damaged/);
  });

  test('details that are gone are told: the gauges of nodes are left out, the rest stays', async () => {
    const store = await filled();
    for (const key of store.objects.keys()) if (key.startsWith('v1/nodes/')) await store.remove(key, signal);
    const ask = siteOf({ store });
    const { status, body } = await ask('/api/snapshots/prod/20261121T074500Z/nodes');
    assert.equal(status, 503);
    assert.match(body, /the nodes of snapshot 20261121T074500Z of prod are missing from memory/);
    const families = readExposition((await ask('/metrics')).body);
    assert.deepEqual(
      families.get('kube_binpacking_serve_node_rows_read')?.samples.map(({ value }) => value),
      [0, 0],
    );
    assert.equal(families.has('kube_binpacking_node_allocatable'), false);
    assert.equal(families.get('kube_binpacking_cluster_node_count')?.samples.length, 2);
  });
});
