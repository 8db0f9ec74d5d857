import assert from 'node:assert/strict';
import { readdirSync, statSync, utimesSync } from 'node:fs';
import { suite, test } from 'node:test';
import { createCache } from '../../../lib/history/cache.ts';
import { temporaryFolder } from '../../support/kubeconfig.ts';

const bytes = (length: number): Buffer => Buffer.alloc(length, 1);

suite('the cache', () => {
  test('keeps what it was given, and knows what it was not', async (t) => {
    const cache = createCache(temporaryFolder(t).at('cache'), 1000);
    assert.equal(await cache.find('a'), null);
    assert.equal(await cache.read('a'), null);
    await cache.write('a', Buffer.from('hello'));
    assert.equal(String(await cache.read('a')), 'hello');
  });

  test('is for this user alone', async (t) => {
    const folder = temporaryFolder(t).at('cache');
    const file = await createCache(folder, 1000).write('a', bytes(1));
    assert.equal(statSync(folder).mode & 0o777, 0o700);
    assert.equal(statSync(file).mode & 0o777, 0o600);
  });

  test('drops the least recently used beyond its bound, but nothing that this run uses', async (t) => {
    const folder = temporaryFolder(t).at('cache');
    const earlier = createCache(folder, 250);
    for (const [index, name] of ['a', 'b', 'c'].entries()) {
      const file = await earlier.write(name, bytes(100));
      utimesSync(file, 1000 + index, 1000 + index);
    }
    const cache = createCache(folder, 250);
    await cache.find('a');
    await cache.trim();
    assert.deepEqual(readdirSync(folder).toSorted(), ['a', 'c']);
    const tiny = createCache(folder, 10);
    await tiny.find('a');
    await tiny.trim();
    assert.deepEqual(readdirSync(folder), ['a']);
  });

  test('shared by several that write, read and trim at once gives whole files only', async (t) => {
    const folder = temporaryFolder(t).at('cache');
    const work = async (seed: number): Promise<void> => {
      const cache = createCache(folder, 500);
      for (let round = 0; round < 40; round++) {
        const name = `f${(seed + round) % 7}`;
        const found = await cache.read(name);
        if (found === null) await cache.write(name, bytes(100));
        else assert.equal(found.length, 100);
        if (round % 5 === 0) await createCache(folder, 300).trim();
      }
    };
    await Promise.all([1, 2, 3, 4].map(work));
    assert.ok(readdirSync(folder).every((name) => !name.endsWith('.tmp')));
  });
});
