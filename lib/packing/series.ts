/** What can be told of a snapshot over time, and one of these over a range: what a trend is drawn from. Pure. */
import type { Summary } from '../model/snapshot.ts';
import type { Columns } from './columns.ts';

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

const ofCluster = (
  unit: 'count' | 'ratio',
  name: string,
  help: string,
  read: (summary: Summary) => number | null,
): Measure => ({
  name,
  unit,
  help,
  perResource: false,
  read,
  ofGroup: null,
});

type OfCluster = (name: string, help: string, read: (summary: Summary) => number | null) => Measure;
const count: OfCluster = (...about) => ofCluster('count', ...about);
const ratio: OfCluster = (...about) => ofCluster('ratio', ...about);

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
  ofResource('strandedSimply', 'amount', 'free beside what has less left than the smallest common request'),
  ofResource('fragmented', 'amount', 'free GPUs that no pod can use'),
  ofResource('nMinusOne', 'amount', 'what would be left without the largest node'),
  ofResource('density', 'ratio', 'allocated / allocatable on nodes with pods'),
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
  count(
    'repackedNodes',
    'nodes of a packing that was found',
    ({ packing }) => packing?.repackedNodes ?? null,
  ),
  count(
    'emptyNodes',
    'usable nodes with none but DaemonSet pods',
    ({ packing }) => packing?.emptyNodes ?? null,
  ),
  ratio('efficiency', 'lower bound / nodes', ({ packing }) => packing?.efficiency ?? null),
  ratio('balance', 'how far cpu and memory are apart on nodes', ({ packing }) => packing?.balance ?? null),
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
  readonly add: (columns: Columns) => void;
  /** Sorted by cluster, resource and group; each step is the mean of its snapshots. */
  readonly result: () => Series[];
}

/** Takes snapshots day by day, and keeps sums alone. */
export function createSeries({ measure, resources, labels, from, to, stepMs }: SeriesOptions): SeriesBuilder {
  const steps = Math.ceil((to.getTime() - from.getTime()) / stepMs);
  const isWanted = (column: Columns['columns'][number]): boolean =>
    column.measure === measure.name &&
    column.labels === labels &&
    (column.resource === null || resources.includes(column.resource));
  const found = new Map<
    string,
    { readonly about: SeriesAbout; readonly sums: Float64Array; readonly counts: Uint32Array }
  >();
  return {
    add({ cluster, scheduledAtMs, columns }) {
      const stepOf = scheduledAtMs.map((ms) => Math.floor((ms - from.getTime()) / stepMs));
      if (!stepOf.some((step) => step >= 0 && step < steps)) return;
      for (const { resource, group, values } of columns.filter(isWanted)) {
        const key = JSON.stringify([cluster, resource, group]);
        const series = found.get(key) ?? {
          about: { cluster, resource, group },
          sums: new Float64Array(steps),
          counts: new Uint32Array(steps),
        };
        found.set(key, series);
        for (const [index, value] of values.entries()) {
          const step = stepOf[index] ?? -1;
          if (step < 0 || step >= steps || Number.isNaN(value)) continue;
          series.sums[step] = (series.sums[step] ?? 0) + value;
          series.counts[step] = (series.counts[step] ?? 0) + 1;
        }
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
