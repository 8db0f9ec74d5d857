import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { suite, test } from 'node:test';
import { PublishError } from '../../../lib/errors.ts';
import { createPrometheusFile } from '../../../lib/metrics/prometheus-file.ts';
import { prometheusText } from '../../../lib/metrics/prometheus.ts';
import { errorOf, recordedLog } from '../../support/cluster-under-test.ts';
import { temporaryFolder } from '../../support/kubeconfig.ts';
import { nodeAmounts, nodeRow, resourceSummary, ruleReadiness, summary } from '../../support/snapshots.ts';

const { signal } = new AbortController();
const publication = {
  summary: summary({
    cluster: 'prod',
    resources: {
      cpu: resourceSummary({
        allocatable: 8,
        allocated: 6,
        nodeUtilization: { min: 0.1, p10: 0.2, p50: 0.5, p90: 0.9, p99: 0.95, max: 1, mean: 0.5 },
      }),
    },
    readiness: [ruleReadiness(), ruleReadiness({ rule: 'gpu' })],
    groups: [
      {
        labels: ['pool'],
        values: ['we"b\\\n'],
        nodes: 2,
        pods: 7,
        resources: { cpu: { allocatable: 8, allocated: 6, daemonSet: 1, free: 2, utilization: 0.75 } },
      },
    ],
  }),
  nodes: [
    nodeRow({ cluster: 'prod', node: 'n1', resources: { cpu: nodeAmounts(4, 3) } }),
    nodeRow({ cluster: 'prod', node: 'n2', resources: { cpu: nodeAmounts(0, 3) } }),
  ],
};

suite('gauges for Prometheus', () => {
  const text = prometheusText([publication], ['cpu']);
  const lines = text.split('\n');

  test('they have the names of the exporter, so that its queries go on working', () => {
    for (const line of [
      'kube_binpacking_cluster_allocated{cluster="prod",resource="cpu"} 6',
      'kube_binpacking_cluster_allocatable{cluster="prod",resource="cpu"} 8',
      'kube_binpacking_cluster_utilization_ratio{cluster="prod",resource="cpu"} 0.75',
      'kube_binpacking_cluster_node_count{cluster="prod"} 2',
      'kube_binpacking_node_allocated{cluster="prod",resource="cpu",node="n1"} 3',
      'kube_binpacking_node_allocatable{cluster="prod",resource="cpu",node="n1"} 4',
      'kube_binpacking_node_utilization_ratio{cluster="prod",resource="cpu",node="n1"} 0.75',
      'kube_binpacking_node_daemonset_overhead{cluster="prod",resource="cpu",node="n1"} 0',
      'kube_binpacking_node_daemonset_overhead_ratio{cluster="prod",resource="cpu",node="n1"} 0',
      'kube_binpacking_cluster_daemonset_overhead_ratio{cluster="prod",resource="cpu"} 0',
      'kube_binpacking_group_node_count{cluster="prod",label_group="pool",label_group_value="we\\"b\\\\\\n"} 2',
      'kube_binpacking_group_utilization_ratio{cluster="prod",resource="cpu",label_group="pool",label_group_value="we\\"b\\\\\\n"} 0.75',
      'kube_binpacking_cluster_readiness_ready_node_count{cluster="prod",rule="cni"} 2',
      'kube_binpacking_cluster_readiness_untainted_failing_node_count{cluster="prod",rule="gpu"} 1',
      'kube_binpacking_cluster_snapshot_duration_seconds{cluster="prod"} 1.234',
      'kube_binpacking_cluster_snapshot_timestamp_seconds{cluster="prod"} 1795247100',
      'kube_binpacking_cluster_node_utilization_ratio{cluster="prod",resource="cpu",quantile="0.99"} 0.95',
    ])
      assert.ok(lines.includes(line), line);
  });

  test('what is unknown has no sample', () => {
    assert.ok(
      !text.includes('kube_binpacking_node_utilization_ratio{cluster="prod",resource="cpu",node="n2"}'),
    );
    assert.ok(!text.includes('NaN') && !text.includes('null'));
  });

  test('each family stands once, in a row, with its help and type', () => {
    const sample = /^[a-z_]+\{(?:[a-z_]+="(?:[^"\\\n]|\\["\\n])*",?)+\} (?:-?[\d.e+-]+)$/;
    const seen: string[] = [];
    for (const [index, line] of lines.slice(0, -1).entries()) {
      if (line.startsWith('# HELP ')) {
        const name = line.split(' ')[2] ?? '';
        assert.equal(lines[index + 1], `# TYPE ${name} gauge`);
        assert.ok(!seen.includes(name), name);
        seen.push(name);
      } else if (!line.startsWith('# TYPE ')) {
        assert.match(line, sample);
        assert.equal(line.slice(0, line.indexOf('{')), seen.at(-1));
      }
    }
    assert.ok(seen.length > 20, `${seen.length} families`);
    assert.equal(lines.at(-1), '');
  });
});

suite('gauges in a file', () => {
  test('it is written whole, replaces the one before, and leaves nothing else behind', async (t) => {
    const folder = temporaryFolder(t);
    const publisher = createPrometheusFile(folder.at('binpack.prom'), ['cpu'], recordedLog());
    await publisher.publish({ ...publication, nodes: [] }, signal);
    await publisher.publish(publication, signal);
    assert.equal(readFileSync(folder.at('binpack.prom'), 'utf8'), prometheusText([publication], ['cpu']));
    assert.deepEqual(readdirSync(folder.at('.')), ['binpack.prom']);
  });

  test('a folder that is not there is told in a sentence', async (t) => {
    const file = temporaryFolder(t).at('nowhere/binpack.prom');
    const error = await errorOf(
      createPrometheusFile(file, ['cpu'], recordedLog()).publish(publication, signal),
    );
    assert.ok(error instanceof PublishError);
    assert.match(
      error.message,
      /^could not write the gauges to .*nowhere\/binpack\.prom: ENOENT.*choose another file with --prometheus$/,
    );
  });

  test('a folder in the place of the file is told in a sentence, and nothing stays behind', async (t) => {
    const folder = temporaryFolder(t);
    mkdirSync(folder.at('binpack.prom'));
    chmodSync(folder.at('binpack.prom'), 0o755);
    const error = await errorOf(
      createPrometheusFile(folder.at('binpack.prom'), ['cpu'], recordedLog()).publish(publication, signal),
    );
    assert.ok(error instanceof PublishError);
    assert.deepEqual(readdirSync(folder.at('.')), ['binpack.prom']);
  });
});
