/** How many pods of which workload are on which node, in columns: a cluster has as many such pairs as it has pods. */
import { Placed } from '../placements.ts';
import { Column } from '../column.ts';
import type { RepackNode } from './input.ts';

/** Nodes and workloads by position. */
export class Residents {
  /** Where the pairs of each node begin; one more, where the last one's end. */
  private readonly starts: Uint32Array;
  private readonly workloads: Uint32Array;
  private readonly pods: Uint32Array;

  constructor(nodes: readonly Pick<RepackNode, 'placements'>[], positionOf: (workload: number) => number) {
    const [starts, workloads, pods] = [new Column(), new Column(), new Column()];
    const push = (workload: number, count: number): void => {
      workloads.push(positionOf(workload));
      pods.push(count);
    };
    for (const { placements } of nodes) {
      starts.push(workloads.length);
      if (placements instanceof Placed) placements.forEach(push);
      else for (const [workload, count] of placements) push(workload, count);
    }
    starts.push(workloads.length);
    [this.starts, this.workloads, this.pods] = [starts.values(), workloads.values(), pods.values()];
  }

  forEachOn(node: number, visit: (workload: number, pods: number) => void): void {
    const end = this.starts[node + 1] ?? 0;
    for (let at = this.starts[node] ?? end; at < end; at++)
      visit(this.workloads[at] as number, this.pods[at] as number);
  }

  forEach(visit: (node: number, workload: number, pods: number) => void): void {
    for (let node = 0; node + 1 < this.starts.length; node++)
      this.forEachOn(node, (workload, pods) => visit(node, workload, pods));
  }
}
