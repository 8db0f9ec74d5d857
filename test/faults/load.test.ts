/** Many jobs at once, and a day of them one after another, while the server, S3 and CloudWatch fail by chance. */
import assert from 'node:assert/strict';
import process from 'node:process';
import { suite, test, type TestContext } from 'node:test';
import { readSummary } from '../../lib/store/snapshots.ts';
import { snapshotIdOf } from '../../lib/store/keys.ts';
import { listPods, startCluster } from '../support/cluster-under-test.ts';
import { keysOf } from '../support/store-contract.ts';
import { assertPublishedOnce } from './aws-cell.ts';
import { slotsOf, type Ended, type Slot } from './job.ts';
import { heapBytes, randomOf, startWorld, type World } from './load.ts';

/** `npm run load`: a whole day, other faults each time. */
const long = process.env['KUBE_BINPACK_LOAD'] === 'day';
const seed = long ? Math.floor(Math.random() * 2 ** 32) : 20_261_121;
const [slots, warmUp] = long ? [288, 48] : [24, 8];
const clusters = 100;
const mib = 1024 * 1024;
const stepMs = 300_000;
const lastSlotMs = Math.floor(Date.now() / stepMs) * stepMs;

suite(`load (seed ${seed})`, () => {
  test(`${clusters} jobs of different clusters at once, into one store`, { timeout: 300_000 }, async (t) => {
    const world = await startWorld(t, randomOf(seed));
    Object.assign(world.weather, { server: 0.01, s3: 0.01, cloudWatch: 0.01 });
    const all = Array.from({ length: clusters }, (_, index) => ({
      cluster: `cluster-${index}`,
      snapshotId: snapshotIdOf(new Date(lastSlotMs)),
    }));
    const ended = await Promise.all(all.map(async (slot) => ({ slot, ended: await world.job(slot) })));
    for (const each of ended) await verify(world, each.slot, each.ended);
    assert.deepEqual(await slotsOf(world.store), await present(world, all));
    assertPublishedOnce(world.aws.published);
    report(
      t,
      ended.map((each) => each.ended),
    );
  });

  test(
    `${slots} slots one after another: each has its snapshot, or an error that said why`,
    { timeout: 3_600_000 },
    async (t) => {
      const random = randomOf(seed + 1);
      const world = await startWorld(t, random);
      const all: Slot[] = [];
      const outcomes: Ended[] = [];
      let heapBefore = 0;
      for (let index = 0; index < slots; index++) {
        const slot = {
          cluster: 'prod',
          snapshotId: snapshotIdOf(new Date(lastSlotMs - (slots - index) * stepMs)),
        };
        all.push(slot);
        Object.assign(world.weather, weatherOf(random()));
        // a CronJob tries again where a job failed
        for (let attempt = 0; attempt < 2; attempt++) {
          const ended = await world.job(slot);
          await verify(world, slot, ended);
          outcomes.push(ended);
          if (ended.exit === 0) break;
        }
        assertPublishedOnce(world.aws.published);
        world.aws.forget();
        world.server.forget();
        if (index === warmUp) heapBefore = heapBytes();
      }
      Object.assign(world.weather, { server: 0, s3: 0, cloudWatch: 0 });
      assert.deepEqual(await slotsOf(world.store), await present(world, all));
      await assertNothingDoubled(world, all);
      const grownMiB = (heapBytes() - heapBefore) / mib;
      report(t, outcomes);
      t.diagnostic(`the heap grew by ${grownMiB.toFixed(1)} MiB`);
      // what the double keeps of each slot, its objects, is a few kilobytes
      assert.ok(grownMiB < 6, `the heap grew by ${grownMiB.toFixed(1)} MiB`);
    },
  );

  // of 2 GiB they take ten seconds each
  const [pageMiB, patience] = long ? [2048, 'in full'] : [64, 'in small'];
  for (const encoding of ['protobuf', 'json'] as const) {
    test(`a page of 2 GiB that no item fills (${encoding}, ${patience}) takes no memory`, async (t) => {
      const under = await startCluster(t);
      const bytes = pageMiB * mib;
      under.server.faults.next({ action: { kind: 'flood', bytes, of: 'padding', gzip: false } });
      const before = process.memoryUsage().rss;
      const http = under.http({ requestTimeoutMs: 120_000 });
      const { collection } = await listPods(under, { encoding, http, patienceMs: 120_000 });
      const grownMiB = (process.memoryUsage().rss - before) / mib;
      t.diagnostic(`the process grew by ${grownMiB.toFixed(0)} MiB`);
      assert.deepEqual([collection.items, collection.pages], [0, 1]);
      assert.ok(collection.bytes > bytes);
      // that of the server, which is the same process, included
      assert.ok(grownMiB < 128, `${grownMiB} MiB`);
    });
  }
});

/** Mostly fair; now and then something is down for the whole of a slot. */
function weatherOf(chance: number): World['weather'] {
  const fair = { server: 0.02, s3: 0.02, cloudWatch: 0.05 };
  if (chance < 0.06) return { ...fair, server: 0.7 };
  if (chance < 0.12) return { ...fair, s3: 0.8 };
  if (chance < 0.18) return { ...fair, cloudWatch: 0.95 };
  return fair;
}

async function verify(world: World, slot: Slot, ended: Ended): Promise<void> {
  const has = await world.has(slot);
  if ('error' in ended) {
    assert.ok([3, 4, 5].includes(ended.exit), ended.error.stack);
    assert.match(ended.error.message, /^\S[^\n]{20,}$/, 'it says why');
  }
  if (ended.exit === 0 || ended.exit === 5) assert.ok(has, 'what is stored is there');
}

async function present(world: World, all: readonly Slot[]): Promise<string[]> {
  const found: string[] = [];
  for (const slot of all) if (await world.has(slot)) found.push(`${slot.cluster} ${slot.snapshotId}`);
  return found.sort();
}

/** Each detail is named by the one summary of its slot, or by none: of a run that failed. */
async function assertNothingDoubled({ store }: World, all: readonly Slot[]): Promise<void> {
  const named = new Set<string>();
  for (const slot of all) {
    const summary = await readSummary(store, slot, AbortSignal.timeout(60_000));
    for (const { key } of summary?.objects ?? []) {
      assert.ok(!named.has(key));
      named.add(key);
    }
  }
  const stored = new Set(await keysOf(store));
  for (const key of named) assert.ok(stored.has(key), key);
}

/** How many ended how, and what those that failed said. */
function report(t: TestContext, outcomes: readonly Ended[]): void {
  const counts = new Map<string, number>();
  for (const ended of outcomes) {
    const said =
      'error' in ended ? `: ${ended.error.message.replaceAll(/\d{3,}|[0-9a-f]{8}/g, 'N').slice(0, 160)}` : '';
    const key = `exit ${ended.exit}${said}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  for (const [key, count] of counts) t.diagnostic(`${count} x ${key}`);
}
