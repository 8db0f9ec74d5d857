/**
 * Which workload has how many pods on which node: eight bytes a pod while they come in, one by one and in no order,
 * and then sorted once. A Map for each node would take five times as much.
 */

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
  /** Of everything added so far. */
  byNode(): (node: number) => Placed;
}

const initialCapacity = 4096;

export function createPlacements(nodes: number): Placements {
  let nodeOf = new Uint32Array(initialCapacity);
  let workloadOf = new Uint32Array(initialCapacity);
  let size = 0;
  return {
    add(node, workload) {
      if (size === nodeOf.length) {
        nodeOf = doubled(nodeOf);
        workloadOf = doubled(workloadOf);
      }
      nodeOf[size] = node;
      workloadOf[size] = workload;
      size += 1;
    },
    byNode() {
      const starts = startsOf(nodeOf.subarray(0, size), nodes);
      const workloads = new Uint32Array(size);
      const next = starts.slice();
      for (let i = 0; i < size; i++) {
        const node = nodeOf[i] as number;
        const at = next[node] as number;
        workloads[at] = workloadOf[i] as number;
        next[node] = at + 1;
      }
      return (node) => new Placed(workloads.subarray(starts[node], starts[node + 1]).sort());
    },
  };
}

function doubled(from: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  const to = new Uint32Array(from.length * 2);
  to.set(from);
  return to;
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
