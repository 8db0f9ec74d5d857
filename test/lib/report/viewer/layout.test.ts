import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { blocksOf, layOut } from '../../../../lib/report/viewer/layout.ts';
import { order } from '../../../../lib/report/viewer/order.ts';

const cpu = {
  name: 'cpu',
  allocatable: [1_000_000, 500_000, 2_000_000],
  allocated: [600_000, 600_000, 0],
  daemonSet: [100_000, 0, 0],
  requests: [200_000, 50_000],
};
const picture = {
  pools: [],
  resources: [cpu],
  stranded: [250, 0, null],
  placements: [[0, 2, 1, 1], [0, 3], []],
  cut: false,
};

suite('boxes', () => {
  test('stand on the floor of their line, as high as they are large; what is larger than the largest is cut', () => {
    const { boxes, perRow, height } = layOut([0, 1, 2], cpu, { width: 110, total: 3 });
    assert.equal(perRow, 2);
    assert.deepEqual(boxes, [
      { node: 0, x: 0, y: 0, width: 48, height: 160 },
      { node: 1, x: 56, y: 80, width: 48, height: 80 },
      { node: 2, x: 0, y: 176, width: 48, height: 160 },
    ]);
    assert.equal(height, 352);
  });

  test('are narrow columns where there are thousands', () => {
    const { boxes, perRow } = layOut([0, 1], cpu, { width: 1000, total: 5000 });
    assert.equal(perRow, 250);
    assert.deepEqual(
      boxes.map(({ x, width, height }) => [x, width, height]),
      [
        [0, 3, 112],
        [4, 3, 56],
      ],
    );
  });
});

suite('what is in a box', () => {
  test('from below: DaemonSets, workloads, what the data has no room for, stranded, free', () => {
    assert.deepEqual(
      blocksOf(0, cpu, picture).map(({ kind, workload, share }) => [kind, workload, share.toFixed(3)]),
      [
        ['daemonSet', null, '0.100'],
        ['workload', 0, '0.400'],
        ['workload', 1, '0.050'],
        ['other', null, '0.050'],
        // a quarter of the 0.4 that are free
        ['stranded', null, '0.100'],
        ['free', null, '0.300'],
      ],
    );
  });

  test('more than all, where it is over-committed; nothing but room, where it is empty', () => {
    assert.deepEqual(blocksOf(1, cpu, picture), [{ kind: 'workload', workload: 0, share: 1.2 }]);
    assert.deepEqual(blocksOf(2, cpu, picture), [{ kind: 'free', workload: null, share: 1 }]);
  });
});

test('rows are ordered by their texts, the unknown ones last in both directions', () => {
  const column = { cells: [1, 2, 0, 1], known: 2 };
  assert.deepEqual(order([0, 1, 2, 3], column, false), [2, 0, 3, 1]);
  assert.deepEqual(order([0, 1, 2, 3], column, true), [0, 3, 2, 1]);
});
