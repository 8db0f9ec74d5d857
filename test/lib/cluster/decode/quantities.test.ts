import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { createQuantityReader } from '../../../../lib/cluster/decode/quantities.ts';

suite('the reader of quantities', () => {
  test('reads the same text to the same amount, every time', () => {
    const reader = createQuantityReader();
    assert.deepEqual(
      [reader.read('cpu', '250m'), reader.read('cpu', '250m'), reader.read('memory', '1Ki')],
      [250, 250, 1_024_000],
    );
    assert.deepEqual(reader.takeProblems(), []);
  });

  test('notes each text that is no quantity, with its resource, and gives null', () => {
    const reader = createQuantityReader();
    assert.equal(reader.read('cpu', 'lots'), null);
    assert.equal(reader.read('memory', '1KB'), null);
    assert.deepEqual(reader.takeProblems(), [
      'cpu: "lots" is not a quantity (format)',
      'memory: "1KB" is not a quantity (format)',
    ]);
  });

  test('tells a problem once for each time it was met, and only to the object that has it', () => {
    const reader = createQuantityReader();
    reader.read('cpu', 'x');
    assert.equal(reader.takeProblems().length, 1);
    assert.equal(reader.takeProblems().length, 0);
    reader.read('cpu', 'x');
    assert.deepEqual(reader.takeProblems(), ['cpu: "x" is not a quantity (format)']);
  });

  test('shows only the start of long names and texts', () => {
    const reader = createQuantityReader();
    reader.read('n'.repeat(1_000), 'x'.repeat(1_000));
    assert.deepEqual(reader.takeProblems(), [
      `${'n'.repeat(80)}: "${'x'.repeat(80)}" is not a quantity (format)`,
    ]);
  });

  test('stays right when there are more different texts than it remembers', () => {
    const reader = createQuantityReader();
    for (let round = 0; round < 2; round++) {
      for (let milli = 0; milli < 25_000; milli++) assert.equal(reader.read('cpu', `${milli}m`), milli);
    }
  });
});
