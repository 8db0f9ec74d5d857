import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { before, suite, test, type TestContext } from 'node:test';
import { unzipSync } from 'fflate';
import { packageLambda, type LambdaPackage } from '../../infra/lambda.ts';
import { generateCluster } from '../support/apiserver/generate.ts';
import { startApiServer, type ApiServer } from '../support/apiserver/server.ts';
import { verifyToken } from '../support/aws/authenticator.ts';
import type { AwsFault, AwsFaultRule } from '../support/aws/faults.ts';
import { accessOf, allows, roleStatements } from '../support/aws/policy.ts';
import { startAwsDouble, type AwsDouble } from '../support/aws/server.ts';
import { temporaryFolder } from '../support/kubeconfig.ts';
import { assertNoSecrets } from '../support/secrets.ts';
import { startRuntimeApi, type Invocation, type LambdaResult } from '../support/lambda/runtime-api.ts';

/** AWS's own runtime client where `npm run test:ric` has installed it; else what it does, in twenty lines. */
const runtime =
  process.env['LAMBDA_RUNTIME_CLIENT'] ??
  path.join(import.meta.dirname, '..', 'support', 'lambda', 'bootstrap.mjs');
const packaged: { value: LambdaPackage | null } = { value: null };

before(async () => {
  packaged.value = await packageLambda();
});

interface Lambda {
  readonly aws: AwsDouble;
  readonly server: ApiServer;
  /** One process, one event after the other. */
  readonly invoke: (
    events: readonly (Invocation | object)[],
    env?: Record<string, string>,
  ) => Promise<{
    readonly results: readonly LambdaResult[];
    readonly lines: readonly {
      readonly level: string;
      readonly message: string;
      readonly requestId: string;
    }[];
  }>;
}

interface LambdaAbout {
  readonly faults?: readonly AwsFaultRule[];
  /** What the token of the job may do; null: nobody knows it. */
  readonly user?: 'reader' | 'nothing' | null;
}

async function start(t: TestContext, { faults = [], user = 'reader' }: LambdaAbout = {}): Promise<Lambda> {
  const late: { aws: AwsDouble | null } = { aws: null };
  const server = await startApiServer({
    ...generateCluster({ nodes: 10, pods: 100, seed: 5 }),
    reviewToken(token) {
      for (const clusterName of ['prod', 'staging']) {
        try {
          verifyToken(token, {
            clusterName,
            nowMs: Date.now(),
            secretOf: (key) => late.aws?.secretOf(key) ?? null,
          });
          return user;
        } catch (error) {
          if (!(error instanceof Error)) throw error;
        }
      }
      return null;
    },
  });
  t.after(() => server.close());
  const cluster = { endpoint: server.url, caPem: server.caPem };
  const aws = await startAwsDouble({
    faults,
    eks: { clusters: { prod: cluster, staging: cluster }, roles: [] },
  });
  late.aws = aws;
  t.after(() => aws.close());
  const root = temporaryFolder(t).at('task');
  mkdirSync(root, { recursive: true });
  for (const [name, bytes] of Object.entries(unzipSync(packaged.value?.zip ?? new Uint8Array())))
    writeFileSync(path.join(root, name), bytes);
  return {
    aws,
    server,
    async invoke(events, env = {}) {
      const api = await startRuntimeApi(
        events.map((event) => ('timeoutMs' in event ? event : { event, timeoutMs: 60_000 })),
      );
      const child = spawn(process.execPath, [runtime], {
        env: {
          ...aws.env,
          AWS_LAMBDA_RUNTIME_API: api.address,
          AWS_LAMBDA_FUNCTION_NAME: 'kube-binpack',
          AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
          AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '256',
          AWS_LAMBDA_LOG_GROUP_NAME: '/aws/lambda/kube-binpack',
          AWS_LAMBDA_LOG_STREAM_NAME: 'stream',
          // as the stack has it: the runtime's own lines, of what a handler throws, are JSON too
          AWS_LAMBDA_LOG_FORMAT: 'JSON',
          LAMBDA_TASK_ROOT: root,
          _HANDLER: 'lambda.handler',
          KUBE_BINPACK_EKS_CLUSTER: 'prod',
          KUBE_BINPACK_STORE: `s3://${aws.bucket}/binpack`,
          KUBE_BINPACK_METRICS: 'cloudwatch',
          ...env,
        },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      const output = Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
      await Promise.race([api.idle, output]);
      child.kill('SIGKILL');
      const [stdout, stderr] = await output;
      await api.close();
      assert.equal(stderr, '');
      assertNoSecrets({ stdout, stderr });
      const lines = stdout
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as { level: string; message: string; requestId: string });
      return { results: api.results, lines };
    },
  };
}

/** As EventBridge's schedule sends it. */
function scheduled(detail: object = {}): { readonly time: string } & Record<string, unknown> {
  const time = new Date(Math.floor(Date.now() / 60_000) * 60_000).toISOString().replace('.000Z', 'Z');
  return {
    version: '0',
    'detail-type': 'Scheduled Event',
    source: 'aws.events',
    account: '123456789012',
    time,
    detail,
  };
}

const denied = (status: number, code: string): AwsFault => ({ kind: 'error', status, code });
const messageOf = (result: LambdaResult | undefined): string =>
  result === undefined || result.ok ? '' : result.errorMessage;

suite('the packaged Lambda function', () => {
  test('is small, and one file', () => {
    const { code, zip } = packaged.value ?? { code: new Uint8Array(), zip: new Uint8Array() };
    assert.deepEqual(Object.keys(unzipSync(zip)), ['lambda.mjs']);
    assert.ok(code.length > 300_000 && code.length <= 700_000, `${code.length} bytes`);
    assert.ok(!Buffer.from(code).includes('CoreV1Api'), 'the client library is not in it');
  });

  test('an event of the schedule: a snapshot of its instant, and gauges', async (t) => {
    const { invoke, aws } = await start(t);
    const event = scheduled();
    const { results, lines } = await invoke([event]);
    const snapshotId = event.time.replaceAll(/[-:]/g, '');
    const [result] = results;
    assert.ok(result?.ok === true, messageOf(result));
    const [outcome] = result.value as {
      cluster: string;
      snapshotId: string;
      key: string;
      nodes: number;
      own: boolean;
    }[];
    assert.equal(outcome?.snapshotId, snapshotId);
    assert.deepEqual([outcome.cluster, outcome.nodes, outcome.own], ['prod', 10, true]);
    assert.ok(aws.objects.has(`binpack/${outcome.key}`));
    assert.equal(aws.objects.size, 3);
    assert.ok(
      aws.published.some(({ name, dimensions }) => name === 'Nodes' && dimensions['ClusterName'] === 'prod'),
    );
    assert.ok(lines.every(({ requestId }) => requestId === 'request-1'));
    assert.match(lines.at(-1)?.message ?? '', new RegExp(`^snapshot ${snapshotId} of prod is committed$`));
  });

  test('the same event again: one snapshot, published again', async (t) => {
    const { invoke, aws } = await start(t);
    const event = scheduled();
    const { results } = await invoke([event, event]);
    assert.deepEqual(
      results.map(({ ok }) => ok),
      [true, true],
    );
    assert.equal(aws.objects.size, 3);
    const success = aws.published.filter(({ name }) => name === 'SnapshotSuccess');
    assert.equal(success.length, 2);
    assert.equal(success[0]?.timestampMs, success[1]?.timestampMs);
  });

  test("all that it asks AWS for the stack's role allows, and each action of the role is asked for", async (t) => {
    const { invoke, aws } = await start(t);
    const event = scheduled();
    await invoke([event, event]);
    const about = { cluster: 'prod', bucket: aws.bucket, prefix: 'binpack' };
    const statements = roleStatements();
    const asked = aws.requests.map((request) => accessOf(request, about));
    assert.deepEqual(
      asked.filter((access) => !allows(statements, access, about)),
      [],
    );
    // a role for another cluster, bucket or prefix would not do
    for (const other of [{ cluster: 'other' }, { bucket: 'other' }, { prefix: 'other' }])
      assert.ok(
        asked.some((access) => !allows(statements, access, { ...about, ...other })),
        JSON.stringify(other),
      );
    const unused = statements
      .flatMap(({ Action }) => Action)
      .filter((action) => !asked.some((access) => access.action === action));
    assert.deepEqual(unused, [
      // of a run that lost its slot to another: it takes its details away
      's3:DeleteObject',
      // without it an object that is not there is a 403, which is what a role that may not read gets
      's3:ListBucket',
      // Lambda's own
      'logs:CreateLogStream',
      'logs:PutLogEvents',
      'sqs:SendMessage',
    ]);
  });

  test('several clusters in one event: one that fails does not lose the others', async (t) => {
    const { invoke, aws } = await start(t);
    const { results } = await invoke([
      scheduled({ clusters: ['nowhere', 'staging', { eksCluster: 'prod', cluster: 'production' }, 'gone'] }),
    ]);
    assert.match(
      messageOf(results[0]),
      /^2 clusters failed: nowhere: there is no EKS cluster nowhere.*; gone: there is no EKS cluster gone/,
    );
    const summaries = [...aws.objects.keys()].filter((key) => key.includes('/summary/'));
    assert.deepEqual(
      new Set(summaries.map((key) => /cluster=(\w+)/.exec(key)?.[1])),
      new Set(['production', 'staging']),
    );
  });

  test('a cluster that hangs leaves the others their share of the time; a bad name is its own failure alone', async (t) => {
    const { invoke, aws } = await start(t, {
      faults: [
        {
          when: ({ service, key }) => service === 'eks' && key === 'slow',
          times: 9,
          fault: { kind: 'slow', ms: 30_000 },
        },
      ],
    });
    const event = scheduled({ clusters: ['slow', 'my.cluster', 'staging'] });
    const { results } = await invoke([{ event, timeoutMs: 14_000 }]);
    assert.match(
      messageOf(results[0]),
      /^2 clusters failed: slow: the run was stopped after 4 s.*; my\.cluster: .*is not the name of an EKS cluster/,
    );
    assert.ok([...aws.objects.keys()].some((key) => key.includes('/summary/cluster=staging/')));
  });

  test('two clusters of one name are refused, and none at all', async (t) => {
    const { invoke } = await start(t);
    const { results } = await invoke([
      { clusters: ['prod', { eksCluster: 'prod', region: 'us-east-1' }] },
      { clusters: [] },
    ]);
    assert.match(
      messageOf(results[0]),
      /^two clusters are called prod: give one of them another name with "cluster"$/,
    );
    assert.match(messageOf(results[1]), /^no cluster is named/);
  });

  test('a constant input without a time is of this minute', async (t) => {
    const { invoke, aws } = await start(t);
    const { results } = await invoke([{ clusters: ['staging'] }]);
    assert.equal(results[0]?.ok, true, messageOf(results[0]));
    assert.ok([...aws.objects.keys()].some((key) => key.includes('/cluster=staging/')));
  });
});

suite('what is missing is named', () => {
  const cases: readonly (readonly [string, LambdaAbout, RegExp])[] = [
    [
      'no access entry',
      { user: null },
      /401.*the cluster does not know the job's role: give it an access entry of type STANDARD/,
    ],
    [
      'a group without the ClusterRole',
      { user: 'nothing' },
      /403.*must have the Kubernetes group kube-binpack, and that group the ClusterRole of infra\/kubernetes\/eks-access/,
    ],
    [
      'eks:DescribeCluster',
      {
        faults: [
          { when: ({ service }) => service === 'eks', times: 9, fault: denied(403, 'AccessDeniedException') },
        ],
      },
      /grant eks:DescribeCluster/,
    ],
    [
      's3:GetObject',
      {
        faults: [
          {
            when: ({ operation }) => operation === 'GetObject',
            times: 9,
            fault: denied(403, 'AccessDenied'),
          },
        ],
      },
      /s3:GetObject|s3:ListBucket/,
    ],
    [
      's3:PutObject',
      {
        faults: [
          {
            when: ({ operation }) => operation === 'PutObject',
            times: 9,
            fault: denied(403, 'AccessDenied'),
          },
        ],
      },
      /grant s3:PutObject on the bucket test-bucket/,
    ],
    [
      'cloudwatch:PutMetricData',
      {
        faults: [
          {
            when: ({ operation }) => operation === 'PutMetricData',
            times: 9,
            fault: denied(403, 'AccessDenied'),
          },
        ],
      },
      /grant cloudwatch:PutMetricData for the namespace KubeBinpack .*the snapshot is stored/,
    ],
  ];
  for (const [name, about, expected] of cases) {
    test(name, async (t) => {
      const { invoke } = await start(t, about);
      const { results, lines } = await invoke([scheduled()]);
      assert.match(messageOf(results[0]), /^prod: /);
      assert.match(messageOf(results[0]), expected);
      assert.equal(lines.filter(({ level }) => level === 'error').length, 1);
    });
  }

  test('a timeout that is too short: the run says so before it is killed', async (t) => {
    const { invoke, aws } = await start(t, {
      faults: [{ when: ({ service }) => service === 'eks', times: 9, fault: { kind: 'slow', ms: 30_000 } }],
    });
    const started = Date.now();
    const { results } = await invoke([{ event: scheduled(), timeoutMs: 4_000 }]);
    assert.match(
      messageOf(results[0]),
      /stopped after 2 s, its share of the function's timeout: raise the timeout of the Lambda function, or its memory/,
    );
    assert.ok(Date.now() - started < 4_000 + 1_500);
    assert.equal(aws.objects.size, 0);
  });

  test('no cluster, an event of something else, a wrong setting', async (t) => {
    const { invoke } = await start(t);
    const none = await invoke([scheduled()], { KUBE_BINPACK_EKS_CLUSTER: '' });
    assert.match(messageOf(none.results[0]), /^no cluster is named: set KUBE_BINPACK_EKS_CLUSTER/);
    const odd = await invoke([{ clusters: [{ name: 'x' }] }]);
    assert.match(messageOf(odd.results[0]), /^the event is not one of a schedule: clusters/);
    const misspelt = await invoke([
      { clusters: [{ eksCluster: 'prod', regoin: 'us-east-1' }] },
      { time: 'now' },
    ]);
    assert.match(messageOf(misspelt.results[0]), /^the event is not one of a schedule: clusters/);
    assert.match(messageOf(misspelt.results[1]), /^the event is not one of a schedule: time/);
    const nowhere = await invoke([{ clusters: [{ eksCluster: 'prod', region: 'x y' }] }]);
    assert.match(messageOf(nowhere.results[0]), /^prod: --region "x y": is not the name of a region$/);
    const wrong = await invoke([scheduled()], { KUBE_BINPACK_MAX_METRICS: 'many' });
    assert.match(messageOf(wrong.results[0]), /KUBE_BINPACK_MAX_METRICS "many": must be a whole number/);
  });
});
