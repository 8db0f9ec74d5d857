/** How well nodes are filled, from stored rows. Amounts are as rows have them: cores, bytes, pods, devices. */
import { isAccounted } from '../model/resources.ts';
import type { NodeRow, WorkloadRow } from '../model/snapshot.ts';
import { blockingTaint } from '../scheduler/fit.ts';
import { sortedNames } from './amounts.ts';
import { taintFrom } from './repack/eligibility.ts';

export type MeasuredNode = Pick<
  NodeRow,
  'node' | 'zone' | 'ready' | 'unschedulable' | 'taints' | 'resources' | 'placements'
>;
export type MeasuredWorkload = Pick<WorkloadRow, 'index' | 'daemonSet' | 'pods' | 'requests'>;

/** As `isUsable`, of a row: what keeps a plain pod away, in words; nothing where the node is usable. */
export function unusableBecause({
  ready,
  unschedulable,
  taints,
}: Pick<NodeRow, 'ready' | 'unschedulable' | 'taints'>): string[] {
  const blocking = taints.filter((taint) => blockingTaint([], { taints: [taintFrom(taint)] }) !== null);
  return [
    ...(ready === true ? [] : [ready === null ? 'its readiness is unknown' : 'it is not ready']),
    ...(unschedulable ? ['it is cordoned'] : []),
    ...blocking.map((taint) => `it has the taint ${taint}`),
  ];
}

function isUsableRow(row: MeasuredNode): boolean {
  return unusableBecause(row).length === 0;
}

/** With at least one pod that is not of a DaemonSet. */
function filledNodes<N extends MeasuredNode>(
  nodes: readonly N[],
  workloads: readonly MeasuredWorkload[],
): N[] {
  const daemonSets = new Set(workloads.filter(({ daemonSet }) => daemonSet).map(({ index }) => index));
  return nodes.filter(({ placements }) => placements.some(([workload]) => !daemonSets.has(workload)));
}

export interface Measures {
  /** By resource: requests over what is allocatable, on nodes with pods (Protean, OSDI '20). */
  readonly density: Readonly<Record<string, number | null>>;
  /** By resource: requests of DaemonSet pods over what is allocatable, on all nodes. */
  readonly daemonSetOverhead: Readonly<Record<string, number | null>>;
  /** Usable nodes with none but DaemonSet pods, and their share of the usable ones (LAVA, MLSys '25). */
  readonly emptyNodes: number;
  readonly emptyShare: number | null;
  /** Mean difference of the cpu and memory shares of nodes with pods; 0 is best. */
  readonly balance: number | null;
}

export function measuresOf(nodes: readonly MeasuredNode[], workloads: readonly MeasuredWorkload[]): Measures {
  const filled = filledNodes(nodes, workloads);
  const usable = nodes.filter(isUsableRow);
  const withPods = new Set(filled);
  const emptyNodes = usable.filter((node) => !withPods.has(node)).length;
  const names = resourcesOf(nodes);
  const differences = filled.flatMap(({ resources: { cpu, memory } }) => {
    const [a, b] = [shareOf(cpu), shareOf(memory)];
    return a === null || b === null ? [] : [Math.abs(a - b)];
  });
  return {
    density: ratios(names, filled, 'allocated'),
    daemonSetOverhead: ratios(names, nodes, 'daemonSet'),
    emptyNodes,
    emptyShare: usable.length === 0 ? null : emptyNodes / usable.length,
    balance:
      differences.length === 0 ? null : differences.reduce((sum, each) => sum + each, 0) / differences.length,
  };
}

export interface WithoutLargest {
  /** null: the whole cluster. */
  readonly zone: string | null;
  /** What would be free; negative: not all pods would have a place. */
  readonly left: Readonly<Record<string, number>>;
}

/** By resource, what is left once the largest usable node is lost: of the cluster, then of each zone by name. */
export function withoutLargestNode(nodes: readonly MeasuredNode[]): WithoutLargest[] {
  const usable = nodes.filter(isUsableRow);
  const zones = [...new Set(usable.flatMap(({ zone }) => zone ?? []))].sort();
  const names = resourcesOf(usable);
  const leftOf = (of: readonly MeasuredNode[]): Record<string, number> =>
    Object.fromEntries(
      names.map((name) => {
        const amounts = of.map(({ resources }) => resources[name]);
        const largest = amounts.reduce((most, each) => Math.max(most, each?.allocatable ?? 0), 0);
        const free = amounts.reduce(
          (sum, each) => sum + (each?.allocatable ?? 0) - (each?.allocated ?? 0),
          0,
        );
        return [name, free - largest];
      }),
    );
  return [
    { zone: null, left: leftOf(usable) },
    ...zones.map((zone) => ({ zone, left: leftOf(usable.filter((node) => node.zone === zone)) })),
  ];
}

/** A request is common where at least one pod in a hundred makes it. */
const commonShare = 0.01;

/**
 * The simple form of stranding (Borg, EuroSys '15, names the effect): what is free where another resource that common
 * pods ask for has less left than the smallest common request of it. null: no pods but DaemonSets'.
 */
export function strandedSimply(
  nodes: readonly MeasuredNode[],
  workloads: readonly MeasuredWorkload[],
): Readonly<Record<string, number>> | null {
  const smallest = smallestCommonRequests(workloads);
  if (smallest === null) return null;
  const usable = nodes.filter(isUsableRow);
  const stranded = Object.fromEntries(resourcesOf(usable).map((name) => [name, 0]));
  for (const { resources } of usable) {
    const short = [...smallest].filter(([name, amount]) => freeOf(resources[name]) < amount);
    for (const [name, amounts] of Object.entries(resources)) {
      if (short.some(([other]) => other !== name)) stranded[name] = (stranded[name] ?? 0) + freeOf(amounts);
    }
  }
  return stranded;
}

function smallestCommonRequests(workloads: readonly MeasuredWorkload[]): Map<string, number> | null {
  const counted = workloads.filter(({ daemonSet, pods }) => !daemonSet && pods > 0);
  const total = counted.reduce((sum, { pods }) => sum + pods, 0);
  if (total === 0) return null;
  const counts = new Map<string, Map<number, number>>();
  for (const { requests, pods } of counted) {
    for (const [name, amount] of [...Object.entries(requests), ['pods', 1] as const]) {
      if (amount <= 0 || (name !== 'pods' && !isAccounted(name))) continue;
      const byAmount = counts.get(name) ?? new Map<number, number>();
      counts.set(name, byAmount);
      byAmount.set(amount, (byAmount.get(amount) ?? 0) + pods);
    }
  }
  const smallest = new Map<string, number>();
  for (const [name, byAmount] of counts) {
    const common = [...byAmount].filter(([, pods]) => pods >= commonShare * total).map(([amount]) => amount);
    if (common.length > 0) smallest.set(name, Math.min(...common));
  }
  return smallest;
}

type Amounts = NodeRow['resources'][string];

/** An over-committed node has nothing left, not less. */
function freeOf(amounts: Amounts | undefined): number {
  return amounts === undefined ? 0 : Math.max(0, amounts.allocatable - amounts.allocated);
}

function shareOf(amounts: Amounts | undefined): number | null {
  return amounts === undefined || amounts.allocatable <= 0 ? null : amounts.allocated / amounts.allocatable;
}

function resourcesOf(nodes: readonly MeasuredNode[]): string[] {
  return sortedNames(nodes.flatMap(({ resources }) => Object.keys(resources)));
}

function ratios(
  names: readonly string[],
  nodes: readonly MeasuredNode[],
  part: 'allocated' | 'daemonSet',
): Record<string, number | null> {
  return Object.fromEntries(
    names.map((name) => {
      let [taken, all] = [0, 0];
      for (const { resources } of nodes) {
        taken += resources[name]?.[part] ?? 0;
        all += resources[name]?.allocatable ?? 0;
      }
      return [name, all > 0 ? taken / all : null];
    }),
  );
}
