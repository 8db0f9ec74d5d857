import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { cut } from '../../../lib/report/width.ts';

suite('a line that is cut', () => {
  test('loses its end, and says so', () => {
    assert.deepEqual(
      [10, 6, 5, 2, 1, 0].map((width) => cut('binpack', width)),
      ['binpack', 'binpa…', 'binp…', 'b…', '…', ''],
    );
  });

  test('is measured in columns, not in characters', () => {
    assert.deepEqual(
      [8, 7, 6, 5].map((width) => cut('節点節点', width)),
      ['節点節点', '節点節…', '節点…', '節点…'],
    );
    assert.equal(cut('e\u0301e\u0301e\u0301', 2), 'e\u0301…');
  });

  test('keeps its colours, which take no room, and ends each', () => {
    const painted = '\u001b[31mfull\u001b[39m and \u001b[32mfree\u001b[39m';
    assert.equal(cut(painted, 13), painted);
    assert.equal(cut(painted, 6), '\u001b[31mfull\u001b[39m …\u001b[32m\u001b[39m');
    assert.equal(cut(painted, 3), '\u001b[31mfu…\u001b[39m\u001b[32m\u001b[39m');
  });
});
