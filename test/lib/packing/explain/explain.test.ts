import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import type { NodeRow, WorkloadRow } from '../../../../lib/model/snapshot.ts';
import { explainNode, type NodeExplanation } from '../../../../lib/packing/explain/explain.ts';
import { drainNodes } from '../../../../lib/packing/repack/drain.ts';
import { problemOf } from '../../../../lib/packing/repack/problem.ts';
import { guideOf } from '../../../../lib/packing/repack/guide.ts';
import { nodeAmounts, nodeRow, workloadRow } from '../../../support/snapshots.ts';
import { anyCluster, rowsOf } from '../repack/cluster.ts';

const gib = 1024 ** 3;

/** Of 4 cores, 16 GiB and 10 pods; `allocated` in cores and GiB, as the placements take. */
function node(
  name: string,
  placements: [number, number][],
  [cpu, memory]: readonly [cpu: number, gib: number],
  about: Partial<NodeRow> = {},
): NodeRow {
  const pods = placements.reduce((sum, [, count]) => sum + count, 0);
  return nodeRow({
    node: name,
    labels: { 'kubernetes.io/hostname': name },
    placements,
    pods,
    resources: {
      cpu: nodeAmounts(4, cpu),
      memory: nodeAmounts(16 * gib, memory * gib),
      pods: nodeAmounts(10, pods),
    },
    ...about,
  });
}

function workload(
  index: number,
  pods: number,
  [cpu, memory]: readonly [cpu: number, gib: number],
  about: Partial<WorkloadRow> = {},
): WorkloadRow {
  return workloadRow({ index, name: `w${index}`, pods, requests: { cpu, memory: memory * gib }, ...about });
}

const daemon = { kind: 'DaemonSet', daemonSet: true } as const;
const ref = (index: number, kind = 'Deployment'): object => ({
  index,
  namespace: 'default',
  kind,
  name: `w${index}`,
});

function explain(nodes: readonly NodeRow[], workloads: readonly WorkloadRow[], at = 0): NodeExplanation {
  return explainNode({ nodes, workloads }, at, '2026-11-21T07:45:00Z');
}

suite('one node explained', () => {
  test('says what it is, how old it was then, and nothing of the machinery of rows', () => {
    const row = node('a', [], [0, 0], { createdAt: '2026-11-20T07:45:00Z', nodePool: 'general' });
    const { ageSeconds, nodePool, cluster, snapshotId, ...rest } = explain([row], []);
    assert.deepEqual(
      { ageSeconds, nodePool, cluster, snapshotId },
      { ageSeconds: 86_400, nodePool: 'general', cluster: 'prod', snapshotId: '20261121T074500Z' },
    );
    assert.deepEqual(['placements' in rest, 'run' in rest], [false, false]);
    assert.equal(explain([{ ...row, createdAt: null }], []).ageSeconds, null);
  });

  test('full of memory with cpu left: what fills it, and what memory stops', () => {
    // a: 3 of w0 (0.5 cpu, 5 GiB) and a DaemonSet's (0.1 cpu, 0.5 GiB): 2.4 cores and 0.5 GiB are free
    const nodes = [
      node(
        'a',
        [
          [1, 1],
          [0, 3],
        ],
        [1.6, 15.5],
      ),
      node('b', [[2, 1]], [3, 0.25]),
    ];
    const workloads = [
      workload(0, 3, [0.5, 5]),
      workload(1, 1, [0.1, 0.5], daemon),
      // a quarter of the pods: needs 3 cores, which a lacks too
      workload(2, 1, [3, 0.25]),
    ];
    const { workloads: fills, resources, stranding } = explain(nodes, workloads);
    assert.deepEqual(fills, [
      {
        ...ref(0),
        perNode: false,
        pods: 3,
        takes: { cpu: 1.5, memory: 15 * gib, pods: 3 },
        shares: { cpu: 0.375, memory: 0.9375, pods: 0.3 },
        largestShare: 0.9375,
      },
      {
        ...ref(1, 'DaemonSet'),
        perNode: true,
        pods: 1,
        takes: { cpu: 0.1, memory: 0.5 * gib, pods: 1 },
        shares: { cpu: 0.025, memory: 0.03125, pods: 0.1 },
        largestShare: 0.1,
      },
    ]);
    assert.deepEqual(resources['cpu'], {
      capacity: 4,
      allocatable: 4,
      allocated: 1.6,
      daemonSet: 0,
      staticPods: 0,
      free: 2.4,
      overCommitted: 0,
      utilization: 0.4,
    });
    assert.deepEqual(stranding, {
      unusable: [],
      pods: 4,
      unfitShare: 1,
      stranded: { cpu: 2.4, memory: 0.5 * gib, pods: 6 },
      stops: { memory: { share: 0.75, alone: 0.75 }, cpu: { share: 0.25, alone: 0.25 } },
    });
  });

  test('only pods that may run there count, and one that lacks two resources has none of them alone to blame', () => {
    const elsewhere = { nodeSelector: { pool: 'gpu' } };
    const workloads = [
      workload(0, 1, [8, 32]),
      workload(1, 3, [1, 1]),
      workload(2, 6, [1, 1], { constraints: elsewhere }),
    ];
    const { stranding } = explain([node('a', [], [0, 0])], workloads);
    assert.deepEqual(stranding, {
      unusable: [],
      pods: 4,
      unfitShare: 0.25,
      stranded: { cpu: 1, memory: 4 * gib, pods: 2.5 },
      stops: { cpu: { share: 0.25, alone: 0 }, memory: { share: 0.25, alone: 0 } },
    });
    const none = explain([node('a', [], [0, 0])], workloads.slice(2)).stranding;
    assert.deepEqual([none.pods, none.unfitShare, none.stranded['cpu'], none.stops], [0, 1, 4, {}]);
  });

  test('with DaemonSet and static pods alone there is nothing to move, and no mix to strand anything', () => {
    const workloads = [workload(0, 1, [1, 1], daemon), workload(1, 1, [0.5, 2], { kind: 'StaticPod' })];
    const nodes = [
      node(
        'a',
        [
          [0, 1],
          [1, 1],
        ],
        [1.5, 3],
      ),
    ];
    const { emptying, resources, workloads: fills } = explain(nodes, workloads);
    assert.deepEqual(emptying, {
      verdict: 'nothing to move',
      moves: [],
      held: [],
      noPlace: [],
      notes: [],
    });
    assert.deepEqual(
      Object.entries(resources).map(([name, { staticPods }]) => [name, staticPods]),
      [
        ['cpu', 0.5],
        ['memory', 2 * gib],
        ['pods', 1],
      ],
    );
    assert.deepEqual(
      fills.map(({ perNode }) => perNode),
      [true, true],
    );
    const onlyDaemons = explain(nodes, [workloads[0]!, { ...workloads[1]!, ...daemon }]);
    assert.deepEqual(onlyDaemons.stranding, {
      unusable: [],
      pods: null,
      unfitShare: null,
      stranded: { cpu: null, memory: null, pods: null },
      stops: {},
    });
  });

  test('over-committed: nothing is free, not less, and how much too much is said', () => {
    const workloads = [workload(0, 3, [1.5, 1])];
    const { resources, stranding } = explain([node('a', [[0, 3]], [4.5, 3])], workloads);
    assert.deepEqual(
      [resources['cpu']?.free, resources['cpu']?.overCommitted, resources['cpu']?.utilization],
      [0, 0.5, 1.125],
    );
    assert.deepEqual(stranding.stranded, { cpu: 0, memory: 13 * gib, pods: 7 });
    assert.deepEqual(stranding.stops, { cpu: { share: 1, alone: 1 } });
  });

  test('not usable: nothing is counted as stranded, and why; its pods can go all the same', () => {
    const row = node('a', [[0, 1]], [1, 1], {
      unschedulable: true,
      ready: null,
      taints: ['team=x:NoSchedule', 'soft:PreferNoSchedule'],
    });
    const { stranding, emptying } = explain([row, node('b', [], [0, 0])], [workload(0, 1, [1, 1])]);
    assert.deepEqual(stranding, {
      unusable: ['its readiness is unknown', 'it is cordoned', 'it has the taint team=x:NoSchedule'],
      pods: null,
      unfitShare: null,
      stranded: { cpu: null, memory: null, pods: null },
      stops: {},
    });
    assert.deepEqual(emptying.moves, [{ ...ref(0), pods: 1, to: 'b' }]);
    assert.equal(emptying.verdict, 'can be emptied');
  });
});

suite('what would empty a node', () => {
  test('a pod without controller holds it; what else would move is said all the same', () => {
    const nodes = [
      node(
        'a',
        [
          [0, 1],
          [1, 2],
        ],
        [3, 3],
      ),
      node('b', [], [0, 0]),
    ];
    const workloads = [workload(0, 1, [1, 1], { kind: 'Pod' }), workload(1, 2, [1, 1])];
    assert.deepEqual(explain(nodes, workloads).emptying, {
      verdict: 'held',
      moves: [{ ...ref(1), pods: 2, to: 'b' }],
      held: [{ ...ref(0, 'Pod'), pods: 1, reason: 'no controller' }],
      noPlace: [],
      notes: [],
    });
  });

  test('a node of the control plane stays', () => {
    const labels = { 'node-role.kubernetes.io/control-plane': '' };
    const nodes = [node('a', [[0, 1]], [1, 1], { labels }), node('b', [], [0, 0])];
    const { emptying } = explain(nodes, [workload(0, 1, [1, 1])]);
    assert.deepEqual(emptying, { verdict: 'control plane', moves: [], held: [], noPlace: [], notes: [] });
  });

  test('pods without a place: how many, what stops them by node, and where the least is missing', () => {
    const nodes = [
      node(
        'a',
        [
          [0, 3],
          [1, 1],
        ],
        [3.5, 6.5],
      ),
      // room for one of w0, then 0.5 cores are free
      node('b', [[2, 1]], [2.5, 1]),
      // 0.75 of the core that is asked for, and 1 of the 2 GiB
      node('c', [[3, 1]], [3.25, 15]),
      node('d', [], [0, 0], { unschedulable: true }),
      node('e', [], [0, 0], { taints: ['team=x:NoSchedule'] }),
    ];
    const workloads = [
      workload(0, 3, [1, 2]),
      workload(1, 1, [0.5, 0.5]),
      workload(2, 1, [2.5, 1]),
      workload(3, 1, [3.25, 15]),
    ];
    const { emptying } = explain(nodes, workloads);
    assert.equal(emptying.verdict, 'no place');
    // c has 0.75 cores and 1 GiB left and is the fuller of the two
    assert.deepEqual(emptying.moves, [{ ...ref(1), pods: 1, to: 'c' }]);
    assert.deepEqual(emptying.noPlace, [
      {
        ...ref(0),
        pods: 3,
        placed: 1,
        stoppedBy: { cpu: 2, cordoned: 1, taint: 1 },
        nearest: [
          { node: 'b', lacks: { cpu: 0.5 }, rule: null },
          { node: 'c', lacks: { cpu: 0.75, memory: 1.5 * gib }, rule: null },
        ],
      },
    ]);
  });

  test('room enough, but a rule: the rule is said', () => {
    const oneEach = {
      podAntiAffinity: [
        { topologyKey: 'kubernetes.io/hostname', selector: { labels: { app: 'x' } }, self: true },
      ],
    };
    const nodes = [node('a', [[0, 1]], [1, 1]), node('b', [[0, 1]], [1, 1])];
    const { emptying } = explain(nodes, [workload(0, 2, [1, 1], { constraints: oneEach })]);
    assert.deepEqual(emptying.noPlace, [
      {
        ...ref(0),
        pods: 1,
        placed: 0,
        stoppedBy: { 'anti-affinity': 1 },
        nearest: [{ node: 'b', lacks: {}, rule: 'anti-affinity' }],
      },
    ]);
  });

  test('agrees with re-packing about each node, and every pod is told of once', () => {
    fc.assert(
      fc.property(anyCluster, fc.nat(20), (cluster, pick) => {
        const { nodes, workloads } = rowsOf(cluster).input as {
          nodes: readonly NodeRow[];
          workloads: readonly WorkloadRow[];
        };
        const at = pick % nodes.length;
        const { emptying, workloads: fills, pods } = explain(nodes, workloads, at);
        const { verdict, moves, held, noPlace } = emptying;
        const problem = problemOf({ nodes, workloads });
        const drained = drainNodes(problem, [at], guideOf(problem), () => false);
        assert.equal(
          drained?.drains.length === 1,
          verdict === 'can be emptied' || verdict === 'nothing to move',
        );
        if (verdict === 'topology spread') return;
        const perNode = fills.filter((fill) => fill.perNode);
        const count = [...perNode, ...moves, ...held, ...noPlace].reduce((sum, each) => sum + each.pods, 0);
        assert.equal(count, pods);
        assert.ok(noPlace.every((each) => each.placed < each.pods));
      }),
      { numRuns: Number(process.env['RUNS'] ?? 300) },
    );
  });
});
