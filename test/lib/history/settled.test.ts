import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hasEnded } from '../../../lib/history/settled.ts';

test('a day has settled once it ended two days ago', () => {
  const day = { cluster: 'prod', date: '2026-11-01' };
  assert.equal(hasEnded(day, new Date('2026-11-03T23:59:59Z')), false);
  assert.equal(hasEnded(day, new Date('2026-11-04T00:00:00Z')), true);
  assert.equal(hasEnded(day, new Date('2026-11-03T00:00:00Z'), 86_400_000), true);
});
