import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Summary } from '../../../lib/model/snapshot.ts';
import { gaugeSets } from '../../../lib/metrics/gauges.ts';
import { clusterSeries, groupSeries, nodeSeries, type Series } from '../../../lib/metrics/series.ts';
import { nodeRow, ruleReadiness, summary } from '../../support/snapshots.ts';

/** `Utilization{ClusterName=prod,Resource=cpu}` -> its value. */
function flat(series: Iterable<Series>): Record<string, Series['value']> {
  return Object.fromEntries(
    Array.from(series, ({ gauge, dimensions, value }) => [
      `${gauge.name}{${dimensions.map((pair) => pair.join('=')).join(',')}}`,
      value,
    ]),
  );
}

const cpu: Summary['resources'][string] = {
  capacity: 110,
  allocatable: 100,
  allocated: 60,
  daemonSet: 5,
  pending: 7,
  free: 40,
  usableFree: 30,
  stranded: null,
  utilization: 0.6,
  nodeUtilization: null,
};

const group: Summary['groups'][number] = {
  labels: ['pool', 'zone'],
  values: ['web', 'a'],
  nodes: 3,
  pods: 20,
  resources: { cpu: { allocatable: 10, allocated: 4, daemonSet: 1, free: 6, utilization: 0.4 } },
};

suite('series', () => {
  test('of a cluster: what is unknown is not published', () => {
    const about = summary({
      cluster: 'prod',
      scheduledAt: '2026-11-21T07:45:00.000Z',
      durationMs: 1200,
      resources: { cpu },
      packing: null,
      problems: [
        { reason: 'A', count: 2, examples: [] },
        { reason: 'B', count: 3, examples: [] },
      ],
    });
    const published = flat(
      clusterSeries(about, ['cpu', 'nvidia.com/gpu'], new Map([['cpu', [0.5, 0.7, 0.5]]]), 'all'),
    );
    const of = (name: string): unknown => published[`${name}{ClusterName=prod}`];
    const ofCpu = (name: string): unknown => published[`${name}{ClusterName=prod,Resource=cpu}`];
    assert.equal(of('SnapshotSuccess'), 1);
    assert.equal(of('SnapshotDuration'), 1200);
    assert.equal(of('SnapshotProblems'), 5);
    assert.equal(of('SnapshotTimestamp'), 1795247100);
    assert.equal(of('Nodes'), about.nodes.total);
    assert.equal(of('NotReadyNodes'), about.nodes.notReady + about.nodes.unknown);
    assert.equal(of('PendingPods'), about.pods.pending);
    assert.equal(of('LowerBoundNodes'), undefined);
    assert.equal(ofCpu('Utilization'), 0.6);
    assert.equal(ofCpu('Allocatable'), 100);
    assert.equal(ofCpu('Allocated'), 60);
    assert.equal(ofCpu('DaemonSetAllocated'), 5);
    assert.equal(ofCpu('PendingRequests'), 7);
    assert.equal(ofCpu('Free'), 40);
    assert.equal(ofCpu('UsableFree'), 30);
    assert.equal(ofCpu('Stranded'), undefined);
    assert.deepEqual(ofCpu('NodeUtilization'), [
      [0.5, 2],
      [0.7, 1],
    ]);
    assert.ok(!Object.keys(published).some((name) => name.includes('nvidia')), 'a resource that no node has');
  });

  test('of a readiness rule: what it counts; without a taint nothing of taints', () => {
    const untainted = {
      withTaint: null,
      withoutTaint: null,
      readyWithTaint: null,
      failingWithoutTaint: null,
    };
    const about = summary({ readiness: [ruleReadiness(), ruleReadiness({ rule: 'gpu', ...untainted })] });
    const ofRules = (audience: 'paid' | 'all'): Record<string, Series['value']> =>
      Object.fromEntries(
        Object.entries(flat(clusterSeries(about, [], new Map(), audience))).filter(([name]) =>
          name.startsWith('Readiness'),
        ),
      );
    const paid = {
      'ReadinessApplicable{ClusterName=prod,Rule=cni}': 4,
      'ReadinessReady{ClusterName=prod,Rule=cni}': 2,
      'ReadinessNotReady{ClusterName=prod,Rule=cni}': 1,
      'ReadinessUnknown{ClusterName=prod,Rule=cni}': 1,
      'ReadinessUntaintedFailing{ClusterName=prod,Rule=cni}': 1,
      'ReadinessApplicable{ClusterName=prod,Rule=gpu}': 4,
      'ReadinessReady{ClusterName=prod,Rule=gpu}': 2,
      'ReadinessNotReady{ClusterName=prod,Rule=gpu}': 1,
      'ReadinessUnknown{ClusterName=prod,Rule=gpu}': 1,
    };
    assert.deepEqual(ofRules('paid'), paid);
    assert.deepEqual(ofRules('all'), { ...paid, 'ReadinessTaintedReady{ClusterName=prod,Rule=cni}': 1 });
  });

  test('of a group: its labels and values are dimensions', () => {
    const published = flat(groupSeries('prod', group, ['cpu', 'memory'], 'all'));
    const at = 'GroupName=pool,zone,GroupValue=web,a';
    assert.deepEqual(published, {
      [`Nodes{ClusterName=prod,${at}}`]: 3,
      [`Pods{ClusterName=prod,${at}}`]: 20,
      [`Utilization{ClusterName=prod,Resource=cpu,${at}}`]: 0.4,
      [`Allocatable{ClusterName=prod,Resource=cpu,${at}}`]: 10,
      [`Allocated{ClusterName=prod,Resource=cpu,${at}}`]: 4,
      [`DaemonSetAllocated{ClusterName=prod,Resource=cpu,${at}}`]: 1,
      [`DaemonSetRatio{ClusterName=prod,Resource=cpu,${at}}`]: 0.1,
      [`Free{ClusterName=prod,Resource=cpu,${at}}`]: 6,
    });
  });

  test('of a group whose label is there and empty', () => {
    const empty = { ...group, labels: ['pool'], values: [''] };
    const [paid] = groupSeries('prod', empty, [], 'paid');
    assert.deepEqual(
      paid?.dimensions.at(-1),
      ['GroupValue', '<empty>'],
      'CloudWatch takes no empty dimension',
    );
    const [free] = groupSeries('prod', empty, [], 'all');
    assert.deepEqual(free?.dimensions.at(-1), ['GroupValue', '']);
  });

  test('of a node: only the resources that are asked for', () => {
    const published = flat(nodeSeries(nodeRow({ cluster: 'prod', node: 'n1' }), ['cpu', 'pods'], 'all'));
    assert.deepEqual(published, {
      'Utilization{ClusterName=prod,Resource=cpu,NodeName=n1}': 0.25,
      'Allocated{ClusterName=prod,Resource=cpu,NodeName=n1}': 1,
      'Allocatable{ClusterName=prod,Resource=cpu,NodeName=n1}': 4,
      'DaemonSetAllocated{ClusterName=prod,Resource=cpu,NodeName=n1}': 0,
      'DaemonSetRatio{ClusterName=prod,Resource=cpu,NodeName=n1}': 0,
    });
  });

  test('every series has the dimensions that the table says', () => {
    const about = summary({ resources: { cpu }, groups: [group], readiness: [ruleReadiness()] });
    const all = [
      ...clusterSeries(about, ['cpu'], new Map([['cpu', [0.5]]]), 'all'),
      ...groupSeries('prod', group, ['cpu'], 'all'),
      ...nodeSeries(nodeRow(), ['cpu'], 'all'),
    ];
    for (const { scope, gauge, dimensions } of all) {
      const sets = gaugeSets.filter(
        (set) => set.scope === scope && set.gauges.some((each) => each === gauge),
      );
      assert.equal(sets.length, 1, gauge.name);
      assert.deepEqual(
        dimensions.map(([name]) => name),
        sets[0]?.dimensions,
        gauge.name,
      );
    }
  });

  test('of very many nodes: a distribution is rounded until it has 150 values, and loses none', () => {
    const many = Array.from({ length: 5000 }, (_, index) => index / 1000);
    const series = [
      ...clusterSeries(summary({ resources: { cpu } }), ['cpu'], new Map([['cpu', many]]), 'all'),
    ];
    const distribution = series.find(({ gauge }) => gauge.name === 'NodeUtilization')?.value;
    assert.ok(Array.isArray(distribution));
    assert.ok(distribution.length <= 150 && distribution.length > 60, String(distribution.length));
    assert.equal(
      distribution.reduce((sum: number, [, count]) => sum + count, 0),
      5000,
    );
    assert.deepEqual(
      distribution.slice(0, 2).map(([value]) => value),
      [0, 0.04],
    );
    assert.equal(distribution.at(-1)?.[0], 5);
  });
});
