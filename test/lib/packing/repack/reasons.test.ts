import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { taintFrom } from '../../../../lib/model/node.ts';
import type { RepackNode, RepackWorkload } from '../../../../lib/packing/repack/input.ts';
import { repack } from '../../../../lib/packing/repack/repack.ts';
import { nodeAmounts, nodeRow, workloadRow } from '../../../support/snapshots.ts';

const gib = 1024 ** 3;
const four = (name: string, placements: [number, number][], about: Partial<RepackNode> = {}): RepackNode => ({
  ...nodeRow({
    node: name,
    labels: { 'kubernetes.io/hostname': name },
    placements,
    resources: { cpu: nodeAmounts(4, 0), memory: nodeAmounts(16 * gib, 0), pods: nodeAmounts(10, 0) },
  }),
  ...about,
});
/** Pods of one core. */
const core = (index: number, about: Partial<RepackWorkload> = {}): RepackWorkload => ({
  ...workloadRow({ index, name: `w${index}`, requests: { cpu: 1 } }),
  ...about,
});

suite('what re-packing says', () => {
  test('which node to empty, where its pods go, and why the others stay', () => {
    const nodes = [four('a', [[0, 1]]), four('b', [[0, 2]]), four('c', [[1, 1]])];
    const workloads = [core(0), core(1, { pins: ['do-not-disrupt'] })];
    const found = repack({ nodes, workloads });
    assert.deepEqual(
      [found.lowerBoundNodes, found.repackedNodes, found.drainedNodes, found.nodes],
      [1, 1, 1, 3],
    );
    assert.deepEqual(found.drains, [
      // not by way of b, which is emptied next
      { node: 0, moves: [{ workload: 0, to: 2, pods: 1 }] },
      { node: 1, moves: [{ workload: 0, to: 2, pods: 2 }] },
    ]);
    assert.deepEqual(found.stays, [{ node: 2, why: 'held', by: { 'do-not-disrupt': 1 } }]);
  });

  test('DaemonSet and static pods go with their node; a control plane stays', () => {
    const daemon = core(0, { kind: 'DaemonSet', daemonSet: true });
    const nodes = [
      four('a', [[0, 1]]),
      four('b', [[1, 1]]),
      four('c', [[1, 1]], { labels: { 'node-role.kubernetes.io/control-plane': '' } }),
    ];
    const found = repack({ nodes, workloads: [daemon, core(1, { kind: 'StaticPod' })] });
    assert.deepEqual(
      found.drains.map(({ node }) => node),
      [0, 1],
    );
    assert.deepEqual(found.stays, [{ node: 2, why: 'held', by: { 'control plane': 0 } }]);
  });

  test('nothing goes to a virtual node, and none is emptied', () => {
    const nodes = [four('a', [[0, 1]]), four('v', [], { labels: { type: 'virtual-kubelet' } })];
    const found = repack({ nodes, workloads: [core(0)] });
    assert.deepEqual(found.drains, []);
    assert.deepEqual(found.stays, [
      { node: 0, why: 'no place', workload: 0 },
      { node: 1, why: 'held', by: { 'virtual node': 0 } },
    ]);
  });

  test('what every object has is no price', () => {
    const nodes = [four('a', [], { instanceType: 'toString', nodePool: 'constructor' })];
    const { saving } = repack({ nodes, workloads: [] }, { prices: { instanceTypes: {}, nodePools: {} } });
    assert.deepEqual(saving, { perHour: 0, perMonth: 0, unpriced: 1 });
  });

  test('a pod without controller, or whose rules the rows cannot check, stays', () => {
    const near = {
      topologyKey: 'topology.kubernetes.io/zone',
      selector: { labels: { app: 'db' } },
      self: false,
    };
    const nodes = [four('a', [[0, 1]]), four('b', [[1, 1]]), four('c', [])];
    const found = repack({
      nodes,
      workloads: [core(0, { kind: 'Pod' }), core(1, { constraints: { podAffinity: [near] } })],
    });
    assert.deepEqual(found.stays, [
      { node: 0, why: 'held', by: { 'no controller': 1 } },
      { node: 1, why: 'held', by: { 'affinity to pods': 1 } },
    ]);
    assert.ok(found.notes.includes('pods with affinity to pods stay on their node'));
  });

  test('nothing goes to nodes that are cordoned or not ready, but they can be emptied', () => {
    const nodes = [
      four('a', [[0, 1]], { unschedulable: true }),
      four('b', [[0, 1]], { ready: null }),
      four('c', [[0, 1]]),
    ];
    const found = repack({ nodes, workloads: [core(0)] });
    assert.deepEqual(
      found.drains.map(({ node }) => node),
      [0, 1],
    );
  });

  test('money counts before nodes, where prices are known', () => {
    const nodes = [
      four('a', [[0, 2]], { instanceType: 'dear' }),
      four('b', [[0, 2]], { nodePool: 'cheap' }),
      four('c', [[0, 2]], { instanceType: 'unheard of' }),
    ];
    const prices = { instanceTypes: { dear: 1 }, nodePools: { cheap: 0.1 } };
    const found = repack({ nodes, workloads: [core(0)] }, { prices });
    assert.deepEqual(
      found.drains.map(({ node }) => node),
      [0],
    );
    assert.deepEqual(found.saving, { perHour: 1, perMonth: 730, unpriced: 0 });
  });

  test('when time runs out at once, the bound is all there is', () => {
    const found = repack({ nodes: [four('a', [[0, 1]])], workloads: [core(0)] }, { expired: () => true });
    assert.deepEqual(
      [found.lowerBoundNodes, found.repackedNodes, found.drainedNodes, found.expired],
      [1, null, null, true],
    );
    assert.ok(found.notes.includes('time ran out: only the lower bound was computed'));
  });

  test('a search that would take too long is not begun', () => {
    const input = { nodes: [four('a', [[0, 1]]), four('b', [])], workloads: [core(0)] };
    const never = (): boolean => assert.fail('nothing is searched');
    const found = repack(input, { maxSearchMs: 0, expired: never });
    assert.deepEqual(
      [found.lowerBoundNodes, found.repackedNodes, found.drainedNodes, found.expired, found.drains],
      [1, null, null, true, []],
    );
    assert.ok(found.notes.includes('only the lower bound was computed: a search would take about 1 s'));
    assert.equal(repack(input, { maxSearchMs: 1000 }).repackedNodes, 1);
  });

  test('a taint is read back from its text', () => {
    assert.deepEqual(taintFrom('a.b/c=d:NoSchedule'), { key: 'a.b/c', value: 'd', effect: 'NoSchedule' });
    assert.deepEqual(taintFrom('a.b/c:NoExecute'), { key: 'a.b/c', value: '', effect: 'NoExecute' });
  });
});
