/**
 * Which workload has how many pods on which node: eight bytes a pod while they come in, one by one and in no order,
 * and then sorted once. A Map for each node would take five times as much.
 */
import { Column } from './column.ts';

/** The workloads of one node. */
export class Placed {
  /** One number for each pod, equal ones in a row. */
  private readonly sorted: Uint32Array;

  constructor(sorted: Uint32Array) {
    this.sorted = sorted;
  }

  /** By index of the workload. */
  forEach(visit: (workload: number, pods: number) => void): void {
    const { sorted } = this;
    for (let start = 0; start < sorted.length;) {
      const workload = sorted[start] as number;
      let end = start + 1;
      while (sorted[end] === workload) end += 1;
      visit(workload, end - start);
      start = end;
    }
  }

  pairs(): [workload: number, pods: number][] {
    const pairs: [number, number][] = [];
    this.forEach((workload, pods) => pairs.push([workload, pods]));
    return pairs;
  }
}

export interface Placements {
  add(node: number, workload: number): void;
  /** Of everything that was added; begins anew. */
  byNode(): (node: number) => Placed;
}

export function createPlacements(nodes: number): Placements {
  let [nodeOf, workloadOf] = [new Column(), new Column()];
  return {
    add(node, workload) {
      nodeOf.push(node);
      workloadOf.push(workload);
    },
    byNode() {
      const [from, added] = [nodeOf.values(), workloadOf.values()];
      [nodeOf, workloadOf] = [new Column(), new Column()];
      const starts = startsOf(from, nodes);
      const workloads = new Uint32Array(added.length);
      const next = starts.slice();
      for (let i = 0; i < added.length; i++) {
        const node = from[i] as number;
        const at = next[node] as number;
        workloads[at] = added[i] as number;
        next[node] = at + 1;
      }
      return (node) => new Placed(workloads.subarray(starts[node], starts[node + 1]).sort());
    },
  };
}

/** Where the pods of each node begin once they are sorted by node; one more, where the last one's end. */
function startsOf(nodeOf: Uint32Array, nodes: number): Uint32Array {
  const starts = new Uint32Array(nodes + 1);
  for (const node of nodeOf) starts[node + 1] = (starts[node + 1] as number) + 1;
  for (let node = 0; node < nodes; node++) {
    starts[node + 1] = (starts[node + 1] as number) + (starts[node] as number);
  }
  return starts;
}
