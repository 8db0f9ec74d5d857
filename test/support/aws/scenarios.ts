/** What a user does with S3 and CloudWatch, for any endpoint: the double of this project, or a stand-in for AWS. */
import assert from 'node:assert/strict';
import { suite, test, type TestContext } from 'node:test';
import { summarySchema, type Summary } from '../../../lib/model/snapshot.ts';
import { snapshotIdOf } from '../../../lib/store/keys.ts';
import { generateCluster } from '../apiserver/generate.ts';
import { startApiServer, type ApiServer } from '../apiserver/server.ts';
import { messages, runCli, type CliResult } from '../cli.ts';
import { temporaryFolder } from '../kubeconfig.ts';

/** What came to CloudWatch: the average of each series at one instant. */
export interface Gauges {
  /** `PendingPods{ClusterName=a}` -> value; dimensions in the order of their names. */
  readonly values: ReadonlyMap<string, number>;
}

export interface AwsEndpoint {
  readonly env: Readonly<Record<string, string>>;
  readonly bucket: string;
  /** Keys below a prefix. */
  keys(prefix: string): Promise<string[]>;
  gaugesOf(cluster: string, at: Date): Promise<Gauges>;
}

let clusters = 0;
const minuteMs = 60_000;

export function awsScenarios(name: string, open: (t: TestContext) => Promise<AwsEndpoint>): void {
  suite(`S3 and CloudWatch as a user sees them: ${name}`, () => {
    test('a snapshot: its objects lie under their keys, and CloudWatch gives back the numbers of its summary', async (t) => {
      const { run, endpoint, cluster, at, store } = await user(t, open);
      const result = await run(
        'snapshot',
        '--metrics',
        'cloudwatch',
        '--label-group',
        'karpenter.sh/nodepool',
      );
      const summary = summaryOf(result);
      const day = at.toISOString().slice(0, 10);
      const keys = await endpoint.keys(`${store.prefix}/`);
      assert.deepEqual(
        keys.map((key) => key.replace(/-[0-9a-f]{8}\./, '-RUN.')),
        [
          `${store.prefix}/v1/nodes/cluster=${cluster}/date=${day}/${snapshotIdOf(at)}-RUN.ndjson.gz`,
          `${store.prefix}/v1/summary/cluster=${cluster}/date=${day}/${snapshotIdOf(at)}.json`,
          `${store.prefix}/v1/workloads/cluster=${cluster}/date=${day}/${snapshotIdOf(at)}-RUN.ndjson.gz`,
        ],
      );
      compare(summary, await endpoint.gaugesOf(cluster, at));
      assert.match(
        messages(result, 'info').join('\n'),
        /published \d+ series to CloudWatch in \d requests, about \$\d/,
      );
    });

    test('the slot again: the stored snapshot is taken, and its gauges are published again', async (t) => {
      const { run, endpoint, cluster, at } = await user(t, open);
      const first = summaryOf(await run('snapshot'));
      const before = (await endpoint.gaugesOf(cluster, at)).values;
      assert.equal(before.size, 0);
      const second = await run('snapshot', '--metrics', 'cloudwatch');
      assert.deepEqual(summaryOf(second), first);
      assert.match(messages(second, 'info').join('\n'), /exists already and is taken as it is/);
      compare(first, await endpoint.gaugesOf(cluster, at));
    });

    test(
      'eight jobs of one slot at once: one snapshot, no error, and its gauges',
      { timeout: 120_000 },
      async (t) => {
        const { run, endpoint, cluster, at, store } = await user(t, open);
        const results = await Promise.all(
          Array.from({ length: 8 }, () => run('snapshot', '--metrics', 'cloudwatch')),
        );
        const summaries = results.map(summaryOf);
        for (const summary of summaries) assert.deepEqual(summary, summaries[0]);
        const keys = await endpoint.keys(`${store.prefix}/`);
        assert.equal(keys.length, 3, `${keys.join('\n')}: the losers' details are gone`);
        compare(summaries[0] as Summary, await endpoint.gaugesOf(cluster, at));
      },
    );

    test('list, show and cost read what is stored', async (t) => {
      const { run, cluster, at } = await user(t, open);
      const summary = summaryOf(await run('snapshot'));
      const id = snapshotIdOf(at);
      const listed = JSON.parse((await run('list', '--from', at.toISOString().slice(0, 10))).stdout) as {
        snapshotId: string;
      }[];
      assert.deepEqual(
        listed.map(({ snapshotId }) => snapshotId),
        [id],
      );
      assert.deepEqual(summaryOf(await run('show')), summary);
      assert.deepEqual(summaryOf(await run('show', id.slice(0, 13))), summary);
      const nodes = JSON.parse((await run('show', '--nodes')).stdout) as unknown[];
      assert.equal(nodes.length, summary.nodes.total);
      const cost = JSON.parse((await run('cost', id)).stdout) as { gauge: string; dollarsPerMonth: number }[];
      assert.ok((cost.find(({ gauge }) => gauge === 'total')?.dollarsPerMonth ?? 0) > 1, cluster);
    });

    test('check: every line is ok, and nothing stays behind', async (t) => {
      const { run, endpoint, store, cluster } = await user(t, open);
      const result = await run('check', '--publish-probe');
      assert.equal(result.code, 0, result.stdout + result.stderr);
      const findings = JSON.parse(result.stdout) as { check: string; ok: boolean; detail: string }[];
      assert.ok(findings.every(({ ok }) => ok));
      const details = new Map(findings.map(({ check, detail }) => [check, detail]));
      assert.equal(details.get('store'), `${store.url} is writable`);
      assert.equal(details.get('CloudWatch'), 'takes gauges');
      assert.deepEqual(await endpoint.keys(`${store.prefix}/`), [], cluster);
    });
  });
}

interface User {
  readonly endpoint: AwsEndpoint;
  readonly cluster: string;
  /** The slot. */
  readonly at: Date;
  readonly store: { readonly url: string; readonly prefix: string };
  /** With the store, the cluster's name and JSON as output; snapshot for the slot. */
  readonly run: (command: string, ...args: string[]) => Promise<CliResult>;
}

/** A cluster and a prefix of its own in the bucket. */
async function user(t: TestContext, open: (t: TestContext) => Promise<AwsEndpoint>): Promise<User> {
  const endpoint = await open(t);
  const server: ApiServer = await startApiServer(generateCluster({ nodes: 20, pods: 300, seed: 7 }));
  t.after(() => server.close());
  const folder = temporaryFolder(t);
  const env = { ...endpoint.env, KUBECONFIG: folder.write('kubeconfig', server.kubeconfig()) };
  const cluster = `cluster-${process.pid}-${clusters++}`;
  const at = new Date(Math.floor(Date.now() / minuteMs) * minuteMs);
  const prefix = `it/${cluster}`;
  const url = `s3://${endpoint.bucket}/${prefix}`;
  const run = (command: string, ...args: string[]): Promise<CliResult> => {
    const slot = command === 'snapshot' ? ['--scheduled-at', at.toISOString()] : [];
    const common = ['--store', url, '--cluster', cluster, '--output', 'json'];
    return runCli([command, ...args, ...common, ...slot], { cwd: folder.at(''), env });
  };
  return { endpoint, cluster, at, store: { url, prefix }, run };
}

export function summaryOf({ code, stdout, stderr }: CliResult): Summary {
  assert.equal(code, 0, stderr);
  return summarySchema.parse(JSON.parse(stdout));
}

/** Every number of the summary that is published, and those of the nodes by their count and their sum. */
function compare(summary: Summary, { values }: Gauges): void {
  const { cluster } = summary;
  const near = (id: string, expected: number | null): void => {
    const actual = values.get(id);
    if (expected === null) return assert.equal(actual, undefined, id);
    assert.ok(actual !== undefined, `${id} was not published`);
    assert.ok(
      Math.abs(actual - expected) <= 1e-9 * Math.max(1, Math.abs(expected)),
      `${id}: ${actual}, expected ${expected}`,
    );
  };
  near(`SnapshotSuccess{ClusterName=${cluster}}`, 1);
  near(`Nodes{ClusterName=${cluster}}`, summary.nodes.total);
  near(`ReadyNodes{ClusterName=${cluster}}`, summary.nodes.ready);
  near(`Pods{ClusterName=${cluster}}`, summary.pods.counted);
  near(`PendingPods{ClusterName=${cluster}}`, summary.pods.pending);
  for (const resource of ['cpu', 'memory', 'pods']) {
    const of = `{ClusterName=${cluster},Resource=${resource}}`;
    const amounts = summary.resources[resource];
    assert.ok(amounts !== undefined);
    near(`Utilization${of}`, amounts.utilization === null ? null : amounts.utilization * 100);
    near(`Allocated${of}`, amounts.allocated);
    near(`Allocatable${of}`, amounts.allocatable);
    near(`UsableFree${of}`, amounts.usableFree);
    near(`Stranded${of}`, amounts.stranded);
    const ofNodes = [...values].filter(
      ([id]) =>
        id.startsWith(`Allocated{ClusterName=${cluster},NodeName=`) && id.endsWith(`,Resource=${resource}}`),
    );
    assert.equal(ofNodes.length, summary.nodes.total, `nodes with ${resource}`);
    const sum = ofNodes.reduce((total, [, value]) => total + value, 0);
    assert.ok(Math.abs(sum - amounts.allocated) <= 1e-9 * amounts.allocated, `${resource}: ${sum}`);
  }
  for (const group of summary.groups) {
    const at = `GroupName=${group.labels.join(',')},GroupValue=${group.values.join(',')}`;
    near(`Nodes{ClusterName=${cluster},${at}}`, group.nodes);
    near(
      `Utilization{ClusterName=${cluster},${at},Resource=cpu}`,
      (group.resources['cpu']?.utilization ?? 0) * 100,
    );
  }
}
