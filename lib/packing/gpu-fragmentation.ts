/**
 * Free GPUs that the cluster's own pods cannot use: the FGD measure (Weng et al., ATC '23) for whole GPUs, since rows do
 * not know devices one by one. On each node, what a shape cannot use is all of its free GPUs where the shape asks for
 * none or does not fit by cpu, GPU or node rules, and nothing where it fits; shapes are weighed by their pods.
 */
import type { NodeRow } from '../model/snapshot.ts';
import { resourceNames, wholeOf } from './repack/amounts.ts';
import { eligibilityOf } from './repack/eligibility.ts';
import { isTarget } from './repack/problem.ts';
import type { RepackNode, RepackWorkload } from './repack/input.ts';

export interface GpuFragmentation {
  readonly resource: string;
  readonly free: number;
  readonly fragmented: number;
  /** null: none is free. */
  readonly rate: number | null;
}

/** By GPU resource, by name; without pods but DaemonSets' nothing is said. */
export function gpuFragmentation(
  nodes: readonly RepackNode[],
  workloads: readonly (RepackWorkload & { readonly pods: number })[],
): GpuFragmentation[] {
  const counted = workloads.filter(({ daemonSet, pods }) => !daemonSet && pods > 0);
  const total = counted.reduce((sum, { pods }) => sum + pods, 0);
  if (total === 0) return [];
  const names = new Set([
    ...nodes.flatMap(({ resources }) => Object.keys(resources)),
    ...resourceNames(counted),
  ]);
  const eligibility = eligibilityOf(
    nodes,
    counted.map(({ constraints }) => constraints),
  );
  return [...names]
    .filter((name) => name.toLowerCase().includes('gpu'))
    .sort()
    .map((resource) => {
      const asking = [...counted.entries()].filter(([, { requests }]) => (requests[resource] ?? 0) > 0);
      let [free, fragmented] = [0, 0];
      for (const [index, node] of nodes.entries()) {
        const here = freeWhole(node, resource);
        if (here === 0) continue;
        free += here;
        let fitting = 0;
        for (const [position, { requests, pods }] of asking) {
          const { matchesAffinity, toleratesTaints } = eligibility.admission(
            eligibility.classOf[position] ?? -1,
            index,
          );
          if (!isTarget(node) || !matchesAffinity || !toleratesTaints) continue;
          const fits = ['cpu', resource].every(
            (name) => wholeOf(name, requests[name] ?? 0) <= freeWhole(node, name),
          );
          if (fits) fitting += pods;
        }
        fragmented += here * (1 - fitting / total);
      }
      return { resource, free, fragmented, rate: free > 0 ? fragmented / free : null };
    });
}

function freeWhole({ resources }: Pick<NodeRow, 'resources'>, name: string): number {
  const amounts = resources[name];
  if (amounts === undefined) return 0;
  return Math.max(0, wholeOf(name, amounts.allocatable) - wholeOf(name, amounts.allocated));
}
