import assert from 'node:assert/strict';
import { test } from 'node:test';
import { snapshotsAround } from '../../../lib/store/around.ts';
import { createMemoryStore } from '../../support/memory-store.ts';
import { put } from '../../support/site.ts';

const { signal } = new AbortController();

test('near a snapshot are those of its day, and of the nearest days with any; oldest first', async () => {
  const store = createMemoryStore();
  const ids = [
    '20261101T000000Z',
    '20261110T000000Z',
    '20261110T120000Z',
    '20261121T074500Z',
    '20261122T000000Z',
  ];
  for (const id of [...ids, '20261128T000000Z']) await put(store, 'prod', id);
  await put(store, 'other', '20261121T080000Z');
  const around = async (snapshotId: string): Promise<string[]> =>
    (await snapshotsAround(store, { cluster: 'prod', snapshotId }, signal)).map((key) => key.snapshotId);
  assert.deepEqual(await around('20261121T074500Z'), ids.slice(1));
  assert.deepEqual(await around('20261115T000000Z'), ids.slice(1, 4));
  assert.deepEqual(await around('20261101T000000Z'), ids.slice(0, 3));
  assert.deepEqual(await snapshotsAround(store, { cluster: 'nobody', snapshotId: ids[0] ?? '' }, signal), []);
});
