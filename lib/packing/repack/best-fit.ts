/**
 * The nodes that pods may go to; a pod's best fit by the weighted sum is the fullest that takes it. Most nodes are full
 * of one resource and have much of another, so nodes stand on shelves: by the resource they have least left of, and
 * how much of it, in steps of a quarter octave. Shelves with too little are passed over whole, and so are all of nodes
 * that may not run the pod. On a shelf the fullest stands first, and of equally full ones the first of the rows.
 */
import type { Guide } from './guide.ts';
import type { Matrix } from './amounts.ts';
import { roomFor } from './room.ts';
import type { Reach } from './reach.ts';
import type { Weights } from './weights.ts';

interface Shelf {
  readonly key: number;
  /** A column, and what every node here has less than of it. */
  readonly scarce: number;
  readonly below: number;
  readonly nodes: number[];
}

export class NodesByRoom {
  private readonly free: Matrix;
  private readonly demand: Matrix;
  private readonly reach: Reach;
  private readonly weights: Weights;
  /** Weighted sums of what is free, by node. */
  private readonly size: Float64Array;
  /** By group of nodes; none is empty. */
  private readonly shelves = new Map<number, Map<number, Shelf>>();
  private readonly shelfOf: (Shelf | null)[];

  /** `free` is read as it changes, and told of by `update`. */
  constructor(nodes: Iterable<number>, free: Matrix, demand: Matrix, { reach, weights }: Guide) {
    this.free = free;
    this.demand = demand;
    this.reach = reach;
    this.weights = weights;
    const count = free.length / weights.scale.length;
    this.size = new Float64Array(count);
    this.shelfOf = Array.from({ length: count }, () => null);
    for (const node of nodes) this.insert(node);
  }

  /** The best node for a pod of a workload, of those that the visitor accepts; -1: none. */
  find(workload: number, accepts: (node: number) => boolean): number {
    const columns = this.weights.scale.length;
    let best = -1;
    const few = this.reach.fewOf(workload);
    if (few !== null) {
      for (const node of few) {
        if (this.shelfOf[node] === null || (best >= 0 && !this.isBefore(node, best))) continue;
        if (this.reaches(node, workload) && accepts(node)) best = node;
      }
      return best;
    }
    for (const [group, shelves] of this.shelves) {
      if (!this.reach.admits(workload, group)) continue;
      for (const { scarce, below, nodes } of shelves.values()) {
        if ((this.demand[workload * columns + scarce] as number) >= below) continue;
        for (const node of nodes) {
          if (best >= 0 && !this.isBefore(node, best)) break;
          if (this.reaches(node, workload) && accepts(node)) {
            best = node;
            break;
          }
        }
      }
    }
    return best;
  }

  update(node: number): void {
    this.remove(node);
    this.insert(node);
  }

  remove(node: number): void {
    const shelf = this.shelfOf[node];
    const at = shelf === null || shelf === undefined ? -1 : this.positionOf(shelf.nodes, node);
    if (shelf?.nodes[at] !== node) throw new RangeError(`node ${node} is not here`);
    shelf.nodes.splice(at, 1);
    if (shelf.nodes.length === 0) this.shelvesOf(node).delete(shelf.key);
    this.shelfOf[node] = null;
  }

  insert(node: number): void {
    const { scale, mean } = this.weights;
    const start = node * scale.length;
    let [scarce, least, size] = [0, Infinity, 0];
    for (let i = 0; i < scale.length; i++) {
      const share = (scale[i] as number) * (this.free[start + i] as number);
      size += (mean[i] as number) * share;
      // what few ask for says little of how full a node is
      if (share < least && (this.weights.common[i] as number) === 1) [scarce, least] = [i, share];
    }
    this.size[node] = size;
    const free = this.free[start + scarce] as number;
    const level = free < 1 ? -1 : Math.floor(4 * Math.log2(free));
    const key = level * scale.length + scarce;
    // a quarter more of a step: logarithms are rounded
    const below = level < 0 ? 1 : 2 ** ((level + 1.25) / 4);
    const shelves = this.shelvesOf(node);
    const shelf = shelves.get(key) ?? { key, scarce, below, nodes: [] };
    shelves.set(key, shelf);
    shelf.nodes.splice(this.positionOf(shelf.nodes, node), 0, node);
    this.shelfOf[node] = shelf;
  }

  private shelvesOf(node: number): Map<number, Shelf> {
    const group = this.reach.groupOf[node] as number;
    const shelves = this.shelves.get(group) ?? new Map<number, Shelf>();
    this.shelves.set(group, shelves);
    return shelves;
  }

  private reaches(node: number, workload: number): boolean {
    return roomFor(this.demand, workload, this.free, node, this.weights.scale.length, 1) > 0;
  }

  private isBefore(a: number, b: number): boolean {
    const difference = (this.size[a] as number) - (this.size[b] as number);
    return difference < 0 || (difference === 0 && a < b);
  }

  /** Where a node stands on a shelf, or would. */
  private positionOf(nodes: readonly number[], node: number): number {
    let [low, high] = [0, nodes.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.isBefore(nodes[middle] as number, node)) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
