/** One resource on one node, and whether the node's room can be used. */
import { readinessOf, taintText, type Node, type Readiness } from '../model/node.ts';
import { toTotals, type ResourceList, type ResourceTotals } from '../model/resources.ts';
import { blockingTaint } from '../scheduler/fit.ts';
import { sortedNames } from './amounts.ts';
import type { PackedNode } from './fold.ts';
import { oncePerObject, oncePerText } from './sharing.ts';

export interface ResourceUsage {
  readonly capacity: bigint;
  readonly allocatable: bigint;
  readonly allocated: bigint;
  readonly daemonSet: bigint;
}

/** A packed node's numbers by resource, `pods` among them. */
export interface NodeUsage extends Pick<PackedNode, 'node' | 'podCount' | 'placements'> {
  readonly usable: boolean;
  readonly resources: ReadonlyMap<string, ResourceUsage>;
}

export function usagesOf(nodes: Iterable<PackedNode>): NodeUsage[] {
  // nodes of a pool share what they have, and so the numbers of it
  const totalsOf = oncePerObject<ResourceList, ResourceTotals>(toTotals);
  const inOrder = oncePerText((names: readonly string[]) => names.join('\n'), sortedNames);
  const usages: NodeUsage[] = [];
  for (const { node, podCount, placements, requested, daemonSet, daemonSetPods } of nodes) {
    const capacity = totalsOf(node.capacity);
    const allocatable = totalsOf(node.allocatable);
    const names = inOrder([...capacity.keys(), ...allocatable.keys(), ...requested.keys(), 'pods']);
    const resources = new Map<string, ResourceUsage>();
    for (const name of names) {
      const pods = name === 'pods';
      resources.set(name, {
        capacity: capacity.get(name) ?? 0n,
        allocatable: allocatable.get(name) ?? 0n,
        allocated: pods ? BigInt(podCount) : (requested.get(name) ?? 0n),
        daemonSet: pods ? BigInt(daemonSetPods) : (daemonSet.get(name) ?? 0n),
      });
    }
    usages.push({ node, podCount, placements, usable: isUsable(node), resources });
  }
  return usages;
}

/** Whether a plain pod may use what is free on a node. */
export function isUsable(node: Node): boolean {
  return unusableBecause({ ...node, readiness: readinessOf(node) }).length === 0;
}

/**
 * What keeps a plain pod away, in words; nothing where the node is usable. The scheduler does not look at readiness
 * itself (it is turned into taints); a node that is not ready counts as unusable here all the same.
 */
export function unusableBecause({
  readiness,
  unschedulable,
  taints,
}: Pick<Node, 'unschedulable' | 'taints'> & { readonly readiness: Readiness }): string[] {
  return [
    ...(readiness === 'unknown' ? ['its readiness is unknown'] : []),
    ...(readiness === 'notReady' ? ['it is not ready'] : []),
    ...(unschedulable ? ['it is cordoned'] : []),
    ...taints
      .filter((taint) => blockingTaint([], { taints: [taint] }) !== null)
      .map((taint) => `it has the taint ${taintText(taint)}`),
  ];
}

/** What is left; an over-committed node has nothing left, not less. */
export function freeOf({ allocatable, allocated }: Pick<ResourceUsage, 'allocatable' | 'allocated'>): bigint {
  return allocatable > allocated ? allocatable - allocated : 0n;
}
