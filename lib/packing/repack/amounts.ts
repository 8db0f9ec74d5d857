/** Amounts as whole numbers in typed arrays: resources are columns. Cpu in milli, the rest in whole units. */
import { isAccounted, type ResourceTotals } from '../../model/resources.ts';
import type { NodeRow, WorkloadRow } from '../../model/snapshot.ts';
import { sortedNames } from '../amounts.ts';
import type { NodeUsage } from '../usage.ts';
import type { RepackNode, RepackWorkload } from './input.ts';

/** A matrix in rows, one column a resource. */
export type Matrix = Float64Array;

/** Published amounts are exact multiples, but for the last bit of a double: hence rounded. */
export function wholeOf(name: string, amount: number): number {
  return Math.round(name === 'cpu' ? amount * 1000 : amount);
}

/** Of one pod; never below 0. What the scheduler does not keep account of is asked for all the same. */
export function requestOf({ requests }: Pick<RepackWorkload, 'requests'>, name: string): number {
  const whole =
    requests instanceof Map
      ? Number((requests as ResourceTotals).get(name) ?? 0n)
      : wholeOf(name, (requests as WorkloadRow['requests'])[name] ?? 0);
  return Math.max(0, whole);
}

/** Names of what some workload asks for. */
export function requestedNames(workloads: readonly Pick<RepackWorkload, 'requests'>[]): ReadonlySet<string> {
  const asked = new Set<string>();
  // workloads of equal requests may share the object
  for (const requests of new Set(workloads.map((workload) => workload.requests))) {
    const names = requests instanceof Map ? (requests as ResourceTotals).keys() : Object.keys(requests);
    for (const name of names) if (!asked.has(name) && requestOf({ requests }, name) > 0) asked.add(name);
  }
  return asked;
}

/** A resource that a node does not name is 0. */
export function amountOf(
  { resources }: Pick<RepackNode, 'resources'>,
  part: 'allocatable' | 'allocated',
  name: string,
): number {
  if (resources instanceof Map) return Number((resources as NodeUsage['resources']).get(name)?.[part] ?? 0n);
  return wholeOf(name, (resources as NodeRow['resources'])[name]?.[part] ?? 0);
}

export function resourcesOf({ resources }: Pick<RepackNode, 'resources'>): Iterable<string> {
  return resources instanceof Map ? (resources as NodeUsage['resources']).keys() : Object.keys(resources);
}

/** What is counted: what some workload asks for, and pod slots, of which every pod takes one. */
export function resourceNames(workloads: readonly Pick<RepackWorkload, 'requests'>[]): readonly string[] {
  return sortedNames(['pods', ...requestedNames(workloads).keys().filter(isAccounted)]);
}

/** Of one pod; what the scheduler does not keep account of asks for nothing. */
export function demandsOf(
  workloads: readonly Pick<RepackWorkload, 'requests'>[],
  names: readonly string[],
): Matrix {
  return matrixOf(workloads, names, (workload, name) => (name === 'pods' ? 1 : requestOf(workload, name)));
}

export function allocatableOf(nodes: readonly RepackNode[], names: readonly string[]): Matrix {
  return matrixOf(nodes, names, (node, name) => amountOf(node, 'allocatable', name));
}

function matrixOf<T>(
  rows: readonly T[],
  names: readonly string[],
  amount: (row: T, name: string) => number,
): Matrix {
  const matrix = new Float64Array(rows.length * names.length);
  let at = 0;
  for (const row of rows) for (const name of names) matrix[at++] = amount(row, name);
  return matrix;
}
