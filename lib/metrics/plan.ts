/** Which series of a snapshot are published, and which are left out for their price or because they would be refused. */
import type { NodeRow, Summary } from '../model/snapshot.ts';
import { refusalOf } from './limits.ts';
import { clusterSeries, groupSeries, nodeSeries, own, type Series } from './series.ts';

export type NodeMetrics =
  { readonly kind: 'all' } | { readonly kind: 'none' } | { readonly kind: 'top'; readonly n: number };

export interface PlanOptions {
  readonly resources: readonly string[];
  /** `top`: the n fullest and the n emptiest nodes. */
  readonly nodeMetrics: NodeMetrics;
  /** Series in all, each of which is paid for. */
  readonly maxMetrics: number;
}

/** What is published of a snapshot. Rows may be made as they are asked for, and are asked for more than once. */
export interface Publication {
  readonly summary: Summary;
  readonly nodes: Iterable<NodeRow>;
}

export interface Plan {
  /** The cluster first, then groups, then nodes; those of one set of dimensions in a row. */
  readonly series: Iterable<Series>;
  readonly count: number;
  /** Sentences about what is left out. */
  readonly warnings: readonly string[];
}

/** All that is known of a node before it is decided whether to publish it. */
interface Candidate {
  readonly index: number;
  readonly fullness: number;
  readonly series: number;
  /** Why some of its series are left out. */
  readonly refusals: readonly string[];
}

export function planSeries({ summary, nodes }: Publication, options: PlanOptions): Plan {
  const { resources, maxMetrics } = options;
  const warnings: string[] = [];
  const refused = new Map<string, number>();
  const { candidates, utilizations } = survey(nodes, resources);

  const fixed = [...publishable(clusterSeries(summary, resources, utilizations, 'paid'), refused)];
  const groups = summary.groups.map((group) => [
    ...publishable(groupSeries(summary.cluster, group, resources, 'paid'), refused),
  ]);
  let left = maxMetrics - fixed.length;
  if (left < 0) {
    warnings.push(
      `the cluster alone has ${fixed.length} series, more than ${maxMetrics} (--max-metrics): publish fewer resources with --resources`,
    );
  }
  const affordable = groups.findIndex((series) => (left -= series.length) < 0);
  const kept = affordable === -1 ? groups : groups.slice(0, affordable);
  if (kept.length < groups.length) {
    left = 0;
    warnings.push(
      `only ${kept.length} of ${groups.length} groups are published, and no nodes: all would be more than ${maxMetrics} series (--max-metrics)`,
    );
  }
  const wanted = affordable === -1 ? wantedNodes(candidates, options) : [];
  const chosen = affordableNodes(wanted, left);
  if (chosen.size < wanted.length) {
    warnings.push(
      `${chosen.size} of ${candidates.length} nodes are published, the fullest and the emptiest: more would pass ${maxMetrics} series (--max-metrics, --node-metrics)`,
    );
  }
  const published = candidates.filter(({ index }) => chosen.has(index));
  for (const { refusals } of published)
    for (const why of refusals) refused.set(why, (refused.get(why) ?? 0) + 1);
  for (const [why, count] of refused)
    warnings.push(`${count} series are left out, since CloudWatch would refuse them: ${why}`);
  const ofGroups = kept.reduce((sum, { length }) => sum + length, 0);
  const ofNodes = published.reduce((sum, { series }) => sum + series, 0);
  return {
    warnings,
    count: fixed.length + ofGroups + ofNodes,
    series: {
      *[Symbol.iterator]() {
        yield* fixed;
        for (const series of kept) yield* series;
        if (chosen.size === 0) return;
        let index = 0;
        for (const row of nodes)
          if (chosen.has(index++)) yield* publishable(nodeSeries(row, resources, 'paid'));
      },
    },
  };
}

const none: readonly string[] = [];

/** One pass over the rows. */
function survey(
  nodes: Iterable<NodeRow>,
  resources: readonly string[],
): { readonly candidates: Candidate[]; readonly utilizations: ReadonlyMap<string, readonly number[]> } {
  const candidates: Candidate[] = [];
  const utilizations = new Map<string, number[]>(resources.map((name) => [name, []]));
  for (const row of nodes) {
    let fullness = 0;
    for (const name of resources) {
      const utilization = own(row.resources, name)?.utilization ?? null;
      if (utilization === null || !Number.isFinite(utilization)) continue;
      utilizations.get(name)?.push(utilization);
      fullness = Math.max(fullness, utilization);
    }
    const refusals = Array.from(nodeSeries(row, resources, 'paid'), refusalOf);
    const found = refusals.filter((refusal) => refusal !== null);
    const series = refusals.length - found.length;
    candidates.push({
      index: candidates.length,
      fullness,
      series,
      refusals: found.length === 0 ? none : found,
    });
  }
  return { candidates, utilizations };
}

function* publishable(all: Iterable<Series>, refused?: Map<string, number>): Generator<Series> {
  for (const series of all) {
    const refusal = refusalOf(series);
    if (refusal === null) yield series;
    else refused?.set(refusal, (refused.get(refusal) ?? 0) + 1);
  }
}

/** The fullest, the emptiest, the second fullest and so on: by their fullest resource, so that no half is preferred. */
function wantedNodes(candidates: readonly Candidate[], { nodeMetrics }: PlanOptions): Candidate[] {
  if (nodeMetrics.kind === 'none') return [];
  const sorted = [...candidates].sort((a, b) => b.fullness - a.fullness || a.index - b.index);
  const inTurn: Candidate[] = [];
  for (let from = 0, to = sorted.length - 1; from <= to; from++, to--) {
    inTurn.push(...sorted.slice(from, from + 1));
    if (to > from) inTurn.push(...sorted.slice(to, to + 1));
  }
  return nodeMetrics.kind === 'all' ? inTurn : inTurn.slice(0, 2 * nodeMetrics.n);
}

function affordableNodes(wanted: readonly Candidate[], budget: number): Set<number> {
  const chosen = new Set<number>();
  let left = budget;
  for (const { index, series } of wanted) {
    left -= series;
    if (left < 0) break;
    chosen.add(index);
  }
  return chosen;
}
