/** Gauges of one snapshot as series: a name, dimensions, and a value or a distribution. */
import { maxValuesPerMetric } from './limits.ts';
import type { GroupSummary, NodeRow, Summary } from '../model/snapshot.ts';
import {
  clusterGauges,
  distributionGauge,
  groupGauges,
  groupResourceGauges,
  nodeGauges,
  resourceGauges,
  ruleGauges,
  type Dimension,
  type Gauge,
  type Scope,
} from './gauges.ts';

/** How often a value occurs. */
export type Weighted = readonly [value: number, count: number];

export interface Series {
  readonly scope: Scope;
  readonly gauge: Pick<Gauge<never>, 'name' | 'prometheus' | 'unit' | 'help' | 'paid'>;
  readonly dimensions: readonly (readonly [Dimension, string])[];
  /** In the units of the snapshot: ratios, milliseconds, cores, bytes. */
  readonly value: number | readonly Weighted[];
}

/** `paid`: those that go to CloudWatch; `all`: what costs nothing elsewhere too. */
export type Audience = 'paid' | 'all';

/** Of the whole cluster, and of each resource and readiness rule in it. `utilizations`: of the nodes, by resource. */
export function* clusterSeries(
  summary: Summary,
  resources: readonly string[],
  utilizations: ReadonlyMap<string, readonly number[]>,
  audience: Audience,
): Generator<Series> {
  const cluster = ['ClusterName', summary.cluster] as const;
  yield* valuesOf('cluster', clusterGauges, summary, [cluster], audience);
  for (const name of resources) {
    const resource = own(summary.resources, name);
    if (resource === null) continue;
    const dimensions = [cluster, ['Resource', name]] as const;
    yield* valuesOf('cluster', resourceGauges, resource, dimensions, audience);
    const distribution = weigh(utilizations.get(name) ?? []);
    if (distribution.length > 0)
      yield { scope: 'cluster', gauge: distributionGauge, dimensions, value: distribution };
  }
  for (const rule of summary.readiness ?? [])
    yield* valuesOf('cluster', ruleGauges, rule, [cluster, ['Rule', rule.rule]], audience);
}

export function* groupSeries(
  cluster: string,
  group: GroupSummary,
  resources: readonly string[],
  audience: Audience,
): Generator<Series> {
  const [name, value] = [group.labels.join(','), group.values.join(',')];
  const ofGroup = [
    ['GroupName', name],
    // CloudWatch takes no empty dimension, and a label's value may be empty
    ['GroupValue', value === '' && audience === 'paid' ? '<empty>' : value],
  ] as const;
  yield* valuesOf('group', groupGauges, group, [['ClusterName', cluster], ...ofGroup], audience);
  for (const resource of resources) {
    const amounts = own(group.resources, resource);
    if (amounts === null) continue;
    const dimensions = [['ClusterName', cluster], ['Resource', resource], ...ofGroup] as const;
    yield* valuesOf('group', groupResourceGauges, amounts, dimensions, audience);
  }
}

export function* nodeSeries(
  row: NodeRow,
  resources: readonly string[],
  audience: Audience,
): Generator<Series> {
  for (const resource of resources) {
    const amounts = own(row.resources, resource);
    if (amounts === null) continue;
    yield* valuesOf(
      'node',
      nodeGauges,
      amounts,
      [
        ['ClusterName', row.cluster],
        ['Resource', resource],
        ['NodeName', row.node],
      ],
      audience,
    );
  }
}

/** null where there is none; a resource may be called `constructor`. */
export function own<T>(map: Readonly<Record<string, T>>, name: string): T | null {
  return Object.hasOwn(map, name) ? (map[name] ?? null) : null;
}

function* valuesOf<Source>(
  scope: Scope,
  gauges: readonly Gauge<Source>[],
  source: Source,
  dimensions: Series['dimensions'],
  audience: Audience,
): Generator<Series> {
  for (const gauge of gauges) {
    if (audience === 'paid' && gauge.paid === false) continue;
    const value = gauge.value(source);
    if (value !== null) yield { scope, gauge, dimensions, value };
  }
}

/**
 * Each distinct value with its count, ascending; where there are too many of them, rounded, to one percent first.
 * The counts always add up to the number of values.
 */
function weigh(values: readonly number[]): Weighted[] {
  for (let parts = Number.POSITIVE_INFINITY; ; parts = parts === Number.POSITIVE_INFINITY ? 100 : parts / 2) {
    const counts = new Map<number, number>();
    for (const value of values) {
      const rounded = parts === Number.POSITIVE_INFINITY ? value : Math.round(value * parts) / parts;
      counts.set(rounded, (counts.get(rounded) ?? 0) + 1);
    }
    if (counts.size <= maxValuesPerMetric) return [...counts].sort(([a], [b]) => a - b);
  }
}
