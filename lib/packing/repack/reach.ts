/**
 * Where workloads may go, for a search that asks often. Pods that few nodes may run look at those. To all others most
 * nodes are the same, whatever those few have in particular, such as their name: such nodes are of one group.
 */
import type { Eligibility } from './eligibility.ts';

export interface Reach {
  /** The group of the node at a position. */
  readonly groupOf: Int32Array;
  /** By workload: the nodes that may run it, in their order, where they are few. */
  fewOf(workload: number): readonly number[] | null;
  /** Of a workload that many may run. */
  admits(workload: number, group: number): boolean;
}

/** Nodes are few where there are no more of them than there would be shelves to look at. */
const shelvesOfGroup = 64;

export function reachOf(
  eligibility: Pick<Eligibility, 'classOf' | 'nodeClassOf' | 'admits'>,
  few = shelvesOfGroup,
): Reach {
  const { classOf, nodeClassOf } = eligibility;
  const nodesOf = Map.groupBy(nodeClassOf.keys(), (node) => nodeClassOf[node] as number);
  const fewNodes = new Map<number, readonly number[]>();
  const many: number[] = [];
  for (const constraintClass of new Set(classOf)) {
    const found: number[] = [];
    for (const [nodeClass, nodes] of nodesOf) {
      if (eligibility.admits(constraintClass, nodeClass)) found.push(...nodes);
      if (found.length > few) break;
    }
    if (found.length > few) many.push(constraintClass);
    else
      fewNodes.set(
        constraintClass,
        found.sort((a, b) => a - b),
      );
  }
  const groups = new Map<string, number>();
  const groupOfClass = new Map<number, number>();
  const examples: number[] = [];
  for (const nodeClass of nodesOf.keys()) {
    const text = many
      .map((constraintClass) => (eligibility.admits(constraintClass, nodeClass) ? '1' : '0'))
      .join('');
    const group = groups.get(text) ?? examples.push(nodeClass) - 1;
    groups.set(text, group);
    groupOfClass.set(nodeClass, group);
  }
  return {
    groupOf: nodeClassOf.map((nodeClass) => groupOfClass.get(nodeClass) as number),
    fewOf: (workload) => fewNodes.get(classOf[workload] as number) ?? null,
    admits: (workload, group) => eligibility.admits(classOf[workload] as number, examples[group] as number),
  };
}
