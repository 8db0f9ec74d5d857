import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { suite, test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { startApiServer, type ApiServerOptions } from '../support/apiserver/server.ts';
import { generateCluster } from '../support/apiserver/generate.ts';
import type { PublishedMetric } from '../support/aws/cloudwatch.ts';
import type { AwsFault, AwsFaultRule, AwsRequest } from '../support/aws/faults.ts';
import { awsScenarios, summaryOf } from '../support/aws/scenarios.ts';
import { startAwsDouble, type AwsDouble, type AwsDoubleOptions } from '../support/aws/server.ts';
import { messages, refusal, runCli, startCli, type CliResult } from '../support/cli.ts';
import { temporaryFolder } from '../support/kubeconfig.ts';

awsScenarios('the double', async (t) => {
  const double = await startAwsDouble();
  t.after(() => double.close());
  return {
    env: double.env,
    bucket: double.bucket,
    keys: async (prefix) => [...double.objects.keys()].filter((key) => key.startsWith(prefix)).sort(),
    gaugesOf: async (cluster, at) => ({ values: averages(double.published, cluster, at) }),
  };
});

function averages(published: readonly PublishedMetric[], cluster: string, at: Date): Map<string, number> {
  const sums = new Map<string, [sum: number, count: number]>();
  for (const { name, dimensions, timestampMs, values } of published) {
    if (dimensions['ClusterName'] !== cluster || timestampMs !== at.getTime()) continue;
    const pairs = Object.entries(dimensions).sort(([a], [b]) => (a < b ? -1 : 1));
    const id = `${name}{${pairs.map((pair) => pair.join('=')).join(',')}}`;
    const entry = sums.get(id) ?? [0, 0];
    for (const [value, count] of values) {
      entry[0] += value * count;
      entry[1] += count;
    }
    sums.set(id, entry);
  }
  return new Map([...sums].map(([id, [sum, count]]) => [id, sum / count]));
}

interface User {
  readonly aws: AwsDouble;
  readonly at: (name: string) => string;
  readonly run: (...args: string[]) => Promise<CliResult>;
  readonly start: (...args: string[]) => ReturnType<typeof startCli>;
}

async function user(
  t: TestContext,
  options: AwsDoubleOptions = {},
  cluster: ApiServerOptions = generateCluster({ nodes: 20, pods: 200, seed: 3 }),
): Promise<User> {
  const aws = await startAwsDouble(options);
  t.after(() => aws.close());
  const server = await startApiServer(cluster);
  t.after(() => server.close());
  const folder = temporaryFolder(t);
  const env = {
    ...aws.env,
    KUBECONFIG: folder.write('kubeconfig', server.kubeconfig()),
    KUBE_BINPACK_STORE: `s3://${aws.bucket}/it`,
  };
  const cwd = folder.at('');
  return {
    aws,
    at: folder.at,
    run: (...args) => runCli(args, { cwd, env }),
    start: (...args) => startCli(args, { cwd, env }),
  };
}

const on =
  (operation: string, part = ''): AwsFaultRule['when'] =>
  (request: AwsRequest) =>
    request.operation === operation && request.key.includes(part);

suite('snapshot with faults in S3 and CloudWatch', { concurrency: 2 }, () => {
  const error = (status: number, code: string): AwsFault => ({ kind: 'error', status, code });
  test('S3 refuses the summary: exit code 4, and no reader sees anything', async (t) => {
    const { aws, run } = await user(t, {
      faults: [{ when: on('PutObject', 'summary'), times: 100, fault: error(403, 'AccessDenied') }],
    });
    refusal(await run('snapshot', '--metrics', 'cloudwatch'), 4);
    const list = await run('list');
    assert.equal(list.stdout, '');
    assert.equal(aws.published.length, 0);
  });

  test('CloudWatch refuses: exit code 5, the snapshot is there, and the slot again publishes it', async (t) => {
    const { aws, run } = await user(t, {
      faults: [{ when: on('PutMetricData'), times: 2, fault: error(403, 'AccessDeniedException') }],
    });
    const slot = ['--scheduled-at', new Date(Math.floor(Date.now() / 60_000) * 60_000).toISOString()];
    const first = await run('snapshot', '--metrics', 'cloudwatch', '--output', 'json', ...slot);
    assert.equal(first.code, 5, first.stderr);
    const stored = summaryOf({ ...first, code: 0 });
    const [sentence] = messages(first, 'error');
    assert.match(
      sentence ?? '',
      /series of snapshot .* were not published to CloudWatch: .*grant cloudwatch:PutMetricData for the namespace KubeBinpack .*; the snapshot is stored/,
    );
    const second = await run('snapshot', '--metrics', 'cloudwatch', '--output', 'json', ...slot);
    assert.deepEqual(summaryOf(second), stored);
    assertGauges(aws, second, stored.nodes.total);
  });

  test('the deadline comes while gauges are published: exit code 5, and the snapshot is there', async (t) => {
    const { aws, run } = await user(t, {
      faults: [{ when: on('PutMetricData'), times: 100, fault: { kind: 'slow', ms: 60_000 } }],
    });
    const result = await run('snapshot', '--metrics', 'cloudwatch', '--timeout', '6s', '--output', 'json');
    assert.equal(result.code, 5, result.stderr);
    assert.match(
      messages(result, 'error')[0] ?? '',
      /is stored, but not all of its gauges were published: the run was not done after 6 s/,
    );
    assert.equal(keysOf(aws).length, 3);
  });

  test('a group value of 300 characters takes nothing with it', async (t) => {
    const keys = ['a', 'b', 'c', 'd', 'e'].map((letter) => `example.com/${letter}`);
    const labels = Object.fromEntries(keys.map((key) => [key, key.at(-1)?.repeat(63) ?? '']));
    const nodes = ['node-a', 'knoten-ä'].map((name) => ({
      metadata: { name, labels },
      spec: {},
      status: {
        allocatable: { cpu: '4', memory: '16Gi', pods: '110' },
        conditions: [{ type: 'Ready', status: 'True' }],
      },
    }));
    const { aws, run } = await user(t, {}, { nodes, pods: [] });
    const result = await run(
      'snapshot',
      '--metrics',
      'cloudwatch',
      '--output',
      'json',
      '--label-group',
      keys.join(','),
    );
    summaryOf(result);
    const value = Object.values(labels).join(',');
    assert.equal(value.length, 319);
    assert.ok(aws.published.some(({ dimensions }) => dimensions['GroupValue'] === value));
    assertGauges(aws, result, 1);
    assert.match(
      messages(result, 'warn')[0] ?? '',
      /^6 series are left out, since CloudWatch would refuse them: NodeName is not plain ASCII$/,
    );
  });

  test('a cluster whose name CloudWatch does not take: exit code 5, not a quiet nothing', async (t) => {
    const { aws, run } = await user(t);
    const result = await run('snapshot', '--metrics', 'cloudwatch', '--cluster', 'Köln');
    assert.equal(result.code, 5, result.stderr);
    assert.match(
      messages(result, 'error')[0] ?? '',
      /^no gauge of snapshot \d{8}T\d{6}Z was published .*plain ASCII only: give the cluster another name with --cluster$/,
    );
    const check = await run('check', '--publish-probe', '--cluster', 'Köln');
    assert.equal(check.code, 5, check.stderr);
    assert.equal(aws.published.length, 0);
  });

  test('SIGTERM while gauges are published: 143, whoever else was to get them', async (t) => {
    const { aws, start, at } = await user(t, {
      faults: [{ when: on('PutMetricData'), times: 100, fault: { kind: 'slow', ms: 60_000 } }],
    });
    const { child, result } = start('snapshot', '--metrics', 'cloudwatch', '--prometheus', 'binpack.prom');
    while (!aws.requests.some(({ operation }) => operation === 'PutMetricData')) await sleep(20);
    child.kill('SIGTERM');
    const { code, stderr } = await result;
    assert.equal(code, 143, stderr);
    assert.equal(keysOf(aws).length, 3);
    assert.match(readFileSync(at('binpack.prom'), 'utf8'), /kube_binpacking_cluster_node_count/);
  });
});

suite('check', () => {
  test('a bucket in which nothing may be removed is good enough, and a line says so', async (t) => {
    const { aws, run } = await user(t, {
      faults: [
        { when: on('DeleteObject'), times: 9, fault: { kind: 'error', status: 403, code: 'AccessDenied' } },
      ],
    });
    const result = await run('check', '--output', 'json');
    assert.equal(result.code, 0, result.stderr);
    const store = (JSON.parse(result.stdout) as { check: string; detail: string }[]).find(
      ({ check }) => check === 'store',
    );
    assert.match(
      store?.detail ?? '',
      /^s3:\/\/test-bucket\/it is writable, but nothing can be removed there, which is enough: v1\/probe\/cluster=simulated\/[0-9a-f]{12} stays behind \(.*s3:DeleteObject/,
    );
    assert.equal(aws.published.length, 0, 'nothing is sent without --publish-probe');
  });

  test('what is not allowed fails, each in a line of its own', async (t) => {
    const denied: AwsFault = { kind: 'error', status: 403, code: 'AccessDenied' };
    const { run } = await user(t, {
      faults: [
        { when: on('PutObject'), times: 9, fault: denied },
        { when: on('PutMetricData'), times: 9, fault: denied },
      ],
    });
    const result = await run('check', '--publish-probe', '--output', 'json');
    assert.equal(result.code, 4, result.stderr);
    const failed = (JSON.parse(result.stdout) as { check: string; ok: boolean; detail: string }[]).filter(
      ({ ok }) => !ok,
    );
    assert.deepEqual(
      failed.map(({ check }) => check),
      ['store', 'CloudWatch'],
    );
    assert.match(failed[1]?.detail ?? '', /grant cloudwatch:PutMetricData/);
    assert.deepEqual(messages(result, 'error'), [
      `2 of ${(JSON.parse(result.stdout) as []).length} checks failed`,
    ]);
  });
});

suite('gauges elsewhere', () => {
  test('as EMF: stdout is lines of it and nothing else', async (t) => {
    const { aws, run } = await user(t);
    const result = await run('snapshot', '--metrics', 'emf', '--node-metrics', 'top:2');
    assert.equal(result.code, 0, result.stderr);
    const lines = result.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    assert.ok(lines.every((line) => '_aws' in line));
    assert.equal(new Set(lines.map((line) => line['NodeName']).filter(Boolean)).size, 4);
    assert.equal(aws.published.length, 0);
  });

  test('for Prometheus, beside CloudWatch', async (t) => {
    const { aws, run, at } = await user(t);
    const result = await run(
      'snapshot',
      '--metrics',
      'cloudwatch',
      '--prometheus',
      'binpack.prom',
      '--output',
      'json',
    );
    const summary = summaryOf(result);
    assertGauges(aws, result, summary.nodes.total);
    const text = readFileSync(at('binpack.prom'), 'utf8');
    assert.ok(
      text.includes(`kube_binpacking_cluster_node_count{cluster="simulated"} ${summary.nodes.total}\n`),
    );
  });

  test('a file that cannot be written is exit code 5, and CloudWatch has its gauges all the same', async (t) => {
    const { aws, run } = await user(t);
    const result = await run(
      'snapshot',
      '--metrics',
      'cloudwatch',
      '--prometheus',
      'no/such/folder.prom',
      '--output',
      'json',
    );
    assert.equal(result.code, 5, result.stderr);
    assertGauges(aws, result, 20);
  });
});

suite('what is hardly meant', () => {
  test('a part of a cluster is not published as the whole of it', async (t) => {
    const { run, aws } = await user(t);
    const narrowed = ['snapshot', '--metrics', 'cloudwatch', '--namespace', 'web'];
    assert.match(
      refusal(await run(...narrowed), 2),
      /^a part of a cluster \(namespace\) would be published under the name of the whole: name it apart with --cluster$/,
    );
    assert.equal(aws.requests.length, 0);
    assert.equal((await run(...narrowed, '--cluster', 'simulated-web')).code, 0);
  });

  test('a slot that is taken says which settings have no effect on it', async (t) => {
    const { run } = await user(t);
    const slot = ['--scheduled-at', '2026-11-20T00:00:00Z'];
    await run('snapshot', ...slot);
    const again = await run('snapshot', ...slot, '--namespace', 'web', '--label-group', 'zone');
    assert.deepEqual(messages(again, 'warn'), [
      'that snapshot is narrowed to nothing, and not to namespace web, as asked for now',
      'the label groups of that snapshot are none, and not zone, as asked for now',
    ]);
  });

  test('an instant ahead, a resource that no node has, a variable that is no setting', async (t) => {
    const { run } = await user(t);
    assert.match(
      refusal(await run('snapshot', '--scheduled-at', '2099-01-01T00:00:00Z'), 2),
      /lies ahead: what is read now cannot stand for it$/,
    );
    const typo = await run('snapshot', '--resources', 'cpuu,memory');
    assert.deepEqual(messages(typo, 'warn'), [
      'no node has cpuu (--resources): there are cpu, memory, ephemeral-storage, pods, hugepages-1Gi, hugepages-2Mi',
    ]);
    const folder = temporaryFolder(t);
    const odd = await runCli(['list'], {
      cwd: folder.at(''),
      env: { KUBE_BINPACK_METRIC: 'x', KUBE_BINPACK_OUTPUT: 'json' },
    });
    assert.deepEqual(messages(odd, 'warn'), [
      'KUBE_BINPACK_METRIC is not the name of a setting, and has no effect',
    ]);
  });
});

suite('what is wrong with the settings', () => {
  for (const [args, expected] of [
    [
      ['--store', 's3://Bad_Bucket/x'],
      /^--store "s3:\/\/Bad_Bucket\/x": must be s3:\/\/bucket\/prefix, or a directory$/,
    ],
    [['--store', 's3:/bucket/x'], /must be s3:\/\/bucket\/prefix, or a directory/],
    [['--store', 'gs://bucket/x'], /must be s3:\/\/bucket\/prefix, or a directory/],
    [['--store', 's3://bucket/../x'], /must be s3:\/\/bucket\/prefix, or a directory/],
    [['--node-metrics', 'top:0'], /must be all, none, or top:N such as top:10/],
    [['--max-metrics', '5'], /must be 100 or more/],
    [['--expected-bucket-owner', '12'], /must be an account id of 12 digits/],
  ] as const) {
    test(args.join(' '), async (t) => {
      const folder = temporaryFolder(t);
      assert.match(refusal(await runCli(['snapshot', ...args], { cwd: folder.at('') }), 2), expected);
    });
  }

  test('no credentials, in a sentence', { timeout: 60_000 }, async (t) => {
    const { aws, at } = await user(t);
    const { AWS_ACCESS_KEY_ID: _id, AWS_SECRET_ACCESS_KEY: _secret, ...env } = aws.env;
    const result = await runCli(['list', '--store', 's3://test-bucket/it'], { cwd: at(''), env });
    assert.match(refusal(result, 4), /no AWS credentials were found .*: set AWS_PROFILE/);
  });

  test('no region, in a sentence', async (t) => {
    const { aws, at } = await user(t);
    const { AWS_REGION: _region, ...env } = aws.env;
    const result = await runCli(['list', '--store', 's3://test-bucket/it'], { cwd: at(''), env });
    assert.match(refusal(result, 4), /the AWS region is not known: set AWS_REGION, or --region/);
    assert.equal(
      (
        await runCli(['list', '--store', 's3://test-bucket/it', '--region', 'eu-west-1'], {
          cwd: at(''),
          env,
        })
      ).code,
      0,
    );
  });
});

function keysOf({ objects }: AwsDouble): string[] {
  return [...objects.keys()].sort();
}

/** All series that the run says it published, those of every node among them; and of none two values at one instant. */
function assertGauges({ published }: AwsDouble, { stderr }: Pick<CliResult, 'stderr'>, nodes: number): void {
  assert.equal(
    new Set(published.map(({ dimensions }) => dimensions['NodeName']).filter(Boolean)).size,
    nodes,
  );
  const values = new Map<string, string>();
  for (const { name, dimensions, timestampMs, values: all } of published) {
    const id = JSON.stringify([name, dimensions, timestampMs]);
    assert.ok((values.get(id) ?? JSON.stringify(all)) === JSON.stringify(all), id);
    values.set(id, JSON.stringify(all));
  }
  const said = messages({ stderr }, 'info').flatMap(
    (line) => /^published (\d+) series/.exec(line)?.[1] ?? [],
  );
  assert.deepEqual(said.map(Number), [values.size]);
  assert.ok(values.size > 10 + 6 * nodes, `${values.size} series`);
}
