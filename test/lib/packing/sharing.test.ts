import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { sharing } from '../../../lib/packing/sharing.ts';

suite('values that are shared', () => {
  test('are the first of all that have the same text, with ids from 0 on', () => {
    const share = sharing<readonly string[]>((items) => items.toSorted().join());
    const first = ['a', 'b'];
    assert.equal(share(first).value, first);
    assert.equal(share(['b', 'a']).value, first);
    assert.deepEqual(share([]), { value: [], id: 1 });
    assert.deepEqual(share(['b', 'a']), { value: ['a', 'b'], id: 0 });
    assert.deepEqual(share(['c']), { value: ['c'], id: 2 });
  });

  test('may have a text that objects have a meaning for, or none', () => {
    const share = sharing<string>((text) => text);
    const texts = ['__proto__', 'constructor', '', 'toString'];
    assert.deepEqual(
      texts.map((text) => share(text)),
      texts.map((value, id) => ({ value, id })),
    );
  });

  test('of two kinds do not know of each other', () => {
    const text = (value: string): string => value;
    const [one, other] = [sharing(text), sharing(text)];
    one('a');
    assert.equal(one('b').id, 1);
    assert.equal(other('b').id, 0);
  });

  test('are the same exactly where their texts are', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(20)), fc.integer({ min: 1, max: 7 }), (numbers, modulus) => {
        const share = sharing<{ readonly number: number }>(({ number }) => String(number % modulus));
        const shared = numbers.map((number) => share({ number }));
        for (const [i, a] of numbers.entries()) {
          const first = numbers.findIndex((b) => b % modulus === a % modulus);
          assert.equal(shared[i], shared[first]);
          assert.equal(shared[i]?.value.number, numbers[first]);
        }
        const ids = new Set(shared.map(({ id }) => id));
        assert.deepEqual(
          [...ids],
          [...ids.keys()].sort((a, b) => a - b),
          'ids are given in order',
        );
        assert.equal(ids.size, new Set(numbers.map((number) => number % modulus)).size);
      }),
    );
  });
});
