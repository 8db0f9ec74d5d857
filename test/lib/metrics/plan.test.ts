import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { planSeries, type PlanOptions } from '../../../lib/metrics/plan.ts';
import { nodeAmounts, nodeRow, summary } from '../../support/snapshots.ts';

/** Nodes n0, n1, ... of so much utilization, two series each. */
function rows(...utilizations: readonly number[]): ReturnType<typeof nodeRow>[] {
  return utilizations.map((utilization, index) =>
    nodeRow({ cluster: 'prod', node: `n${index}`, resources: { cpu: nodeAmounts(1, utilization) } }),
  );
}

function plan(
  about: Partial<PlanOptions>,
  nodes = rows(0.5, 0.9, 0.1, 0.7, 0.3),
  groups: Parameters<typeof summary>[0] = {},
): {
  readonly nodes: string[];
  readonly groups: number;
  readonly count: number;
  readonly warnings: readonly string[];
} {
  const options: PlanOptions = {
    resources: ['cpu'],
    nodeMetrics: { kind: 'all' },
    maxMetrics: 1000,
    ...about,
  };
  const { series, warnings } = planSeries(
    { summary: summary({ resources: {}, groups: [], ...groups }), nodes },
    options,
  );
  const all = [...series];
  const named = all
    .filter(({ scope }) => scope === 'node')
    .map(({ dimensions }) => dimensions.at(-1)?.[1] ?? '');
  const ofGroups = all.filter(({ scope }) => scope === 'group');
  return {
    nodes: [...new Set(named)],
    groups: new Set(ofGroups.map(({ dimensions }) => dimensions.at(-1)?.[1])).size,
    count: all.length,
    warnings,
  };
}

const fixed = plan({ nodeMetrics: { kind: 'none' } }).count;

suite('which nodes are published', () => {
  test('all, in their order', () => {
    const { nodes, warnings } = plan({});
    assert.deepEqual(nodes, ['n0', 'n1', 'n2', 'n3', 'n4']);
    assert.deepEqual(warnings, []);
  });

  test('none', () => {
    assert.deepEqual(plan({ nodeMetrics: { kind: 'none' } }).nodes, []);
  });

  test('the fullest and the emptiest', () => {
    assert.deepEqual(plan({ nodeMetrics: { kind: 'top', n: 1 } }).nodes, ['n1', 'n2']);
    assert.deepEqual(plan({ nodeMetrics: { kind: 'top', n: 2 } }).nodes, ['n1', 'n2', 'n3', 'n4']);
    assert.deepEqual(plan({ nodeMetrics: { kind: 'top', n: 50 } }).nodes.length, 5);
  });

  test('a node is as full as its fullest resource', () => {
    const lopsided = [
      nodeRow({ node: 'balanced', resources: { cpu: nodeAmounts(1, 0.5), memory: nodeAmounts(1, 0.5) } }),
      nodeRow({ node: 'lopsided', resources: { cpu: nodeAmounts(1, 0.1), memory: nodeAmounts(1, 0.8) } }),
      nodeRow({ node: 'empty', resources: { cpu: nodeAmounts(1, 0), memory: nodeAmounts(1, 0) } }),
      nodeRow({ node: 'half', resources: { cpu: nodeAmounts(1, 0.4), memory: nodeAmounts(1, 0.4) } }),
    ];
    const { nodes } = plan({ resources: ['cpu', 'memory'], nodeMetrics: { kind: 'top', n: 1 } }, lopsided);
    assert.deepEqual(nodes, ['lopsided', 'empty']);
  });

  test('as many as the budget allows, from both ends, and a sentence says so', () => {
    const { nodes, warnings, count } = plan({ maxMetrics: fixed + 1 + 6 });
    assert.deepEqual(nodes, ['n1', 'n2', 'n3'], 'fullest, emptiest, second fullest');
    assert.equal(count, fixed + 6);
    assert.deepEqual(warnings, [
      `3 of 5 nodes are published, the fullest and the emptiest: more would pass ${fixed + 7} series (--max-metrics, --node-metrics)`,
    ]);
  });

  test('a budget that is just enough is enough', () => {
    assert.equal(plan({ maxMetrics: fixed + 10 }).nodes.length, 5);
    assert.equal(plan({ maxMetrics: fixed + 9 }).nodes.length, 4);
  });

  test('groups come before nodes, and are cut where they alone pass the budget', () => {
    const group = (
      value: string,
    ): NonNullable<Parameters<typeof summary>[0]>['groups'] extends (infer G)[] | undefined ? G : never => ({
      labels: ['pool'],
      values: [value],
      nodes: 1,
      pods: 1,
      resources: {},
    });
    const groups = { groups: [group('a'), group('b'), group('c')] };
    const whole = plan({ maxMetrics: fixed + 6 + 2 }, undefined, groups);
    assert.deepEqual([whole.groups, whole.nodes.length], [3, 1]);
    const cut = plan({ maxMetrics: fixed + 5 }, undefined, groups);
    assert.deepEqual([cut.groups, cut.nodes.length], [2, 0]);
    assert.match(cut.warnings[0] ?? '', /^only 2 of 3 groups are published, and no nodes: /);
  });

  test('of nodes that nobody asked for, nothing is said to be left out', () => {
    const odd = [nodeRow({ node: 'ü', resources: { cpu: nodeAmounts(1, 0.2) } })];
    assert.deepEqual(plan({ nodeMetrics: { kind: 'none' } }, odd).warnings, []);
  });

  test('a budget that the cluster alone passes is told', () => {
    const { warnings, count } = plan({ maxMetrics: fixed - 1 });
    assert.equal(count, fixed);
    assert.match(warnings[0] ?? '', /^the cluster alone has \d+ series, more than \d+ \(--max-metrics\)/);
  });

  test('a resource may have any name', () => {
    const { count } = plan({ resources: ['cpu', 'constructor', '__proto__'] });
    assert.equal(count, fixed + 10);
  });

  test('what CloudWatch would refuse is left out and counted, and takes nothing else with it', () => {
    const odd = [
      ...rows(0.5),
      nodeRow({ node: 'ünïcode', resources: { cpu: nodeAmounts(1, 0.2) } }),
      nodeRow({ node: '  ', resources: { cpu: nodeAmounts(1, 0.2) } }),
      nodeRow({ node: 'x'.repeat(1025), resources: { cpu: nodeAmounts(1, 0.2) } }),
      nodeRow({ node: 'nan', resources: { cpu: { ...nodeAmounts(1, 0.3), utilization: Number.NaN } } }),
      nodeRow({ node: 'long'.padEnd(300, 'g'), resources: { cpu: nodeAmounts(1, 0.4) } }),
    ];
    const { nodes, warnings, count } = plan({}, odd);
    assert.deepEqual(nodes, ['n0', 'nan', 'long'.padEnd(300, 'g')]);
    assert.equal(count, fixed + 5, 'of the node with NaN, what it has allocated');
    assert.deepEqual(warnings, [
      '2 series are left out, since CloudWatch would refuse them: NodeName is not plain ASCII',
      '2 series are left out, since CloudWatch would refuse them: NodeName is empty',
      '2 series are left out, since CloudWatch would refuse them: NodeName is longer than 1024 characters',
      '1 series are left out, since CloudWatch would refuse them: its value is NaN',
    ]);
  });
});
