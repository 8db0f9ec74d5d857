import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { suite, test } from 'node:test';
import type { Node } from '../../../lib/model/node.ts';
import { toTotals as totalsOf } from '../../../lib/model/resources.ts';
import type { KubeObject } from '../../support/apiserver/objects.ts';
import {
  errorOf,
  expireRevisions,
  generous,
  modelNodes,
  namesOf,
  namesSink,
  packingOf,
  packingSink,
  pageOf,
  recordedNodes,
  recordedPods,
  startCluster,
  whenAsked,
} from '../../support/cluster-under-test.ts';

const names = namesOf(recordedPods);
const undisturbed = packingOf(recordedNodes, recordedPods);
const protobufFirst = 'application/vnd.kubernetes.protobuf, application/json;q=0.9';

suite('nodes and pods by pages', () => {
  for (const [encoding, accept, used] of [
    ['auto', protobufFirst, 'protobuf'],
    ['protobuf', 'application/vnd.kubernetes.protobuf', 'protobuf'],
    ['json', 'application/json', 'json'],
  ] as const) {
    for (const [listPageSize, nodePages, podPages] of [
      [0, 1, 1],
      [1, 12, 150],
      [7, 2, 22],
      [500, 1, 1],
    ] as const) {
      test(`${encoding}, ${listPageSize} a page: the same packing`, async (t) => {
        const under = await startCluster(t);
        const reader = under.reader({ encoding, listPageSize });
        const nodes = await reader.nodes(generous());
        assert.deepEqual(nodes.items, modelNodes(recordedNodes));
        const sink = packingSink(nodes.items);
        const pods = await reader.pods(nodes.resourceVersion, sink, generous());
        assert.deepEqual(sink.packing(), undisturbed);
        assert.equal(pods.exact, true);
        assert.deepEqual(
          [nodes, pods].map(({ inconsistent, resourceVersion, collection }) => ({
            inconsistent,
            resourceVersion,
            ...collection,
            bytes: 0,
          })),
          [
            about({ resource: 'nodes', items: 12, pages: nodePages }),
            about({ resource: 'pods', items: 150, pages: podPages }),
          ],
        );
        assert.equal(under.server.requests.length, nodePages + podPages);
        const exact = { resourceVersion: '731', resourceVersionMatch: 'Exact' };
        for (const [resource, first] of [
          ['nodes', {}],
          ['pods', exact],
        ] as const) {
          for (const [page, { method, query, headers, status }] of under.lists(resource).entries()) {
            const { continue: token, ...rest } = Object.fromEntries(query);
            assert.equal(token !== undefined, page > 0);
            const limit = listPageSize === 0 ? {} : { limit: String(listPageSize) };
            assert.deepEqual(rest, { ...limit, ...(page === 0 ? first : {}) });
            assert.deepEqual([method, status], ['GET', 200]);
            assert.equal(headers.accept, accept);
            assert.equal(headers['user-agent'], 'kube-binpack/test');
            assert.equal(headers['accept-encoding'], undefined);
          }
        }

        function about(list: { resource: string; items: number; pages: number }): unknown {
          const quiet = { inconsistent: false, encoding: used, bytes: 0, retries: 0, restarts: 0 };
          return { ...quiet, resourceVersion: '731', ...list };
        }
      });
    }
  }

  test('progress is told of nodes and of pods, with the estimate of the server', async (t) => {
    const under = await startCluster(t);
    const told: unknown[] = [];
    const progress = { report: (...about: unknown[]): void => void told.push(about) };
    const reader = under.reader({ progress });
    const { resourceVersion } = await reader.nodes(generous());
    await reader.pods(resourceVersion, namesSink(), generous());
    assert.deepEqual(told, [
      ['nodes', 12, 12],
      ['pods', 100, 150],
      ['pods', 150, 150],
    ]);
  });

  test('a namespace narrows pods, not nodes', async (t) => {
    const under = await startCluster(t);
    const reader = under.reader({ namespace: 'checkout', listPageSize: 7 });
    const nodes = await reader.nodes(generous());
    const sink = namesSink();
    const { collection } = await reader.pods(nodes.resourceVersion, sink, generous());
    assert.equal(nodes.items.length, 12);
    assert.deepEqual(
      sink.names,
      names.filter((name) => name.startsWith('checkout/')),
    );
    assert.equal(collection.items, 23);
    assert.equal(collection.pages, 4);
    assert.ok(under.lists('pods').every(({ path }) => path === '/api/v1/namespaces/checkout/pods'));
  });

  test('selectors go to the server; then there is no estimate', async (t) => {
    const under = await startCluster(t);
    const told: unknown[] = [];
    const reader = under.reader({
      nodeSelector: 'topology.kubernetes.io/zone in (us-east-1a, us-east-1b)',
      podFieldSelector: 'status.phase!=Succeeded,status.phase!=Failed',
      progress: { report: (...about: unknown[]) => void told.push(about) },
    });
    const nodes = await reader.nodes(generous());
    const sink = namesSink();
    await reader.pods(nodes.resourceVersion, sink, generous());
    const zones = (node: Node): string | undefined => node.labels.get('topology.kubernetes.io/zone');
    assert.ok(nodes.items.length > 0 && nodes.items.length < 12);
    assert.deepEqual(
      nodes.items,
      modelNodes(recordedNodes).filter((node) => ['us-east-1a', 'us-east-1b'].includes(zones(node) ?? '')),
    );
    assert.equal(sink.names.length, 133);
    assert.deepEqual(told, [
      ['nodes', nodes.items.length, nodes.items.length],
      ['pods', 100, null],
      ['pods', 133, 133],
    ]);
    for (const { query } of under.lists('nodes')) {
      assert.equal(query.get('labelSelector'), 'topology.kubernetes.io/zone in (us-east-1a, us-east-1b)');
      assert.equal(query.get('fieldSelector'), null);
    }
    for (const { query } of under.lists('pods')) {
      assert.equal(query.get('fieldSelector'), 'status.phase!=Succeeded,status.phase!=Failed');
      assert.equal(query.get('labelSelector'), null);
    }
  });

  test('a list of nodes that begins again has each node once', async (t) => {
    const under = await startCluster(t);
    whenAsked(under.server, pageOf('nodes', 'later'), () => expireRevisions(under.server));
    const nodes = await under.reader({ listPageSize: 5 }).nodes(generous());
    assert.deepEqual(nodes.items, modelNodes(recordedNodes));
    assert.equal(nodes.collection.restarts, 1);
    assert.equal(nodes.collection.items, 12);
    assert.equal(nodes.resourceVersion, '732');
  });

  test('what a user may not list says so at the first page', async (t) => {
    const under = await startCluster(t, { user: 'nodesOnly' });
    const nodes = await under.reader().nodes(generous());
    const error = await errorOf(under.reader().pods(nodes.resourceVersion, namesSink(), generous()));
    assert.equal(
      error.message,
      'could not list pods (page 1): 403: pods is forbidden: User "fixture-nodes-only" cannot list resource "pods" in API group "" at the cluster scope (grant list on nodes and pods to this user: see README, Permissions)',
    );
    assert.equal(under.lists('pods').length, 1);
  });

  test('a page that fails is asked for again with the policy of the product', async (t) => {
    const under = await startCluster(t);
    under.server.faults.next({ match: pageOf('nodes', 'first'), action: { kind: 'reset' } });
    const { collection } = await under.reader().nodes(generous());
    assert.equal(collection.retries, 1);
    assert.equal(
      under.log.lines[0],
      `warn: could not list nodes (page 1), trying again in 0.1 s: could not reach ${under.server.url}: the connection was cut`,
    );
  });
});

suite('one moment', () => {
  const gone = 'web/web-worker-cjt-2';
  const late: KubeObject = {
    metadata: { name: 'aaa', namespace: 'aaa' },
    spec: { containers: [{ name: 'c', resources: { requests: { cpu: '1' } } }] },
    status: { phase: 'Pending' },
  };

  for (const encoding of ['protobuf', 'json'] as const) {
    test(`pods are listed as they were when the nodes were, whatever changed since (${encoding})`, async (t) => {
      const under = await startCluster(t);
      const reader = under.reader({ encoding });
      const nodes = await reader.nodes(generous());
      const change = (): void =>
        void under.server.state.mutate(({ remove, put }) => {
          if (under.server.state.current.number === 731) remove('pods', 'web-worker-cjt-2', 'web');
          put('pods', late);
        });
      change();
      whenAsked(under.server, pageOf('pods', 'later'), change, 2);
      const sink = packingSink(nodes.items);
      const pods = await reader.pods(nodes.resourceVersion, sink, generous());
      assert.deepEqual([pods.exact, pods.inconsistent, pods.resourceVersion], [true, false, '731']);
      assert.deepEqual(sink.packing(), undisturbed);
      assert.deepEqual(under.log.lines, []);
    });

    test(`a revision that was compacted meanwhile: pods at the newest, and the sink begins anew (${encoding})`, async (t) => {
      const under = await startCluster(t);
      const reader = under.reader({ encoding });
      const nodes = await reader.nodes(generous());
      under.server.state.mutate(({ remove, put }) => {
        remove('pods', 'web-worker-cjt-2', 'web');
        put('pods', late);
      });
      under.server.state.compact();
      const sink = namesSink();
      const pods = await reader.pods(nodes.resourceVersion, sink, generous());
      assert.deepEqual([pods.exact, pods.inconsistent, pods.resourceVersion], [false, false, '732']);
      assert.equal(sink.restarts, 1);
      assert.deepEqual(sink.names, ['aaa/aaa', ...names.filter((name) => name !== gone)]);
      assert.deepEqual(
        under
          .lists('pods')
          .map(({ query }) => [query.get('resourceVersion'), query.get('resourceVersionMatch')]),
        [['731', 'Exact'], ...Array.from({ length: 3 }, () => [null, null])],
      );
      assert.deepEqual(under.log.lines, [
        'warn: the server does not list pods at revision 731: The resourceVersion for the provided list is too old.; listing pods at their newest revision instead',
      ]);
    });

    test(`a revision that expires in the middle of the list: nothing of it counts (${encoding})`, async (t) => {
      const under = await startCluster(t);
      const reader = under.reader({ encoding });
      const nodes = await reader.nodes(generous());
      whenAsked(under.server, pageOf('pods', 'later'), () => expireRevisions(under.server));
      const sink = packingSink(nodes.items);
      const pods = await reader.pods(nodes.resourceVersion, sink, generous());
      assert.deepEqual([pods.exact, pods.inconsistent, pods.resourceVersion], [false, false, '732']);
      assert.deepEqual(sink.packing(), undisturbed);
      assert.equal(pods.collection.items, 150);
    });
  }

  test('a 504 on the exact list: pods at the newest', async (t) => {
    const under = await startCluster(t);
    const reader = under.reader();
    const nodes = await reader.nodes(generous());
    under.server.faults.next({ match: pageOf('pods', 'first'), action: { kind: 'status', code: 504 } });
    const sink = namesSink();
    const pods = await reader.pods(nodes.resourceVersion, sink, generous());
    assert.equal(pods.exact, false);
    assert.deepEqual(sink.names, names);
    assert.equal(sink.restarts, 1);
    assert.equal(under.lists('pods').length, 4);
  });

  test('a revision that a lagging server does not know yet: pods at the newest', async (t) => {
    const under = await startCluster(t);
    const sink = namesSink();
    const pods = await under.reader().pods('999', sink, generous());
    assert.equal(pods.exact, false);
    assert.deepEqual(sink.names, names);
  });

  test('a mistake in the selector is not taken for a refused revision: its own words come through', async (t) => {
    const under = await startCluster(t);
    const reader = under.reader({ podFieldSelector: 'spec.nope=1' });
    const error = await errorOf(reader.pods('731', namesSink(), generous()));
    assert.match(
      error.message,
      /^could not list pods \(page 1\): 400: .*field label not supported: spec\.nope/,
    );
  });

  test('pods that expire again and again: continued inconsistently, no pod twice', async (t) => {
    const under = await startCluster(t);
    const reader = under.reader({ maxListRestarts: 1 });
    const nodes = await reader.nodes(generous());
    whenAsked(under.server, pageOf('pods', 'later'), () => expireRevisions(under.server), 3);
    const sink = packingSink(nodes.items);
    const pods = await reader.pods(nodes.resourceVersion, sink, generous());
    assert.deepEqual([pods.exact, pods.inconsistent], [false, true]);
    assert.deepEqual(sink.packing(), undisturbed);
  });
});

suite('the recorded cluster of 12 nodes and 150 pods', () => {
  interface Golden {
    readonly [node: string]: {
      readonly pods: number;
      readonly requested: Readonly<Record<string, string>>;
      readonly allocatable: Readonly<Record<string, string>>;
    };
  }
  const golden = JSON.parse(
    readFileSync(new URL('../../fixtures/small-cluster.golden.json', import.meta.url), 'utf8'),
  ) as { readonly nodes: Golden; readonly pods: Readonly<Record<string, number>> };

  /** Written down as whole numbers in text: cpu in milli. Zero is as unnamed. */
  const asText = (totals: ReadonlyMap<string, bigint>): Readonly<Record<string, string>> =>
    Object.fromEntries(
      [...totals]
        .filter(([, amount]) => amount !== 0n)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([name, amount]) => [name, String(amount)]),
    );

  for (const encoding of ['protobuf', 'json'] as const) {
    test(`takes on each node what was computed apart from this code (${encoding})`, async (t) => {
      const under = await startCluster(t);
      const reader = under.reader({ encoding });
      const nodes = await reader.nodes(generous());
      const sink = packingSink(nodes.items);
      await reader.pods(nodes.resourceVersion, sink, generous());
      const { nodes: packed, pods } = sink.packing();
      const actual = Object.fromEntries(
        Array.from(packed, ({ node, podCount, requested }) => [
          node.name,
          { pods: podCount, requested: asText(requested), allocatable: asText(totalsOf(node.allocatable)) },
        ]),
      );
      assert.deepEqual(actual, golden.nodes);
      assert.deepEqual({ ...pods }, { ...golden.pods, excluded: 0 });
    });
  }
});
