import assert from 'node:assert/strict';
import { suite, test, type TestContext } from 'node:test';
import fc from 'fast-check';
import { createCache, type Cache } from '../../../lib/history/cache.ts';
import { decodeColumns, encodeColumns } from '../../../lib/history/columns.ts';
import type { HistoryPorts } from '../../../lib/history/summaries.ts';
import { visitColumns } from '../../../lib/history/trends.ts';
import type { Columns } from '../../../lib/packing/columns.ts';
import { summaryKey } from '../../../lib/store/keys.ts';
import type { Store } from '../../../lib/store/store.ts';
import { writeHistory } from '../../support/history.ts';
import { temporaryFolder } from '../../support/kubeconfig.ts';
import { createMemoryStore } from '../../support/memory-store.ts';

const signal = AbortSignal.timeout(60_000);
const hourMs = 3_600_000;
const from = new Date('2026-11-01T00:00:00Z');
const about = { from, snapshots: 2, stepMs: hourMs, nodes: 2, pods: 4 };

interface Under {
  readonly ports: HistoryPorts;
  readonly skipped: string[];
  /** How many objects were read so far. */
  readonly reads: () => number;
}

function under(t: TestContext, store: Store, cache?: Cache): Under {
  let reads = 0;
  const skipped: string[] = [];
  return {
    skipped,
    reads: () => reads,
    ports: {
      store: {
        ...store,
        read: async (...args) => ((reads += 1), store.read(...args)),
      },
      cache: cache ?? createCache(temporaryFolder(t).at('cache'), Number.POSITIVE_INFINITY),
      now: () => new Date('2026-12-01T00:00:00Z'),
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
    const { ports, reads } = under(t, store);
    const first = await read(ports);
    assert.equal(reads(), 2);
    assert.deepEqual(await read(ports), first);
    assert.equal(reads(), 2);
  });

  test('follows what came late, and what went, however long ago the day was', async (t) => {
    const store = createMemoryStore();
    const [first] = await writeHistory(store, about, signal);
    const { ports } = under(t, store);
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

  test('tells what is damaged each time, until it is restored', async (t) => {
    const store = createMemoryStore();
    const [first] = await writeHistory(store, about, signal);
    assert.ok(first !== undefined);
    const whole = await store.read(summaryKey(first), signal);
    assert.ok(whole !== null);
    await store.remove(summaryKey(first), signal);
    await store.create(summaryKey(first), Buffer.from('{'), signal);
    const { ports, skipped } = under(t, store);
    const problem = 'snapshot 20261101T000000Z of prod is damaged: it is not JSON; restore or remove it';
    for (const problems of [[problem], [problem, problem]]) {
      assert.deepEqual(idsOf(await read(ports)), ['20261101T010000Z']);
      assert.deepEqual(skipped, problems);
    }
    await store.remove(summaryKey(first), signal);
    await store.create(summaryKey(first), whole, signal);
    assert.deepEqual(idsOf(await read(ports)), ['20261101T000000Z', '20261101T010000Z']);
    assert.equal(skipped.length, 2);
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
      const again = under(t, store, damaged);
      assert.deepEqual(await read(again.ports), first);
      assert.equal(again.reads(), 2);
    });

  test('is the same to several that share a cache and trim it at once', async (t) => {
    const store = createMemoryStore();
    await writeHistory(store, { ...about, snapshots: 4, stepMs: 12 * hourMs }, signal);
    const folder = temporaryFolder(t).at('cache');
    const expected = await read(under(t, store).ports);
    const work = async (): Promise<void> => {
      for (let round = 0; round < 5; round++) {
        const { ports } = under(t, store, createCache(folder, 20_000));
        assert.deepEqual(await read(ports), expected);
        await createCache(folder, 10_000).trim();
      }
    };
    await Promise.all([work(), work(), work()]);
  });
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
