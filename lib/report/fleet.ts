/** Many clusters at a glance: where the most is paid for and not asked for. */
import type { ResourceSummary, Summary } from '../model/snapshot.ts';
import { formatAge, formatAmount, formatNumber, formatPercent } from './format.ts';
import type { Column } from './table.ts';
import type { View } from './view.ts';
import { barColumn, countColumn } from './views.ts';

interface FleetRow extends ResourceSummary {
  readonly cluster: string;
  readonly snapshotId: string;
  readonly resource: string;
  readonly nodes: number;
}

/** Sorted by the share that is not allocated, the largest first. */
export function fleetView(summaries: readonly Summary[], resources: readonly string[]): View<FleetRow> {
  const rows = summaries.flatMap(({ cluster, snapshotId, nodes, ...summary }) =>
    resources.flatMap((resource) => {
      const found = summary.resources[resource];
      return found === undefined || found.allocatable === 0
        ? []
        : [{ cluster, snapshotId, resource, nodes: nodes.total, ...found }];
    }),
  );
  const amount = (
    key: 'allocatable' | 'allocated' | 'free' | 'stranded',
    dropOrder?: number,
  ): Column<FleetRow> => ({
    key,
    title: key.toUpperCase(),
    align: 'right',
    ...(dropOrder !== undefined && { dropOrder }),
    text: (row) => formatAmount(row.resource, row[key]),
    value: (row) => row[key],
  });
  return {
    rows: rows.toSorted((a, b) => (a.utilization ?? 0) - (b.utilization ?? 0)),
    columns: [
      { key: 'cluster', title: 'CLUSTER', flexible: true, least: 20, text: ({ cluster }) => cluster },
      { key: 'resource', title: 'RESOURCE', text: ({ resource }) => resource },
      {
        key: 'utilization',
        title: 'UTILIZATION',
        align: 'right',
        text: ({ utilization }) => formatPercent(utilization),
        value: ({ utilization }) => utilization,
      },
      amount('allocated', 1),
      amount('allocatable', 2),
      amount('free'),
      amount('stranded', 3),
      {
        key: 'nodes',
        title: 'NODES',
        align: 'right',
        dropOrder: 4,
        text: ({ nodes }) => formatNumber(nodes),
        value: ({ nodes }) => nodes,
      },
      { key: 'snapshotId', title: 'SNAPSHOT', dropOrder: 5, text: ({ snapshotId }) => snapshotId },
    ],
  };
}

export interface ClusterRow {
  readonly summary: Summary;
  readonly ageSeconds: number;
  readonly stale: boolean;
}

/** A line for each cluster; `resources`: whose utilization is shown. */
export function clustersView(rows: readonly ClusterRow[], resources: readonly string[]): View<ClusterRow> {
  return {
    rows,
    columns: [
      { key: 'cluster', title: 'CLUSTER', text: ({ summary }) => summary.cluster },
      { key: 'snapshot', title: 'NEWEST SNAPSHOT', text: ({ summary }) => summary.snapshotId },
      {
        key: 'age',
        title: 'AGE',
        align: 'right',
        text: ({ ageSeconds, stale }) => `${formatAge(ageSeconds)}${stale ? ' (stale)' : ''}`,
        value: ({ ageSeconds }) => ageSeconds,
      },
      countColumn('nodes', 'NODES', ({ summary }) => summary.nodes.total),
      countColumn('pods', 'PODS', ({ summary }) => summary.pods.counted),
      countColumn('pending', 'PENDING', ({ summary }) => summary.pods.pending),
      ...resources.map((name) =>
        barColumn<ClusterRow>(
          name,
          name.toUpperCase(),
          ({ summary }) => summary.resources[name]?.utilization ?? null,
        ),
      ),
      { key: 'compare', title: 'WHAT CHANGED', text: () => 'since a day before' },
    ],
  };
}
