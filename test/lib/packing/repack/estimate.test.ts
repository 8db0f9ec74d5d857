import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { estimateSearchMs } from '../../../../lib/packing/repack/estimate.ts';
import { problemOf } from '../../../../lib/packing/repack/problem.ts';
import type { NodeRow, WorkloadRow } from '../../../../lib/model/snapshot.ts';
import { nodeRow, workloadRow } from '../../../support/snapshots.ts';

const hostname = 'kubernetes.io/hostname';
const apart = {
  podAntiAffinity: [{ topologyKey: hostname, selector: { labels: { app: 'web' } }, self: true }],
};

/** Each workload has that many pods on each node. */
function estimate(nodes: number, workloads: number, pods: number, about: Partial<WorkloadRow> = {}): number {
  const placements: NodeRow['placements'] = Array.from({ length: workloads }, (_, index) => [index, pods]);
  return estimateSearchMs(
    problemOf({
      nodes: Array.from({ length: nodes }, (_, index) => nodeRow({ node: `n${index}`, placements })),
      workloads: Array.from({ length: workloads }, (_, index) => workloadRow({ index, ...about })),
    }),
  );
}

suite('the estimate of a search', () => {
  test('is of workloads, of their nodes and of their pods', () => {
    assert.equal(estimate(0, 50, 0), 1);
    // 50 workloads, 500 pairs, 1,000 pods
    assert.equal(estimate(10, 50, 2), 1 + 10 + 4);
  });

  test('pods that are not moved cost nothing, those that rules tie to others more', () => {
    assert.equal(estimate(10, 50, 2, { kind: 'DaemonSet', daemonSet: true }), 1);
    assert.equal(estimate(10, 50, 2, { constraints: apart }), 1 + 10 + 4 + 20);
  });
});
