/**
 * Gauges in Prometheus' text format, under the names that the Prometheus exporter for binpacking uses:
 * kube_binpacking_{cluster,group,node}_*. All nodes are in it: here a series costs nothing.
 */
import { distributionGauge, type Dimension } from './gauges.ts';
import type { Publication } from './plan.ts';
import { clusterSeries, groupSeries, nodeSeries, own, type Series } from './series.ts';

const prefix = 'kube_binpacking';

const labels: Readonly<Record<Dimension, string>> = {
  ClusterName: 'cluster',
  Resource: 'resource',
  GroupName: 'label_group',
  GroupValue: 'label_group_value',
  Rule: 'rule',
  NodeName: 'node',
};

/** A metric with all its samples, which the format wants in a row. */
interface Family {
  readonly help: string;
  text: string;
}

/** A gauge that is none of a snapshot's: of who serves them. */
export interface Sample {
  /** Behind kube_binpacking_. */
  readonly name: string;
  readonly help: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Of one snapshot, or of several clusters' together. */
export function prometheusText(publications: readonly Publication[], resources: readonly string[]): string {
  const families = new Map<string, Family>();
  const add = (all: Iterable<Series>): void => {
    for (const series of all) addSample(families, series);
  };
  for (const { summary, nodes } of publications) {
    add(clusterSeries(summary, resources, new Map(), 'all'));
    addQuantiles(families, summary, resources);
    for (const group of summary.groups) add(groupSeries(summary.cluster, group, resources, 'all'));
    for (const row of nodes) add(nodeSeries(row, resources, 'all'));
  }
  return textOf(families);
}

export function samplesText(samples: readonly Sample[]): string {
  const families = new Map<string, Family>();
  for (const { name, help, labels: pairs, value } of samples)
    append(families, `${prefix}_${name}`, help, Object.entries(pairs), value);
  return textOf(families);
}

function textOf(families: ReadonlyMap<string, Family>): string {
  return [...families]
    .map(([name, { help, text }]) => `# HELP ${name} ${escapeHelp(help)}\n# TYPE ${name} gauge\n${text}`)
    .join('');
}

/** As the table names it: kube_binpacking_node_utilization_ratio. */
export function familyName({ scope, gauge }: Pick<Series, 'scope' | 'gauge'>): string {
  return `${prefix}_${scope}_${gauge.prometheus}`;
}

function addSample(families: Map<string, Family>, series: Series): void {
  const { gauge, dimensions, value } = series;
  if (typeof value !== 'number') return;
  const pairs = dimensions.map(([name, text]) => [labels[name], text] as const);
  append(
    families,
    familyName(series),
    gauge.help,
    pairs,
    gauge.unit === 'milliseconds' ? value / 1000 : value,
  );
}

/** Of the nodes, as the summary has them. */
function addQuantiles(
  families: Map<string, Family>,
  { cluster, resources }: Publication['summary'],
  names: readonly string[],
): void {
  const name = familyName({ scope: 'cluster', gauge: distributionGauge });
  for (const resource of names) {
    const distribution = own(resources, resource)?.nodeUtilization ?? null;
    if (distribution === null) continue;
    const { min, p10, p50, p90, p99, max } = distribution;
    for (const [quantile, value] of Object.entries({
      0: min,
      0.1: p10,
      0.5: p50,
      0.9: p90,
      0.99: p99,
      1: max,
    })) {
      const pairs = [
        ['cluster', cluster],
        ['resource', resource],
        ['quantile', quantile],
      ] as const;
      append(families, name, distributionGauge.help, pairs, value);
    }
  }
}

function append(
  families: Map<string, Family>,
  name: string,
  help: string,
  pairs: readonly (readonly [string, string])[],
  value: number,
): void {
  const family = families.get(name) ?? { help, text: '' };
  families.set(name, family);
  const text = pairs.map(([label, each]) => `${label}="${escapeLabel(each)}"`).join(',');
  family.text += `${name}${text === '' ? '' : `{${text}}`} ${numberText(value)}\n`;
}

function numberText(value: number): string {
  if (Number.isFinite(value)) return String(value);
  return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';
}

function escapeLabel(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}

function escapeHelp(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}
