/** What a stored snapshot says of packing: how few nodes would do, and how many more pods fit. */
import assert from 'node:assert/strict';
import { before, after, suite, test } from 'node:test';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { commitSnapshot } from '../../lib/store/snapshots.ts';
import { createDirectoryStore } from '../../lib/store/directory.ts';
import type { Headroom } from '../../lib/packing/headroom.ts';
import type { KubeObject } from '../support/apiserver/objects.ts';
import { refusal, runCli, type CliResult } from '../support/cli.ts';
import { take } from '../support/history.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'kube-binpack-test-'));

const node = (name: string, cpu: string, labels: Record<string, string> = {}): KubeObject => ({
  metadata: {
    name,
    labels: { 'karpenter.sh/nodepool': 'general', 'node.kubernetes.io/instance-type': 'm.large', ...labels },
  },
  spec: {},
  status: {
    allocatable: { cpu, memory: '16Gi', pods: '10' },
    capacity: { cpu, memory: '16Gi', pods: '10' },
    conditions: [{ type: 'Ready', status: 'True' }],
  },
});

const pod = (name: string, nodeName: string, cpu: string, owned = true): KubeObject => ({
  metadata: {
    name,
    namespace: 'shop',
    ...(owned && {
      ownerReferences: [
        { apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'web', uid: 'u', controller: true },
      ],
    }),
  },
  spec: {
    nodeName,
    containers: [{ name: 'web', image: 'web', resources: { requests: { cpu, memory: '1Gi' } } }],
  },
  status: { phase: 'Running' },
});

before(async () => {
  const nodes = [
    node('a', '4'),
    node('b', '4'),
    node('c', '4'),
    node('d', '4', { 'kubernetes.io/arch': 'arm64' }),
  ];
  const pods = [
    pod('web-0', 'a', '1'),
    pod('web-1', 'b', '1'),
    pod('web-2', 'c', '1'),
    pod('alone', 'd', '500m', false),
  ];
  const snapshot = take({ nodes, pods }, new Date('2026-11-21T07:45:00Z'));
  await commitSnapshot(
    createDirectoryStore(path.join(folder, 'snapshots')),
    snapshot,
    AbortSignal.timeout(10_000),
  );
});
after(() => rmSync(folder, { recursive: true }));

async function run(...args: string[]): Promise<CliResult> {
  return runCli(args, { cwd: folder });
}

async function json(...args: string[]): Promise<unknown> {
  const { code, stdout, stderr } = await run(...args, '--output', 'json');
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout);
}

suite('repack', () => {
  test('says the interval, what to drain, and why the others stay', async () => {
    const { code, stdout, stderr } = await run('repack');
    assert.equal(code, 0, stderr);
    const [headline, , ...rest] = stdout.split('\n');
    // 3.5 cores fit onto one node of 4; the pod that nothing would make again holds its node
    assert.equal(headline, 'prod at 20261121T074500Z: at least 1 nodes, 1 found, 4 running');
    assert.deepEqual(
      rest.filter((line) => /^[a-d] /.test(line)).map((line) => line.split(/ +/)),
      [
        ['a', 'general', 'm.large', '1', '1'],
        ['b', 'general', 'm.large', '1', '1'],
        ['c', 'general', 'm.large', '1', '1'],
      ],
    );
    assert.match(stdout, /\nno controller +1 +d\n/);
  });

  test('as JSON names each move; the same again', async () => {
    const first = (await json('repack')) as { drains: { node: string; moves: unknown[] }[]; saving: unknown };
    assert.deepEqual(first.drains[0], {
      node: 'a',
      nodePool: 'general',
      instanceType: 'm.large',
      moves: [{ workload: 'shop/web', to: 'd', pods: 1 }],
    });
    assert.equal(first.saving, null);
    assert.deepEqual(await json('repack'), first);
  });

  test('with prices says what is saved', async () => {
    writeFileSync(path.join(folder, 'prices.yaml'), 'instanceTypes: { m.large: 0.1 }\n');
    const { stdout } = await run('repack', '--prices', 'prices.yaml');
    assert.match(stdout, /; that saves \$0\.30 an hour, \$219 a month\n/);
    writeFileSync(path.join(folder, 'wrong.yaml'), 'instanceTypes: { m.large: cheap }\n');
    assert.match(
      refusal(await run('repack', '--prices', 'wrong.yaml'), 2),
      /^prices wrong\.yaml: instanceTypes\.m\.large: /,
    );
    assert.match(
      refusal(await run('repack', '--prices', 'none.yaml'), 2),
      /^could not read the prices none\.yaml/,
    );
  });

  test('beyond its time gives the bound, and says so', async () => {
    const { stdout, stderr } = await run('repack', '--budget', '0');
    assert.match(stdout, /: at least 1 nodes, none found in time, 4 running\n/);
    assert.match(stderr, /time ran out: only the lower bound was computed/);
  });
});

suite('fit', () => {
  const fit = async (...args: string[]): Promise<Headroom> => (await json('fit', ...args)) as Headroom;

  test('counts by node and pool, with what stops the next', async () => {
    const found = await fit('--cpu', '1500m', '--memory', '1Gi');
    assert.equal(found.total, 8);
    assert.deepEqual(
      found.nodes.map(({ node: name, fits, stoppedBy }) => [name, fits, stoppedBy]),
      [
        ['a', 2, 'cpu'],
        ['b', 2, 'cpu'],
        ['c', 2, 'cpu'],
        ['d', 2, 'cpu'],
      ],
    );
    // 12.5 cores are free: 8 pods of them in sum
    assert.equal(found.loss, 0);
    const { stdout } = await run('fit', '--cpu', '2', '--selector', 'kubernetes.io/arch=arm64');
    assert.match(stdout, /^prod at 20261121T074500Z: 1 more pods of cpu 2 fit; 0\.0 % /);
    assert.match(stdout, /general +4 +1 +node affinity \(3\), cpu \(1\)\n/);
  });

  test('of a manifest, completed as the API server would: what is limited is requested', async () => {
    const template = {
      spec: { containers: [{ name: 'a', image: 'a', resources: { limits: { cpu: '3' } } }] },
    };
    const manifest = {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'x' },
      spec: { template },
    };
    writeFileSync(path.join(folder, 'deployment.json'), JSON.stringify(manifest));
    assert.equal((await fit('--file', 'deployment.json')).total, 4);
    const cronJob = {
      kind: 'CronJob',
      metadata: { name: 'x' },
      spec: { jobTemplate: { spec: { template } } },
    };
    writeFileSync(path.join(folder, 'cronjob.json'), JSON.stringify(cronJob));
    assert.equal((await fit('--file', 'cronjob.json')).total, 4);
  });

  test('of a workload that runs', async () => {
    assert.equal((await fit('--like', 'shop/web')).total, 12);
  });

  test('refuses what is no pod', async () => {
    const said = async (...args: string[]): Promise<string> => refusal(await run('fit', ...args), 2);
    assert.match(
      await said(),
      /^say what the pod asks for \(--cpu, --memory, --gpu, --request\), or give --file or --like$/,
    );
    assert.match(await said('--cpu', 'abc'), /^cpu "abc" is not a quantity such as 2, 500m or 4Gi$/);
    assert.match(await said('--request', 'gpu'), /^--request "gpu": must be name=value/);
    assert.match(await said('--cpu', '1', '--tolerate', '='), /^--tolerate "=": must be key/);
    assert.match(await said('--like', 'shop/nothing'), /^there is no workload shop\/nothing in snapshot/);
    writeFileSync(
      path.join(folder, 'service.yaml'),
      'kind: Service\nmetadata: { name: x }\nspec: { ports: [] }\n',
    );
    assert.match(await said('--file', 'service.yaml'), /^service\.yaml: a Service has no pod template/);
    assert.match(await said('--file', 'none.yaml'), /^could not read none\.yaml/);
  });
});
