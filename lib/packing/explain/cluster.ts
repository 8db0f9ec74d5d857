/** The rows of one snapshot, and what lies where in them. */
import type { NodeRow, WorkloadRow } from '../../model/snapshot.ts';

export interface Cluster {
  readonly nodes: readonly NodeRow[];
  readonly workloads: readonly WorkloadRow[];
}

/** A row of the workloads, as people know it. */
export type WorkloadRef = Pick<WorkloadRow, 'index' | 'namespace' | 'kind' | 'name'>;

export interface Placement {
  readonly workload: WorkloadRow;
  readonly pods: number;
}

export function refOf({ index, namespace, kind, name }: WorkloadRef): WorkloadRef {
  return { index, namespace, kind, name };
}

export function nodeAt({ nodes }: Cluster, position: number): NodeRow {
  const row = nodes[position];
  if (row === undefined) throw new RangeError(`no node ${position} of ${nodes.length}`);
  return row;
}

export function workloadAt({ workloads }: Cluster, position: number): WorkloadRow {
  const row = workloads[position];
  if (row === undefined) throw new RangeError(`no workload ${position} of ${workloads.length}`);
  return row;
}

export function placementsOn({ placements }: NodeRow, { workloads }: Cluster): Placement[] {
  const byIndex = new Map(workloads.map((workload) => [workload.index, workload]));
  return placements.map(([index, pods]) => {
    const workload = byIndex.get(index);
    if (workload === undefined)
      throw new RangeError(`a placement refers to workload ${index}, which has no row`);
    return { workload, pods };
  });
}
