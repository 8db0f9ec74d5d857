/**
 * Pods that wait for a node to be filled with what suits its room best, one pod at a time: the dot product and the norm
 * greedy of Panigrahy et al. (Heuristics for Vector Bin Packing, 2011). Pods that ask for about the same of everything
 * stand in one queue, the largest first, and a node looks at the front of each: queues are a few dozen at most, so a
 * pod costs that many looks, however many workloads there are.
 */
import { oncePerText } from '../sharing.ts';
import type { Matrix } from './amounts.ts';
import type { Problem } from './problem.ts';
import { roomFor } from './room.ts';
import type { State } from './state.ts';
import type { Score, Weights } from './weights.ts';

/** Pods of one workload, of a source where rules tie them to where they are. */
export interface Item {
  readonly workload: number;
  readonly source: number;
  readonly pods: number;
  /** How many nodes may run it, as a power of two. */
  readonly choice: number;
}

interface Queue {
  readonly choice: number;
  readonly constraintClass: number;
  /** Positions of items. */
  readonly items: number[];
  /** Those before it are placed. */
  front: number;
}

type NodeScore = Exclude<Score, 'weighted sum'>;

const maxQueues = 64;
/** How far behind the front of a queue a node looks for a pod that it has room for. */
const looks = 4;

export class Waiting {
  private readonly problem: Problem;
  private readonly items: readonly Item[];
  private readonly left: Uint32Array;
  private readonly demand: Matrix;
  /** By item: what free room is multiplied by to score it, and what is added. The least sum suits best. */
  private readonly factors: Matrix;
  private readonly constants: Float64Array;
  private readonly queuesOf: (nodeClass: number) => readonly Queue[];

  /** Items in the order in which they should be placed. */
  constructor(problem: Problem, items: readonly Item[], score: NodeScore, weights: Weights) {
    this.problem = problem;
    this.items = items;
    this.left = Uint32Array.from(items, ({ pods }) => pods);
    const columns = problem.names.length;
    this.demand = new Float64Array(items.length * columns);
    for (const [at, { workload }] of items.entries())
      this.demand.set(problem.demand.subarray(workload * columns, (workload + 1) * columns), at * columns);
    ({ factors: this.factors, constants: this.constants } = scoresOf(this.demand, score, weights));
    const queues = queuesOf(problem, items, this.demand);
    this.queuesOf = oncePerText(String, (nodeClass) =>
      queues.filter(({ constraintClass }) => problem.eligibility.admits(constraintClass, nodeClass)),
    );
  }

  /** Puts pods onto a node until it has room for none that it looks at. Those that may run on few nodes come first. */
  fill(node: number, state: State): boolean {
    if (!state.isOpen(node)) return false;
    const columns = this.problem.names.length;
    const free = state.free.subarray(node * columns, (node + 1) * columns);
    let filled = false;
    // what has no room here now will have none: nothing leaves
    let queues = this.queuesOf(this.problem.eligibility.nodeClassOf[node] as number);
    for (;;) {
      let [best, bestChoice, bestScore] = [-1, Infinity, Infinity];
      const hopeful: Queue[] = [];
      for (const queue of queues) {
        const item = this.next(queue, free);
        if (item < 0) continue;
        hopeful.push(queue);
        if (queue.choice > bestChoice) continue;
        let score = this.constants[item] as number;
        for (let i = 0; i < columns; i++)
          score += (this.factors[item * columns + i] as number) * (free[i] as number);
        if (queue.choice < bestChoice || score < bestScore)
          [best, bestChoice, bestScore] = [item, queue.choice, score];
      }
      if (best < 0) return filled;
      filled = true;
      state.add((this.items[best] as Item).workload, node, 1);
      this.left[best] = (this.left[best] as number) - 1;
      queues = hopeful;
    }
  }

  /** What no node had room for. */
  rest(): Item[] {
    return this.items.flatMap((item, at) => {
      const pods = this.left[at] as number;
      return pods > 0 ? [{ ...item, pods }] : [];
    });
  }

  /** -1: none of the first few has room. */
  private next(queue: Queue, free: Float64Array): number {
    const { items } = queue;
    while (queue.front < items.length && this.left[items[queue.front] as number] === 0) queue.front += 1;
    let looked = 0;
    for (let at = queue.front; at < items.length && looked < looks; at++) {
      const item = items[at] as number;
      if (this.left[item] === 0) continue;
      looked += 1;
      if (roomFor(this.demand, item, free, 0, free.length, 1) > 0) return item;
    }
    return -1;
  }
}

/**
 * With amounts in shares of a mean node, and each resource weighed by a: the dot product is the sum of a I F, the norm
 * that of a (I - F)^2, which is least where that of a I I - 2 a I F is.
 */
function scoresOf(
  demand: Matrix,
  score: NodeScore,
  { scale, mean }: Weights,
): { readonly factors: Matrix; readonly constants: Float64Array } {
  const columns = scale.length;
  const constants = new Float64Array(demand.length / columns);
  const factors = demand.map((asked, at) => {
    const column = at % columns;
    const weight = (mean[column] as number) * (scale[column] as number) ** 2;
    if (score === 'dot product') return -weight * asked;
    const item = (at - column) / columns;
    constants[item] = (constants[item] as number) + weight * asked ** 2;
    return -2 * weight * asked;
  });
  return { factors, constants };
}

/** By what may run them and, in steps of half an octave or more, by what they ask for of each resource. */
function queuesOf({ names, eligibility }: Problem, items: readonly Item[], demand: Matrix): Queue[] {
  const columns = names.length;
  for (let step = 0.5; ; step *= 2) {
    const queues = new Map<string, Queue>();
    for (const [position, { workload, choice }] of items.entries()) {
      const constraintClass = eligibility.classOf[workload] as number;
      let key = `${constraintClass}`;
      for (let i = 0; i < columns; i++) {
        const asked = demand[position * columns + i] as number;
        key += ` ${asked > 0 ? Math.floor(Math.log2(asked) / step) : ''}`;
      }
      const queue = queues.get(key) ?? { choice, constraintClass, items: [], front: 0 };
      queues.set(key, queue);
      queue.items.push(position);
    }
    const classes = Map.groupBy(queues.values(), ({ constraintClass }) => constraintClass);
    if (step >= 64 || classes.values().every((each) => each.length <= maxQueues)) return [...queues.values()];
  }
}
