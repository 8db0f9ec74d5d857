/** How well nodes are filled, and what of them could be lost. Amounts are whole numbers, as the scheduler counts. */
import { isAccounted, type ResourceTotals } from '../model/resources.ts';
import { ratioOf } from './amounts.ts';
import type { Workload } from './fold.ts';
import { freeOf, type NodeUsage, type ResourceUsage } from './usage.ts';

type Measured = Pick<NodeUsage, 'resources'>;

/** With at least one pod that is not of a DaemonSet. */
export function isFilled({ resources }: Measured): boolean {
  const pods = resources.get('pods');
  return pods !== undefined && pods.allocated > pods.daemonSet;
}

/** Requests over what is allocatable, of nodes with pods: packing density (Protean, OSDI '20). */
export function densityOf(filled: readonly Measured[], name: string): number | null {
  const { allocated, allocatable } = totalsOf(filled, name);
  return ratioOf(allocated, allocatable);
}

/**
 * Mean difference of the cpu and memory shares of nodes with pods; 0 is best. (The scheduler's balanced allocation looks
 * at the same on one node.) null: no such node.
 */
export function balanceOf(nodes: readonly Measured[]): number | null {
  const differences = nodes.filter(isFilled).flatMap(({ resources }) => {
    const [cpu, memory] = [shareOf(resources.get('cpu')), shareOf(resources.get('memory'))];
    return cpu === null || memory === null ? [] : [Math.abs(cpu - memory)];
  });
  if (differences.length === 0) return null;
  return differences.reduce((sum, each) => sum + each, 0) / differences.length;
}

/**
 * What would be left of a resource without the node that has most of it; below 0 not all pods would have a place. null: no
 * node has any.
 */
export function leftWithoutLargest(nodes: readonly Measured[], name: string): bigint | null {
  const { allocated, allocatable, largest } = totalsOf(nodes, name);
  return largest === 0n ? null : allocatable - largest - allocated;
}

/** What would be left of a resource with some nodes gone and all pods still there. */
export function leftWithout(nodes: readonly Measured[], gone: ReadonlySet<Measured>, name: string): bigint {
  const { allocatable } = totalsOf(
    nodes.filter((node) => !gone.has(node)),
    name,
  );
  return allocatable - totalsOf(nodes, name).allocated;
}

/** Of the nodes that have the resource; `largest`: the most that one of them has. */
function totalsOf(
  nodes: readonly Measured[],
  name: string,
): Readonly<Record<'allocatable' | 'allocated' | 'largest', bigint>> {
  let [allocatable, allocated, largest] = [0n, 0n, 0n];
  for (const { resources } of nodes) {
    const usage = resources.get(name);
    if (usage === undefined) continue;
    allocatable += usage.allocatable;
    allocated += usage.allocated;
    if (usage.allocatable > largest) largest = usage.allocatable;
  }
  return { allocatable, allocated, largest };
}

/** A request is common where at least one pod in a hundred makes it. */
const commonShare = 0.01;

/**
 * The simple form of stranding (Borg, EuroSys '15, names the effect): what is free where another resource that common
 * pods ask for has less left than the smallest common request of it. By name; null: no pods but DaemonSets'.
 */
export function strandedSimply(
  nodes: readonly NodeUsage[],
  workloads: readonly Workload[],
): ReadonlyMap<string, bigint> | null {
  const smallest = smallestCommonRequests(workloads);
  if (smallest === null) return null;
  const stranded = new Map<string, bigint>();
  for (const { resources } of nodes.filter(({ usable }) => usable)) {
    const short = new Set<string>();
    for (const [name, amount] of smallest) {
      const usage = resources.get(name);
      // a node without GPUs is not short of them
      if (usage !== undefined && usage.allocatable > 0n && freeOf(usage) < amount) short.add(name);
    }
    for (const [name, usage] of resources) {
      const byOthers = short.size > (short.has(name) ? 1 : 0);
      stranded.set(name, (stranded.get(name) ?? 0n) + (byOthers ? freeOf(usage) : 0n));
    }
  }
  return stranded;
}

function smallestCommonRequests(workloads: readonly Workload[]): ReadonlyMap<string, bigint> | null {
  // workloads of equal requests share the object
  const podsOf = new Map<ResourceTotals, number>();
  let total = 0;
  for (const { daemonSet, bound, requests } of workloads) {
    if (daemonSet) continue;
    total += bound;
    podsOf.set(requests, (podsOf.get(requests) ?? 0) + bound);
  }
  if (total === 0) return null;
  const counts = new Map<string, Map<bigint, number>>();
  for (const [requests, pods] of podsOf) {
    for (const [name, amount] of requests) {
      if (amount <= 0n || !isAccounted(name)) continue;
      const byAmount = counts.get(name) ?? new Map<bigint, number>();
      counts.set(name, byAmount);
      byAmount.set(amount, (byAmount.get(amount) ?? 0) + pods);
    }
  }
  const smallest = new Map([['pods', 1n]]);
  for (const [name, byAmount] of counts) {
    for (const [amount, pods] of byAmount) {
      const least = smallest.get(name);
      if (pods >= commonShare * total && (least === undefined || amount < least)) smallest.set(name, amount);
    }
  }
  return smallest;
}

function shareOf(usage: ResourceUsage | undefined): number | null {
  return usage === undefined ? null : ratioOf(usage.allocated, usage.allocatable);
}
