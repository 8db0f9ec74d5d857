import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { binsOf, scatterText } from '../../../../lib/report/html/charts.ts';
import type { NodeRow } from '../../../../lib/model/snapshot.ts';
import { html, trusted } from '../../../../lib/report/html/markup.ts';
import { pictureData, poolsIn } from '../../../../lib/report/html/picture.ts';
import { tableData } from '../../../../lib/report/html/table.ts';
import { keptSteps } from '../../../../lib/report/html/trend.ts';
import { nodesView } from '../../../../lib/report/views.ts';
import { nodeAmounts, nodeRow, workloadRow } from '../../../support/snapshots.ts';

suite('markup', () => {
  test('escapes what is put into it, once, and shows what turns the direction', () => {
    const name = `<script>"it's" & \u202e`;
    assert.equal(
      html`<b title="${name}">${html`<i>${name}</i>`}</b>`.html,
      '<b title="&lt;script&gt;&quot;it&#39;s&quot; &amp; \\u202e"><i>&lt;script&gt;&quot;it&#39;s&quot; &amp; \\u202e</i></b>',
    );
  });

  test('lists follow one another, null is nothing, 0 is 0', () => {
    assert.equal(html`${['a', html`<br />`, 0]}${null}${trusted('&')}`.html, 'a<br />0&');
  });
});

suite('charts', () => {
  test('bins are five percent wide, the last one is for full and over-committed nodes', () => {
    const bins = binsOf([0, 0.049, 0.05, 0.15, 0.999, 1, 1.7]);
    assert.deepEqual([bins.length, bins[0], bins[1], bins[3], bins[19], bins[20]], [21, 2, 1, 1, 1, 2]);
  });

  test('a scatter says in words how many nodes lie where', () => {
    const dots = [
      { x: 0.9, y: 0.2 },
      { x: 0.5, y: 0.55 },
      { x: 0.1, y: 0.8 },
    ];
    assert.equal(
      scatterText(dots, { x: 'cpu', y: 'memory' }),
      'of 3 nodes, 1 are filled more by cpu than by memory, 1 more by memory, and 1 about alike (within 10.0 %)',
    );
  });
});

test('a table is columns of distinct texts in rising order, unknown last, and where each row has which', () => {
  const rows = [
    nodeRow({ node: 'b', zone: null, resources: { cpu: nodeAmounts(4, 4) } }),
    nodeRow({ node: 'a', zone: 'z1', resources: { cpu: nodeAmounts(4, 1) } }),
    nodeRow({ node: 'c', zone: 'z1', resources: {} }),
  ];
  const { rows: count, columns } = tableData(nodesView(rows, ['cpu']));
  assert.equal(count, 3);
  const of = (title: string): unknown => columns.find((column) => column.title === title);
  assert.deepEqual(of('NODE'), {
    title: 'NODE',
    align: 'left',
    texts: ['a', 'b', 'c'],
    known: 3,
    numeric: false,
    ratios: null,
    cells: [1, 0, 2],
  });
  assert.deepEqual(of('ZONE'), {
    title: 'ZONE',
    align: 'left',
    texts: ['z1', '-'],
    known: 1,
    numeric: false,
    ratios: null,
    cells: [1, 0, 0],
  });
  assert.deepEqual(of('CPU'), {
    title: 'CPU',
    align: 'right',
    texts: ['25.0 %', '100.0 %', '-'],
    known: 2,
    numeric: true,
    ratios: [250, 1000, 0],
    cells: [1, 0, 2],
  });
});

suite('the packing picture', () => {
  const room = (allocatable: number, allocated: number): NodeRow['resources'] => ({
    cpu: nodeAmounts(allocatable, allocated),
    pods: nodeAmounts(10, 3),
  });
  const nodes = [
    nodeRow({ node: 'small', nodePool: 'a', resources: room(2, 1), placements: [[0, 1]] }),
    nodeRow({
      node: 'large',
      nodePool: 'a',
      resources: room(8, 3),
      placements: [
        [0, 1],
        [1, 1],
        [2, 1],
      ],
    }),
    nodeRow({ node: 'cordoned', unschedulable: true, resources: room(4, 0), placements: [] }),
    nodeRow({
      node: 'virtual',
      labels: { type: 'virtual-kubelet' },
      resources: room(800, 0),
      placements: [],
    }),
  ];
  const workloads = [
    workloadRow({ index: 0, requests: { cpu: 1 } }),
    workloadRow({ index: 1, requests: { cpu: 2 } }),
    workloadRow({ index: 2, requests: { cpu: 0.1 }, daemonSet: true }),
  ];
  const data = pictureData({ nodes, workloads }, ['cpu']);

  test('sizes are of the largest ordinary node', () => {
    assert.deepEqual(data.resources[0]?.allocatable, [250_000, 1_000_000, 500_000, 100_000_000]);
    assert.deepEqual(data.resources[0]?.requests, [125_000, 250_000, 12_500]);
  });

  test('pools have their nodes largest first; nodes without one come last', () => {
    assert.deepEqual(data.pools, [
      { name: 'a', nodes: [1, 0] },
      { name: '(no node pool)', nodes: [3, 2] },
    ]);
  });

  test('placements fall, DaemonSets apart; room on a cordoned node is not usable', () => {
    assert.deepEqual(data.placements, [[0, 1], [1, 1, 0, 1], [], []]);
    assert.equal(data.cut, false);
    // one of the two pods asks for 2 cores, of which the small node has 1 left
    assert.deepEqual(data.stranded, [500, 0, null, 0]);
  });

  test('beyond 50 pools the rest are one', () => {
    const many = Array.from({ length: 60 }, (_, index) => nodeRow({ nodePool: `p${index}` }));
    const pools = poolsIn(many);
    assert.equal(pools.length, 50);
    assert.deepEqual([pools.at(-1)?.name, pools.at(-1)?.nodes.length], ['(other node pools)', 11]);
  });
});

test('a trend has a gap where snapshots are missing, none where its steps are merely finer', () => {
  const filled = (...steps: number[]): boolean[] =>
    Array.from({ length: 20 }, (_, step) => steps.includes(step));
  assert.deepEqual(keptSteps(filled(0, 3, 6, 9)), [0, 3, 6, 9]);
  assert.deepEqual(keptSteps(filled(0, 3, 6, 15, 18)), [0, 3, 6, 14, 15, 18]);
});
