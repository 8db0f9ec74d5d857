import assert from 'node:assert/strict';
import { suite, test, type TestContext } from 'node:test';
import fc from 'fast-check';
import { createCache, type Cache } from '../../../lib/history/cache.ts';
import { decodeColumns, encodeColumns } from '../../../lib/history/columns.ts';
import { hasEnded } from '../../../lib/history/settled.ts';
import type { HistoryPorts } from '../../../lib/history/summaries.ts';
import { visitColumns } from '../../../lib/history/trends.ts';
import type { Columns } from '../../../lib/packing/columns.ts';
import { summaryDayPrefix, summaryKey } from '../../../lib/store/keys.ts';
import type { Store } from '../../../lib/store/store.ts';
import { writeHistory } from '../../support/history.ts';
import { temporaryFolder } from '../../support/kubeconfig.ts';
import { createMemoryStore } from '../../support/memory-store.ts';

const signal = AbortSignal.timeout(60_000);
const hourMs = 3_600_000;
const from = new Date('2026-11-01T00:00:00Z');
const about = { from, snapshots: 2, stepMs: hourMs, nodes: 2, pods: 4 };
/** When the first day may still change, for the last time; and when it has settled. */
const young = new Date('2026-11-03T23:59:59Z');
const old = new Date('2026-11-04T00:00:00Z');

interface Under {
  readonly ports: HistoryPorts;
  readonly skipped: string[];
  /** How many objects were read, and days listed, so far. */
  readonly reads: () => number;
  readonly lists: () => number;
}

function under(t: TestContext, store: Store, now = old, cache?: Cache): Under {
  let [reads, lists] = [0, 0];
  const skipped: string[] = [];
  return {
    skipped,
    reads: () => reads,
    lists: () => lists,
    ports: {
      store: {
        ...store,
        read: async (...args) => ((reads += 1), store.read(...args)),
        list: (...args) => ((lists += 1), store.list(...args)),
      },
      cache: cache ?? createCache(temporaryFolder(t).at('cache'), Number.POSITIVE_INFINITY),
      now: () => now,
      skip: (problem) => skipped.push(problem),
      progress: () => undefined,
    },
  };
}

async function read(ports: HistoryPorts, range: { from?: Date; to?: Date } = {}): Promise<Columns[]> {
  const found: Columns[] = [];
  const whole = { cluster: null, from, to: new Date(from.getTime() + 48 * hourMs), ...range };
  await visitColumns(ports, whole, (columns) => found.push(columns), signal);
  return found;
}

const idsOf = (days: readonly Columns[]): string[] => days.flatMap(({ snapshotIds }) => snapshotIds);

suite('what trends read', () => {
  test('is what the summaries say: each measure of each resource, in the order of the snapshots', async (t) => {
    const store = createMemoryStore();
    const summaries = await writeHistory(store, about, signal);
    const [day, ...others] = await read(under(t, store).ports);
    assert.equal(others.length, 0);
    assert.deepEqual(
      [day?.cluster, day?.snapshotIds, [...(day?.scheduledAtMs ?? [])]],
      ['prod', ['20261101T000000Z', '20261101T010000Z'], [from.getTime(), from.getTime() + hourMs]],
    );
    const valuesOf = (measure: string, resource: string | null): number[] => [
      ...(day?.columns.find((each) => each.measure === measure && each.resource === resource)?.values ?? []),
    ];
    assert.deepEqual(
      valuesOf('allocated', 'cpu'),
      summaries.map(({ resources }) => resources['cpu']?.allocated),
    );
    assert.deepEqual(valuesOf('nodes', null), [2, 2]);
  });

  test('is read once from the store, and then from the cache, with the same answer', async (t) => {
    const store = createMemoryStore();
    await writeHistory(store, about, signal);
    const { ports, reads } = under(t, store, young);
    const first = await read(ports);
    assert.equal(reads(), 2);
    assert.deepEqual(await read(ports), first);
    assert.equal(reads(), 2);
  });

  test('follows what came late, and what went, while the day may change', async (t) => {
    const store = createMemoryStore();
    const [first] = await writeHistory(store, about, signal);
    const { ports } = under(t, store, young);
    await read(ports);
    await writeHistory(
      store,
      { ...about, from: new Date(from.getTime() + 5 * hourMs), snapshots: 1 },
      signal,
    );
    assert.deepEqual(idsOf(await read(ports)), ['20261101T000000Z', '20261101T010000Z', '20261101T050000Z']);
    assert.ok(first !== undefined);
    await store.remove(summaryKey(first), signal);
    assert.deepEqual(idsOf(await read(ports)), ['20261101T010000Z', '20261101T050000Z']);
  });

  test('of a day that has settled is listed once, and so is a day when it settles', async (t) => {
    const store = createMemoryStore();
    await writeHistory(store, about, signal);
    const before = under(t, store, young);
    const first = await read(before.ports);
    await read(before.ports);
    assert.equal(before.lists(), 2);
    const after = under(t, store, old, before.ports.cache);
    for (const times of [1, 1]) {
      assert.deepEqual(await read(after.ports), first);
      assert.deepEqual([after.lists(), after.reads()], [times, 0]);
    }
  });

  test('of a settled day vanishes at once with the day; without a single snapshot it is as before while the cache lasts', async (t) => {
    const store = createMemoryStore();
    const [, , third] = await writeHistory(store, { ...about, snapshots: 4, stepMs: 12 * hourMs }, signal);
    assert.ok(third !== undefined);
    const now = new Date('2026-12-01T00:00:00Z');
    const { ports } = under(t, store, now);
    await read(ports);
    for await (const key of store.list(summaryDayPrefix('prod', '2026-11-01'), signal))
      await store.remove(key, signal);
    await store.remove(summaryKey(third), signal);
    assert.deepEqual(idsOf(await read(ports)), ['20261102T000000Z', '20261102T120000Z']);
    assert.deepEqual(idsOf(await read(under(t, store, now).ports)), ['20261102T120000Z']);
  });

  test('tells what is damaged each time, of a settled day too, until it is restored', async (t) => {
    const store = createMemoryStore();
    const [first] = await writeHistory(store, about, signal);
    assert.ok(first !== undefined);
    const whole = await store.read(summaryKey(first), signal);
    assert.ok(whole !== null);
    await store.remove(summaryKey(first), signal);
    await store.create(summaryKey(first), Buffer.from('{'), signal);
    const { ports, skipped, lists } = under(t, store);
    const problem = 'snapshot 20261101T000000Z of prod is damaged: it is not JSON; restore or remove it';
    for (const problems of [[problem], [problem, problem]]) {
      assert.deepEqual(idsOf(await read(ports)), ['20261101T010000Z']);
      assert.deepEqual(skipped, problems);
    }
    await store.remove(summaryKey(first), signal);
    await store.create(summaryKey(first), whole, signal);
    for (const times of [3, 3]) {
      assert.deepEqual(idsOf(await read(ports)), ['20261101T000000Z', '20261101T010000Z']);
      assert.deepEqual([skipped.length, lists()], [2, times]);
    }
  });

  test('is of the range alone, whatever of the day the cache has', async (t) => {
    const store = createMemoryStore();
    await writeHistory(store, { ...about, snapshots: 4 }, signal);
    const { ports } = under(t, store);
    await read(ports);
    const range = { from: new Date(from.getTime() + hourMs), to: new Date(from.getTime() + 3 * hourMs) };
    const [day] = await read(ports, range);
    assert.deepEqual(day?.snapshotIds, ['20261101T010000Z', '20261101T020000Z']);
    assert.equal(day?.scheduledAtMs[0], range.from.getTime());
    assert.ok(day?.columns.every(({ values }) => values.length === 2));
  });

  for (const [what, damage] of [
    ['not whole', (bytes) => bytes.subarray(0, -1)],
    ['no JSON', () => Buffer.from('x\n')],
    ['something else', () => Buffer.from('{}\n')],
    ['null', () => Buffer.from('null\n')],
  ] satisfies [string, (bytes: Buffer) => Buffer][])
    test(`that is in the cache and ${what} is made again`, async (t) => {
      const store = createMemoryStore();
      await writeHistory(store, about, signal);
      const { ports } = under(t, store);
      const first = await read(ports);
      const damaged: Cache = {
        ...ports.cache,
        read: async (name) => {
          const bytes = await ports.cache.read(name);
          return bytes === null ? null : damage(bytes);
        },
      };
      const again = under(t, store, old, damaged);
      assert.deepEqual(await read(again.ports), first);
      assert.equal(again.lists(), 1);
    });

  test('is the same to several that share a cache and trim it at once', async (t) => {
    const store = createMemoryStore();
    await writeHistory(store, { ...about, snapshots: 4, stepMs: 12 * hourMs }, signal);
    const folder = temporaryFolder(t).at('cache');
    const expected = await read(under(t, store).ports);
    const work = async (): Promise<void> => {
      for (let round = 0; round < 5; round++) {
        const { ports } = under(t, store, old, createCache(folder, 20_000));
        assert.deepEqual(await read(ports), expected);
        await createCache(folder, 10_000).trim();
      }
    };
    await Promise.all([work(), work(), work()]);
  });
});

test('a day has settled once it ended two days ago', () => {
  const day = { cluster: 'prod', date: '2026-11-01' };
  assert.equal(hasEnded(day, young), false);
  assert.equal(hasEnded(day, old), true);
  assert.equal(hasEnded(day, new Date('2026-11-03T00:00:00Z'), 24 * hourMs), true);
});

test('columns are the same after they were bytes', () => {
  const number = fc.oneof(fc.double(), fc.constant(NaN));
  const text = fc.oneof(fc.constant(null), fc.string({ unit: 'grapheme' }));
  const plain = { noNullPrototype: true } as const;
  const arbitrary = fc.nat(20).chain((rows) => {
    const values = fc
      .array(number, { minLength: rows, maxLength: rows })
      .map((each) => Float64Array.from(each));
    return fc.record(
      {
        cluster: fc.string({ unit: 'grapheme' }),
        snapshotIds: fc.array(fc.string(), { minLength: rows, maxLength: rows }),
        scheduledAtMs: values,
        columns: fc.array(
          fc.record({ measure: fc.string(), resource: text, labels: text, group: text, values }, plain),
        ),
      },
      plain,
    );
  });
  fc.assert(
    fc.property(arbitrary, (columns) => {
      const bytes = encodeColumns(columns);
      assert.deepEqual(decodeColumns(bytes), columns);
      if (columns.snapshotIds.length > 0) assert.equal(decodeColumns(bytes.subarray(0, -1)), null);
      assert.equal(decodeColumns(bytes.subarray(0, 5)), null);
    }),
  );
});
