/**
 * How few nodes would do: at least so many, so many found, so many running; which to empty in which order, and why the
 * others stay. It answers what is possible, not what an autoscaler would do.
 */
import { lowerBound, type Bound } from './bound.ts';
import { drainNodes, type Drain, type Drained } from './drain.ts';
import { packFresh, type Fresh } from './fresh.ts';
import type { RepackInput } from './input.ts';
import { priceOf, savingOf, type Prices, type Saving } from './prices.ts';
import { problemOf, type Problem } from './problem.ts';
import { State } from './state.ts';
import { scores, sizeOf, weightsOf, type Weights } from './weights.ts';

export interface RepackOptions {
  /** Pure code has no clock: once it says true, only the bound is given. */
  readonly expired?: () => boolean;
  readonly prices?: Prices | null;
}

export interface Repacking {
  readonly lowerBoundNodes: number;
  /** The fewest that were found, by emptying nodes or by packing anew; null: time ran out. */
  readonly repackedNodes: number | null;
  readonly nodes: number;
  readonly bound: Bound;
  /** What is left when the nodes of `drains` are emptied in their order. */
  readonly drainedNodes: number | null;
  readonly drains: readonly Drain[];
  /** All pods placed anew: the best of the scores; null where none placed them all. */
  readonly fresh: Fresh | null;
  readonly stays: readonly Stay[];
  /** Of the drains; null without prices. */
  readonly saving: Saving | null;
  readonly expired: boolean;
  readonly notes: readonly string[];
}

/** Why a node is not emptied. Nodes and workloads by position in the input. */
export type Stay =
  | { readonly node: number; readonly why: 'held'; readonly by: Readonly<Record<string, number>> }
  | { readonly node: number; readonly why: 'no place'; readonly workload: number }
  | { readonly node: number; readonly why: 'topology spread' };

export function repack(input: RepackInput, options: RepackOptions = {}): Repacking {
  const { expired = () => false, prices = null } = options;
  const problem = problemOf(input);
  const bound = lowerBound(problem);
  const found = search(problem, prices, expired);
  const base = {
    lowerBoundNodes: bound.nodes,
    nodes: input.nodes.length,
    bound,
    notes: problem.topology.notes,
  };
  if (found === null) {
    return {
      ...base,
      repackedNodes: null,
      drainedNodes: null,
      drains: [],
      fresh: null,
      stays: [],
      saving: null,
      expired: true,
      notes: [...base.notes, 'time ran out: only the lower bound was computed'],
    };
  }
  const { drained, fresh } = found;
  const drainedNodes = input.nodes.length - drained.drains.length;
  const emptied = drained.drains.flatMap(({ node }) => input.nodes[node] ?? []);
  return {
    ...base,
    repackedNodes: Math.min(drainedNodes, fresh?.nodes.length ?? drainedNodes),
    drainedNodes,
    drains: drained.drains,
    fresh,
    stays: staysOf(problem, drained),
    saving: prices === null ? null : savingOf(emptied, prices),
    expired: false,
    notes: fresh === null ? [...base.notes, 'packing all pods anew left some without a place'] : base.notes,
  };
}

/** Every score, then every order of emptying nodes; of equal results the first. null: time ran out. */
function search(
  problem: Problem,
  prices: Prices | null,
  expired: () => boolean,
): { readonly drained: Drained; readonly fresh: Fresh | null } | null {
  const weights = weightsOf(problem);
  const opening = openingOrder(problem, weights, prices);
  const skews = new State(problem, { movable: true }).skews();
  let fresh: Fresh | null = null;
  for (const score of scores) {
    const result = packFresh(problem, { score, weights, opening, skews }, expired);
    if (result.kind === 'expired') return null;
    if (result.kind === 'packed' && result.packed.nodes.length < (fresh?.nodes.length ?? Infinity)) {
      fresh = result.packed;
    }
  }
  let best: Drained | null = null;
  for (const order of drainOrders(problem, weights, prices, fresh)) {
    const drained = drainNodes(problem, order, weights, expired);
    if (drained === null) return null;
    if (best === null || worthOf(problem, drained, prices) > worthOf(problem, best, prices)) best = drained;
  }
  return best === null ? null : { drained: straight(problem, best, weights, expired), fresh };
}

/** The same nodes, with their pods going to nodes that stay and not to the next ones to go, where all find a place so. */
function straight(problem: Problem, drained: Drained, weights: Weights, expired: () => boolean): Drained {
  const order = drained.drains.map(({ node }) => node);
  const target = problem.target.slice();
  for (const node of order) target[node] = 0;
  const again = drainNodes({ ...problem, target }, order, weights, expired);
  return again?.drains.length === order.length ? { ...again, stuck: drained.stuck } : drained;
}

/** Money where prices are known, else nodes. */
function worthOf({ input }: Problem, { drains }: Drained, prices: Prices | null): number {
  if (prices === null) return drains.length;
  return savingOf(
    drains.flatMap(({ node }) => input.nodes[node] ?? []),
    prices,
  ).perHour;
}

/** The largest node first, or what gives most for its price; equal ones in the order of the rows. */
function openingOrder({ input, room }: Problem, weights: Weights, prices: Prices | null): number[] {
  const worth = input.nodes.map((node, index) => {
    const price = prices === null ? null : priceOf(node, prices);
    return sizeOf(room, index, weights) / (price === null || price <= 0 ? 1 : price);
  });
  return [...worth.keys()].sort((a, b) => (worth[b] as number) - (worth[a] as number) || a - b);
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
  const worth = input.nodes.map((node) => {
    const price = prices === null ? null : priceOf(node, prices);
    return price === null || price <= 0 ? 1 : price;
  });
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
