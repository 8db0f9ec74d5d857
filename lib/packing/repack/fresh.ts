/**
 * Packs all pods that can be moved anew onto as few nodes as it finds: best-fit decreasing, of one score. Those that may
 * run on few nodes come first, then the largest; ties are broken by the order of the rows.
 */
import { refusalOf } from './eligibility.ts';
import { oncePerClass, type Problem } from './problem.ts';
import { State } from './state.ts';
import { scoreOf, sizeOf, type Score, type Weights } from './weights.ts';

export interface Fresh {
  readonly score: Score;
  /** By position: those that stay. */
  readonly nodes: readonly number[];
  /** By node: movable pods by workload. */
  readonly contents: readonly ReadonlyMap<number, number>[];
}

export type FreshResult =
  | { readonly kind: 'packed'; readonly packed: Fresh }
  | { readonly kind: 'expired' }
  /** A pod of this workload found no place; -1: a spread would be worse. */
  | { readonly kind: 'failed'; readonly workload: number };

/** Pods of one workload, of a source where rules tie them to where they are. */
interface Item {
  readonly workload: number;
  readonly source: number;
  readonly pods: number;
  readonly size: number;
  /** How many nodes may run it, as a power of two. */
  readonly choice: number;
}

export interface FreshOptions {
  readonly score: Score;
  readonly weights: Weights;
  /** The order in which nodes are taken into use. */
  readonly opening: readonly number[];
  /** By spread of the topology: how far it may be apart. */
  readonly skews: readonly number[];
}

export function packFresh(
  problem: Problem,
  { score, weights, opening, skews }: FreshOptions,
  expired: () => boolean,
): FreshResult {
  const state = new State(problem, { movable: false });
  const used = problem.input.nodes.map((_, node) => problem.holds.has(node));
  const [open, closed] = [opening.filter((node) => used[node]), opening.filter((node) => !used[node])];

  const fill = (item: Item, node: number, left: number): number => {
    const copies = state.copies(item.workload, node, item.source, left);
    if (copies > 0) state.add(item.workload, node, copies);
    return copies;
  };
  const placeOnOpen = (item: Item, pods: number): number => {
    const demand = { amounts: problem.demand, row: item.workload };
    const scored: { readonly node: number; readonly score: number }[] = [];
    for (const node of open) {
      if (state.copies(item.workload, node, item.source, 1) === 0) continue;
      scored.push({ node, score: scoreOf(score, demand, { amounts: state.free, row: node }, weights) });
    }
    scored.sort((a, b) => a.score - b.score || a.node - b.node);
    let left = pods;
    // one that takes a pod at a time may take another once others have
    for (let before = left + 1; left > 0 && left < before;) {
      before = left;
      for (const { node } of scored) {
        if (left === 0) break;
        left -= fill(item, node, left);
      }
    }
    return left;
  };

  for (const item of itemsOf(problem, weights)) {
    if (expired()) return { kind: 'expired' };
    let left = placeOnOpen(item, item.pods);
    for (let at = 0; left > 0 && at < closed.length;) {
      const node = closed[at] as number;
      const filled = fill(item, node, left);
      if (filled === 0) {
        at += 1;
        continue;
      }
      used[node] = true;
      closed.splice(at, 1);
      open.push(node);
      left -= filled;
      // a spread that this node's domain now allows elsewhere
      if (left > 0 && state.isOneByOne(item.workload)) {
        left = placeOnOpen(item, left);
        at = 0;
      }
    }
    if (left > 0) return { kind: 'failed', workload: item.workload };
  }
  for (const [node, isUsed] of used.entries()) if (!isUsed) state.close(node);
  if (state.skews().some((skew, index) => skew > (skews[index] as number)))
    return { kind: 'failed', workload: -1 };
  const nodes = [...used.keys()].filter((node) => used[node]);
  return { kind: 'packed', packed: { score, nodes, contents: state.contents } };
}

function itemsOf(problem: Problem, weights: Weights): Item[] {
  const { placed, mobility, topology, demand } = problem;
  const pods = new Map<string, { readonly workload: number; readonly source: number; pods: number }>();
  placed.forEach((node, workload, count) => {
    if (mobility[workload]?.kind !== 'movable') return;
    const held = topology.heldTo.get(workload);
    const domains = held === undefined ? [] : [...held].map((each) => each[node]);
    const key = `${workload} ${domains.join()}`;
    const item = pods.get(key) ?? { workload, source: held === undefined ? -1 : node, pods: 0 };
    item.pods += count;
    pods.set(key, item);
  });
  const choices = choicesOf(problem);
  return [...pods.values()]
    .map((item) => ({
      ...item,
      size: sizeOf(demand, item.workload, weights),
      choice: choices(item.workload),
    }))
    .sort((a, b) => a.choice - b.choice || b.size - a.size || a.workload - b.workload || a.source - b.source);
}

function choicesOf({ eligibility, target }: Problem): (workload: number) => number {
  return oncePerClass(eligibility, (of) => {
    const may = (node: number): boolean => refusalOf(eligibility.admission(of, node)) === null;
    const nodes = target.reduce((sum, open, node) => sum + (open === 1 && may(node) ? 1 : 0), 0);
    return Math.ceil(Math.log2(nodes + 1));
  });
}
