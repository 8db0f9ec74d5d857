import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { NodesByRoom } from '../../../../lib/packing/repack/best-fit.ts';
import { reachOf } from '../../../../lib/packing/repack/reach.ts';
import { sizeOf } from '../../../../lib/packing/repack/weights.ts';

const columns = 3;
const [nodes, workloads, classes] = [12, 8, 4] as const;
const amounts = (rows: number, max: number): fc.Arbitrary<Float64Array> =>
  fc
    .array(fc.nat(max), { minLength: rows * columns, maxLength: rows * columns })
    .map((each) => Float64Array.from(each));
const classesOf = (rows: number): fc.Arbitrary<Int32Array> =>
  fc.array(fc.nat(classes - 1), { minLength: rows, maxLength: rows }).map((each) => Int32Array.from(each));

const drawn = fc.record({
  free: amounts(nodes, 40),
  demand: amounts(workloads, 15),
  classOf: classesOf(workloads),
  nodeClassOf: classesOf(nodes),
  admitted: fc.array(fc.boolean(), { minLength: classes * classes, maxLength: classes * classes }),
  mean: fc.array(fc.integer({ min: 1, max: 9 }), { minLength: columns, maxLength: columns }),
  common: fc.array(fc.nat(1), { minLength: columns, maxLength: columns }),
  /** Pods that come, and nodes that are taken away. */
  comes: fc.array(fc.tuple(fc.nat(workloads - 1), fc.nat(nodes * 3)), { maxLength: 40 }),
  few: fc.constantFrom(0, 3, 64),
});

suite('nodes by room', () => {
  test('the fullest node that takes a pod and may run it, found as by looking at all of them', () => {
    fc.assert(
      fc.property(drawn, ({ free, demand, classOf, nodeClassOf, admitted, mean, common, comes, few }) => {
        const weights = {
          scale: new Float64Array(columns).fill(1),
          mean: Float64Array.from(mean),
          common: Uint8Array.from(common),
        };
        const admits = (a: number, b: number): boolean => admitted[a * classes + b] === true;
        const reach = reachOf({ classOf, nodeClassOf, admits }, few);
        const here = new Set(Array.from({ length: nodes }, (_, node) => node));
        const byRoom = new NodesByRoom(here, free, demand, { reach, weights });
        const takes = (workload: number, node: number): boolean =>
          admits(classOf[workload]!, nodeClassOf[node]!) &&
          Array.from({ length: columns }, (_, i) => i).every((i) => {
            const asked = demand[workload * columns + i]!;
            return asked === 0 || asked <= free[node * columns + i]!;
          });
        for (const [workload, gone] of comes) {
          const fullest = [...here]
            .filter((node) => takes(workload, node))
            .sort((a, b) => sizeOf(free, a, weights) - sizeOf(free, b, weights) || a - b);
          const found = byRoom.find(workload, (node) => takes(workload, node));
          assert.equal(found, fullest[0] ?? -1);
          if (found >= 0) {
            for (let i = 0; i < columns; i++) free[found * columns + i]! -= demand[workload * columns + i]!;
            byRoom.update(found);
          }
          if (!here.has(gone)) continue;
          here.delete(gone);
          byRoom.remove(gone);
        }
      }),
      { numRuns: Number(process.env['RUNS'] ?? 300) },
    );
  });
});
