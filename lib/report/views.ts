/** What each kind of row looks like to a person. */
import type { GroupSummary, NodeRow, ResourceSummary, Summary, WorkloadRow } from '../model/snapshot.ts';
import { taintFrom } from '../model/node.ts';
import { blockingTaint } from '../scheduler/fit.ts';
import { apartKindOfRow } from '../packing/apart.ts';
import { bar, formatAmount, formatExact, formatNumber, formatPercent } from './format.ts';
import type { Column } from './table.ts';
import type { View } from './view.ts';

/** Full: red. Nearly: yellow. Reads without, too. */
function paintRatio(ratio: number | null, text: string): string {
  if (ratio === null) return text;
  const code = ratio > 0.95 ? 31 : ratio > 0.8 ? 33 : 32;
  return `\u001b[${code}m${text}\u001b[39m`;
}

interface ResourceRow extends ResourceSummary {
  readonly resource: string;
}

function amountColumn(key: keyof ResourceSummary, title: string, dropOrder?: number): Column<ResourceRow> {
  const read = (row: ResourceRow): number | null => {
    const value = row[key];
    return typeof value === 'number' ? value : null;
  };
  return {
    key,
    title,
    align: 'right',
    ...(dropOrder !== undefined && { dropOrder }),
    text: (row) => formatAmount(row.resource, read(row)),
    value: read,
  };
}

function percentileColumn(key: 'p10' | 'p50' | 'p90', dropOrder: number): Column<ResourceRow> {
  return {
    key,
    title: key.toUpperCase(),
    align: 'right',
    dropOrder,
    text: ({ nodeUtilization }) =>
      nodeUtilization === null ? '-' : `${Math.round(nodeUtilization[key] * 100)}`,
    value: ({ nodeUtilization }) => nodeUtilization?.[key] ?? null,
  };
}

export function barColumn<Row>(
  key: string,
  title: string,
  ratioOf: (row: Row) => number | null,
  width = 12,
): Column<Row> {
  return {
    key,
    title,
    text: (row) => `${bar(ratioOf(row), width)} ${formatPercent(ratioOf(row)).padStart(7)}`,
    value: ratioOf,
    ratio: ratioOf,
    paint: (row, text) => paintRatio(ratioOf(row), text),
  };
}

/** The packing table: a line for each of `names` that the cluster has or asks for. */
export function resourcesView(
  summary: Pick<Summary, 'resources'>,
  names: readonly string[],
): View<ResourceRow> {
  const rows = names.flatMap((resource) => {
    const found = summary.resources[resource];
    const matters =
      found !== undefined && (found.allocatable > 0 || found.allocated > 0 || found.pending > 0);
    return matters ? [{ resource, ...found }] : [];
  });
  return {
    rows,
    columns: [
      { key: 'resource', title: 'RESOURCE', text: ({ resource }) => resource },
      barColumn('utilization', 'UTILIZATION', ({ utilization }) => utilization),
      amountColumn('allocated', 'ALLOCATED'),
      amountColumn('allocatable', 'ALLOCATABLE'),
      amountColumn('usableFree', 'USABLE FREE', 1),
      amountColumn('stranded', 'STRANDED', 3),
      amountColumn('daemonSet', 'DAEMONSETS', 6),
      amountColumn('pending', 'PENDING', 2),
      percentileColumn('p10', 5),
      percentileColumn('p50', 4),
      percentileColumn('p90', 5),
    ],
  };
}

export function groupsView(
  groups: readonly GroupSummary[],
  resources: readonly string[],
): View<GroupSummary> {
  return {
    rows: groups,
    columns: [
      {
        key: 'group',
        title: 'GROUP',
        flexible: true,
        least: 22,
        text: ({ labels, values }) => labels.map((label, i) => `${label}=${values[i] ?? ''}`).join(','),
      },
      countColumn('nodes', 'NODES', ({ nodes }) => nodes),
      countColumn('pods', 'PODS', ({ pods }) => pods),
      ...resources
        .filter(
          (name) => name !== 'pods' && groups.some((group) => (group.resources[name]?.allocatable ?? 0) > 0),
        )
        .map((name, index) => ({
          ...barColumn<GroupSummary>(
            name,
            name.toUpperCase(),
            (group) => group.resources[name]?.utilization ?? null,
          ),
          ...(index > 1 && { dropOrder: index }),
        })),
    ],
  };
}

export function countColumn<Row>(
  key: string,
  title: string,
  count: (row: Row) => number,
  dropOrder?: number,
): Column<Row> {
  return {
    key,
    title,
    align: 'right',
    ...(dropOrder !== undefined && { dropOrder }),
    text: (row) => formatNumber(count(row)),
    value: count,
  };
}

export function nodesView(rows: readonly NodeRow[], resources: readonly string[]): View<NodeRow> {
  const text = (
    key: 'nodePool' | 'instanceType' | 'zone' | 'capacityType',
    title: string,
    dropOrder: number,
  ): Column<NodeRow> => ({
    key,
    title,
    flexible: true,
    dropOrder,
    text: (row) => row[key] ?? '-',
    value: (row) => row[key],
  });
  return {
    rows,
    columns: [
      { key: 'node', title: 'NODE', flexible: true, least: 30, text: ({ node }) => node },
      text('nodePool', 'NODE POOL', 1),
      text('instanceType', 'TYPE', 2),
      text('zone', 'ZONE', 4),
      text('capacityType', 'CAPACITY TYPE', 5),
      { key: 'status', title: 'STATUS', dropOrder: 3, flexible: true, text: statusOf },
      countColumn('pods', 'PODS', ({ pods }) => pods),
      ...resources
        .filter((name) => name !== 'pods' && rows.some((row) => (row.resources[name]?.allocatable ?? 0) > 0))
        .map((name, index) => ({
          ...barColumn<NodeRow>(
            name,
            name.toUpperCase(),
            (row) => row.resources[name]?.utilization ?? null,
            6,
          ),
          ...(index > 1 && { dropOrder: 10 + index }),
        })),
    ],
  };
}

/** As `kubectl get nodes` writes it, with what else keeps pods away. */
export function statusOf(
  row: Pick<NodeRow, 'ready' | 'unschedulable' | 'taints' | 'abnormalConditions' | 'labels'>,
): string {
  const { ready, unschedulable, taints, abnormalConditions } = row;
  const pressure = abnormalConditions.filter((condition) => !condition.startsWith('Ready='));
  const blocked = blockingTaint([], { taints: taints.map(taintFrom) }) !== null;
  return [
    ready === null ? 'Unknown' : ready ? 'Ready' : 'NotReady',
    ...(unschedulable ? ['SchedulingDisabled'] : blocked ? ['Tainted'] : []),
    ...(apartKindOfRow(row) === 'virtual' ? ['Virtual'] : []),
    ...pressure,
  ].join(',');
}

export function workloadsView(rows: readonly WorkloadRow[], resources: readonly string[]): View<WorkloadRow> {
  const named = resources.filter((name) =>
    rows.some((row) => (row.total[name] ?? row.requests[name] ?? 0) > 0),
  );
  return {
    rows,
    columns: [
      { key: 'namespace', title: 'NAMESPACE', flexible: true, text: ({ namespace }) => namespace },
      { key: 'kind', title: 'KIND', dropOrder: 3, text: ({ kind }) => kind },
      { key: 'name', title: 'NAME', flexible: true, least: 30, text: ({ name }) => name },
      countColumn('pods', 'PODS', ({ pods }) => pods),
      countColumn('pending', 'PENDING', ({ pending }) => pending, 2),
      countColumn('nodes', 'NODES', ({ nodes }) => nodes, 1),
      ...named.flatMap((name, index): Column<WorkloadRow>[] => [
        {
          ...workloadAmount(`${name}.each`, `${name.toUpperCase()} EACH`, name, ({ requests }) => requests),
          dropOrder: index > 1 ? 10 + index : 4,
          text: ({ requests }) => formatExact(name, requests[name] ?? null),
        },
        {
          ...workloadAmount(name, name.toUpperCase(), name, ({ total }) => total),
          ...(index > 1 && { dropOrder: 10 + index }),
        },
      ]),
    ],
  };
}

function workloadAmount(
  key: string,
  title: string,
  resource: string,
  amounts: (row: WorkloadRow) => Readonly<Record<string, number>>,
): Column<WorkloadRow> {
  return {
    key,
    title,
    align: 'right',
    text: (row) => formatAmount(resource, amounts(row)[resource] ?? null),
    value: (row) => amounts(row)[resource] ?? null,
  };
}

export function snapshotsView(summaries: readonly Summary[]): View<Summary> {
  return {
    rows: summaries,
    columns: [
      { key: 'cluster', title: 'CLUSTER', flexible: true, text: ({ cluster }) => cluster },
      { key: 'snapshotId', title: 'SNAPSHOT', text: ({ snapshotId }) => snapshotId },
      countColumn('nodes', 'NODES', ({ nodes }) => nodes.total),
      countColumn('pods', 'PODS', ({ pods }) => pods.counted),
      countColumn('pending', 'PENDING', ({ pods }) => pods.pending, 1),
      barColumn('cpu', 'CPU', ({ resources }) => resources['cpu']?.utilization ?? null, 6),
      barColumn('memory', 'MEMORY', ({ resources }) => resources['memory']?.utilization ?? null, 6),
      {
        key: 'consistency',
        title: 'CONSISTENCY',
        dropOrder: 2,
        text: ({ consistency, selectors }) =>
          selectors === undefined ? consistency : `${consistency}, narrowed`,
      },
      countColumn(
        'problems',
        'PROBLEMS',
        ({ problems }) => problems.reduce((sum, { count }) => sum + count, 0),
        3,
      ),
    ],
  };
}
