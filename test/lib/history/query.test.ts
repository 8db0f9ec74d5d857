/** Every question of the README, over histories of every form: the answers are the same. */
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { createCache } from '../../../lib/history/cache.ts';
import { withConverter } from '../../../lib/history/parquet.ts';
import { fetchSources } from '../../../lib/history/sources.ts';
import { ask, sourcesOf } from '../../../lib/history/sql/ask.ts';
import type { QueryResult } from '../../../lib/history/sql/query.ts';
import { composeStatement } from '../../../lib/history/sql/compose.ts';
import { snapshotIdOf } from '../../../lib/store/keys.ts';
import { createDirectoryStore } from '../../../lib/store/directory.ts';
import { clusterDays } from '../../../lib/store/snapshots.ts';
import type { Store } from '../../../lib/store/store.ts';
import { createS3Store } from '../../../lib/store/s3.ts';
import { cookbook } from '../../support/cookbook.ts';
import { startAwsDouble, type AwsDouble } from '../../support/aws/server.ts';
import { runCli } from '../../support/cli.ts';
import { openTrino } from '../../support/trino.ts';
import { writeHistory } from '../../support/history.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'kube-binpack-test-'));
const signal = AbortSignal.timeout(120_000);
const from = new Date(Math.floor(Date.now() / 3_600_000) * 3_600_000 - 5 * 86_400_000);
/** Plain, compacted, and in S3. */
const stores: Store[] = [];
const late: { aws: AwsDouble | null } = { aws: null };

before(async () => {
  const aws = await startAwsDouble();
  late.aws = aws;
  const about = { from, snapshots: 24, stepMs: 5 * 3_600_000, nodes: 12, pods: 120 };
  stores.push(
    ...['plain', 'compacted'].map((name) => createDirectoryStore(path.join(folder, name))),
    storeOf(aws),
  );
  for (const store of stores) {
    await writeHistory(store, { ...about, cluster: 'prod' }, signal);
    await writeHistory(store, { ...about, cluster: 'staging', nodes: 5, pods: 30 }, signal);
  }
  const compact = await runCli(['compact', '--out', 'compacted'], { cwd: folder });
  assert.equal(compact.code, 0, compact.stderr);
});

after(async () => {
  await late.aws?.close();
  rmSync(folder, { recursive: true });
});

/** In this process, whose environment is that of one file of tests. */
function storeOf(aws: AwsDouble): Store {
  Object.assign(process.env, aws.env);
  return createS3Store(
    { bucket: aws.bucket, prefix: 'binpack' },
    {
      region: 'us-east-1',
      requestTimeoutMs: 10_000,
      maxAttempts: 2,
      sseKmsKey: '',
      expectedBucketOwner: '',
      endpoint: 'double',
    },
  );
}

async function answer(sql: string, store: Store): Promise<QueryResult> {
  const ports = {
    store,
    cache: createCache(path.join(folder, 'cache'), Number.POSITIVE_INFINITY),
    now: () => new Date(),
    skip: (problem: string) => assert.fail(problem),
    progress: () => undefined,
  };
  const range = { cluster: null, from: new Date(from.getTime() - 1), to: new Date() };
  const wanted = await sourcesOf(sql, signal);
  const files = await withConverter(signal, async (convert) =>
    fetchSources(
      { ...ports, convert: async (json, kind, file) => convert([json], kind, file) },
      range,
      wanted,
      signal,
    ),
  );
  assert.ok(files !== null);
  return ask(sql, { files, memoryLimit: '1GiB' }, signal);
}

/** Athena gives texts, and instants to the millisecond. */
function plainCell(value: unknown): unknown {
  if (value === null) return null;
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return /^-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?$/.test(text)
    ? Number(Number(text).toPrecision(9))
    : text.replace(/\.0+$/, '');
}

/** In any order: sums of floating-point numbers depend on theirs in the last bits, and so the order of what is nearly equal. */
async function rowsOf(sql: string, store: Store): Promise<string[]> {
  const { rows } = await answer(sql, store);
  return rows.map((row) => JSON.stringify(row.map(rounded))).toSorted();
}

function rounded(value: unknown): unknown {
  if (typeof value === 'number') return Number(value.toPrecision(9));
  if (Array.isArray(value)) return value.map(rounded);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, rounded(field)]));
}

suite('the cookbook', () => {
  test('has ten questions', () => {
    assert.equal(cookbook().length, 10);
  });

  for (const { question, sql } of cookbook()) {
    test(`${question} Each form of the history answers alike`, async () => {
      const [plain = [], compacted, s3] = await Promise.all(stores.map(async (store) => rowsOf(sql, store)));
      assert.ok(plain.length > 0);
      assert.deepEqual(compacted, plain, 'compacted');
      assert.deepEqual(s3, plain, 'in S3');
    });
  }

  test("each answers alike by Athena's text of the views, over its tables, half compacted", async () => {
    const [, compacted] = stores;
    assert.ok(compacted !== undefined);
    const objects = new Map<string, Buffer>();
    for await (const key of compacted.list('v1/', signal))
      objects.set(key, (await compacted.read(key, signal)) ?? Buffer.alloc(0));
    const trino = await openTrino('db', objects, path.join(folder, 'trino'));
    try {
      const snapshotIds = [snapshotIdOf(new Date(from.getTime() - 1000)), snapshotIdOf(new Date())] as const;
      for (const { question, sql } of cookbook()) {
        const { sql: text } = composeStatement(sql, {
          database: 'db',
          clusters: ['prod', 'staging'],
          snapshotIds,
        });
        const athena = (await trino.ask(text)).rows
          .map((row) => JSON.stringify(row.map(plainCell)))
          .toSorted();
        const duckdb = (await answer(sql, compacted)).rows
          .map((row) => JSON.stringify(row.map(plainCell)))
          .toSorted();
        assert.deepEqual(athena, duckdb, question);
      }
    } finally {
      trino.close();
    }
  });

  test('days that ended long ago are compacted, and the others not', async () => {
    const store = createDirectoryStore(path.join(folder, 'compacted'));
    const keys = await Array.fromAsync(store.list('v1/', signal));
    const days = await clusterDays(store, 'prod', signal);
    const compacted = keys.filter(
      (key) => key.startsWith('v1/compacted/cluster=prod/') && key.endsWith('manifest.json'),
    );
    assert.ok(
      compacted.length >= 2 && compacted.length < days.length,
      `${compacted.length} of ${days.length}`,
    );
  });
});
