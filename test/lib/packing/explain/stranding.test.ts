import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { nodeStrandings } from '../../../../lib/packing/explain/stranding.ts';
import type { NodeRow, WorkloadRow } from '../../../../lib/model/snapshot.ts';
import { generateCluster, objectsOf } from '../../../support/apiserver/generate.ts';
import { take } from '../../../support/history.ts';

test('summed over the nodes, it is what the summary of the same snapshot says', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 40 }), fc.nat(30), fc.nat(1000), (nodeCount, perNode, seed) => {
      const made = generateCluster({ nodes: nodeCount, pods: nodeCount * perNode, seed, lean: true });
      const objects = { nodes: objectsOf(made.nodes), pods: objectsOf(made.pods) };
      const { summary, nodes, workloads } = take(objects, new Date('2026-11-21T07:45:00Z'));
      const stored = JSON.parse(JSON.stringify({ nodes, workloads })) as {
        nodes: NodeRow[];
        workloads: WorkloadRow[];
      };
      const strandingOf = nodeStrandings(stored.workloads);
      const sums = new Map<string, number>();
      for (const node of stored.nodes) {
        const { stranded, unfitShare, stops } = strandingOf(node);
        for (const [name, amount] of Object.entries(stranded))
          sums.set(name, (sums.get(name) ?? 0) + (amount ?? 0));
        // who lacks nothing fits, and who does not fit lacks something
        const shares = Object.values(stops).map(({ share }) => share);
        assert.ok(Math.max(0, ...shares) <= (unfitShare ?? 0) + 1e-9);
        assert.ok(
          shares.reduce((sum, share) => sum + share, 0) >= (shares.length > 0 ? (unfitShare ?? 0) : 0) - 1e-9,
        );
      }
      for (const [name, { stranded }] of Object.entries(summary.resources)) {
        // the summary is rounded, once, to milli-cores and whole units
        const step = name === 'cpu' ? 0.001 : 1;
        const sum = sums.get(name) ?? 0;
        assert.ok(
          Math.abs(sum - (stranded ?? 0)) <= step * (0.5 + 1e-6) + sum * 1e-12,
          `${name}: ${sum} on the nodes, ${stranded} in the summary`,
        );
      }
    }),
    { numRuns: 40 },
  );
});
