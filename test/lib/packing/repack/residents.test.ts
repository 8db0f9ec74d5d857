import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { Residents } from '../../../../lib/packing/repack/residents.ts';

type Pairs = [workload: number, pods: number][];

/** As they are read back, node by node and all at once. */
function readBack(residents: Residents, nodes: number): readonly [Pairs[], Pairs[]] {
  const [byNode, all] = [0, 1].map(() => Array.from({ length: nodes }, (): Pairs => [])) as [
    Pairs[],
    Pairs[],
  ];
  for (let node = 0; node < nodes; node++)
    residents.forEachOn(node, (workload, pods) => byNode[node]?.push([workload, pods]));
  residents.forEach((node, workload, pods) => all[node]?.push([workload, pods]));
  return [byNode, all];
}

suite('pods on nodes, in columns', () => {
  test('are read back as they were placed, by position', () => {
    const nodes = [{ placements: [[7, 2]] as Pairs }, { placements: [] }, { placements: [[7, 1]] as Pairs }];
    const [byNode] = readBack(new Residents(nodes, (workload) => workload - 7), 3);
    assert.deepEqual(byNode, [[[0, 2]], [], [[0, 1]]]);
  });

  test('however many they are', () => {
    const placements = fc.array(fc.tuple(fc.nat(4_294_967_295), fc.integer({ min: 1, max: 250 })));
    fc.assert(
      fc.property(fc.array(placements, { maxLength: 300 }), (each) => {
        const residents = new Residents(
          each.map((pairs) => ({ placements: pairs })),
          (workload) => workload,
        );
        assert.deepEqual(readBack(residents, each.length), [each, each]);
      }),
      { numRuns: 50 },
    );
  });
});
