import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { gpuFragmentation } from '../../../lib/packing/gpu-fragmentation.ts';
import { measuresOf, strandedSimply, withoutLargestNode } from '../../../lib/packing/measures.ts';
import { nodeAmounts, nodeRow, workloadRow } from '../../support/snapshots.ts';

const filled = (
  node: string,
  cpu: readonly [number, number],
  memory: readonly [number, number],
  about: Parameters<typeof nodeRow>[0] = {},
): ReturnType<typeof nodeRow> =>
  nodeRow({
    node,
    resources: { cpu: nodeAmounts(...cpu), memory: nodeAmounts(...memory), pods: nodeAmounts(10, 1) },
    ...about,
  });
const web = workloadRow({ index: 0, pods: 4, requests: { cpu: 1, memory: 2 } });
const agent = workloadRow({ index: 1, pods: 2, daemonSet: true, requests: { cpu: 0.5 } });

suite('measures of nodes', () => {
  test('density and balance look at nodes with pods, overhead at all, and DaemonSet pods fill none', () => {
    const nodes = [
      filled('a', [4, 3], [8, 2], { zone: 'z1' }),
      filled('b', [4, 0.5], [8, 0], { placements: [[1, 1]], zone: 'z2' }),
      filled('c', [4, 0], [8, 0], { placements: [], unschedulable: true }),
    ];
    assert.deepEqual(measuresOf(nodes, [web, agent]), {
      density: { cpu: 0.75, memory: 0.25, pods: 0.1 },
      daemonSetOverhead: { cpu: 0, memory: 0, pods: 0 },
      emptyNodes: 1,
      emptyShare: 0.5,
      balance: 0.5,
    });
  });

  test('without its largest node a cluster, and each zone, has so much left', () => {
    const nodes = [filled('a', [4, 3], [8, 2], { zone: 'z1' }), filled('b', [8, 1], [8, 0], { zone: 'z2' })];
    assert.deepEqual(withoutLargestNode(nodes), [
      { zone: null, left: { cpu: 0, memory: 6, pods: 8 } },
      { zone: 'z1', left: { cpu: -3, memory: -2, pods: -1 } },
      { zone: 'z2', left: { cpu: -1, memory: 0, pods: -1 } },
    ]);
  });

  test('what is free is stranded where another resource has less than the smallest common request', () => {
    const nodes = [filled('a', [4, 3.5], [8, 2]), filled('b', [4, 0], [8, 0])];
    assert.deepEqual(strandedSimply(nodes, [web, agent]), { cpu: 0, memory: 6, pods: 9 });
    assert.equal(strandedSimply(nodes, [agent]), null);
  });

  test('a free GPU is lost to shapes that ask for none, or do not fit', () => {
    const gpu = 'nvidia.com/gpu';
    const node = (name: string, cpu: number): ReturnType<typeof nodeRow> =>
      nodeRow({ node: name, resources: { cpu: nodeAmounts(8, cpu), [gpu]: nodeAmounts(4, 2) } });
    const training = workloadRow({ index: 1, pods: 1, requests: { cpu: 2, [gpu]: 1 } });
    // three of four pods ask for none; the fourth fits on the first node only
    assert.deepEqual(gpuFragmentation([node('a', 0), node('b', 7)], [{ ...web, pods: 3 }, training]), [
      { resource: gpu, free: 4, fragmented: 2 * 0.75 + 2, rate: 3.5 / 4 },
    ]);
  });
});
