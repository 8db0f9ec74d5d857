/** query --engine athena as a user runs it, against a double of the protocol; behind it DuckDB plays Trino. */
import assert from 'node:assert/strict';
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { suite, test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync, gzipSync } from 'node:zlib';
import { views } from '../../lib/history/sql/views.ts';
import { detailKey, snapshotIdOf } from '../../lib/store/keys.ts';
import { createDirectoryStore } from '../../lib/store/directory.ts';
import type { AthenaDoubleOptions, AthenaOutcome, AthenaResult } from '../support/aws/athena.ts';
import type { AwsFault, AwsFaultRule } from '../support/aws/faults.ts';
import { startAwsDouble, type AwsDouble } from '../support/aws/server.ts';
import { messages, refusal, runCli, startCli, type CliResult } from '../support/cli.ts';
import { writeHistory } from '../support/history.ts';
import { temporaryFolder } from '../support/kubeconfig.ts';
import { readinessRule } from '../support/readiness.ts';
import { openTrino } from '../support/trino.ts';

const workgroup = 'kube_binpack_prod';
const one: AthenaResult = { columns: [['x', 'integer']], rows: [['1']], scannedBytes: 3_000_000_000 };

interface User {
  readonly aws: AwsDouble;
  readonly run: (...args: string[]) => Promise<CliResult>;
  readonly start: (...args: string[]) => ReturnType<typeof startCli>;
}

/** `query --engine athena --cluster prod`, with JSON as output. */
async function user(
  t: TestContext,
  answer: AthenaOutcome | AthenaDoubleOptions['answer'],
  faults: readonly AwsFaultRule[] = [],
): Promise<User> {
  const aws = await startAwsDouble({
    faults,
    athena: {
      workgroups: [workgroup, 'primary'],
      answer: typeof answer === 'function' ? answer : () => answer,
    },
  });
  t.after(() => aws.close());
  const folder = temporaryFolder(t);
  const options = { cwd: folder.at(''), env: aws.env };
  const line = (args: readonly string[]): string[] => [
    ...['query', ...args, '--engine', 'athena'],
    ...(args.includes('--output') ? [] : ['--output', 'json']),
    ...(args.includes('--cluster') ? [] : ['--cluster', 'prod']),
  ];
  return {
    aws,
    run: async (...args) => runCli(line(args), options),
    start: (...args) => startCli(line(args), options),
  };
}

const on =
  (operation: string): AwsFaultRule['when'] =>
  (request) =>
    request.operation === operation;
const operations = ({ requests }: AwsDouble): string[] => requests.map(({ operation }) => operation);
/** The values of each row, in the order of the columns. */
const rowsOf = ({ code, stdout, stderr }: CliResult): unknown => {
  assert.equal(code, 0, stderr);
  return (JSON.parse(stdout) as object[]).map((row): unknown[] => Object.values(row));
};

suite('query --engine athena', { concurrency: 2 }, () => {
  test('starts it in the workgroup and the database of the stack, asks after it, and prints rows and price', async (t) => {
    const { aws, run } = await user(t, one);
    const result = await run('SELECT 1 AS x');
    assert.deepEqual(rowsOf(result), [[1]]);
    assert.deepEqual(operations(aws), [
      'StartQueryExecution',
      'GetQueryExecution',
      'GetQueryExecution',
      'GetQueryExecution',
      'GetQueryResults',
    ]);
    const [{ sql, database, workgroup: used } = assert.fail('no execution')] = aws.executions;
    assert.deepEqual([sql, database, used], ['SELECT 1 AS x', 'kube_binpack_prod', workgroup]);
    assert.deepEqual(messages(result, 'info'), [
      'Athena read 2.79 GiB, about $0.015 (list price: $5 a TB, 10 MB at least)',
    ]);
  });

  test('values by their types: integers beyond 2^53 and what is not plain as text, null where there is none', async (t) => {
    const { run } = await user(t, {
      columns: [
        ['big', 'bigint'],
        ['huge', 'bigint'],
        ['ratio', 'double'],
        ['odd', 'double'],
        ['yes', 'boolean'],
        ['price', 'decimal'],
        ['scheduledat', 'timestamp'],
        ['list', 'array'],
        ['text', 'varchar'],
      ],
      rows: [
        ['-7', '9007199254740993', '2.5E-4', 'NaN', 'true', '1.50', '2026-11-21 07:45:00.000', '[1, 2]', ''],
        ['0', '1', '1.0', 'Infinity', 'false', '2', '2026-11-21 07:45:00.250', '[]', 'null'],
        Array.from({ length: 9 }, () => null),
      ],
    });
    const names = ['big', 'huge', 'ratio', 'odd', 'yes', 'price', 'scheduledAt', 'list', 'text'];
    const rows = [
      [-7, '9007199254740993', 0.00025, 'NaN', true, '1.50', '2026-11-21 07:45:00', '[1, 2]', ''],
      [0, 1, 1, 'Infinity', false, '2', '2026-11-21 07:45:00.25', '[]', 'null'],
      names.map(() => null),
    ];
    assert.deepEqual(rowsOf(await run('SELECT 1')), rows);
    const csv = await run('SELECT 1', '--output', 'csv');
    assert.equal(csv.stdout.split('\r\n')[0], names.join(','));
  });

  test('2,500 rows come in three pages, in their order', async (t) => {
    const rows = Array.from({ length: 2500 }, (_, index) => [String(index)]);
    const { aws, run } = await user(t, { columns: [['x', 'bigint']], rows });
    const shown = rowsOf(await run('SELECT x')) as number[][];
    assert.deepEqual(
      shown,
      rows.map(([x]) => [Number(x)]),
    );
    assert.equal(operations(aws).filter((each) => each === 'GetQueryResults').length, 3);
  });

  test('no rows at all', async (t) => {
    const { run } = await user(t, { columns: [['x', 'bigint']], rows: [] });
    assert.deepEqual(rowsOf(await run('SELECT x')), []);
  });

  test('throttling, a 500, a broken connection and a lost answer change nothing: one query is started', async (t) => {
    const error = (status: number, code: string): AwsFault => ({ kind: 'error', status, code });
    const { aws, run } = await user(t, one, [
      { when: on('StartQueryExecution'), fault: error(400, 'TooManyRequestsException') },
      { when: on('StartQueryExecution'), fault: { kind: 'resetAfter' } },
      { when: on('GetQueryExecution'), times: 2, fault: error(400, 'ThrottlingException') },
      { when: on('GetQueryExecution'), fault: { kind: 'reset' } },
      { when: on('GetQueryResults'), fault: error(500, 'InternalServerException') },
    ]);
    assert.deepEqual(rowsOf(await run('SELECT 1')), [[1]]);
    assert.equal(aws.executions.length, 1);
  });

  for (const [name, args, sentence] of [
    [
      'a workgroup that is not there',
      ['--athena-workgroup', 'other'],
      /Athena has no workgroup other for us .*--athena-workgroup and --region/,
    ],
    ['what changes something', ['DROP TABLE nodes'], /only a SELECT is answered/],
    ['two statements', ['SELECT 1; SELECT 2'], /one statement at a time/],
    [
      'all clusters, and no database',
      ['--cluster', '*'],
      /which database is Athena to ask\?.*--athena-database/,
    ],
    [
      'a name of a view given again',
      ['WITH nodes AS (SELECT 1) SELECT * FROM nodes'],
      /WITH nodes: that is the name of a view/,
    ],
  ] as const)
    test(`${name} is refused before anything is run`, async (t) => {
      const { aws, run } = await user(t, one);
      const sql = args[0].includes(' ') ? [] : ['SELECT 1'];
      assert.match(refusal(await run(...sql, ...args), 2), sentence);
      assert.equal(aws.executions.length, 0);
    });

  for (const [name, outcome, code, sentence] of [
    [
      'a mistake in the statement, in the lines of the one who wrote it',
      { failed: "COLUMN_NOT_FOUND: line 9:8: Column 'nodez' cannot be resolved", category: 2 },
      2,
      /^the query was not answered: COLUMN_NOT_FOUND: line 2:8: Column 'nodez' cannot be resolved$/,
    ],
    [
      'a failure of Athena',
      { failed: 'GENERIC_INTERNAL_ERROR: x', category: 1 },
      4,
      /^Athena failed: GENERIC_INTERNAL_ERROR: x: try again$/,
    ],
    [
      'somebody who cancels it',
      { cancelled: 'Query cancelled by user' },
      4,
      /^the query was cancelled in Athena: Query cancelled by user$/,
    ],
    [
      'the limit of the workgroup',
      { cancelled: 'Bytes scanned limit was exceeded' },
      2,
      /limit of the workgroup kube_binpack_prod .*ask for less/,
    ],
    [
      'no such database',
      { failed: "SCHEMA_NOT_FOUND: line 2:1: Schema 'kube_binpack_prod' does not exist", category: 2 },
      2,
      /^the database kube_binpack_prod is not there.*--athena-database/,
    ],
    [
      'a stack of an older version',
      {
        failed:
          "TABLE_NOT_FOUND: line 2:1: Table 'awsdatacatalog.kube_binpack_prod.nodes_compacted' does not exist",
        category: 2,
      },
      2,
      /deploy the stack again/,
    ],
    [
      'no right to Glue',
      {
        failed:
          'Insufficient permissions: User: arn:x is not authorized to perform: glue:GetTable on resource: y',
        category: 2,
      },
      4,
      /grant glue:GetTable on the database kube_binpack_prod/,
    ],
    [
      'no right to the objects',
      { failed: 'Permission denied on S3 path: s3://bucket/v1/nodes', category: 2 },
      4,
      /grant s3:GetObject and s3:ListBucket on the bucket/,
    ],
    [
      'no right to the results',
      { failed: 'Access denied when writing output to url: s3://bucket/athena/x.csv', category: 2 },
      4,
      /grant s3:PutObject on the place for results/,
    ],
  ] as const)
    test(`${name}: a sentence, exit code ${code}`, async (t) => {
      const { run } = await user(t, outcome);
      assert.match(refusal(await run('SELECT cluster,\n nodez FROM snapshots'), code), sentence);
    });

  for (const operation of ['StartQueryExecution', 'GetQueryExecution', 'GetQueryResults'])
    test(`${operation} is not allowed: the permission is named, and what runs is stopped`, async (t) => {
      const fault: AwsFault = {
        kind: 'error',
        status: 400,
        code: 'AccessDeniedException',
        message: `You are not authorized to perform: athena:${operation} on the resource.`,
      };
      const { aws, run } = await user(t, one, [{ when: on(operation), times: 9, fault }]);
      assert.match(
        refusal(await run('SELECT 1'), 4),
        new RegExp(
          `^could not ask Athena: AWS does not allow it .*grant athena:${operation} on the workgroup`,
        ),
      );
      const stopped = operation === 'GetQueryExecution' ? 1 : 0;
      assert.equal(operations(aws).filter((each) => each === 'StopQueryExecution').length, stopped);
    });

  for (const [name, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)
    test(`${name} stops the query in Athena: exit code ${code}`, async (t) => {
      const { aws, start } = await user(t, { endless: true, scannedBytes: [1] });
      const { child, result } = start('SELECT 1');
      while (!operations(aws).includes('GetQueryExecution')) await sleep(20);
      child.kill(name);
      refusal(await result, code);
      assert.equal(aws.executions[0]?.state, 'CANCELLED');
    });

  test('the deadline stops it too', async (t) => {
    const { aws, run } = await user(t, { endless: true, scannedBytes: [1] });
    assert.match(refusal(await run('SELECT 1', '--timeout', '2s'), 3), /not done after 2 s/);
    assert.equal(aws.executions[0]?.state, 'CANCELLED');
  });

  test('a query that cannot be stopped is named', async (t) => {
    const denied: AwsFault = { kind: 'error', status: 400, code: 'AccessDeniedException' };
    const { run } = await user(t, { endless: true, scannedBytes: [1] }, [
      { when: on('StopQueryExecution'), times: 9, fault: denied },
    ]);
    const result = await run('SELECT 1', '--timeout', '2s');
    assert.match(
      messages(result, 'warn').join(),
      /^the query 0{8}-[0-9-]* may go on in Athena: .*grant athena:StopQueryExecution on the workgroup/,
    );
  });

  test('more than --max-scan is refused while it runs, with the figures', async (t) => {
    const scannedBytes = [0, 0, 500_000_000_000, 2_000_000_000_000];
    const { aws, run } = await user(t, { endless: true, scannedBytes });
    assert.match(
      refusal(await run('SELECT 1', '--max-scan', '1000Gi'), 2),
      /^the query was stopped when it had read 1.82 TiB, about \$10.00, which is more than --max-scan allows \(1,000 GiB, about \$5.37\): ask for less/,
    );
    assert.equal(aws.executions[0]?.state, 'CANCELLED');
  });

  test('what was done before it could be stopped is paid for and shown, with a warning', async (t) => {
    const { run } = await user(t, one);
    const result = await run('SELECT 1', '--max-scan', '1Gi');
    assert.deepEqual(rowsOf(result), [[1]]);
    assert.match(messages(result, 'warn').join(), /more than --max-scan allows \(1 GiB, about \$0.0054\)/);
  });
});

suite('the same rows as from DuckDB', () => {
  const arn = 'arn:aws:eks:eu-central-1:1:cluster/it';
  const dayMs = 86_400_000;

  /** Two clusters over some days: compacted, half compacted, compacted twice, and with a run that died. */
  async function history(t: TestContext): Promise<{ out: string; env: Readonly<Record<string, string>> }> {
    const { signal } = new AbortController();
    const folder = temporaryFolder(t);
    const [out, before] = [folder.at('snapshots'), folder.at('before')];
    const store = createDirectoryStore(out);
    const from = new Date(Math.floor(Date.now() / dayMs) * dayMs - 5 * dayMs);
    const about = {
      from,
      stepMs: 8 * 3_600_000,
      nodes: 6,
      pods: 80,
      labelGroups: [['topology.kubernetes.io/zone']],
    };
    const readinessRules = [
      readinessRule({ name: 'up' }),
      readinessRule({ name: 'tainted', taint: { key: 'a', value: null, effect: null } }),
    ];
    await writeHistory(store, { ...about, snapshots: 14, readinessRules }, signal);
    await writeHistory(store, { ...about, cluster: arn, snapshots: 3 }, signal);
    cpSync(out, before, { recursive: true });
    const compacted = await runCli(['compact', '--out', out, '--output', 'json'], { cwd: folder.at('') });
    assert.equal((rowsOf(compacted) as []).length, 4);
    // a compaction that was cut short: what it replaces is still there, and a file of another that lost
    const day = from.toISOString().slice(0, 10);
    for (const kind of ['nodes', 'workloads']) {
      const below = `v1/${kind}/cluster=prod/date=${day}`;
      cpSync(path.join(before, below), path.join(out, below), { recursive: true });
      const parquet = path.join(out, `v1/compacted-${kind}/cluster=prod/date=${day}`);
      const [file = ''] = readdirSync(parquet);
      cpSync(path.join(parquet, file), path.join(parquet, '00000000.parquet'));
    }
    const slot = { cluster: 'prod', snapshotId: snapshotIdOf(new Date(from.getTime() + 12 * 8 * 3_600_000)) };
    for (const kind of ['nodes', 'workloads'] as const)
      cpSync(
        path.join(out, detailKey(kind, slot, '0a1b2c3d')),
        path.join(out, detailKey(kind, slot, 'deadbeef')),
      );
    for (const kind of ['nodes', 'workloads'] as const) {
      const dead = path.join(out, detailKey(kind, slot, 'deadbeef'));
      const text = gunzipSync(readFileSync(dead)).toString('utf8');
      writeFileSync(dead, gzipSync(text.replaceAll('0a1b2c3d', 'deadbeef')));
    }
    const objects = new Map<string, Buffer>();
    for (const entry of readdirSync(out, { recursive: true, withFileTypes: true })) {
      const file = path.join(entry.parentPath, entry.name);
      if (entry.isFile()) objects.set(path.relative(out, file), readFileSync(file));
    }
    const trino = await openTrino('db', objects, folder.at('trino'));
    t.after(() => trino.close());
    const aws = await startAwsDouble({
      athena: { workgroups: ['wg'], answer: async (sql) => trino.ask(sql) },
    });
    t.after(() => aws.close());
    return { out, env: aws.env };
  }

  test('of every view, for one cluster and for all', { timeout: 120_000 }, async (t) => {
    const { out, env } = await history(t);
    const joined =
      "WITH busy AS (SELECT node, max(utilization) AS most FROM node_resources WHERE resource = 'cpu' GROUP BY node)\n" +
      'SELECT n.nodePool, count(*) AS rows_, max(b.most) AS most FROM nodes AS n JOIN busy AS b ON b.node = n.node GROUP BY 1 ORDER BY 3 DESC;';
    const asked = [
      ...views.map(({ name }) => ['*', `SELECT * FROM ${name}`] as const),
      ...['prod', arn].flatMap((cluster) => [
        [cluster, joined] as const,
        [cluster, 'SELECT * FROM workloads'] as const,
      ]),
    ];
    for (const [cluster, sql] of asked) {
      const common = ['query', sql, '--since', '2w', '--cluster', cluster, '--out', out, '--output', 'json'];
      const place = ['--engine', 'athena', '--athena-database', 'db', '--athena-workgroup', 'wg'];
      const options = { cwd: path.dirname(out), env };
      const [expected, actual] = await Promise.all([
        runCli(common, options).then(rowsOf),
        runCli([...common, ...place], options).then(rowsOf),
      ]);
      const lines = (rows: unknown): string[] => {
        const texts = (rows as unknown[]).map((row) => JSON.stringify(row));
        return sql === joined ? texts : texts.sort();
      };
      assert.ok(lines(expected).length > 0, sql);
      assert.deepEqual(lines(actual), lines(expected), `${cluster}: ${sql}`);
    }
    // and the next compaction takes away what that one left
    const left = (): string[] =>
      readdirSync(out, { recursive: true, encoding: 'utf8' }).filter((file) =>
        file.endsWith('00000000.parquet'),
      );
    assert.equal(left().length, 2);
    rowsOf(await runCli(['compact', '--out', out, '--output', 'json'], { cwd: path.dirname(out) }));
    assert.deepEqual(left(), []);
  });
});
