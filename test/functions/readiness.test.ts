/** Readiness rules from a config file to the tables, rows, gauges and prices that come of them. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, suite, test } from 'node:test';
import type { Summary } from '../../lib/model/snapshot.ts';
import { createDirectoryStore } from '../../lib/store/directory.ts';
import { readRows } from '../../lib/store/snapshots.ts';
import type { KubeObject } from '../support/apiserver/objects.ts';
import { startApiServer, type ApiServer } from '../support/apiserver/server.ts';
import { messages, refusal, runCli, type CliResult } from '../support/cli.ts';
import { temporaryFolder } from '../support/kubeconfig.ts';

const { signal } = new AbortController();
const readme = readFileSync(path.join(import.meta.dirname, '..', '..', 'README.md'), 'utf8');
/** The rule and the table that the README shows. */
const [, rules = '', table = ''] =
  /(readinessRules:\n[\s\S]*?)```\n\n```text\n(READINESS [\s\S]*?)```/.exec(readme) ?? [];

const network = 'cniplugin.example.net/NetworkReady';
const taint = { key: 'readiness.k8s.io/network-unavailable', effect: 'NoSchedule' };
const slot = ['--scheduled-at', '2026-11-21T07:45:00Z'];

function node(name: string, status: string | null, tainted: boolean, os = 'linux'): KubeObject {
  const allocatable = { cpu: '4', memory: '16Gi', pods: '110' };
  return {
    metadata: { name, labels: { 'kubernetes.io/os': os } },
    spec: { taints: tainted ? [taint] : [] },
    status: {
      allocatable,
      capacity: allocatable,
      conditions: [
        { type: 'Ready', status: 'True' },
        ...(status === null ? [] : [{ type: network, status }]),
      ],
    },
  };
}

const nodes = [
  node('node-a', 'True', false),
  node('node-b', 'True', true),
  node('node-c', 'False', true),
  node('node-d', null, false),
  node('node-w', 'False', false, 'windows'),
];

suite('readiness rules', () => {
  const late: { server: ApiServer | null } = { server: null };
  before(async () => void (late.server = await startApiServer({ nodes, pods: [] })));
  after(() => late.server?.close());

  test('of the README give what it shows, in every form', async (t) => {
    const folder = temporaryFolder(t);
    const KUBECONFIG = folder.write('kubeconfig', late.server?.kubeconfig() ?? '');
    folder.write('c.yaml', `cluster: prod\nprometheus: gauges.prom\n${rules}`);
    const run = async (...args: string[]): Promise<CliResult> => {
      const result = await runCli(args, { cwd: folder.at(''), env: { KUBECONFIG } });
      assert.equal(result.code, 0, result.stderr);
      return result;
    };
    const { stdout } = await run('snapshot', '--config', 'c.yaml', ...slot);
    assert.ok(table.startsWith('READINESS  APPLICABLE') && stdout.endsWith(`\n\n${table}`), stdout);
    assert.ok((await run('show')).stdout.endsWith(`\n\n${table}`));

    const summary = JSON.parse((await run('show', '--output', 'json')).stdout) as Summary;
    assert.deepEqual(summary.readiness, [
      {
        rule: 'cni',
        applicable: 4,
        ready: 2,
        notReady: 1,
        unknown: 1,
        withTaint: 2,
        withoutTaint: 2,
        readyWithTaint: 1,
        failingWithoutTaint: 1,
        conditions: [{ type: network, requiredStatus: 'True', satisfied: 2, unsatisfied: 1, missing: 1 }],
        failing: 2,
        failingNodes: ['node-c', 'node-d'],
      },
    ]);
    const rows = await readRows(createDirectoryStore(folder.at('snapshots')), summary, 'nodes', signal);
    assert.deepEqual(Object.fromEntries(rows.map(({ node, readiness }) => [node, readiness])), {
      'node-a': { cni: 'ready' },
      'node-b': { cni: 'ready' },
      'node-c': { cni: 'notReady' },
      'node-d': { cni: 'unknown' },
      'node-w': {},
    });

    const gauges = readFileSync(folder.at('gauges.prom'), 'utf8').split('\n');
    const ofRule = gauges.filter((line) => line.startsWith('kube_binpacking_cluster_readiness_'));
    assert.deepEqual(ofRule, [
      'kube_binpacking_cluster_readiness_applicable_node_count{cluster="prod",rule="cni"} 4',
      'kube_binpacking_cluster_readiness_ready_node_count{cluster="prod",rule="cni"} 2',
      'kube_binpacking_cluster_readiness_not_ready_node_count{cluster="prod",rule="cni"} 1',
      'kube_binpacking_cluster_readiness_unknown_node_count{cluster="prod",rule="cni"} 1',
      'kube_binpacking_cluster_readiness_untainted_failing_node_count{cluster="prod",rule="cni"} 1',
      'kube_binpacking_cluster_readiness_tainted_ready_node_count{cluster="prod",rule="cni"} 1',
    ]);
    const costs = JSON.parse((await run('cost', '--output', 'json')).stdout) as {
      gauge: string;
      series: number;
    }[];
    assert.deepEqual(
      costs.flatMap(({ gauge, series }) => (gauge.startsWith('Readiness') ? [[gauge, series]] : [])),
      [
        ['ReadinessApplicable', 1],
        ['ReadinessReady', 1],
        ['ReadinessNotReady', 1],
        ['ReadinessUnknown', 1],
        ['ReadinessUntaintedFailing', 1],
      ],
    );
    const sql = 'SELECT rule, ready, failingWithoutTaint FROM readiness';
    const asked = await run('query', sql, '--since', '520w', '--output', 'json');
    assert.deepEqual(JSON.parse(asked.stdout), [{ rule: 'cni', ready: 2, failingWithoutTaint: 1 }]);

    const again = await run('snapshot', '--cluster', 'prod', ...slot);
    assert.deepEqual(messages(again, 'warn'), [
      'the readiness rules of that snapshot are cni, and not none, as asked for now',
    ]);
  });

  test('that are wrong are refused by every command, with the place of every problem', async (t) => {
    const folder = temporaryFolder(t);
    folder.write(
      'c.yaml',
      'readinessRules:\n  - name: a b\n    conditions: [{ type: Ready, status: True }]\n',
    );
    const name =
      'must be 1 to 63 letters, digits, dashes, dots and underscores, with a letter or digit at both ends';
    for (const command of ['snapshot', 'check', 'show'])
      assert.equal(
        refusal(await runCli([command, '--config', 'c.yaml'], { cwd: folder.at('') }), 2),
        `readinessRules in c.yaml, [0].name: ${name}; readinessRules in c.yaml, [0].conditions[0]: has no status (there are type, requiredStatus)`,
      );
    const flag = await runCli(['snapshot', '--readiness-rules', '[{'], { cwd: folder.at('') });
    assert.equal(refusal(flag, 2), '--readiness-rules "[{": must be JSON');
  });

  test('where there are none, nothing is said of them', async (t) => {
    const folder = temporaryFolder(t);
    const KUBECONFIG = folder.write('kubeconfig', late.server?.kubeconfig() ?? '');
    const line = ['snapshot', '--cluster', 'prod', '--prometheus', 'gauges.prom'];
    const { stdout, stderr } = await runCli(line, { cwd: folder.at(''), env: { KUBECONFIG } });
    assert.doesNotMatch(stdout + stderr, /readiness/i);
    assert.doesNotMatch(readFileSync(folder.at('gauges.prom'), 'utf8'), /readiness/);
  });
});
