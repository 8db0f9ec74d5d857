/**
 * How few nodes would do: at least so many, so many found, so many running; which to empty in which order, and why the
 * others stay. It answers what is possible, not what an autoscaler would do.
 */
import { guideOf, type Guide } from './guide.ts';
import { lowerBound, type Bound } from './bound.ts';
import { estimateSearchMs } from './estimate.ts';
import { drainNodes, type Drain, type Drained } from './drain.ts';
import { itemsOf, packFresh, type Fresh } from './fresh.ts';
import type { RepackInput, RepackNode } from './input.ts';
import { priceOf, savingOf, type Prices, type Saving } from './prices.ts';
import { problemOf, type Problem } from './problem.ts';
import { State } from './state.ts';
import { scores, sizeOf, type Weights } from './weights.ts';

export interface RepackOptions {
  /** Pure code has no clock: once it says true, what was found so far is given. */
  readonly expired?: () => boolean;
  /** A search that would take longer by `estimateSearchMs` is not begun; 0: the bound alone. */
  readonly maxSearchMs?: number;
  readonly prices?: Prices | null;
}

export interface Repacking {
  readonly lowerBoundNodes: number;
  /** The fewest that were found, by emptying nodes or by packing anew; null: there was no time for any. */
  readonly repackedNodes: number | null;
  readonly nodes: number;
  readonly bound: Bound;
  /** What is left when the nodes of `drains` are emptied in their order; null: time ran out before the first was. */
  readonly drainedNodes: number | null;
  readonly drains: readonly Drain[];
  /** All pods placed anew: the best of the scores; null where none placed them all. */
  readonly fresh: Fresh | null;
  /** Every node that is not emptied, but for those that time did not suffice for. */
  readonly stays: readonly Stay[];
  /** Of the drains; null without prices. */
  readonly saving: Saving | null;
  /** Time ran out, or would not have sufficed. */
  readonly expired: boolean;
  readonly notes: readonly string[];
}

/** Why a node is not emptied. Nodes and workloads by position in the input. */
export type Stay =
  | { readonly node: number; readonly why: 'held'; readonly by: Readonly<Record<string, number>> }
  | { readonly node: number; readonly why: 'no place'; readonly workload: number }
  | { readonly node: number; readonly why: 'topology spread' };

export function repack(input: RepackInput, options: RepackOptions = {}): Repacking {
  const { expired = () => false, maxSearchMs = Infinity, prices = null } = options;
  const problem = problemOf(input);
  const bound = lowerBound(problem);
  const estimateMs = estimateSearchMs(problem);
  const begun = estimateMs <= maxSearchMs;
  const { drained, fresh, complete } = begun ? search(problem, prices, expired) : nothing;
  const nodes = input.nodes.length;
  const drainedNodes = !complete && drained.drains.length === 0 ? null : nodes - drained.drains.length;
  const freshNodes = fresh?.nodes.length ?? null;
  const found = [drainedNodes, freshNodes].filter((each) => each !== null);
  const emptied = drained.drains.flatMap(({ node }) => input.nodes[node] ?? []);
  const notes = [...problem.topology.notes];
  if (!begun)
    notes.push(
      `only the lower bound was computed: a search would take about ${Math.ceil(estimateMs / 1000)} s`,
    );
  else if (!complete)
    notes.push(
      found.length === 0
        ? 'time ran out: only the lower bound was computed'
        : 'time ran out: a longer search may find fewer nodes',
    );
  else if (fresh === null) notes.push('packing all pods anew left some without a place');
  return {
    lowerBoundNodes: bound.nodes,
    repackedNodes: found.length === 0 ? null : Math.min(...found),
    nodes,
    bound,
    drainedNodes,
    drains: drained.drains,
    fresh,
    stays: staysOf(problem, drained),
    saving: prices === null ? null : savingOf(emptied, prices),
    expired: !complete,
    notes,
  };
}

interface Found {
  readonly drained: Drained;
  readonly fresh: Fresh | null;
  /** Nothing was left out for want of time. */
  readonly complete: boolean;
}

const nothing: Found = {
  drained: { drains: [], stuck: new Map(), expired: true },
  fresh: null,
  complete: false,
};

/** Every score, then every order of emptying nodes; of equal results the first. */
function search(problem: Problem, prices: Prices | null, expired: () => boolean): Found {
  const guide = guideOf(problem);
  const { weights } = guide;
  const opening = openingOrder(problem, weights, prices);
  const items = itemsOf(problem, weights);
  const skews = new State(problem, { movable: true }).skews();
  let [fresh, best, complete] = [null as Fresh | null, null as Drained | null, true];
  for (const score of scores) {
    const result = packFresh(problem, { score, items, opening, skews }, guide, expired);
    complete = result.kind !== 'expired';
    if (!complete) break;
    if (result.kind === 'packed' && result.packed.nodes.length < (fresh?.nodes.length ?? Infinity))
      fresh = result.packed;
  }
  for (const order of complete ? drainOrders(problem, weights, prices, fresh) : []) {
    const drained = drainNodes(problem, order, guide, expired);
    if (best === null || isBetter(problem, drained, best, prices)) best = drained;
    complete = !drained.expired;
    if (!complete) break;
  }
  const drained = best === null ? nothing.drained : straight(problem, best, guide, expired);
  return { drained, fresh, complete };
}

/** The same nodes, with their pods going to nodes that stay and not to the next ones to go, where all find a place so. */
function straight(problem: Problem, drained: Drained, guide: Guide, expired: () => boolean): Drained {
  const order = drained.drains.map(({ node }) => node);
  const target = problem.target.slice();
  for (const node of order) target[node] = 0;
  const again = drainNodes({ ...problem, target }, order, guide, expired);
  return again.drains.length === order.length ? { ...drained, drains: again.drains } : drained;
}

/** Money where prices are known, else nodes. */
function worthOf({ input }: Problem, { drains }: Drained, prices: Prices | null): number {
  if (prices === null) return drains.length;
  return savingOf(
    drains.flatMap(({ node }) => input.nodes[node] ?? []),
    prices,
  ).perHour;
}

/** By money, then by nodes: what has no price is worth something too. */
function isBetter(problem: Problem, a: Drained, b: Drained, prices: Prices | null): boolean {
  const difference = worthOf(problem, a, prices) - worthOf(problem, b, prices);
  return difference === 0 ? a.drains.length > b.drains.length : difference > 0;
}

/** The largest node first, or what gives most for its price; equal ones in the order of the rows. */
function openingOrder({ input, room }: Problem, weights: Weights, prices: Prices | null): number[] {
  const worth = input.nodes.map((node, index) => sizeOf(room, index, weights) / weightByPrice(node, prices));
  return [...worth.keys()].sort((a, b) => (worth[b] as number) - (worth[a] as number) || a - b);
}

/** 1 for all of equal worth, and for what has no price. */
function weightByPrice(node: RepackNode, prices: Prices | null): number {
  const price = prices === null ? null : priceOf(node, prices);
  return price === null || price <= 0 ? 1 : price;
}

/** What is cheapest to empty first: by what must move, by how many pods, and first what packing anew leaves unused. */
function drainOrders(
  { input, placed, demand, mobility }: Problem,
  weights: Weights,
  prices: Prices | null,
  fresh: Fresh | null,
): number[][] {
  const moving = input.nodes.map((_, node) => {
    let [size, count] = [0, 0];
    placed.forEachOn(node, (workload, pods) => {
      if (mobility[workload]?.kind !== 'movable') return;
      size += pods * sizeOf(demand, workload, weights);
      count += pods;
    });
    return { size, count };
  });
  const used = new Set(fresh?.nodes);
  const worth = input.nodes.map((node) => weightByPrice(node, prices));
  const by = (cost: (node: number) => number, first: (node: number) => number = () => 0): number[] =>
    [...moving.keys()].sort(
      (a, b) =>
        first(a) - first(b) || cost(a) / (worth[a] as number) - cost(b) / (worth[b] as number) || a - b,
    );
  const size = (node: number): number => moving[node]?.size ?? 0;
  const orders = [by(size), by((node) => moving[node]?.count ?? 0)];
  if (fresh !== null) orders.push(by(size, (node) => (used.has(node) ? 1 : 0)));
  return orders;
}

function staysOf({ input, holds }: Problem, { stuck }: Drained): Stay[] {
  return input.nodes.flatMap((_, node): Stay[] => {
    const reasons = holds.get(node);
    if (reasons !== undefined) return [{ node, why: 'held', by: Object.fromEntries(reasons) }];
    const workload = stuck.get(node);
    if (workload === undefined) return [];
    return [workload < 0 ? { node, why: 'topology spread' } : { node, why: 'no place', workload }];
  });
}
