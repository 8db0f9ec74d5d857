import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { before, suite, test } from 'node:test';
import { parse } from 'yaml';
import { alarms } from '../../infra/aws/alarms.ts';
import { dashboardBody } from '../../infra/aws/dashboard.ts';
import { columnsOf } from '../../infra/aws/hive.ts';
import { resources } from '../../infra/aws/resources.ts';
import { nodeRowSchema, summarySchema, workloadRowSchema } from '../../lib/model/snapshot.ts';
import { generateCluster } from '../support/apiserver/generate.ts';
import { startApiServer } from '../support/apiserver/server.ts';
import { startAwsDouble } from '../support/aws/server.ts';
import { runCli } from '../support/cli.ts';

const root = path.join(import.meta.dirname, '..', '..');

/** `Utilization{ClusterName,Resource}` */
const idOf = (name: string, dimensions: readonly string[]): string =>
  `${name}{${dimensions.toSorted().join(',')}}`;

suite('what alarms and the dashboard name', () => {
  const published = new Set<string>();

  before(async () => {
    const aws = await startAwsDouble();
    const server = await startApiServer(generateCluster({ nodes: 300, pods: 6000, seed: 1 }));
    const folder = mkdtempSync(path.join(tmpdir(), 'kube-binpack-test-'));
    const kubeconfig = path.join(folder, 'kubeconfig');
    writeFileSync(kubeconfig, server.kubeconfig());
    const args = [
      'snapshot',
      '--cluster',
      'demo',
      '--store',
      `s3://${aws.bucket}/x`,
      '--metrics',
      'cloudwatch',
    ];
    const { code, stderr } = await runCli(args, { cwd: folder, env: { ...aws.env, KUBECONFIG: kubeconfig } });
    assert.equal(code, 0, stderr);
    for (const { name, dimensions } of aws.published) published.add(idOf(name, Object.keys(dimensions)));
    await Promise.all([aws.close(), server.close()]);
    rmSync(folder, { recursive: true });
  });

  test('every alarm is on a metric that the demo publishes, or on the function', () => {
    const all = Object.entries(alarms());
    assert.ok(all.length >= 8);
    for (const [name, { Properties }] of all) {
      const { Namespace, MetricName, Dimensions } = Properties as {
        Namespace: string;
        MetricName: string;
        Dimensions: { Name: string }[];
      };
      if (Namespace === 'AWS/Lambda') continue;
      assert.equal(Namespace, 'KubeBinpack');
      assert.ok(
        published.has(
          idOf(
            MetricName,
            Dimensions.map(({ Name }) => Name),
          ),
        ),
        name,
      );
    }
  });

  test('every widget shows metrics that the demo publishes', () => {
    const { widgets } = dashboardBody() as {
      widgets: { properties: { title: string; metrics: unknown[][] } }[];
    };
    let seen = 0;
    for (const { properties } of widgets) {
      for (const [first, name, ...pairs] of properties.metrics) {
        if (typeof first === 'object') {
          const { expression } = first as { expression: string };
          const [, dimensions = '', metric = ''] =
            /\{KubeBinpack,([^}]+)\} MetricName="(\w+)"/.exec(expression) ?? [];
          assert.ok(published.has(idOf(metric, dimensions.split(','))), properties.title);
        } else {
          assert.equal(first, 'KubeBinpack');
          const dimensions = pairs.filter(
            (each, index) => index % 2 === 0 && typeof each === 'string',
          ) as string[];
          assert.ok(
            published.has(idOf(String(name), dimensions)),
            `${properties.title}: ${String(name)} ${dimensions.join()}`,
          );
        }
        seen += 1;
      }
    }
    assert.ok(seen > 20);
  });
});

suite('tables of Athena', () => {
  test('each field of a row is a column, but for the partitions; no name twice', () => {
    for (const schema of [summarySchema, nodeRowSchema, workloadRowSchema]) {
      const columns = columnsOf(schema, ['cluster', 'date']);
      const names = columns.map(({ Name }) => Name);
      const fields = Object.keys(schema.def.shape).filter((name) => name !== 'cluster');
      assert.deepEqual(
        names,
        fields.map((name) => name.toLowerCase()),
      );
      assert.equal(new Set(names).size, names.length);
    }
  });

  test('types, written out', () => {
    const types = Object.fromEntries(
      columnsOf(nodeRowSchema, ['cluster', 'date']).map(({ Name, Type }) => [Name, Type]),
    );
    assert.deepEqual(types, {
      snapshotid: 'string',
      run: 'string',
      takenat: 'string',
      node: 'string',
      instancetype: 'string',
      zone: 'string',
      nodepool: 'string',
      capacitytype: 'string',
      arch: 'string',
      os: 'string',
      ready: 'boolean',
      unschedulable: 'boolean',
      taints: 'array<string>',
      abnormalconditions: 'array<string>',
      createdat: 'string',
      labels: 'map<string,string>',
      pods: 'bigint',
      resources:
        'map<string,struct<capacity:double,allocatable:double,allocated:double,daemonset:double,utilization:double>>',
      placements: 'array<array<bigint>>',
    });
  });
});

suite('what the function may do', () => {
  interface Statement {
    readonly Sid: string;
    readonly Action: string | string[];
    readonly Resource: string;
    readonly Condition?: unknown;
  }
  const text = readFileSync(path.join(root, 'serverless.yml'), 'utf8');
  const { provider, functions } = parse(text, { logLevel: 'silent' }) as {
    provider: { iam: { role: { statements: Statement[] } } };
    functions: { snapshot: Record<string, unknown> };
  };
  const { statements } = provider.iam.role;

  test('is this, and nothing else', () => {
    const actions = Object.fromEntries(statements.map(({ Sid, Action }) => [Sid, Action]));
    assert.deepEqual(actions, {
      FindTheCluster: 'eks:DescribeCluster',
      WriteSnapshots: ['s3:PutObject', 's3:GetObject', 's3:DeleteObject'],
      FindSnapshots: 's3:ListBucket',
      PublishGauges: 'cloudwatch:PutMetricData',
    });
  });

  test('has no wildcard but the one that AWS demands, which the namespace bounds', () => {
    for (const { Sid, Action, Resource, Condition } of statements) {
      assert.ok(![Action].flat().some((action) => action.includes('*')), Sid);
      if (Sid === 'PublishGauges') {
        assert.equal(Resource, '*');
        assert.deepEqual(Condition, { StringEquals: { 'cloudwatch:namespace': 'KubeBinpack' } });
      } else {
        assert.notEqual(Resource, '*', Sid);
      }
    }
    const write = statements.find(({ Sid }) => Sid === 'WriteSnapshots');
    assert.match(
      write?.Resource ?? '',
      /\/v1\/\*\/cluster=\$\{param:cluster\}\/\*$/,
      'objects of its own cluster',
    );
  });

  test('and what its function is', () => {
    const { memorySize, reservedConcurrency, maximumRetryAttempts, handler } = functions.snapshot;
    assert.deepEqual(
      [memorySize, reservedConcurrency, maximumRetryAttempts, handler],
      [256, 1, 1, 'lambda.handler'],
    );
  });
});

suite('resources', () => {
  const all = resources() as Record<
    string,
    { Type: string; Properties: Record<string, unknown>; DeletionPolicy?: string }
  >;

  test('the bucket is private, encrypted, versioned, and outlives the stack', () => {
    const { Properties = {}, DeletionPolicy } = all['SnapshotBucket'] ?? {};
    assert.equal(DeletionPolicy, 'RetainExceptOnCreate');
    assert.deepEqual(Properties['PublicAccessBlockConfiguration'], {
      BlockPublicAcls: true,
      BlockPublicPolicy: true,
      IgnorePublicAcls: true,
      RestrictPublicBuckets: true,
    });
    assert.deepEqual(Properties['VersioningConfiguration'], { Status: 'Enabled' });
    assert.ok('BucketEncryption' in Properties && 'LifecycleConfiguration' in Properties);
  });

  test('the access entry is of a group, and of no access policy', () => {
    assert.deepEqual(all['AccessEntry']?.Properties, {
      ClusterName: '${param:cluster}',
      PrincipalArn: { 'Fn::GetAtt': ['IamRoleLambdaExecution', 'Arn'] },
      Type: 'STANDARD',
      KubernetesGroups: ['kube-binpack'],
    });
  });

  test('the group of the access entry is bound to a role that lists nodes and pods, and no more', () => {
    const files = readFileSync(path.join(root, 'infra/kubernetes/eks-access/rbac.yaml'), 'utf8').split(
      '\n---\n',
    );
    const [role, binding] = files.map((file) => parse(file) as Record<string, unknown>);
    assert.deepEqual(role?.['rules'], [
      { apiGroups: [''], resources: ['nodes', 'pods'], verbs: ['get', 'list'] },
    ]);
    assert.deepEqual(binding?.['subjects'], [
      { apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: 'kube-binpack' },
    ]);
  });
});
