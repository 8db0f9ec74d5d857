import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { atOnce } from '../../lib/at-once.ts';

test('so many at a time, each once', async () => {
  const seen: number[] = [];
  let [running, most] = [0, 0];
  await atOnce(3, [1, 2, 3, 4, 5, 6, 7], async (item) => {
    running += 1;
    most = Math.max(most, running);
    await sleep(1);
    seen.push(item);
    running -= 1;
  });
  assert.deepEqual(
    seen.toSorted((a, b) => a - b),
    [1, 2, 3, 4, 5, 6, 7],
  );
  assert.equal(most, 3);
});

test('the first error ends it, but not before all that is under way has ended; nothing more is begun', async () => {
  const [begun, ended]: [number[], number[]] = [[], []];
  const work = atOnce(3, [1, 2, 3, 4, 5, 6], async (item) => {
    begun.push(item);
    if (item === 2) throw new Error('two');
    await sleep(20);
    ended.push(item);
  });
  await assert.rejects(work, /two/);
  assert.deepEqual(begun, [1, 2, 3]);
  assert.deepEqual(
    ended.toSorted((a, b) => a - b),
    [1, 3],
  );
});
