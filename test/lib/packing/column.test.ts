import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Column } from '../../../lib/packing/column.ts';

test('a column gives back what came, however much', () => {
  const column = new Column();
  const numbers = Array.from({ length: 5000 }, (_, index) => index * 7);
  for (const number of numbers) column.push(number);
  assert.equal(column.length, 5000);
  assert.deepEqual([...column.values()], numbers);
});
