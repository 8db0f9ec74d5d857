import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { distributionOf } from '../../../lib/packing/distribution.ts';

const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);

suite('nearest-rank percentiles', () => {
  test('of nothing are unknown', () => assert.equal(distributionOf([]), null));

  test('of one value are that value', () => {
    assert.deepEqual(distributionOf([0.5]), {
      min: 0.5,
      p10: 0.5,
      p50: 0.5,
      p90: 0.5,
      p99: 0.5,
      max: 0.5,
      mean: 0.5,
    });
  });

  test('of 1 to 100', () => {
    assert.deepEqual(distributionOf(upTo(100)), {
      min: 1,
      p10: 10,
      p50: 50,
      p90: 90,
      p99: 99,
      max: 100,
      mean: 50.5,
    });
  });

  test('of four: the median is the second', () => {
    assert.deepEqual(distributionOf([4, 1, 3, 2]), {
      min: 1,
      p10: 1,
      p50: 2,
      p90: 4,
      p99: 4,
      max: 4,
      mean: 2.5,
    });
  });

  test('are sorted as numbers, and leave their input as it is', () => {
    const values = [10, 9, 100];
    assert.equal(distributionOf(values)?.p50, 10);
    assert.deepEqual(values, [10, 9, 100]);
  });

  test('have the exact rank for any number of nodes up to 5,000', () => {
    for (let count = 1; count <= 5_000; count += 1) {
      const ranks = distributionOf(upTo(count));
      const expected = ([10, 50, 90, 99] as const).map((percent) => Math.floor((percent * count + 99) / 100));
      assert.deepEqual([ranks?.p10, ranks?.p50, ranks?.p90, ranks?.p99], expected, `${count} values`);
    }
  });

  test('are in order, and values that occur', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 2, noNaN: true }), { minLength: 1 }), (values) => {
        const found = distributionOf(values);
        assert.ok(found);
        const { mean, ...ranks } = found;
        const inOrder = Object.values(ranks);
        assert.deepEqual(
          inOrder,
          inOrder.toSorted((a, b) => a - b),
        );
        for (const rank of inOrder)
          assert.ok(values.some((value) => Object.is(value, rank) || value === rank));
        assert.ok(mean >= found.min - 1e-9 && mean <= found.max + 1e-9);
      }),
    );
  });
});
