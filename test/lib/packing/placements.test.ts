import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { createPlacements, type Placed } from '../../../lib/packing/placements.ts';

type Placement = readonly [node: number, workload: number];
type Counted = readonly (readonly [workload: number, pods: number])[];

/** What was added, node by node. */
function placed(nodes: number, placements: readonly Placement[]): Counted[] {
  const added = createPlacements(nodes);
  for (const [node, workload] of placements) added.add(node, workload);
  return all(nodes, added.byNode());
}

function all(nodes: number, of: (node: number) => Placed): Counted[] {
  return Array.from({ length: nodes }, (_, node) => of(node).pairs());
}

/** The same by a Map for each node. */
function naively(nodes: number, placements: readonly Placement[]): Counted[] {
  const maps = Array.from({ length: nodes }, () => new Map<number, number>());
  for (const [node, workload] of placements) {
    const map = maps[node]!;
    map.set(workload, (map.get(workload) ?? 0) + 1);
  }
  return maps.map((map) => [...map].sort(([a], [b]) => a - b));
}

suite('pods on nodes', () => {
  test('are counted by workload, in the order of its index', () => {
    const placements = [
      [2, 7],
      [0, 3],
      [2, 0],
      [2, 7],
      [0, 10],
      [0, 9],
      [2, 7],
    ] as const;
    assert.deepEqual(placed(3, placements), [
      [
        [3, 1],
        [9, 1],
        [10, 1],
      ],
      [],
      [
        [0, 1],
        [7, 3],
      ],
    ]);
  });

  test('may be none, on nodes or without', () => {
    assert.deepEqual(placed(3, []), [[], [], []]);
    assert.deepEqual(placed(0, []), []);
  });

  test('may all be on the last node', () => {
    assert.deepEqual(placed(3, [[2, 5]]), [[], [], [[5, 1]]]);
  });

  test('can be asked for again and again, and by halves', () => {
    const placements = createPlacements(1);
    for (const workload of [4, 4, 6]) placements.add(0, workload);
    const node = placements.byNode()(0);
    for (const first of node.pairs()) {
      assert.deepEqual(first, [4, 2]);
      break;
    }
    for (let round = 0; round < 2; round++) {
      assert.deepEqual(node.pairs(), [
        [4, 2],
        [6, 1],
      ]);
    }
  });

  for (const pods of [4_095, 4_096, 4_097, 8_193, 50_000]) {
    test(`may be ${pods}, more than there was room for at first`, () => {
      const placements = Array.from({ length: pods }, (_, pod): Placement => [
        (pod * 7_919) % 13,
        (pod * 104_729) % 61,
      ]);
      assert.deepEqual(placed(13, placements), naively(13, placements));
    });
  }

  test('may be of a great many workloads', () => {
    assert.deepEqual(
      placed(1, [
        [0, 4_294_967_295],
        [0, 0],
        [0, 2_147_483_648],
      ]),
      [
        [
          [0, 1],
          [2_147_483_648, 1],
          [4_294_967_295, 1],
        ],
      ],
    );
  });

  test('are counted as Maps would count them', () => {
    const cluster = fc.integer({ min: 1, max: 12 }).chain((nodes) =>
      fc.record({
        nodes: fc.constant(nodes),
        placements: fc.array(fc.tuple(fc.nat(nodes - 1), fc.nat(20)), { maxLength: 200 }),
      }),
    );
    fc.assert(
      fc.property(cluster, ({ nodes, placements }) => {
        assert.deepEqual(placed(nodes, placements), naively(nodes, placements));
      }),
    );
  });
});
