import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { timeOf } from '../../functions/options.ts';

const now = new Date('2026-11-21T12:00:00Z');

const times: readonly (readonly [text: string, instant: string | null])[] = [
  ['5m ago', '2026-11-21T11:55:00.000Z'],
  ['5 minutes ago', '2026-11-21T11:55:00.000Z'],
  ['24h ago', '2026-11-20T12:00:00.000Z'],
  ['1 hour ago', '2026-11-21T11:00:00.000Z'],
  ['2 days ago', '2026-11-19T12:00:00.000Z'],
  ['3weeks ago', '2026-10-31T12:00:00.000Z'],
  ['2026-11-01T00:00:00+01:00', '2026-10-31T23:00:00.000Z'],
  ['2 months ago', null],
  ['days ago', null],
  ['2 days', null],
  ['20261121T0745', null],
];

suite('a time', () => {
  for (const [text, instant] of times)
    test(`${text} is ${instant ?? 'none'}`, () =>
      assert.equal(timeOf(text, now)?.toISOString() ?? null, instant));
});
