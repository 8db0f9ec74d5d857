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
import { startApiServer } from '../support/apiserver/server.ts';
import { temporaryFolder } from '../support/kubeconfig.ts';
import type { Summary } from '../../lib/model/snapshot.ts';

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
    assert.equal(headline, 'prod at 20261121T074500Z: at least 1 node, 1 found, 4 running');
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
    writeFileSync(path.join(folder, 'top.yaml'), 'm.large: 0.1\n');
    assert.match(refusal(await run('repack', '--prices', 'top.yaml'), 2), /it should be instanceTypes: /);
    writeFileSync(path.join(folder, 'other.yaml'), 'nodePools: { spot: 0.1 }\n');
    assert.match(
      (await run('repack', '--prices', 'other.yaml')).stderr,
      /none of the nodes to drain has a price/,
    );
    assert.match(
      refusal(await run('repack', '--prices', 'none.yaml'), 2),
      /^could not read the prices none\.yaml/,
    );
  });

  test('beyond its time gives the bound, and says so', async () => {
    const { stdout, stderr } = await run('repack', '--budget', '0');
    assert.match(stdout, /: at least 1 node, 4 running; none was found in time\n/);
    assert.match(stderr, /time ran out: only the lower bound was computed/);
  });
});

suite('fit', () => {
  const fit = async (...args: string[]): Promise<Headroom> =>
    (await json('fit', '--at', 'latest', ...args)) as Headroom;

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
    const { stdout } = await run(
      'fit',
      '--at',
      'latest',
      '--cpu',
      '2',
      '--selector',
      'kubernetes.io/arch=arm64',
    );
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
    const said = async (...args: string[]): Promise<string> =>
      refusal(await run('fit', '--at', 'latest', ...args), 2);
    assert.match(
      // before any cluster is asked
      refusal(await run('fit', '--at', 'now'), 2),
      /^say what the pod asks for \(--cpu, --memory, --gpu, --request\), or give --file or --like$/,
    );
    assert.match(await said('--cpu=-1'), /^cpu "-1" is below 0$/);
    assert.match(await said('--gpu', '0.5'), /^nvidia\.com\/gpu "0\.5" is not whole: devices go one by one$/);
    assert.match(
      await said('--request', 'pods=3'),
      /^pods "3" is nothing that the scheduler keeps account of/,
    );
    assert.match(
      await said('--like', 'shop/web', '--cpu', '1'),
      /^--cpu is for a pod made of flags: leave it out, or --like$/,
    );
    assert.match(await said('--cpu', 'abc'), /^cpu "abc" is not a quantity such as 2, 500m or 4Gi$/);
    assert.match(await said('--request', 'gpu'), /^--request "gpu": must be name=value/);
    assert.match(await said('--cpu', '1', '--tolerate', '='), /^--tolerate "=": must be key/);
    assert.match(
      await said('--like', 'shop/nothing'),
      /^there is no workload shop\/nothing in prod at 20261121T074500Z: see show --workloads$/,
    );
    writeFileSync(
      path.join(folder, 'service.yaml'),
      'kind: Service\nmetadata: { name: x }\nspec: { ports: [] }\n',
    );
    assert.match(await said('--file', 'service.yaml'), /^service\.yaml: a Service has no pod template/);
    writeFileSync(path.join(folder, 'two.yaml'), 'kind: Pod\n---\nkind: Pod\n');
    assert.match(await said('--file', 'two.yaml'), /^two\.yaml holds several documents: give one of them$/);
    writeFileSync(path.join(folder, 'odd.yaml'), 'kind: Pod\nspec: { containers: [null] }\n');
    assert.match(await said('--file', 'odd.yaml'), /^odd\.yaml: each of containers must be a container$/);
    assert.match(await said('--file', 'none.yaml'), /^could not read none\.yaml/);
  });

  test('in the cluster as it is, where no snapshot is asked for; a placeholder makes way where it is left out', async (t) => {
    const placeholder = pod('warm-0', 'a', '3');
    const pods = [
      { ...placeholder, spec: { ...(placeholder['spec'] as object), priority: -10 } } as KubeObject,
    ];
    const server = await startApiServer({ nodes: [node('a', '4')], pods });
    t.after(() => server.close());
    const files = temporaryFolder(t);
    const env = { KUBECONFIG: files.write('kubeconfig', server.kubeconfig()) };
    const fits = async (...args: string[]): Promise<number> => {
      const { code, stdout, stderr } = await runCli(
        ['fit', '--cpu', '1', '--memory', '1Gi', '--output', 'json', ...args],
        { cwd: files.at(''), env },
      );
      assert.equal(code, 0, stderr);
      return (JSON.parse(stdout) as Headroom).total;
    };
    assert.equal(await fits(), 1);
    assert.equal(await fits('--exclude', 'placeholder'), 4);
    assert.match(
      refusal(await runCli(['fit', '--cpu', '1', '--exclude', 'pods'], { cwd: files.at(''), env }), 2),
      /^--exclude "pods": "pods" is none of virtual, control-plane, placeholder$/,
    );
  });
});

suite('a narrowed snapshot', () => {
  test('says nothing of packing, and is refused where room is asked for; the cluster is then read whole', async (t) => {
    const server = await startApiServer({ nodes: [node('a', '4')], pods: [pod('web-0', 'a', '3')] });
    t.after(() => server.close());
    const files = temporaryFolder(t);
    const env = {
      KUBECONFIG: files.write('kubeconfig', server.kubeconfig()),
      KUBE_BINPACK_NAMESPACE: 'other',
    };
    const ran = async (...args: string[]): Promise<CliResult> => runCli(args, { cwd: files.at(''), env });
    const { packing, resources } = JSON.parse((await ran('snapshot', '--output', 'json')).stdout) as Summary;
    assert.equal(packing, null);
    assert.ok(!('nMinusOne' in (resources['cpu'] ?? {})));
    for (const asked of [['repack'], ['fit', '--cpu', '1', '--at', 'latest'], ['show', '--node', 'a']])
      assert.match(
        refusal(await ran(...asked), 2),
        / is narrowed to namespace other: what room the other pods leave /,
      );
    const { total } = JSON.parse((await ran('fit', '--cpu', '1', '--output', 'json')).stdout) as Headroom;
    assert.equal(total, 1);
  });
});

suite('what is no ordinary part of a cluster', () => {
  test('is told of apart, and counts nowhere else where it is left out', async (t) => {
    const virtual = node('fargate-1', '1', { 'eks.amazonaws.com/compute-type': 'fargate' });
    const master = node('m', '2', { 'node-role.kubernetes.io/control-plane': '' });
    const server = await startApiServer({
      nodes: [node('a', '4'), virtual, master],
      pods: [pod('web-0', 'a', '1'), pod('job', 'fargate-1', '500m')],
    });
    t.after(() => server.close());
    const files = temporaryFolder(t);
    const env = { KUBECONFIG: files.write('kubeconfig', server.kubeconfig()) };
    const snapshot = async (at: string, ...args: string[]): Promise<Summary> => {
      const slot = ['--scheduled-at', `2026-11-21T${at}:00Z`, '--output', 'json'];
      const { code, stdout, stderr } = await runCli(['snapshot', ...slot, ...args], {
        cwd: files.at(''),
        env,
      });
      assert.equal(code, 0, stderr);
      return JSON.parse(stdout) as Summary;
    };
    const whole = await snapshot('07:45');
    assert.deepEqual([whole.nodes.total, whole.pods.counted, whole.resources['cpu']?.allocatable], [3, 2, 7]);
    // the virtual node goes with its pod; the control plane stays, and has no taint that keeps the other pod away
    assert.deepEqual([whole.packing?.lowerBoundNodes, whole.packing?.nodes], [1, 2]);
    const { virtual: apart } = whole.apart ?? {};
    assert.deepEqual(
      [apart?.excluded, apart?.nodes, apart?.pods, apart?.requests['cpu']],
      [false, 1, 1, 0.5],
    );
    const rest = await snapshot('07:50', '--exclude', 'virtual,control-plane');
    assert.deepEqual([rest.nodes.total, rest.pods.counted, rest.pods.excluded], [1, 1, 1]);
    assert.equal(rest.resources['cpu']?.allocatable, 4);
    assert.deepEqual(
      Object.entries(rest.apart ?? {}).map(([kind, { excluded, nodes }]) => [kind, excluded, nodes]),
      [
        ['virtual', true, 1],
        ['control-plane', true, 1],
      ],
    );
    const shown = await runCli(['show'], { cwd: files.at('') });
    assert.match(
      shown.stdout,
      /\n {2}virtual: 1 node, 1 pod asking for cpu 0\.5, memory 1 GiB, left out of all else\n/,
    );
    const again = await runCli(['snapshot', '--scheduled-at', '2026-11-21T07:50:00Z'], {
      cwd: files.at(''),
      env,
    });
    assert.match(
      again.stderr,
      /that snapshot leaves out what is virtual, which --exclude does not ask for now/,
    );
  });
});

suite('what keeps a pod on its node', () => {
  test('is stored, and respected; local storage may be given up', async (t) => {
    const pinned = (
      name: string,
      nodeName: string,
      annotations: object,
      volumes: object[] = [],
    ): KubeObject => {
      const plain = pod(name, nodeName, '500m') as { metadata: object; spec: object };
      return {
        ...plain,
        metadata: { ...plain.metadata, annotations },
        spec: { ...plain.spec, volumes },
      } as unknown as KubeObject;
    };
    const server = await startApiServer({
      nodes: ['a', 'b', 'c', 'd'].map((name) => node(name, '4')),
      pods: [
        pinned('web-0', 'a', { 'karpenter.sh/do-not-disrupt': 'true' }),
        pinned('web-1', 'b', { 'cluster-autoscaler.kubernetes.io/safe-to-evict': 'false' }),
        pinned('web-2', 'c', {}, [{ name: 'scratch', emptyDir: {} }]),
        pinned('web-3', 'd', {}, [{ name: 'scratch', emptyDir: { medium: 'Memory' } }]),
      ],
    });
    t.after(() => server.close());
    const files = temporaryFolder(t);
    const env = { KUBECONFIG: files.write('kubeconfig', server.kubeconfig()) };
    const drains = async (...args: string[]): Promise<string[]> => {
      const { stdout } = await runCli(['repack', '--at', 'now', '--output', 'json', ...args], {
        cwd: files.at(''),
        env,
      });
      return (JSON.parse(stdout) as { drains: { node: string }[] }).drains.map((drain) => drain.node);
    };
    assert.deepEqual(await drains(), ['d']);
    assert.deepEqual(await drains('--move-local-storage'), ['c', 'd']);
    const { stdout } = await runCli(['repack', '--at', 'now'], { cwd: files.at(''), env });
    assert.match(stdout, /\ndo-not-disrupt +1 +a\n/);
    assert.match(stdout, /\nsafe-to-evict +1 +b\n/);
    assert.match(stdout, /\nlocal storage +1 +c\n/);
  });
});
