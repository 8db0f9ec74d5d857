/** `show --node`, as a user runs it. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, suite, test } from 'node:test';
import type { NodeExplanation } from '../../lib/packing/explain/explain.ts';
import { createDirectoryStore } from '../../lib/store/directory.ts';
import { commitSnapshot } from '../../lib/store/snapshots.ts';
import { refusal, runCli, type CliResult } from '../support/cli.ts';
import { nodeAmounts, nodeRow, snapshot, workloadRow } from '../support/snapshots.ts';

const gib = 1024 ** 3;
const folder = mkdtempSync(path.join(tmpdir(), 'kube-binpack-'));
after(() => rmSync(folder, { recursive: true, force: true }));

async function run(...args: string[]): Promise<CliResult> {
  return runCli(['show', ...args], { cwd: folder });
}

async function shown(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await run(...args);
  assert.equal(code, 0, stderr);
  assert.equal(stderr, '');
  return stdout;
}

const resources = (cpu: number, memory: number, pods: number): ReturnType<typeof nodeRow>['resources'] => ({
  cpu: nodeAmounts(4, cpu),
  memory: nodeAmounts(16 * gib, memory * gib),
  pods: nodeAmounts(10, pods),
});
const nodes = [
  nodeRow({
    node: 'ip-10-0-0-1.internal',
    nodePool: 'general',
    instanceType: 'm.large',
    zone: 'z1',
    resources: resources(2.1, 14.25, 4),
    placements: [
      [0, 2],
      [1, 1],
      [2, 1],
    ],
  }),
  nodeRow({ node: 'ip-10-0-0-2.internal', resources: resources(0, 0, 0), placements: [] }),
  nodeRow({
    node: 'ip-10-0-0-22.internal',
    resources: resources(0.5, 14, 1),
    placements: [[3, 1]],
    unschedulable: true,
  }),
];
const workloads = [
  workloadRow({ index: 0, name: 'web', pods: 2, requests: { cpu: 0.75, memory: 6 * gib } }),
  workloadRow({ index: 1, name: 'shell', kind: 'Pod', pods: 1, requests: { cpu: 0.5, memory: 2 * gib } }),
  workloadRow({
    index: 2,
    name: 'agent',
    namespace: 'kube-system',
    kind: 'DaemonSet',
    daemonSet: true,
    pods: 1,
    requests: { cpu: 0.1, memory: gib / 4 },
  }),
  workloadRow({ index: 3, name: 'cache', pods: 1, requests: { cpu: 0.5, memory: 14 * gib } }),
];

/** Of this version, which reads what keeps pods on their node. */
const packing = { lowerBoundNodes: 2, repackedNodes: 2, nodes: 3, reclaimable: 1, balance: null };

before(async () => {
  const store = createDirectoryStore(path.join(folder, 'snapshots'));
  await commitSnapshot(
    store,
    snapshot({ nodes, workloads, summary: { packing } }),
    AbortSignal.timeout(10_000),
  );
});

suite('show --node', { concurrency: 2 }, () => {
  test('is a page about one node', async () => {
    // 1.75 GiB are free: of four pods that may run there only the DaemonSet's would fit, which is left out
    assert.equal(
      await shown('--node', 'ip-10-0-0-1.internal'),
      [
        'ip-10-0-0-1.internal of prod at 20261121T074500Z: not to be emptied, 1 pod may not leave',
        'node pool general, m.large, z1, amd64, linux, 20 days old, Ready',
        '',
        'RESOURCE  UTILIZATION           ALLOCATED  ALLOCATABLE  CAPACITY  DAEMONSETS      FREE',
        'cpu       ██████░░░░░░  52.5 %        2.1            4         4           0       1.9',
        'memory    ███████████░  89.1 %   14.3 GiB       16 GiB    16 GiB         0 B  1.75 GiB',
        'pods      █████░░░░░░░  40.0 %          4           10        10           0         6',
        '',
        'What fills it',
        'NAMESPACE  KIND        NAME   PODS  CPU  OF CPU  MEMORY  OF MEMORY',
        'default    Deployment  web       2  1.5  37.5 %  12 GiB     75.0 %',
        'default    Pod         shell     1  0.5  12.5 %   2 GiB     12.5 %',
        '',
        'DaemonSets and static pods, which go with it',
        'NAMESPACE    KIND       NAME   PODS  CPU  OF CPU   MEMORY  OF MEMORY',
        'kube-system  DaemonSet  agent     1  0.1   2.5 %  256 MiB      1.6 %',
        '',
        'Stranded: 100.0 % of the pods of the cluster that may run here (4) would not fit; memory stops 100.0 %',
        'RESOURCE      FREE  STRANDED    STOPS  STOPS ALONE',
        'cpu            1.9       1.9    0.0 %        0.0 %',
        'memory    1.75 GiB  1.75 GiB  100.0 %      100.0 %',
        'pods             6         6    0.0 %        0.0 %',
        '',
        'To empty it: pods that would move',
        'WORKLOAD     PODS  TO',
        'default/web     2  ip-10-0-0-2.internal',
        '',
        'To empty it: pods that may not leave',
        'WORKLOAD       PODS  BECAUSE OF',
        'default/shell     1  no controller',
        '',
      ].join('\n'),
    );
  });

  test('takes the beginning of a name that no other node has', async () => {
    const page = await shown('--node', 'ip-10-0-0-22');
    assert.match(
      page,
      /^ip-10-0-0-22\.internal of prod .*: could be emptied, 1 pod would go to 1 other node\n/,
    );
    assert.match(page, /\nStranded: not counted, since room here is not usable: it is cordoned\n/);
  });

  test('as JSON is everything, with its labels; as CSV its workloads', async () => {
    const explained = JSON.parse(
      await shown('--node', nodes[0]!.node, '--output', 'json'),
    ) as NodeExplanation;
    assert.deepEqual(Object.keys(explained), [
      ...['cluster', 'snapshotId', 'takenAt', 'node', 'instanceType', 'zone', 'nodePool', 'capacityType'],
      ...['arch', 'os', 'ready', 'unschedulable', 'taints', 'abnormalConditions', 'createdAt', 'labels'],
      ...['pods', 'ageSeconds', 'resources', 'workloads', 'stranding', 'emptying'],
    ]);
    assert.deepEqual(explained.emptying, {
      verdict: 'held',
      moves: [
        {
          index: 0,
          namespace: 'default',
          kind: 'Deployment',
          name: 'web',
          pods: 2,
          to: 'ip-10-0-0-2.internal',
        },
      ],
      held: [
        { index: 1, namespace: 'default', kind: 'Pod', name: 'shell', pods: 1, reason: 'no controller' },
      ],
      noPlace: [],
      notes: [],
    });
    assert.equal(
      await shown('--node', nodes[0]!.node, '--output', 'csv'),
      [
        'namespace,kind,name,pods,cpu,cpu.share,memory,memory.share',
        'default,Deployment,web,2,1.5,0.375,12884901888,0.75',
        'default,Pod,shell,1,0.5,0.125,2147483648,0.125',
        'kube-system,DaemonSet,agent,1,0.1,0.025,268435456,0.015625',
        '',
      ].join('\r\n'),
    );
  });

  test('refuses a name that is not there, or that several nodes share, with the nearest ones', async () => {
    assert.equal(
      refusal(await run('--node', 'ip-10-0-0-3.internal'), 2),
      'there is no node ip-10-0-0-3.internal in snapshot 20261121T074500Z of prod: the nearest names are ' +
        'ip-10-0-0-1.internal, ip-10-0-0-2.internal, ip-10-0-0-22.internal',
    );
    assert.equal(
      refusal(await run('--node', 'ip-10-0-0-2'), 2),
      '--node "ip-10-0-0-2": the names of 2 nodes begin so in snapshot 20261121T074500Z of prod, such as ' +
        'ip-10-0-0-2.internal, ip-10-0-0-22.internal: give more of it',
    );
    assert.match(
      refusal(await run('--node', '?'), 2),
      /^there is no node \? in snapshot .*: see show --nodes$/,
    );
    assert.equal(refusal(await run('--node', ''), 2), '--node "": must be the name of a node');
  });

  test('refuses flags that choose among rows', async () => {
    assert.equal(refusal(await run('--node', 'a', '--nodes'), 2), 'choose one of --nodes and --node');
    assert.equal(
      refusal(await run('--node', 'a', '--limit', '3'), 2),
      '--limit has no meaning with --node, which tells all about one node',
    );
  });
});
