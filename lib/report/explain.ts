/** One node as people read it: a page of short tables. */
import type { NodeExplanation } from '../packing/explain/explain.ts';
import type { Fill } from '../packing/explain/fills.ts';
import { printable } from '../printable.ts';
import { emptyingParts, verdictText } from './emptying.ts';
import { formatAge, formatAmount, formatNumber, formatPercent } from './format.ts';
import type { Column, TableOptions } from './table.ts';
import { renderView, type View } from './view.ts';
import { barColumn, countColumn, statusOf } from './views.ts';

/** `resources`: which to show, as far as the node has them. */
export function renderExplanation(
  explained: NodeExplanation,
  resources: readonly string[],
  options: TableOptions,
): string {
  const names = resources.filter((name) => {
    const found = explained.resources[name];
    return found !== undefined && (found.allocatable > 0 || found.allocated > 0);
  });
  const render = <Row>(title: string, view: View<Row>): string[] =>
    view.rows.length === 0 ? [] : [`${title}\n${renderView(view, 'table', options)}`];
  const { workloads } = explained;
  const ofNode = workloads.filter(({ perNode }) => perNode);
  const others = workloads.filter(({ perNode }) => !perNode);
  return [
    identityLines(explained),
    renderView(resourcesView(explained, names), 'table', options),
    ...render('What fills it', fillsView(others, names)),
    ...render('DaemonSets and static pods, which go with it', fillsView(ofNode, names)),
    strandingPart(explained, names, options),
    ...emptyingParts(explained.emptying, options),
  ].join('\n');
}

function identityLines(explained: NodeExplanation): string {
  const { node, cluster, snapshotId, nodePool, instanceType, zone, capacityType, arch, os } = explained;
  const { ageSeconds, taints, emptying, workloads } = explained;
  const about = [
    nodePool === null ? null : `node pool ${nodePool}`,
    ...[instanceType, zone, capacityType, arch, os],
    ageSeconds === null ? null : `${formatAge(ageSeconds)} old`,
    statusOf(explained),
  ].filter((each) => each !== null);
  const lines = [
    `${node} of ${cluster} at ${snapshotId}: ${verdictText(emptying, workloads)}`,
    about.join(', '),
    ...(taints.length > 0 ? [`taints ${taints.join(', ')}`] : []),
  ];
  return lines.map((line) => `${printable(line)}\n`).join('');
}

interface ResourceRow {
  readonly resource: string;
}

function amountColumn<Row extends ResourceRow>(
  key: string,
  title: string,
  amountOf: (row: Row) => number | null,
  dropOrder?: number,
): Column<Row> {
  return {
    key,
    title,
    align: 'right',
    ...(dropOrder !== undefined && { dropOrder }),
    text: (row) => formatAmount(row.resource, amountOf(row)),
    value: amountOf,
  };
}

type NodeResourceRow = ResourceRow & NodeExplanation['resources'][string];

function resourcesView({ resources }: NodeExplanation, names: readonly string[]): View<NodeResourceRow> {
  const rows = names.flatMap((resource) => {
    const found = resources[resource];
    return found === undefined ? [] : [{ resource, ...found }];
  });
  const any = (of: (row: NodeResourceRow) => number): boolean => rows.some((row) => of(row) > 0);
  return {
    rows,
    columns: [
      { key: 'resource', title: 'RESOURCE', text: ({ resource }) => resource },
      barColumn('utilization', 'UTILIZATION', ({ utilization }) => utilization),
      amountColumn('allocated', 'ALLOCATED', ({ allocated }) => allocated),
      amountColumn('allocatable', 'ALLOCATABLE', ({ allocatable }) => allocatable),
      amountColumn('capacity', 'CAPACITY', ({ capacity }) => capacity, 4),
      amountColumn('daemonSet', 'DAEMONSETS', ({ daemonSet }) => daemonSet, 2),
      ...(any(({ staticPods }) => staticPods)
        ? [amountColumn<NodeResourceRow>('staticPods', 'STATIC PODS', ({ staticPods }) => staticPods, 3)]
        : []),
      amountColumn('free', 'FREE', ({ free }) => free),
      ...(any(({ overCommitted }) => overCommitted)
        ? [amountColumn<NodeResourceRow>('overCommitted', 'TOO MUCH', (row) => row.overCommitted, 1)]
        : []),
    ],
  };
}

/** What each workload takes here, and what share of the node that is. */
export function fillsView(fills: readonly Fill[], resources: readonly string[]): View<Fill> {
  const named = resources.filter(
    (name) => name !== 'pods' && fills.some(({ takes }) => (takes[name] ?? 0) > 0),
  );
  return {
    rows: fills,
    columns: [
      {
        key: 'namespace',
        title: 'NAMESPACE',
        flexible: true,
        dropOrder: 2,
        text: ({ namespace }) => namespace,
      },
      { key: 'kind', title: 'KIND', dropOrder: 3, text: ({ kind }) => kind },
      { key: 'name', title: 'NAME', flexible: true, least: 24, text: ({ name }) => name },
      countColumn('pods', 'PODS', ({ pods }) => pods),
      ...named.flatMap((name, index): Column<Fill>[] => [
        {
          key: name,
          title: name.toUpperCase(),
          align: 'right',
          dropOrder: index > 1 ? 10 + index : 1,
          text: ({ takes }) => formatAmount(name, takes[name] ?? 0),
          value: ({ takes }) => takes[name] ?? 0,
        },
        {
          key: `${name}.share`,
          title: `OF ${name.toUpperCase()}`,
          align: 'right',
          ...(index > 1 && { dropOrder: 10 + index }),
          text: ({ takes, shares }) => formatPercent(takes[name] === undefined ? 0 : (shares[name] ?? null)),
          value: ({ takes, shares }) => (takes[name] === undefined ? 0 : (shares[name] ?? null)),
        },
      ]),
    ],
  };
}

interface StrandedRow extends ResourceRow {
  readonly free: number;
  readonly stranded: number | null;
  readonly share: number;
  readonly alone: number;
}

function strandingPart(
  { stranding, resources }: NodeExplanation,
  names: readonly string[],
  options: TableOptions,
): string {
  const { unusable, pods, unfitShare, stranded, stops } = stranding;
  if (unusable.length > 0)
    return `${printable(`Stranded: not counted, since room here is not usable: ${unusable.join(', ')}`)}\n`;
  if (pods === null || unfitShare === null)
    return 'Stranded: unknown, since no pods but those of DaemonSets run in the cluster\n';
  if (pods === 0)
    return 'Stranded: all that is free, since no pod of the cluster may run here by its rules\n';
  const mayRun = `pods of the cluster that may run here (${formatNumber(pods)})`;
  if (unfitShare === 0) return `Stranded: nothing; all ${mayRun} would fit into what is free\n`;
  const rows = [...new Set([...names, ...Object.keys(stops)])].map((resource) => ({
    resource,
    free: resources[resource]?.free ?? 0,
    stranded: stranded[resource] ?? 0,
    share: stops[resource]?.share ?? 0,
    alone: stops[resource]?.alone ?? 0,
  }));
  const percentColumn = (key: 'share' | 'alone', title: string): Column<StrandedRow> => ({
    key,
    title,
    align: 'right',
    text: (row) => formatPercent(row[key]),
    value: (row) => row[key],
  });
  const why = Object.entries(stops).map(([name, { share }]) => `${name} stops ${formatPercent(share)}`);
  return `Stranded: ${formatPercent(unfitShare)} of the ${mayRun} would not fit; ${why.join(', ')}\n${renderView(
    {
      rows,
      columns: [
        { key: 'resource', title: 'RESOURCE', text: ({ resource }) => resource },
        amountColumn<StrandedRow>('free', 'FREE', ({ free }) => free),
        amountColumn<StrandedRow>('stranded', 'STRANDED', (row) => row.stranded),
        percentColumn('share', 'STOPS'),
        percentColumn('alone', 'STOPS ALONE'),
      ],
    },
    'table',
    options,
  )}`;
}
