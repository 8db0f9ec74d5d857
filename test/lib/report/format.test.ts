import { printable } from '../../../lib/printable.ts';
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import stringWidth from 'string-width';
import {
  bar,
  formatAge,
  formatAmount,
  formatBytes,
  formatCount,
  formatExact,
  formatNumber,
  formatPercent,
  formatReasons,
} from '../../../lib/report/format.ts';

const kib = 1024;
const [mib, gib, tib] = [kib ** 2, kib ** 3, kib ** 4];

function table<T>(
  name: string,
  format: (value: T) => string,
  rows: readonly (readonly [value: T, text: string])[],
): void {
  suite(name, () => {
    for (const [value, text] of rows)
      test(`${String(value)} is ${text}`, () => assert.equal(format(value), text));
  });
}

table('a number', formatNumber, [
  [0, '0'],
  [0.0004, '0'],
  [0.001, '0.001'],
  [0.125, '0.125'],
  [0.5, '0.5'],
  [1, '1'],
  [1.234, '1.23'],
  [9.5, '9.5'],
  [12.34, '12.3'],
  [99.94, '99.9'],
  [100.4, '100'],
  [1204, '1,204'],
  [1204.6, '1,205'],
  [34_500, '34,500'],
  [-1.5, '-1.5'],
]);

table('bytes', formatBytes, [
  [0, '0 B'],
  [1, '1 B'],
  [1023, '1,023 B'],
  [1024, '1 KiB'],
  [1536, '1.5 KiB'],
  [100 * mib, '100 MiB'],
  [1.5 * gib, '1.5 GiB'],
  [466 * gib, '466 GiB'],
  [5.34 * tib, '5.34 TiB'],
  [2 ** 60, '1 EiB'],
  [2 ** 73, '8,192 EiB'],
]);

test('an amount is in bytes or a count, as its resource is; unknown is a dash', () => {
  assert.equal(formatAmount('cpu', 1.5), '1.5');
  assert.equal(formatAmount('pods', 3462), '3,462');
  assert.equal(formatAmount('nvidia.com/gpu', 8), '8');
  assert.equal(formatAmount('memory', 1.5 * gib), '1.5 GiB');
  assert.equal(formatAmount('ephemeral-storage', 20 * gib), '20 GiB');
  assert.equal(formatAmount('hugepages-2Mi', 4 * mib), '4 MiB');
  assert.equal(formatAmount('memory', null), '-');
});

test('an exact amount is what a manifest would write', () => {
  assert.equal(formatExact('cpu', 0.25), '250m');
  assert.equal(formatExact('cpu', 2), '2');
  assert.equal(formatExact('cpu', 4.4), '4400m');
  assert.equal(formatExact('memory', 1536 * mib), '1536Mi');
  assert.equal(formatExact('memory', 16 * gib), '16Gi');
  assert.equal(formatExact('memory', 128_000_001), '128000001');
  assert.equal(formatExact('nvidia.com/gpu', 1), '1');
  assert.equal(formatExact('cpu', null), '-');
});

table<number | null>('a ratio', formatPercent, [
  [null, '-'],
  [0, '0.0 %'],
  [0.1657, '16.6 %'],
  [1, '100.0 %'],
  [1.25, '125.0 %'],
]);

table<number | null>('a bar', (ratio) => bar(ratio), [
  [null, '            '],
  [0, '░░░░░░░░░░░░'],
  [0.04, '░░░░░░░░░░░░'],
  [0.05, '█░░░░░░░░░░░'],
  [0.5, '██████░░░░░░'],
  [1, '████████████'],
  [1.01, '███████████▶'],
  [40, '███████████▶'],
  [-1, '░░░░░░░░░░░░'],
]);

test('a bar is as wide as it is asked to be', () => {
  for (const width of [1, 2, 24]) {
    for (const ratio of [null, 0, 0.3, 1, 2]) assert.equal(stringWidth(bar(ratio, width)), width);
  }
});

test('an age is in its largest unit, rounded down', () => {
  assert.deepEqual([0, 1, 59, 60, 7_199, 86_399, 86_400, 100 * 86_400].map(formatAge), [
    ...['0 seconds', '1 second', '59 seconds', '1 minute', '1 hour', '23 hours', '1 day', '100 days'],
  ]);
  assert.equal(formatAge(1_200 * 86_400), '1,200 days');
});

test('counts and reasons are words', () => {
  assert.deepEqual(
    [0, 1, 2_000].map((count) => formatCount(count, 'pod')),
    ['0 pods', '1 pod', '2,000 pods'],
  );
  assert.equal(formatReasons({ cpu: 3, taint: 1_200 }), 'taint (1,200), cpu (3)');
  assert.equal(formatReasons({}), '');
});

suite('text that is shown', () => {
  test('is left alone where it is harmless', () => {
    for (const text of ['node-1', 'ip-10-0-0-1.ec2.internal', 'a=b:NoSchedule', 'bücher 日本語 🚀 👩‍🚀', '']) {
      assert.equal(printable(text), text);
    }
  });

  const hostile: readonly (readonly [text: string, shown: string])[] = [
    ['\u001b[31mred\u001b[0m', '\\u001b[31mred\\u001b[0m'],
    ['\u001b]0;title\u0007', '\\u001b]0;title\\u0007'],
    ['\u009b2J', '\\u009b2J'],
    ['a\nb\r\nc\td', 'a\\u000ab\\u000d\\u000ac\\u0009d'],
    ['\u0000\u007f', '\\u0000\\u007f'],
    ['abc\u202egnp.exe', 'abc\\u202egnp.exe'],
    ['\u2066x\u2069', '\\u2066x\\u2069'],
    ['\u200ea\u200fb\u061cc', '\\u200ea\\u200fb\\u061cc'],
    ['\u2028line', '\\u2028line'],
  ];
  for (const [text, shown] of hostile) {
    test(`is escaped: ${shown}`, () => assert.equal(printable(text), shown));
  }
});
