/** How few nodes would do, as people read it. */
import type { Summary } from '../model/snapshot.ts';
import type { RepackInput } from '../packing/repack/input.ts';
import type { Repacking } from '../packing/repack/repack.ts';
import { formatCount, formatNumber } from './format.ts';
import type { View } from './view.ts';

export interface NamedDrain {
  readonly node: string;
  readonly nodePool: string | null;
  readonly instanceType: string | null;
  readonly moves: readonly { readonly workload: string; readonly to: string; readonly pods: number }[];
}

export interface NamedStay {
  readonly node: string;
  readonly why: 'held' | 'no place' | 'topology spread';
  /** Pods by what holds them. */
  readonly by?: Readonly<Record<string, number>>;
  readonly workload?: string;
}

export interface NamedRepacking extends Pick<
  Repacking,
  'nodes' | 'lowerBoundNodes' | 'repackedNodes' | 'drainedNodes' | 'saving' | 'expired' | 'notes'
> {
  readonly cluster: string;
  readonly snapshotId: string;
  /** In the order to drain them. */
  readonly drains: readonly NamedDrain[];
  readonly stays: readonly NamedStay[];
  /** All pods placed anew: the nodes that this takes; null where it was not found. */
  readonly packedAnew: { readonly score: string; readonly nodes: readonly string[] } | null;
}

/** Positions in the rows -> names, for people and scripts. */
export function nameRepacking(
  found: Repacking,
  { cluster, snapshotId }: Pick<Summary, 'cluster' | 'snapshotId'>,
  { nodes, workloads }: Pick<RepackInput, 'nodes' | 'workloads'>,
): NamedRepacking {
  const nodeName = (index: number): string => nodes[index]?.node ?? '';
  const workloadName = (index: number): string => {
    const row = workloads[index];
    return row === undefined ? '' : `${row.namespace}/${row.name}`;
  };
  const { lowerBoundNodes, repackedNodes, drainedNodes, saving, expired, notes, fresh } = found;
  return {
    cluster,
    snapshotId,
    nodes: found.nodes,
    lowerBoundNodes,
    repackedNodes,
    drainedNodes,
    saving,
    expired,
    notes,
    packedAnew: fresh === null ? null : { score: fresh.score, nodes: fresh.nodes.map(nodeName) },
    drains: found.drains.map(({ node, moves }) => ({
      node: nodeName(node),
      nodePool: nodes[node]?.nodePool ?? null,
      instanceType: nodes[node]?.instanceType ?? null,
      moves: moves.map(({ workload, to, pods }) => ({
        workload: workloadName(workload),
        to: nodeName(to),
        pods,
      })),
    })),
    stays: found.stays.map((stay) =>
      stay.why === 'held'
        ? { node: nodeName(stay.node), why: stay.why, by: stay.by }
        : {
            node: nodeName(stay.node),
            why: stay.why,
            ...(stay.why === 'no place' && { workload: workloadName(stay.workload) }),
          },
    ),
  };
}

/** It was not looked for, and why, in words. */
export interface NotRepacked {
  readonly why: string;
}

/** at least 41 nodes, 44 found, 61 running */
export function intervalText({
  lowerBoundNodes,
  repackedNodes,
  nodes,
}: Pick<Repacking, 'lowerBoundNodes' | 'repackedNodes' | 'nodes'>): string {
  const found = repackedNodes === null ? '' : `, ${formatNumber(repackedNodes)} found`;
  return `at least ${formatCount(lowerBoundNodes, 'node')}${found}, ${formatNumber(nodes)} running`;
}

/** And what draining node by node reaches, where that is something else. */
export function intervalOf(found: NamedRepacking): string {
  const { repackedNodes, drainedNodes } = found;
  const drained =
    drainedNodes === null || drainedNodes === repackedNodes
      ? ''
      : `; draining one node after another reaches ${formatNumber(drainedNodes)}`;
  return `${intervalText(found)}${repackedNodes === null ? '; none was found in time' : ''}${drained}`;
}

export function repackHeadline(found: NamedRepacking): string {
  const { cluster, snapshotId, saving } = found;
  const money =
    saving === null
      ? ''
      : `; that saves $${saving.perHour.toFixed(2)} an hour, $${formatNumber(Math.round(saving.perMonth))} a month` +
        (saving.unpriced > 0 ? ` (${saving.unpriced} of the nodes have no price)` : '');
  return `${cluster} at ${snapshotId}: ${intervalOf(found)}${money}`;
}

interface DrainRow {
  readonly node: string;
  readonly nodePool: string | null;
  readonly instanceType: string | null;
  readonly pods: number;
  readonly to: number;
}

export function drainsView({ drains }: NamedRepacking): View<DrainRow> {
  return {
    rows: drains.map(({ moves, ...rest }) => ({
      ...rest,
      pods: moves.reduce((sum, { pods }) => sum + pods, 0),
      to: new Set(moves.map(({ to }) => to)).size,
    })),
    columns: [
      { key: 'node', title: 'NODE', flexible: true, least: 30, text: ({ node }) => node },
      {
        key: 'nodePool',
        title: 'NODE POOL',
        flexible: true,
        dropOrder: 1,
        text: ({ nodePool }) => nodePool ?? '-',
        value: ({ nodePool }) => nodePool,
      },
      {
        key: 'instanceType',
        title: 'TYPE',
        dropOrder: 2,
        text: ({ instanceType }) => instanceType ?? '-',
        value: ({ instanceType }) => instanceType,
      },
      {
        key: 'pods',
        title: 'PODS TO MOVE',
        align: 'right',
        text: ({ pods }) => formatNumber(pods),
        value: ({ pods }) => pods,
      },
      {
        key: 'to',
        title: 'TO NODES',
        align: 'right',
        dropOrder: 3,
        text: ({ to }) => formatNumber(to),
        value: ({ to }) => to,
      },
    ],
  };
}

interface StayRow {
  readonly why: string;
  readonly nodes: number;
  readonly example: string;
}

/** By reason: how many nodes, and one of them. */
export function staysView({ stays }: NamedRepacking): View<StayRow> {
  const rows = new Map<string, { nodes: number; example: string }>();
  for (const stay of stays) {
    const why =
      stay.why === 'held'
        ? Object.keys(stay.by ?? {})
            .toSorted()
            .join(', ')
        : stay.why;
    const row = rows.get(why) ?? {
      nodes: 0,
      example: stay.workload === undefined ? stay.node : `${stay.node}: ${stay.workload}`,
    };
    rows.set(why, { ...row, nodes: row.nodes + 1 });
  }
  return {
    rows: [...rows].map(([why, row]) => ({ why, ...row })).toSorted((a, b) => b.nodes - a.nodes),
    columns: [
      { key: 'why', title: 'BECAUSE OF', text: ({ why }) => why },
      {
        key: 'nodes',
        title: 'NODES',
        align: 'right',
        text: ({ nodes }) => formatNumber(nodes),
        value: ({ nodes }) => nodes,
      },
      { key: 'example', title: 'SUCH AS', flexible: true, least: 30, text: ({ example }) => example },
    ],
  };
}
