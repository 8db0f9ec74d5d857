/** docs/metrics.md: the table of gauges as people read it. */
import {
  clusterGauges,
  distributionGauge,
  groupGauges,
  groupResourceGauges,
  nodeGauges,
  resourceGauges,
  type Gauge,
} from '../lib/metrics/gauges.ts';
import { familyName } from '../lib/metrics/prometheus.ts';
import type { Scope } from '../lib/metrics/series.ts';

const units: Readonly<Record<Gauge<never>['unit'], string>> = {
  count: 'Count',
  milliseconds: 'Milliseconds',
  ratio: 'Percent',
  resource: 'Bytes, or Count (cores, pods, devices)',
};

interface Part {
  readonly scope: Scope;
  readonly dimensions: string;
  readonly gauges: readonly Gauge<never>[];
}

const parts: readonly Part[] = [
  { scope: 'cluster', dimensions: 'ClusterName', gauges: clusterGauges },
  { scope: 'cluster', dimensions: 'ClusterName, Resource', gauges: [...resourceGauges, distributionGauge] },
  { scope: 'group', dimensions: 'ClusterName, GroupName, GroupValue', gauges: groupGauges },
  { scope: 'group', dimensions: 'ClusterName, Resource, GroupName, GroupValue', gauges: groupResourceGauges },
  { scope: 'node', dimensions: 'ClusterName, Resource, NodeName', gauges: nodeGauges },
];

export const metricsHeader = ['CloudWatch', 'unit', 'dimensions', 'Prometheus', 'meaning'] as const;

/** A row for each gauge and set of dimensions; a dash where it goes to Prometheus alone. */
export function metricsRows(): string[][] {
  return parts.flatMap(({ scope, dimensions, gauges }) =>
    gauges.map((gauge) => [
      gauge.paid === false ? '-' : `\`${gauge.name}\``,
      gauge.paid === false ? '-' : units[gauge.unit],
      dimensions,
      `\`${familyName({ scope, gauge })}\``,
      gauge.help,
    ]),
  );
}
