import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { gpuFragmentation, unusableMilli } from '../../../lib/packing/gpu-fragmentation.ts';
import { nodeAmounts, nodeRow, workloadRow } from '../../support/snapshots.ts';

suite('GPU fragmentation', () => {
  /** 2.7 GPUs are free, on four devices. */
  const node = {
    cpuMilli: 8000,
    gpus: [
      { milli: 1000, devices: 2 },
      { milli: 400, devices: 1 },
      { milli: 300, devices: 1 },
    ],
  };

  const cases: readonly (readonly [what: string, cpuMilli: number, gpuMilli: number, unusable: number])[] = [
    ['without GPUs can use none', 1000, 0, 2700],
    ['that asks for more cpu than is left can use none', 8001, 300, 2700],
    ['of exactly what is left of a device can use that device', 8000, 300, 0],
    ['of half a device cannot use those of which less is left', 1000, 500, 700],
    ['of a whole device can use whole ones', 1000, 1000, 700],
    ['of as many whole devices as are free can use them', 1000, 2000, 700],
    ['of more whole devices than are free can use none, though as much is free in sum', 1000, 2600, 2700],
  ];
  for (const [what, cpuMilli, gpuMilli, unusable] of cases) {
    test(`a pod ${what}`, () => assert.equal(unusableMilli(node, { cpuMilli, gpuMilli }), unusable));
  }

  test('of rows: all free devices are whole, and pods that wait count', () => {
    const gpu = 'nvidia.com/gpu';
    const row = (name: string, cpu: number): ReturnType<typeof nodeRow> =>
      nodeRow({ node: name, resources: { cpu: nodeAmounts(8, cpu), [gpu]: nodeAmounts(4, 2) } });
    const web = workloadRow({ index: 0, pods: 3, requests: { cpu: 1 } });
    const training = workloadRow({ index: 1, pods: 0, pending: 1, requests: { cpu: 2, [gpu]: 1 } });
    // on a only web cannot use them; on b nobody can, for want of cpu
    assert.deepEqual(gpuFragmentation([row('a', 0), row('b', 7)], [web, training]), [
      { resource: gpu, free: 4, fragmented: 2 * 0.75 + 2 },
    ]);
    assert.deepEqual(gpuFragmentation([row('a', 0)], [workloadRow({ pods: 0 })]), []);
  });
});
