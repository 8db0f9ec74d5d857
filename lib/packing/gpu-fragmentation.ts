/**
 * Free GPUs that the cluster's own pods cannot use: the FGD measure (Weng et al., "Beware of Fragmentation", ATC '23).
 * Of each node and shape, what the shape cannot use is all free GPU where it asks for none or does not fit by cpu, GPU
 * or node rules, and else the devices on which too little is left for it. Shapes are weighed by their pods, those that
 * wait among them; memory is not looked at.
 */
import type { WorkloadRow } from '../model/snapshot.ts';
import { amountOf, requestedNames, requestOf, resourcesOf } from './repack/amounts.ts';
import { eligibilityOf } from './repack/eligibility.ts';
import { isTarget } from './repack/problem.ts';
import { oncePerObject } from './sharing.ts';
import type { RepackNode, RepackWorkload } from './repack/input.ts';

const wholeMilli = 1000;

/** Devices of a node, of which equally much is free: 1000 of an unused one. */
export interface FreeDevices {
  readonly milli: number;
  readonly devices: number;
}

export interface FreeGpus {
  readonly cpuMilli: number;
  readonly gpus: readonly FreeDevices[];
}

/** One device or a part of it, or several whole ones. */
export interface GpuDemand {
  readonly cpuMilli: number;
  readonly gpuMilli: number;
}

/** Of the free GPUs of a node, in thousandths, what a pod cannot use that may run there by the node's rules. */
export function unusableMilli({ cpuMilli, gpus }: FreeGpus, demand: GpuDemand): number {
  if (demand.gpuMilli <= 0 || demand.cpuMilli > cpuMilli) return freeMilliOf(gpus);
  const ofOne = Math.min(demand.gpuMilli, wholeMilli);
  const enough = gpus.filter(({ milli }) => milli >= ofOne);
  const devices = enough.reduce((sum, each) => sum + each.devices, 0);
  if (devices * ofOne < demand.gpuMilli) return freeMilliOf(gpus);
  return freeMilliOf(gpus) - freeMilliOf(enough);
}

function freeMilliOf(gpus: readonly FreeDevices[]): number {
  return gpus.reduce((sum, { milli, devices }) => sum + milli * devices, 0);
}

export interface GpuFragmentation {
  readonly resource: string;
  readonly free: number;
  readonly fragmented: number;
  /** null: none is free. */
  readonly rate: number | null;
}

export type CountedWorkload = RepackWorkload & Pick<WorkloadRow, 'pods' | 'pending'>;

/**
 * By GPU resource, by name. Rows do not know devices one by one, so all that is free counts as whole devices; without
 * pods but DaemonSets' nothing is said.
 */
export function gpuFragmentation(
  nodes: readonly RepackNode[],
  workloads: readonly CountedWorkload[],
): GpuFragmentation[] {
  let total = 0;
  const asking: CountedWorkload[] = [];
  const asksForGpu = oncePerObject((requests: CountedWorkload['requests']) =>
    requestedNames([{ requests }]).keys().some(isGpu),
  );
  for (const workload of workloads) {
    if (workload.daemonSet) continue;
    total += weightOf(workload);
    if (asksForGpu(workload.requests)) asking.push(workload);
  }
  if (total === 0) return [];
  const names = new Set(
    [...nodes.flatMap((node) => [...resourcesOf(node)]), ...requestedNames(asking)].filter(isGpu),
  );
  const eligibility = eligibilityOf(
    nodes,
    asking.map(({ constraints }) => constraints),
  );
  const mayRun = (position: number, index: number): boolean => {
    const { matchesAffinity, toleratesTaints } = eligibility.admission(
      eligibility.classOf[position] ?? -1,
      index,
    );
    return matchesAffinity && toleratesTaints;
  };
  return [...names].sort().map((resource) => {
    const askingHere = [...asking.entries()].filter(([, workload]) => requestOf(workload, resource) > 0);
    let [freeMilli, fragmentedMilli] = [0, 0];
    for (const [index, node] of nodes.entries()) {
      const free = freeOn(node, resource);
      const all = freeMilliOf(free.gpus);
      if (all === 0) continue;
      freeMilli += all;
      let usable = 0;
      for (const [position, workload] of isTarget(node) ? askingHere : []) {
        if (!mayRun(position, index)) continue;
        const demand = {
          cpuMilli: requestOf(workload, 'cpu'),
          gpuMilli: wholeMilli * requestOf(workload, resource),
        };
        usable += weightOf(workload) * (all - unusableMilli(free, demand));
      }
      fragmentedMilli += all - usable / total;
    }
    const [free, fragmented] = [freeMilli / wholeMilli, fragmentedMilli / wholeMilli];
    return { resource, free, fragmented, rate: free > 0 ? fragmented / free : null };
  });
}

export function isGpu(resource: string): boolean {
  return resource.toLowerCase().includes('gpu');
}

function weightOf({ pods, pending }: Pick<WorkloadRow, 'pods' | 'pending'>): number {
  return pods + pending;
}

function freeOn(node: RepackNode, resource: string): FreeGpus {
  const free = (name: string): number =>
    Math.max(0, amountOf(node, 'allocatable', name) - amountOf(node, 'allocated', name));
  return { cpuMilli: free('cpu'), gpus: [{ milli: wholeMilli, devices: free(resource) }] };
}
