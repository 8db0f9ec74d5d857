import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import type { CanonicalConstraints } from '../../../lib/model/snapshot.ts';
import type { Pod } from '../../../lib/model/pod.ts';
import { headroom, type PodShape } from '../../../lib/packing/headroom.ts';
import { nodeAmounts, nodeRow } from '../../support/snapshots.ts';
import { anyCluster, refuses, rowsOf, type Cluster } from './repack/cluster.ts';

const gib = 1024 ** 3;
const shape = (about: Partial<PodShape> = {}): PodShape => ({
  requests: { cpu: 1, memory: gib },
  constraints: {},
  namespace: 'default',
  owner: null,
  ...about,
});
const free = (name: string, cpu: number, memory: number): ReturnType<typeof nodeRow> =>
  nodeRow({
    node: name,
    labels: { 'kubernetes.io/hostname': name },
    placements: [],
    resources: {
      cpu: nodeAmounts(cpu, 0),
      memory: nodeAmounts(memory * gib, 0),
      pods: nodeAmounts(10, 0),
    },
  });

suite('headroom', () => {
  test('tells what stops each node, and what the holes lose', () => {
    const found = headroom({ nodes: [free('a', 3, 16), free('b', 16, 2)], workloads: [] }, shape());
    assert.deepEqual(found, {
      total: 5,
      pools: [{ pool: null, nodes: 2, fits: 5, stoppedBy: { cpu: 1, memory: 1 } }],
      nodes: [
        { node: 'a', fits: 3, stoppedBy: 'cpu' },
        { node: 'b', fits: 2, stoppedBy: 'memory' },
      ],
      // 18 GiB together
      ideal: 18,
      loss: 1 - 5 / 18,
      notes: [],
    });
  });

  test('one a node where host ports or anti-affinity want it', () => {
    const nodes = [free('a', 8, 8), free('b', 8, 8)];
    const oneEach: CanonicalConstraints[] = [
      { hostPorts: [{ protocol: 'TCP', port: 80 }] },
      {
        podAntiAffinity: [
          { topologyKey: 'kubernetes.io/hostname', selector: { labels: { app: 'x' } }, self: true },
        ],
      },
    ];
    for (const constraints of oneEach) {
      assert.equal(headroom({ nodes, workloads: [] }, shape({ constraints })).total, 2);
    }
  });

  test('nodes that are not ready, cordoned, tainted or not selected take none', () => {
    const nodes = [
      { ...free('a', 8, 8), ready: false },
      { ...free('b', 8, 8), unschedulable: true },
      { ...free('c', 8, 8), taints: ['team=x:NoSchedule'] },
      free('d', 8, 8),
    ];
    const constraints = { nodeSelector: { pool: 'web' } };
    assert.deepEqual(
      headroom({ nodes, workloads: [] }, shape({ constraints })).nodes.map(({ stoppedBy }) => stoppedBy),
      ['not ready', 'cordoned', 'taint', 'node affinity'],
    );
  });

  test('is what the scheduler takes, one pod after another', () => {
    const single = (pod: Pod): boolean =>
      pod.controller?.kind === 'ReplicaSet' && pod.constraints.topologySpread.length < 2;
    fc.assert(
      fc.property(anyCluster, fc.nat(50), (drawn, pick) => {
        const cluster: Cluster = drawn.map(({ node, pods }) => ({
          node,
          pods: pods.map((one) => ({ ...one, nodeName: node.name })),
        }));
        const { input, workloadOf } = rowsOf(cluster);
        // the rows must tell whom every term of the shape selects, and nobody else's may look at it unseen
        const all = cluster.flatMap(({ pods }) => pods);
        const others = all.some((one) =>
          [...one.constraints.podAntiAffinity, ...one.constraints.topologySpread].some(
            ({ selector }) => selector?.matchLabels.get('app') !== one.labels.get('app'),
          ),
        );
        const candidates = all.filter((one) => single(one) && one.constraints.podAffinity.length === 0);
        const one = candidates[pick % Math.max(1, candidates.length)];
        if (one === undefined || others) return;
        const row = input.workloads[workloadOf.get(one)!]!;
        const found = headroom(input, { ...row, owner: row });
        let count = 0;
        for (let placed = true; placed;) {
          placed = false;
          for (const place of cluster) {
            if (place.node.conditions[0]?.status !== 'True') continue;
            if (refuses(one, place, cluster) !== null) continue;
            place.pods.push({ ...one });
            count += 1;
            placed = true;
          }
        }
        assert.equal(found.total, count);
      }),
      { numRuns: Number(process.env['RUNS'] ?? 300) },
    );
  });
});
