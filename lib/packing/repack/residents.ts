/** How many pods of which workload are on which node, in columns: a cluster has as many such pairs as it has pods. */
import type { NodeRow } from '../../model/snapshot.ts';
import { Column } from '../column.ts';

/** Nodes and workloads by position. */
export class Residents {
  /** Where the pairs of each node begin; one more, where the last one's end. */
  private readonly starts: Uint32Array;
  private readonly workloads: Uint32Array;
  private readonly pods: Uint32Array;

  /** Each node's placements are read once: a node may make them anew when it is asked for them. */
  constructor(
    nodes: readonly { readonly placements: NodeRow['placements'] }[],
    positionOf: (workload: number) => number,
  ) {
    const [starts, workloads, pods] = [new Column(), new Column(), new Column()];
    for (const { placements } of nodes) {
      starts.push(workloads.length);
      for (const [workload, count] of placements) {
        workloads.push(positionOf(workload));
        pods.push(count);
      }
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
