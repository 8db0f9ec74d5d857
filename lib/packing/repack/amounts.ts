/** Rows as whole numbers in typed arrays: resources are columns. Cpu in milli, the rest in whole units. */
import { isAccounted } from '../../model/resources.ts';
import { sortedNames } from '../amounts.ts';
import type { RepackNode, RepackWorkload } from './input.ts';

/** A matrix in rows, one column a resource. */
export type Matrix = Float64Array;

/** What is counted: what some workload asks for, and pod slots, of which every pod takes one. */
export function resourceNames(workloads: readonly Pick<RepackWorkload, 'requests'>[]): readonly string[] {
  const asked = new Set(['pods']);
  for (const { requests } of workloads) {
    for (const [name, amount] of Object.entries(requests))
      if (amount > 0 && isAccounted(name)) asked.add(name);
  }
  return sortedNames(asked);
}

/** Published amounts are exact multiples, but for the last bit of a double: hence rounded. */
export function wholeOf(name: string, amount: number): number {
  return Math.round(name === 'cpu' ? amount * 1000 : amount);
}

/** Of one pod; what the scheduler does not keep account of asks for nothing. */
export function demandsOf(
  workloads: readonly Pick<RepackWorkload, 'requests'>[],
  names: readonly string[],
): Matrix {
  const demands = new Float64Array(workloads.length * names.length);
  for (const [row, { requests }] of workloads.entries()) {
    for (const [column, name] of names.entries()) {
      const amount = name === 'pods' ? 1 : wholeOf(name, requests[name] ?? 0);
      demands[row * names.length + column] = Math.max(0, amount);
    }
  }
  return demands;
}

/** A resource that a node does not name is 0. */
export function allocatableOf(nodes: readonly RepackNode[], names: readonly string[]): Matrix {
  const allocatable = new Float64Array(nodes.length * names.length);
  for (const [row, { resources }] of nodes.entries()) {
    for (const [column, name] of names.entries()) {
      allocatable[row * names.length + column] = wholeOf(name, resources[name]?.allocatable ?? 0);
    }
  }
  return allocatable;
}
