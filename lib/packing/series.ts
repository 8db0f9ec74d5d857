/** One measure over time, of many snapshots: what a trend is drawn from. Pure. */
import type { Summary } from '../model/snapshot.ts';

/** null: the snapshot does not know it. */
type Read = (summary: Summary, resource: string) => number | null;
type OfResource = Summary['resources'][string];
type OfGroup = Summary['groups'][number]['resources'][string];

export interface Measure {
  readonly name: string;
  /** ratio: of 1; amount: of the resource; count: of something else. */
  readonly unit: 'ratio' | 'amount' | 'count';
  readonly help: string;
  readonly perResource: boolean;
  readonly read: Read;
  /** Where label groups know it too. */
  readonly ofGroup: ((group: OfGroup) => number | null) | null;
}

const ofResource = (
  name: keyof OfResource,
  unit: 'ratio' | 'amount',
  help: string,
  ofGroup: Measure['ofGroup'] = null,
): Measure => ({
  name,
  unit,
  help,
  perResource: true,
  read: ({ resources }, resource) => {
    const value = resources[resource]?.[name];
    return typeof value === 'number' ? value : null;
  },
  ofGroup,
});

const percentile = (name: 'p10' | 'p50' | 'p90' | 'p99'): Measure => ({
  name,
  unit: 'ratio',
  help: `utilization of the nodes, ${name}`,
  perResource: true,
  read: ({ resources }, resource) => resources[resource]?.nodeUtilization?.[name] ?? null,
  ofGroup: null,
});

const count = (name: string, help: string, read: (summary: Summary) => number | null): Measure => ({
  name,
  unit: 'count',
  help,
  perResource: false,
  read,
  ofGroup: null,
});

export const measures: readonly Measure[] = [
  ofResource('utilization', 'ratio', 'allocated / allocatable', ({ utilization }) => utilization),
  ofResource('allocated', 'amount', 'requests of the counted pods', ({ allocated }) => allocated),
  ofResource('allocatable', 'amount', 'what the scheduler may give away', ({ allocatable }) => allocatable),
  ofResource('capacity', 'amount', 'what the nodes have'),
  ofResource('free', 'amount', 'what is left', ({ free }) => free),
  ofResource('usableFree', 'amount', 'free where pods may go'),
  ofResource('stranded', 'amount', 'the part of usableFree that no pod can use'),
  ofResource('daemonSet', 'amount', 'what DaemonSet pods take', ({ daemonSet }) => daemonSet),
  ofResource('pending', 'amount', 'requests of pods without a node'),
  percentile('p10'),
  percentile('p50'),
  percentile('p90'),
  percentile('p99'),
  count('nodes', 'all nodes', ({ nodes }) => nodes.total),
  count('readyNodes', 'nodes that are ready', ({ nodes }) => nodes.ready),
  count('pods', 'counted pods', ({ pods }) => pods.counted),
  count('pendingPods', 'pods without a node', ({ pods }) => pods.pending),
  count('reclaimable', 'nodes that a repacking would free', ({ packing }) => packing?.reclaimable ?? null),
  count(
    'lowerBoundNodes',
    'nodes that are needed at least',
    ({ packing }) => packing?.lowerBoundNodes ?? null,
  ),
];

export interface SeriesAbout {
  readonly cluster: string;
  /** null: a count of the whole cluster. */
  readonly resource: string | null;
  /** zone=eu-1a; null: the whole cluster. */
  readonly group: string | null;
}

export interface Point {
  readonly at: Date;
  /** null: no snapshot fell into the step, or none knew the measure: a gap. */
  readonly value: number | null;
}

export interface Series extends SeriesAbout {
  readonly points: readonly Point[];
}

export interface SeriesOptions {
  readonly measure: Measure;
  readonly resources: readonly string[];
  /** Keys with commas between, as the groups were configured; null: no groups. */
  readonly labels: string | null;
  readonly from: Date;
  readonly to: Date;
  readonly stepMs: number;
}

export interface SeriesBuilder {
  add(summary: Summary): void;
  /** Sorted by cluster, resource and group; each step is the mean of its snapshots. */
  result(): Series[];
}

/** Takes summaries one by one, and keeps sums alone. */
export function createSeries(options: SeriesOptions): SeriesBuilder {
  const { from, to, stepMs } = options;
  const steps = Math.ceil((to.getTime() - from.getTime()) / stepMs);
  const found = new Map<
    string,
    { readonly about: SeriesAbout; readonly sums: Float64Array; readonly counts: Uint32Array }
  >();
  return {
    add(summary) {
      const step = Math.floor((Date.parse(summary.scheduledAt) - from.getTime()) / stepMs);
      if (step < 0 || step >= steps) return;
      for (const [about, value] of valuesOf(summary, options)) {
        const key = JSON.stringify([about.cluster, about.resource, about.group]);
        const series = found.get(key) ?? {
          about,
          sums: new Float64Array(steps),
          counts: new Uint32Array(steps),
        };
        found.set(key, series);
        if (value === null) continue;
        series.sums[step] = (series.sums[step] ?? 0) + value;
        series.counts[step] = (series.counts[step] ?? 0) + 1;
      }
    },
    result: () =>
      [...found]
        .toSorted(([a], [b]) => (a < b ? -1 : 1))
        .map(([, { about, sums, counts }]) => ({
          ...about,
          points: Array.from(sums, (sum, step) => ({
            at: new Date(from.getTime() + step * stepMs),
            value: counts[step] === 0 ? null : sum / (counts[step] ?? 1),
          })),
        })),
  };
}

function* valuesOf(
  summary: Summary,
  { measure, resources, labels }: SeriesOptions,
): Generator<[SeriesAbout, number | null]> {
  const { cluster } = summary;
  if (labels !== null) {
    for (const group of summary.groups) {
      if (group.labels.join(',') !== labels || measure.ofGroup === null) continue;
      const name = group.labels.map((label, index) => `${label}=${group.values[index] ?? ''}`).join(',');
      for (const resource of resources) {
        const found = group.resources[resource];
        if (found !== undefined) yield [{ cluster, resource, group: name }, measure.ofGroup(found)];
      }
    }
    return;
  }
  if (!measure.perResource) {
    yield [{ cluster, resource: null, group: null }, measure.read(summary, '')];
    return;
  }
  for (const resource of resources)
    if (summary.resources[resource] !== undefined)
      yield [{ cluster, resource, group: null }, measure.read(summary, resource)];
}
