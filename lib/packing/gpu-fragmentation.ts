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

/** Pods of one kind: how many, what each asks for, and which nodes may run them. */
export interface GpuShape {
  readonly pods: number;
  readonly demand: GpuDemand;
  mayRun(node: number): boolean;
}

/** In thousandths: of the nodes, what is free, and what of it `pods` pods, of which the shapes ask for GPUs, cannot use. */
export function fragmentedMilli(
  nodes: readonly FreeGpus[],
  shapes: readonly GpuShape[],
  pods: number,
): { readonly free: number; readonly fragmented: number } {
  let [free, fragmented] = [0, 0];
  for (const [index, node] of nodes.entries()) {
    const all = freeMilliOf(node.gpus);
    if (all === 0) continue;
    free += all;
    let usable = 0;
    for (const shape of shapes)
      if (shape.mayRun(index)) usable += shape.pods * (all - unusableMilli(node, shape.demand));
    fragmented += all - usable / pods;
  }
  return { free, fragmented };
}

export interface GpuFragmentation {
  readonly resource: string;
  readonly free: number;
  readonly fragmented: number;
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
  const targets = nodes.map(isTarget);
  const mayRun = (position: number, index: number): boolean => {
    const of = eligibility.classOf[position] ?? -1;
    const { matchesAffinity, toleratesTaints } = eligibility.admission(of, index);
    return targets[index] === true && matchesAffinity && toleratesTaints;
  };
  return [...names].sort().map((resource) => {
    const shapes = [...asking.entries()]
      .filter(([, workload]) => requestOf(workload, resource) > 0)
      .map(([position, workload]): GpuShape => ({
        pods: weightOf(workload),
        demand: {
          cpuMilli: requestOf(workload, 'cpu'),
          gpuMilli: wholeMilli * requestOf(workload, resource),
        },
        mayRun: (index) => mayRun(position, index),
      }));
    const milli = fragmentedMilli(
      nodes.map((node) => freeGpusOn(node, resource)),
      shapes,
      total,
    );
    return { resource, free: milli.free / wholeMilli, fragmented: milli.fragmented / wholeMilli };
  });
}

/** Of whole devices, by the names that device plugins give them; not of memory or shares of devices. */
export function isGpu(resource: string): boolean {
  return /\/gpu(?:\.shared)?$|^nvidia\.com\/mig-|^gpu\.intel\.com\/(?:i915|xe)$/.test(resource);
}

function weightOf({ pods, pending }: Pick<WorkloadRow, 'pods' | 'pending'>): number {
  return pods + pending;
}

function freeGpusOn(node: RepackNode, resource: string): FreeGpus {
  const free = (name: string): number =>
    Math.max(0, amountOf(node, 'allocatable', name) - amountOf(node, 'allocated', name));
  return { cpuMilli: free('cpu'), gpus: [{ milli: wholeMilli, devices: free(resource) }] };
}
