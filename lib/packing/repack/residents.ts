/** How many pods of which workload are on which node, in columns: a cluster has as many such pairs as it has pods. */
import { Placed } from '../placements.ts';
import type { RepackNode } from './input.ts';

/** Nodes and workloads by position. */
export class Residents {
  /** Where the pairs of each node begin; one more, where the last one's end. */
  private readonly starts: Uint32Array;
  private readonly workloads: Uint32Array;
  private readonly pods: Uint32Array;

  constructor(nodes: readonly Pick<RepackNode, 'placements'>[], positionOf: (workload: number) => number) {
    let pairs = 0;
    const count = (): unknown => pairs++;
    for (const { placements } of nodes) visitPlacements(placements, count);
    this.starts = new Uint32Array(nodes.length + 1);
    this.workloads = new Uint32Array(pairs);
    this.pods = new Uint32Array(pairs);
    let at = 0;
    const push = (workload: number, pods: number): void => {
      this.workloads[at] = positionOf(workload);
      this.pods[at] = pods;
      at += 1;
    };
    for (const [node, { placements }] of nodes.entries()) {
      visitPlacements(placements, push);
      this.starts[node + 1] = at;
    }
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

function visitPlacements(
  placements: RepackNode['placements'],
  visit: (workload: number, pods: number) => void,
): void {
  if (placements instanceof Placed) placements.forEach(visit);
  else for (const [workload, pods] of placements) visit(workload, pods);
}
