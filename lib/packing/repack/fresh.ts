/**
 * Packs all pods that can be moved anew onto as few nodes as it finds. By the weighted sum, pod after pod goes where the
 * least is left: those that may run on few nodes first, then the largest. By the other scores, node after node is filled
 * with what suits it best; pods that rules tie to others come first and what is left over last, as by the weighted sum.
 * Ties are broken by the order of the rows.
 */
import { NodesByRoom } from './best-fit.ts';
import type { Guide } from './guide.ts';
import { oncePerClass, type Problem } from './problem.ts';
import { State } from './state.ts';
import { Waiting, type Item } from './waiting.ts';
import { sizeOf, type Score, type Weights } from './weights.ts';

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

export interface FreshOptions {
  readonly score: Score;
  readonly items: readonly Item[];
  /** The order in which nodes are taken into use. */
  readonly opening: readonly number[];
  /** By spread of the topology: how far it may be apart. */
  readonly skews: readonly number[];
}

export function packFresh(
  problem: Problem,
  { score, items, opening, skews }: FreshOptions,
  guide: Guide,
  expired: () => boolean,
): FreshResult {
  const state = new State(problem, { movable: false });
  const used = problem.input.nodes.map((_, node) => problem.holds.has(node));
  const unused = opening.filter((node) => !used[node]);
  const open = opening.filter((node) => used[node] && state.isOpen(node));
  const inUse = new NodesByRoom(open, state.free, problem.demand, guide);
  const use = (node: number): void => {
    used[node] = true;
    unused.splice(unused.indexOf(node), 1);
    inUse.insert(node);
  };

  /** To where the least is left, then to unused ones in their order. How many find no place. */
  const place = ({ workload, source, pods }: Item): number => {
    let left = pods;
    while (left > 0) {
      let copies = 0;
      const accepts = (node: number): boolean => {
        const here = state.copies(workload, node, source, left);
        if (here > 0) copies = here;
        return here > 0;
      };
      let node = inUse.find(workload, accepts);
      if (node < 0) {
        node = unused.find(accepts) ?? -1;
        if (node < 0) return left;
        use(node);
      }
      state.add(workload, node, copies);
      inUse.update(node);
      left -= copies;
    }
    return 0;
  };

  const placeAll = (batch: readonly Item[]): FreshResult | null => {
    for (const item of batch) {
      if (expired()) return { kind: 'expired' };
      if (place(item) > 0) return { kind: 'failed', workload: item.workload };
    }
    return null;
  };

  const byNode = (item: Item): boolean => score !== 'weighted sum' && !state.hasRules(item.workload);
  const ended = placeAll(items.filter((item) => !byNode(item)));
  if (ended !== null) return ended;
  if (score !== 'weighted sum') {
    const waiting = new Waiting(problem, items.filter(byNode), score, guide.weights);
    for (const node of [...opening.filter((each) => used[each]), ...unused]) {
      if (expired()) return { kind: 'expired' };
      if (!waiting.fill(node, state)) continue;
      if (used[node] === true) inUse.update(node);
      else use(node);
    }
    const left = placeAll(waiting.rest());
    if (left !== null) return left;
  }
  for (const [node, isUsed] of used.entries()) if (!isUsed) state.close(node);
  if (state.skews().some((skew, index) => skew > (skews[index] as number)) || !state.isSpread())
    return { kind: 'failed', workload: -1 };
  const nodes = [...used.keys()].filter((node) => used[node]);
  return { kind: 'packed', packed: { score, nodes, contents: state.contents } };
}

/** In the order in which they are placed. */
export function itemsOf(problem: Problem, weights: Weights): readonly Item[] {
  const { input, placed, mobility, topology, demand } = problem;
  const anywhere = new Uint32Array(input.workloads.length);
  const tied = new Map<string, { readonly workload: number; readonly source: number; pods: number }>();
  placed.forEach((node, workload, count) => {
    if (mobility[workload]?.kind !== 'movable') return;
    const held = topology.heldTo.get(workload);
    if (held === undefined) {
      anywhere[workload] = (anywhere[workload] as number) + count;
      return;
    }
    const key = [workload, ...[...held].map((domains) => domains[node])].join(' ');
    const item = tied.get(key) ?? { workload, source: node, pods: 0 };
    tied.set(key, item);
    item.pods += count;
  });
  const untied = Array.from(anywhere, (pods, workload) => ({ workload, source: -1, pods }));
  const choices = choicesOf(problem);
  return [...untied.filter(({ pods }) => pods > 0), ...tied.values()]
    .map((item) => ({
      ...item,
      size: sizeOf(demand, item.workload, weights),
      choice: choices(item.workload),
    }))
    .sort((a, b) => a.choice - b.choice || b.size - a.size || a.workload - b.workload || a.source - b.source);
}

function choicesOf({ eligibility, target }: Problem): (workload: number) => number {
  return oncePerClass(eligibility, (of) => {
    const may = (node: number): boolean => eligibility.admits(of, eligibility.nodeClassOf[node] as number);
    const nodes = target.reduce((sum, open, node) => sum + (open === 1 && may(node) ? 1 : 0), 0);
    return Math.ceil(Math.log2(nodes + 1));
  });
}
