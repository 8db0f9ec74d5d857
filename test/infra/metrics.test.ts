import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { metricsRows } from '../../infra/metrics.ts';

const file = path.join(import.meta.dirname, '..', '..', 'docs', 'metrics.md');

test('docs/metrics.md names the gauges of the table, each with its unit and dimensions, and no others', () => {
  const rows = readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) =>
      line
        .slice(1, -1)
        .split('|')
        .map((cell) => cell.trim()),
    );
  const [, dashes, ...documented] = rows;
  assert.match(dashes?.[0] ?? '', /^-+$/);
  assert.deepEqual(documented, metricsRows());
});

test('a name stands once for each set of dimensions', () => {
  const ids = metricsRows().map(
    ([name, , dimensions, prometheus]) => `${name === '-' ? prometheus : name} ${dimensions}`,
  );
  assert.equal(new Set(ids).size, ids.length);
});
