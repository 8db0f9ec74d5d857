import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { l2Bound, volumeBound } from '../../../../lib/packing/repack/l2.ts';

/** The least number of bins of a capacity, by trying everything. */
function optimum(weights: readonly number[], capacity: number): number {
  let best = weights.length;
  const place = (at: number, bins: readonly number[]): void => {
    const weight = weights[at];
    if (bins.length >= best) return;
    if (weight === undefined) {
      best = bins.length;
      return;
    }
    for (const [index, free] of bins.entries()) {
      if (weight <= free) place(at + 1, bins.with(index, free - weight));
    }
    place(at + 1, [...bins, capacity - weight]);
  };
  place(0, []);
  return best;
}

const weigh = (weights: readonly number[]): { weight: number; count: number }[] =>
  weights.map((weight) => ({ weight, count: 1 }));

suite('lower bounds', () => {
  test('the volume is held by the largest', () => {
    assert.equal(volumeBound([4, 8, 16], 17), 2);
    assert.equal(volumeBound([4, 8, 16], 16), 1);
    assert.equal(volumeBound([4, 8, 16], 0), 0);
    assert.equal(volumeBound([4, 8], 99), 2, 'all of them where even they do not hold it');
  });

  test('items above one half need a bin each, and small ones what is left beside them', () => {
    assert.equal(l2Bound([{ weight: 6, count: 3 }], 10), 3);
    assert.equal(l2Bound(weigh([6, 6, 4, 4]), 10), 2);
    assert.equal(l2Bound(weigh([7, 7, 4, 4]), 10), 3, '4 fits beside no 7');
    assert.equal(l2Bound([], 10), 0);
  });

  test('L2 is never above the optimum, nor below the volume', () => {
    const instance = fc.integer({ min: 1, max: 30 }).chain((capacity) =>
      fc.record({
        capacity: fc.constant(capacity),
        weights: fc.array(fc.integer({ min: 1, max: capacity }), { minLength: 1, maxLength: 8 }),
      }),
    );
    fc.assert(
      fc.property(instance, ({ capacity, weights }) => {
        const bound = l2Bound(weigh(weights), capacity);
        const sum = weights.reduce((total, weight) => total + weight, 0);
        assert.ok(bound <= optimum(weights, capacity));
        assert.ok(bound >= Math.ceil(sum / capacity));
      }),
      { numRuns: 2000 },
    );
  });
});
