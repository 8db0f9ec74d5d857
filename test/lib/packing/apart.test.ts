import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Pod } from '../../../lib/model/pod.ts';
import { apartKindOf, withoutApart } from '../../../lib/packing/apart.ts';
import { createFold, type FoldOptions, type Packing } from '../../../lib/packing/fold.ts';
import { semanticsFor } from '../../../lib/scheduler/semantics.ts';
import { node, pod, type NodeAbout } from '../../support/builders.ts';
import { nodeRow, workloadRow } from '../../support/snapshots.ts';

const fargate = { 'eks.amazonaws.com/compute-type': 'fargate' };
const controlPlane = { 'node-role.kubernetes.io/control-plane': '' };

const kinds: readonly (readonly [what: string, about: NodeAbout, kind: string | null])[] = [
  ['an ordinary node', { labels: { type: 'general' } }, null],
  ['Fargate', { labels: fargate }, 'virtual'],
  ['a node of EKS that is none of Fargate', { labels: { 'eks.amazonaws.com/compute-type': 'ec2' } }, null],
  ['virtual-kubelet by its label', { labels: { type: 'virtual-kubelet' } }, 'virtual'],
  [
    'virtual-kubelet by its taint',
    { taints: [{ key: 'virtual-kubelet.io/provider', value: 'azure', effect: 'NoSchedule' }] },
    'virtual',
  ],
  ['a control plane', { labels: controlPlane }, 'control-plane'],
  ['a master of old', { labels: { 'node-role.kubernetes.io/master': 'true' } }, 'control-plane'],
];

suite('what a node is', () => {
  for (const [what, about, kind] of kinds)
    test(what, () => assert.equal(apartKindOf(node({ labels: {}, ...about })), kind));
});

const nodes = [
  node({ name: 'a', allocatable: { cpu: '4' } }),
  node({ name: 'v', labels: fargate, allocatable: { cpu: '1' } }),
  node({ name: 'm', labels: controlPlane, allocatable: { cpu: '2' } }),
];
const pods: Partial<Pod>[] = [
  { nodeName: 'a' },
  { nodeName: 'a', priority: -1 },
  { nodeName: 'v' },
  { nodeName: 'v', priority: -1 },
  { nodeName: null },
  { nodeName: null, priority: -1 },
];

function folded(options: FoldOptions): Packing {
  const fold = createFold(nodes, semanticsFor(36).semantics, undefined, options);
  for (const [index, about] of pods.entries())
    fold.add({ ...pod({ name: `p${index}`, requests: { cpu: '100m' } }), ...about });
  return fold.result();
}

const totalsOf = ({ apart }: Packing): unknown =>
  apart.map(({ kind, excluded, nodes: count, allocatable, pods: bound, requests }) => [
    kind,
    excluded,
    count,
    allocatable.get('cpu'),
    bound,
    requests.get('cpu'),
  ]);

suite('what is told of apart', () => {
  test('counts elsewhere too', () => {
    const packing = folded({});
    assert.deepEqual(totalsOf(packing), [
      ['virtual', false, 1, 1000n, 2, 200n],
      ['control-plane', false, 1, 2000n, 0, undefined],
      ['placeholder', false, 0, undefined, 2, 200n],
    ]);
    const { listed, counted, pending, excluded } = packing.pods;
    assert.deepEqual([listed, counted, pending, excluded], [6, 4, 2, 0]);
  });

  test('counts nowhere else where it is left out: neither its nodes nor their pods, nor those that wait', () => {
    const packing = folded({ exclude: ['virtual', 'placeholder'] });
    assert.deepEqual(totalsOf(packing), [
      ['virtual', true, 1, 1000n, 2, 200n],
      ['control-plane', false, 1, 2000n, 0, undefined],
      ['placeholder', true, 0, undefined, 2, 200n],
    ]);
    assert.deepEqual(
      Array.from(packing.nodes, (each) => [each.node.name, each.podCount]),
      [
        ['a', 1],
        ['m', 0],
      ],
    );
    const { listed, counted, pending, excluded } = packing.pods;
    assert.deepEqual([listed, counted, pending, excluded], [6, 1, 1, 4]);
    assert.equal(
      packing.workloads.reduce((sum, { bound }) => sum + bound, 0),
      1,
    );
  });

  test('rows without it refer to no workload that is gone', () => {
    const rows = {
      nodes: [
        nodeRow({
          node: 'a',
          placements: [
            [0, 1],
            [1, 2],
          ],
        }),
        nodeRow({ node: 'v', labels: fargate, placements: [[0, 1]] }),
      ],
      workloads: [workloadRow({ index: 0 }), workloadRow({ index: 1, priority: -5 })],
    };
    assert.equal(withoutApart(rows, []).nodes.length, 2);
    const left = withoutApart(rows, ['virtual', 'placeholder']);
    assert.deepEqual(
      left.nodes.map((row) => [row.node, row.placements]),
      [['a', [[0, 1]]]],
    );
    assert.deepEqual(
      left.workloads.map(({ index }) => index),
      [0],
    );
  });
});
