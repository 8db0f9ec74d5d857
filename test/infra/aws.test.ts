import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { before, suite, test } from 'node:test';
import { promisify } from 'node:util';
import { parse } from 'yaml';
import { alarms } from '../../infra/aws/alarms.ts';
import { columnsOf } from '../../infra/aws/hive.ts';
import { writeLambda } from '../../infra/lambda.ts';
import { checkNames, stack } from '../../infra/aws/stack.ts';
import { nodeRowSchema, summarySchema, workloadRowSchema } from '../../lib/model/snapshot.ts';
import { compactedKey, detailKey, manifestKey, summaryKey } from '../../lib/store/keys.ts';
import { slugOf } from '../../lib/store/slug.ts';
import { generateCluster } from '../support/apiserver/generate.ts';
import { startApiServer } from '../support/apiserver/server.ts';
import { startAwsDouble } from '../support/aws/server.ts';
import { runCli } from '../support/cli.ts';

const run = promisify(execFile);
const root = path.join(import.meta.dirname, '..', '..');

/** As the stack is deployed, with its defaults, for a cluster whose name shows what stays and what is escaped. */
interface Resource {
  readonly Type: string;
  readonly DeletionPolicy?: string;
  readonly Properties: Readonly<Record<string, unknown>>;
}

const template: { resources: Readonly<Record<string, Resource>> } = { resources: {} };
const cluster = 'prod_Blue';

before(async () => {
  await writeLambda();
  const folder = mkdtempSync(path.join(tmpdir(), 'kube-binpack-test-'));
  try {
    template.resources = await packageStack(folder, ['--param', `cluster=${cluster}`]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

/** What `npm run package` does, into another folder; rejects with what osls said. */
async function packageStack(folder: string, params: readonly string[]): Promise<Record<string, Resource>> {
  await run('npx', ['osls', 'package', '--region', 'us-east-1', '--package', folder, ...params], {
    cwd: root,
    env: { PATH: process.env['PATH'], HOME: folder },
  });
  const text = readFileSync(path.join(folder, 'cloudformation-template-update-stack.json'), 'utf8');
  const { Resources, Outputs } = JSON.parse(text) as {
    Resources: Record<string, Resource>;
    Outputs: Record<string, { Export?: { Name: string } }>;
  };
  const exported = Object.values(Outputs).flatMap((output) => output.Export?.Name ?? []);
  assert.ok(
    exported.every((name) => name.startsWith('kube-binpack-prod-blue-')),
    exported.join(),
  );
  return Resources;
}

function propertiesOf(name: string): Readonly<Record<string, unknown>> {
  const resource = template.resources[name];
  assert.ok(resource !== undefined, name);
  return resource.Properties;
}

const ofType = (type: string): (readonly [string, Resource])[] =>
  Object.entries(template.resources).filter(([, { Type }]) => Type === type);

/** `Utilization{ClusterName=x,Resource=cpu}`; which nodes there are, nobody knows before. */
function seriesOf(name: string, dimensions: Readonly<Record<string, string>>): string {
  const shown = Object.entries(dimensions).map(
    ([key, value]) => `${key}=${key === 'NodeName' ? '*' : value}`,
  );
  return `${name}{${shown.toSorted().join(',')}}`;
}

suite('what alarms and the dashboard name', () => {
  const published = new Set<string>();

  /** With the settings of the function's environment. */
  before(async () => {
    const aws = await startAwsDouble();
    const server = await startApiServer(generateCluster({ nodes: 300, pods: 6000, seed: 1 }));
    const folder = mkdtempSync(path.join(tmpdir(), 'kube-binpack-test-'));
    const kubeconfig = path.join(folder, 'kubeconfig');
    writeFileSync(kubeconfig, server.kubeconfig());
    const { Variables } = propertiesOf('SnapshotLambdaFunction')['Environment'] as {
      Variables: Record<string, string>;
    };
    const { KUBE_BINPACK_EKS_CLUSTER: name = '', ...settings } = Variables;
    const env = {
      ...aws.env,
      ...settings,
      KUBECONFIG: kubeconfig,
      KUBE_BINPACK_STORE: `s3://${aws.bucket}/x`,
    };
    const { code, stderr } = await runCli(['snapshot', '--cluster', name], { cwd: folder, env });
    assert.equal(code, 0, stderr);
    for (const { name: metric, dimensions } of aws.published) published.add(seriesOf(metric, dimensions));
    await Promise.all([aws.close(), server.close()]);
    rmSync(folder, { recursive: true });
  });

  test('every alarm is on a series that such a run publishes, or on the function', () => {
    const all = ofType('AWS::CloudWatch::Alarm');
    assert.equal(all.length, 8);
    for (const [name, { Properties }] of all) {
      const { Namespace, MetricName, Dimensions } = Properties as {
        Namespace: string;
        MetricName: string;
        Dimensions: { Name: string; Value: string }[];
      };
      if (Namespace === 'AWS/Lambda') continue;
      assert.equal(Namespace, 'KubeBinpack');
      const series = seriesOf(
        MetricName,
        Object.fromEntries(Dimensions.map(({ Name, Value }) => [Name, Value])),
      );
      assert.ok(published.has(series), `${name}: ${series}`);
    }
  });

  test('every widget shows series that such a run publishes', () => {
    const { widgets } = JSON.parse(String(propertiesOf('Dashboard')['DashboardBody'])) as {
      widgets: { properties: { title: string; metrics: unknown[][] } }[];
    };
    let seen = 0;
    for (const { properties } of widgets) {
      for (const [first, name, ...pairs] of properties.metrics) {
        const series =
          typeof first === 'object'
            ? searched((first as { expression: string }).expression)
            : seriesOf(String(name), pairsOf(pairs.filter((each) => typeof each === 'string')));
        assert.ok(published.has(series), `${properties.title}: ${series}`);
        seen += 1;
      }
    }
    assert.ok(seen > 20);
  });

  function pairsOf(texts: readonly string[]): Record<string, string> {
    return Object.fromEntries(
      texts.flatMap((key, index) => (index % 2 === 0 ? [[key, texts[index + 1] ?? '']] : [])),
    );
  }

  function searched(expression: string): string {
    const [, dimensions = '', terms = ''] =
      /SEARCH\('\{KubeBinpack,([^}]+)\} ([^']+)'/.exec(expression) ?? [];
    const named = Object.fromEntries(
      [...terms.matchAll(/(\w+)="([^"]*)"/g)].map(([, key = '', value]) => [key, value]),
    );
    const keys = dimensions.split(',');
    assert.deepEqual(
      Object.keys(named).toSorted(),
      ['MetricName', ...keys.filter((key) => key !== 'NodeName')].toSorted(),
    );
    return seriesOf(
      named['MetricName'] ?? '',
      Object.fromEntries(keys.map((key) => [key, named[key] ?? '*'])),
    );
  }

  test('periods follow the interval', () => {
    const periods = (seconds: number): number[] =>
      Object.values(alarms(seconds)).map(({ Properties }) => (Properties as { Period: number }).Period);
    //                              missing  cpu: high, low   memory: high, low  pending  not ready  errors
    assert.deepEqual(periods(300), [900, 300, 3600, 300, 3600, 300, 300, 300]);
    assert.deepEqual(periods(43_200), [86_400, 43_200, 43_200, 43_200, 43_200, 43_200, 43_200, 43_200]);
    for (const seconds of [60, 300, 3600, 21_600, 86_400]) {
      for (const { Properties } of Object.values(alarms(seconds))) {
        const { Period, EvaluationPeriods } = Properties as { Period: number; EvaluationPeriods: number };
        // https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
        assert.ok(Period % 60 === 0 && Period <= 86_400);
        assert.ok(Period * EvaluationPeriods <= (Period < 3600 ? 86_400 : 7 * 86_400));
      }
    }
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

  test('each reads the folder of its keys, and nothing else lies there', () => {
    const day = { cluster: 'prod', date: '2026-11-21' };
    const key = { ...day, snapshotId: '20261121T074500Z' };
    const keys = {
      SummariesTable: summaryKey(key),
      NodesTable: detailKey('nodes', key, 'RUN'),
      WorkloadsTable: detailKey('workloads', key, 'RUN'),
      NodesCompactedTable: compactedKey('nodes', day.cluster, day.date, 'RUN'),
      WorkloadsCompactedTable: compactedKey('workloads', day.cluster, day.date, 'RUN'),
    };
    const all = [...Object.values(keys), manifestKey(day.cluster, day.date)];
    for (const [table, own] of Object.entries(keys)) {
      const { Parameters } = propertiesOf(table)['TableInput'] as {
        Parameters: { 'storage.location.template': { 'Fn::Sub': string }; classification: string };
      };
      const folder = Parameters['storage.location.template']['Fn::Sub']
        .replace(/^.*\/(?=v1\/)/, '')
        .replace('${!cluster}', day.cluster)
        .replace('${!date}', day.date);
      assert.deepEqual(
        all.filter((each) => each.startsWith(`${folder}/`)),
        [own],
      );
      assert.equal(Parameters.classification, own.endsWith('.parquet') ? 'parquet' : 'json');
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
      readiness: 'map<string,string>',
    });
  });
});

suite('what the function may do', () => {
  interface Statement {
    readonly Sid: string;
    readonly Effect: string;
    readonly Action: string | readonly string[];
    readonly Resource: unknown;
    readonly Condition?: unknown;
  }

  test('the role of the packaged stack grants this, and nothing else', () => {
    const roles = ofType('AWS::IAM::Role');
    assert.deepEqual(
      roles.map(([name]) => name),
      ['FunctionRole'],
    );
    assert.deepEqual(ofType('AWS::IAM::Policy'), []);
    const { Policies, ManagedPolicyArns } = propertiesOf('FunctionRole') as {
      Policies: { PolicyDocument: { Statement: Statement[] } }[];
      ManagedPolicyArns?: unknown[];
    };
    assert.equal(ManagedPolicyArns, undefined);
    const allow = (Sid: string, Action: string | string[], Resource: unknown): Statement => ({
      Sid,
      Effect: 'Allow',
      Action,
      Resource,
    });
    assert.deepEqual(
      Policies.flatMap(({ PolicyDocument }) => PolicyDocument.Statement),
      [
        allow('FindTheCluster', 'eks:DescribeCluster', {
          'Fn::Sub': `arn:\${AWS::Partition}:eks:\${AWS::Region}:\${AWS::AccountId}:cluster/${cluster}`,
        }),
        // the objects of this cluster, of every tier
        allow('WriteSnapshots', ['s3:PutObject', 's3:GetObject', 's3:DeleteObject'], {
          'Fn::Sub': `\${SnapshotBucket.Arn}/binpack/v1/*/cluster=${cluster}/*`,
        }),
        allow('FindSnapshots', 's3:ListBucket', { 'Fn::GetAtt': ['SnapshotBucket', 'Arn'] }),
        // the one wildcard that AWS demands, which the namespace bounds
        {
          ...allow('PublishGauges', 'cloudwatch:PutMetricData', '*'),
          Condition: { StringEquals: { 'cloudwatch:namespace': 'KubeBinpack' } },
        },
        allow('Log', ['logs:CreateLogStream', 'logs:PutLogEvents'], {
          'Fn::GetAtt': ['SnapshotLogGroup', 'Arn'],
        }),
        allow('KeepFailedEvents', 'sqs:SendMessage', { 'Fn::GetAtt': ['DeadLetterQueue', 'Arn'] }),
      ],
    );
  });

  test('the function and its schedule', () => {
    const { Runtime, Architectures, MemorySize, ReservedConcurrentExecutions, Role, Handler } =
      propertiesOf('SnapshotLambdaFunction');
    assert.deepEqual(
      { Runtime, Architectures, MemorySize, ReservedConcurrentExecutions, Role, Handler },
      {
        Runtime: 'nodejs24.x',
        Architectures: ['arm64'],
        MemorySize: 256,
        ReservedConcurrentExecutions: 1,
        Role: { 'Fn::Sub': '${FunctionRole.Arn}' },
        Handler: 'lambda.handler',
      },
    );
    assert.equal(propertiesOf('SnapshotLambdaEvConf')['MaximumRetryAttempts'], 1);
    assert.equal(ofType('AWS::Events::Rule')[0]?.[1].Properties['ScheduleExpression'], 'rate(5 minutes)');
    assert.equal(propertiesOf('SnapshotLogGroup')['RetentionInDays'], 30);
    assert.deepEqual(propertiesOf('SnapshotLambdaFunction')['LoggingConfig'], { LogFormat: 'JSON' });
  });

  test('in a VPC it may make network interfaces too, whose resource AWS leaves open', () => {
    const { resources, vpc } = stack({
      ...plain,
      subnetIds: 'subnet-1a, subnet-2b',
      securityGroupIds: 'sg-1',
    });
    assert.deepEqual(vpc, { subnetIds: ['subnet-1a', 'subnet-2b'], securityGroupIds: ['sg-1'] });
    const { Properties } = resources.Resources['FunctionRole'] as unknown as {
      Properties: { Policies: { PolicyDocument: { Statement: Statement[] } }[] };
    };
    const added = Properties.Policies[0]?.PolicyDocument.Statement.at(-1);
    assert.equal(added?.Sid, 'AttachToTheVpc');
    assert.ok([added.Action].flat().every((action) => /^ec2:[A-Z][A-Za-z]+$/.test(action)));
  });
});

const plain = {
  cluster: 'prod',
  intervalMinutes: '5',
  prefix: 'binpack',
  nodeMetrics: 'top:10',
  maxMetrics: '1000',
  labelGroups: '',
  readinessRules: '',
  exclude: '',
  repackBudget: '10s',
  reservedConcurrency: '1',
  summaryDays: '400',
  detailDays: '60',
  logDays: '30',
  utilizationHighPercent: '90',
  utilizationLowPercent: '40',
  pendingPods: '0',
  subnetIds: '',
  securityGroupIds: '',
};

suite('parameters', () => {
  test('a name of any EKS cluster makes names that AWS takes', () => {
    assert.equal(slugOf('prod-eu-1'), 'prod-eu-1');
    const long = 'Platform_Production-eu-central-1-blue-20261121';
    for (const name of [long, 'A', '0', 'a_', 'x'.repeat(100), `1--${'-'.repeat(60)}`]) {
      const slug = slugOf(name);
      assert.match(slug, /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/);
      // https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
      assert.ok(`kube-binpack-123456789012-ap-southeast-1-${slug}`.length <= 63, slug);
      assert.ok(`kube-binpack-${slug}-ap-southeast-1`.length <= 64, slug);
    }
    assert.notEqual(slugOf(`${long}-a`), slugOf(`${long}-b`));
    assert.notEqual(slugOf('a_b'), slugOf('a-b'));
  });

  test('two clusters have no name in common, so that each has a stack of its own', () => {
    const namesOf = (stacked: string): string[] =>
      [...stacked.matchAll(/"(?!Policy|Display)\w*Name":"(kube[_-]binpack[^"]*)"/g)].map(
        ([, name = '']) => name,
      );
    const [first, second] = ['prod', 'staging'].map((cluster) =>
      namesOf(JSON.stringify(stack({ ...plain, cluster }))),
    );
    assert.ok((first?.length ?? 0) >= 5, String(first));
    assert.deepEqual(
      first?.filter((name) => second?.includes(name)),
      [],
    );
  });

  test('what is wrong is said in a sentence, without a trace', () => {
    const refused = (parameters: Partial<typeof plain>, message: RegExp): void =>
      assert.throws(
        () => stack({ ...plain, ...parameters }),
        (error: Error) => message.test(error.message) && error.stack === undefined,
      );
    refused({ cluster: '' }, /^cluster: must be the name of an EKS cluster: --param cluster=NAME$/);
    refused({ cluster: 'a.b' }, /name of an EKS cluster/);
    for (const intervalMinutes of ['0', '1.5', '1441', 'often', '-5', ''])
      refused({ intervalMinutes }, /^intervalMinutes: must be a whole number from 1 to 1440$/);
    refused({ subnetIds: 'subnet-1' }, /go together/);
    refused({ securityGroupIds: 'sg-1' }, /go together/);
    refused({ subnetIds: 'foo', securityGroupIds: 'sg-1' }, /^subnetIds: must be ids such as subnet-/);
    refused({ prefix: 'a/' }, /^prefix: must be a prefix of keys/);
    refused({ maxMetrics: '50' }, /--max-metrics "50": must be 100 or more/);
    refused({ exclude: 'spot' }, /^--exclude "spot": "spot" is none of virtual, control-plane, placeholder/);
    refused({ readinessRules: '[{"name":"a"}]' }, /^--readiness-rules, \[0\]\.conditions: must be a list/);
    refused({ nodeMetrics: 'foo' }, /--node-metrics "foo": must be all, none, or top:N/);
    refused({ summaryDays: '0', logDays: '31' }, /^summaryDays: .*; logDays: /);
    refused({ reservedConcurrency: '0' }, /^reservedConcurrency: /);
    assert.equal(stack({ ...plain, reservedConcurrency: 'none' }).reservedConcurrency, null);
    assert.equal(stack({ ...plain, intervalMinutes: '1' }).schedule, 'rate(1 minute)');
    assert.throws(
      () => checkNames(['cluster=x', 'intervalMinute=10']),
      /no parameter intervalMinute; they are cluster, /,
    );
  });

  test('osls passes on what is wrong, and what is none', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'kube-binpack-test-'));
    const refused = async (params: readonly string[], message: RegExp): Promise<void> =>
      assert.rejects(
        packageStack(
          folder,
          params.flatMap((param) => ['--param', param]),
        ),
        ({ stdout, stderr }: { stdout: string; stderr: string }) => message.test(stdout + stderr),
      );
    await refused([], /cluster: must be the name of an EKS cluster: --param cluster=NAME/);
    await refused(['cluster=prod', 'intervalMinute=10'], /there is no parameter intervalMinute/);
    rmSync(folder, { recursive: true });
  });
});

suite('resources', () => {
  test('the bucket is private, encrypted, versioned, and outlives the stack', () => {
    const Properties = propertiesOf('SnapshotBucket');
    assert.equal(template.resources['SnapshotBucket']?.DeletionPolicy, 'RetainExceptOnCreate');
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
    assert.deepEqual(propertiesOf('AccessEntry'), {
      ClusterName: cluster,
      PrincipalArn: { 'Fn::GetAtt': ['FunctionRole', 'Arn'] },
      Type: 'STANDARD',
      KubernetesGroups: ['kube-binpack'],
    });
  });

  test('the group of the access entry is bound to a role that lists nodes and pods, and no more', () => {
    const files = readFileSync(path.join(root, 'infra/kubernetes/eks-access/rbac.yaml'), 'utf8').split(
      '\n---\n',
    );
    const [role, binding] = files.map((file) => parse(file) as Record<string, unknown>);
    assert.deepEqual(role?.['rules'], [{ apiGroups: [''], resources: ['nodes', 'pods'], verbs: ['list'] }]);
    assert.deepEqual(binding?.['subjects'], [
      { apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: 'kube-binpack' },
    ]);
  });
});
