/** What changed between two snapshots, as people read it. */
import type { Attribution, Diff, NodeChange, WorkloadChange } from '../packing/diff.ts';
import { formatAmount, formatNumber, formatPercent } from './format.ts';
import type { Column } from './table.ts';
import type { View } from './view.ts';

export function diffHeadline({ cluster, before, after, nodes, workloads }: Diff): string {
  const count = (change: WorkloadChange['change']): number =>
    workloads.filter((workload) => workload.change === change).length;
  return (
    `${cluster} from ${before} to ${after}: ${nodes.added.length} nodes added, ${nodes.gone.length} gone; workloads: ` +
    `${count('appeared')} appeared, ${count('vanished')} vanished, ${count('grew')} grew, ${count('shrank')} shrank, ` +
    `${count('requests')} changed their requests\n`
  );
}

interface AttributionRow extends Attribution {
  readonly resource: string;
}

export const pointsText = (ratio: number): string => `${ratio > 0 ? '+' : ''}${(ratio * 100).toFixed(1)}`;

/** Parts are in points of a percent, and sum to CHANGE. */
export function attributionView({ utilization }: Diff, resources: readonly string[]): View<AttributionRow> {
  const part = (key: 'capacity' | 'demand' | 'requests', title: string): Column<AttributionRow> => ({
    key,
    title,
    align: 'right',
    text: (row) => pointsText(row[key]),
    value: (row) => row[key],
  });
  return {
    rows: resources.flatMap((resource) => {
      const found = utilization[resource];
      return found === undefined || found === null ? [] : [{ resource, ...found }];
    }),
    columns: [
      { key: 'resource', title: 'RESOURCE', text: ({ resource }) => resource },
      {
        key: 'before',
        title: 'BEFORE',
        align: 'right',
        text: ({ before }) => formatPercent(before),
        value: ({ before }) => before,
      },
      {
        key: 'after',
        title: 'AFTER',
        align: 'right',
        text: ({ after }) => formatPercent(after),
        value: ({ after }) => after,
      },
      {
        key: 'change',
        title: 'CHANGE',
        align: 'right',
        text: ({ before, after }) => pointsText(after - before),
        value: ({ before, after }) => after - before,
      },
      part('capacity', 'BY CAPACITY'),
      part('demand', 'BY DEMAND'),
      part('requests', 'BY REQUESTS'),
    ],
  };
}

interface NodeChangeRow extends NodeChange {
  readonly change: 'added' | 'gone';
}

export function nodeChangesView({ nodes }: Diff): View<NodeChangeRow> {
  const text = (
    key: 'nodePool' | 'instanceType' | 'zone',
    title: string,
    dropOrder: number,
  ): Column<NodeChangeRow> => ({
    key,
    title,
    dropOrder,
    flexible: true,
    text: (row) => row[key] ?? '-',
    value: (row) => row[key],
  });
  return {
    rows: [
      ...nodes.added.map((node) => ({ change: 'added' as const, ...node })),
      ...nodes.gone.map((node) => ({ change: 'gone' as const, ...node })),
    ],
    columns: [
      {
        key: 'change',
        title: '',
        text: ({ change }) => (change === 'added' ? '+' : '-'),
        value: ({ change }) => change,
      },
      { key: 'node', title: 'NODE', flexible: true, least: 30, text: ({ node }) => node },
      text('nodePool', 'NODE POOL', 1),
      text('instanceType', 'TYPE', 2),
      text('zone', 'ZONE', 3),
    ],
  };
}

const marks: Readonly<Record<WorkloadChange['change'], string>> = {
  appeared: '+',
  vanished: '-',
  grew: '▲',
  shrank: '▼',
  requests: '~',
};

/** Those that moved the first resource most come first. */
export function workloadChangesView({ workloads }: Diff, resources: readonly string[]): View<WorkloadChange> {
  const named = resources.filter((name) => workloads.some(({ delta }) => (delta[name] ?? 0) !== 0));
  const [first = ''] = named;
  const signed = (resource: string, value: number): string =>
    `${value > 0 ? '+' : value < 0 ? '-' : ''}${formatAmount(resource, Math.abs(value))}`;
  return {
    rows: workloads.toSorted((a, b) => Math.abs(b.delta[first] ?? 0) - Math.abs(a.delta[first] ?? 0)),
    columns: [
      { key: 'change', title: '', text: ({ change }) => marks[change], value: ({ change }) => change },
      { key: 'namespace', title: 'NAMESPACE', flexible: true, text: ({ namespace }) => namespace },
      { key: 'kind', title: 'KIND', dropOrder: 2, text: ({ kind }) => kind },
      { key: 'name', title: 'NAME', flexible: true, least: 30, text: ({ name }) => name },
      {
        key: 'pods',
        title: 'PODS',
        align: 'right',
        text: ({ pods }) => `${formatNumber(pods.before)} → ${formatNumber(pods.after)}`,
        value: ({ pods }) => pods.after - pods.before,
      },
      ...named.map((name, index): Column<WorkloadChange> => ({
        key: name,
        title: name.toUpperCase(),
        align: 'right',
        ...(index > 1 && { dropOrder: 3 + index }),
        text: ({ delta }) => signed(name, delta[name] ?? 0),
        value: ({ delta }) => delta[name] ?? 0,
      })),
      ...named.slice(0, 2).map((name, index): Column<WorkloadChange> => ({
        key: `${name}Request`,
        title: `${name.toUpperCase()} A POD`,
        align: 'right',
        dropOrder: 4 + index,
        text: ({ requests }) => {
          const pair = requests[name];
          return pair === undefined
            ? ''
            : `${formatAmount(name, pair.before)} → ${formatAmount(name, pair.after)}`;
        },
        value: ({ requests }) => requests[name]?.after ?? null,
      })),
    ],
  };
}
