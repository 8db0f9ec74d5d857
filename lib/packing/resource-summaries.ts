/** What there is of each resource in the whole cluster, and how much of it pods can use. */
import { addTotals } from '../model/resources.ts';
import type { ResourceSummary } from '../model/snapshot.ts';
import { ratioOf, sortedNames, toPublished } from './amounts.ts';
import { apartKindOf } from './apart.ts';
import { distributionOf } from './distribution.ts';
import { accounted, type Workload } from './fold.ts';
import { gpuFragmentation, isGpu } from './gpu-fragmentation.ts';
import { densityOf, isFilled, leftWithoutLargest, strandedSimply } from './measures.ts';
import { strandedByShape } from './stranding.ts';
import { inputOf, type CountedInput } from './repack/of-usages.ts';
import { freeOf, type NodeUsage } from './usage.ts';

/** Not `whole`: of some pods or nodes, of which nobody can say what the others leave. */
export function summariseResources(
  usages: readonly NodeUsage[],
  workloads: readonly Workload[],
  input: CountedInput,
  { whole }: { readonly whole: boolean },
): (readonly [string, ResourceSummary])[] {
  const pending = new Map<string, bigint>();
  for (const workload of workloads) {
    if (workload.pending === 0) continue;
    addTotals(pending, accounted(workload.requests), BigInt(workload.pending));
    pending.set('pods', (pending.get('pods') ?? 0n) + BigInt(workload.pending));
  }
  const stranded = strandedByShape(usages, workloads);
  const simply = strandedSimply(usages, workloads);
  const ordinary = usages.filter(({ node }) => apartKindOf(node) !== 'virtual');
  const usable = ordinary.filter((usage) => usage.usable);
  const filled = ordinary.filter(isFilled);
  const fragmented = new Map(
    gpuFragmentation(inputOf(usages.filter(hasGpu), []).nodes, input.workloads).map((gpu) => [
      gpu.resource,
      gpu.fragmented,
    ]),
  );
  const names = sortedNames(
    usages.flatMap(({ resources }) => [...resources.keys()]).concat([...pending.keys()]),
  );
  return names.map((name) => {
    let [capacity, allocatable, allocated, daemonSet, free, usableFree] = [0n, 0n, 0n, 0n, 0n, 0n];
    const utilizations: number[] = [];
    for (const { resources, usable: isUsable } of usages) {
      const usage = resources.get(name);
      if (usage === undefined) continue;
      capacity += usage.capacity;
      allocatable += usage.allocatable;
      allocated += usage.allocated;
      daemonSet += usage.daemonSet;
      free += freeOf(usage);
      if (isUsable) usableFree += freeOf(usage);
      const utilization = ratioOf(usage.allocated, usage.allocatable);
      if (utilization !== null) utilizations.push(utilization);
    }
    const strandedHere = stranded?.get(name) ?? (stranded === null ? null : 0);
    const fragmentedHere = fragmented.get(name);
    const left = leftWithoutLargest(usable, name);
    const summary: ResourceSummary = {
      capacity: toPublished(name, capacity),
      allocatable: toPublished(name, allocatable),
      allocated: toPublished(name, allocated),
      daemonSet: toPublished(name, daemonSet),
      pending: toPublished(name, pending.get(name) ?? 0n),
      free: toPublished(name, free),
      usableFree: toPublished(name, usableFree),
      stranded: strandedHere === null ? null : toPublished(name, BigInt(Math.round(strandedHere))),
      ...(whole && {
        strandedSimply: simply === null ? null : toPublished(name, simply.get(name) ?? 0n),
        ...(fragmentedHere !== undefined && { fragmented: fragmentedHere }),
        nMinusOne: left === null ? null : toPublished(name, left),
        density: densityOf(filled, name),
      }),
      utilization: ratioOf(allocated, allocatable),
      nodeUtilization: distributionOf(utilizations),
    };
    return [name, summary] as const;
  });
}

function hasGpu({ resources }: NodeUsage): boolean {
  return resources.keys().some(isGpu);
}
