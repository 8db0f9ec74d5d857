import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { problemOf } from '../../../../lib/packing/repack/problem.ts';
import { nodeRow, workloadRow } from '../../../support/snapshots.ts';

suite('rows as a packing problem', () => {
  test('workloads are found by their index, though rows of others are missing', () => {
    const nodes = [nodeRow({ placements: [[5, 2]] }), nodeRow({ placements: [[2, 1]] })];
    const { placed } = problemOf({
      nodes,
      workloads: [workloadRow({ index: 2 }), workloadRow({ index: 5 })],
    });
    const seen: number[][] = [];
    placed.forEach((node, workload, pods) => seen.push([node, workload, pods]));
    assert.deepEqual(seen, [
      [0, 1, 2],
      [1, 0, 1],
    ]);
  });

  test('a placement of a workload without a row is refused', () => {
    for (const index of [0, 3]) {
      assert.throws(
        () => problemOf({ nodes: [nodeRow({ placements: [[9, 1]] })], workloads: [workloadRow({ index })] }),
        { message: 'a placement refers to workload 9, which has no row' },
      );
    }
  });

  test('a label is one that the node has, whatever every object has', () => {
    const constraints = { nodeSelector: { constructor: 'x' } };
    const { mobility } = problemOf({
      nodes: [nodeRow({ labels: {} })],
      workloads: [workloadRow({ constraints })],
    });
    assert.deepEqual(mobility, [{ kind: 'fixed', reason: 'no node may run it' }]);
  });
});
