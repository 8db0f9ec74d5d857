/**
 * How many more pods of a shape fit now, onto what is free: by the same rules and the same counts that re-packing uses.
 * Nothing is moved, and no pod makes way.
 */
import type { CanonicalConstraints } from '../model/snapshot.ts';
import { refusalOf } from './repack/eligibility.ts';
import { keptNode, type RepackInput } from './repack/input.ts';
import { problemOf, type Problem } from './repack/problem.ts';
import { State } from './repack/state.ts';

export interface PodShape {
  /** Published amounts, as a workload row has them. */
  readonly requests: Readonly<Record<string, number>>;
  readonly constraints: CanonicalConstraints;
  readonly namespace: string;
  /** Whose pods they would be: anti-affinity and spread then count those that run. null: a new workload's. */
  readonly owner: { readonly kind: string; readonly name: string } | null;
}

/** What stops the next pod on each node: a rule, or the first resource that lacks, by name. */
export type StoppedBy = Readonly<Record<string, number>>;

export interface PoolHeadroom {
  /** null: nodes of no pool. */
  readonly pool: string | null;
  readonly nodes: number;
  readonly fits: number;
  readonly stoppedBy: StoppedBy;
}

export interface Headroom {
  readonly total: number;
  /** By name; nodes of no pool last. */
  readonly pools: readonly PoolHeadroom[];
  readonly nodes: readonly NodeHeadroom[];
  /** Pods that all free room together would hold, on the nodes that they may run on. */
  readonly ideal: number;
  /**
   * Hole filling (Verma et al., CLUSTER '14): the part of the ideal that the single nodes have no room for. null where
   * not one would fit into all of it.
   */
  readonly loss: number | null;
  /** What was not checked, one sentence each. */
  readonly notes: readonly string[];
}

export interface NodeHeadroom {
  readonly node: string;
  readonly fits: number;
  readonly stoppedBy: string;
}

export function headroom(input: RepackInput, shape: PodShape): Headroom {
  const candidate = input.workloads.length;
  const index = input.workloads.reduce((most, workload) => Math.max(most, workload.index), -1) + 1;
  const { owner, ...rest } = shape;
  const workload = {
    ...rest,
    index,
    daemonSet: false,
    kind: owner?.kind ?? '(candidate)',
    name: owner?.name ?? '(candidate)',
  };
  const withCandidate = { ...input, workloads: [...input.workloads, workload] };
  // a cordon is one of the scheduler's filters, and can be tolerated
  const problem = problemOf(
    withCandidate,
    (node) => node.ready === true && keptNode(node) !== 'virtual node',
  );
  const state = new State(problem, { movable: true });
  const may = input.nodes.map((_, node) => stoppedByNode(problem, candidate, node) === null);
  const { holes, ideal } = roomOf(state, candidate, may);
  const fits = fill(state, candidate, may, { wanted: Number.MAX_SAFE_INTEGER, source: -1 });
  const nodes = input.nodes.map(({ node }, at) => ({
    node,
    fits: fits[at] ?? 0,
    stoppedBy: stoppedByNode(problem, candidate, at) ?? stoppedByPods(state, candidate, at),
  }));
  return {
    total: fits.reduce((sum, each) => sum + each, 0),
    pools: byPool(input, nodes),
    nodes,
    ideal,
    loss: ideal > 0 ? 1 - holes / ideal : null,
    notes: notesOf(problem, candidate),
  };
}

function stoppedByNode(
  { target, eligibility, input }: Problem,
  candidate: number,
  node: number,
): string | null {
  if (target[node] !== 1) return input.nodes[node]?.ready === true ? 'virtual node' : 'not ready';
  return refusalOf(eligibility.admission(eligibility.classOf[candidate] ?? -1, node));
}

function stoppedByPods(state: State, candidate: number, node: number): string {
  return state.short(candidate, node)[0] ?? state.obstacle(candidate, node, -1) ?? 'nothing';
}

/**
 * One after another, in rounds over the nodes where a rule counts them. For one spread the sum does not depend on the
 * order: a pod more in one domain only ever makes room in others. They come from a node, or from nowhere (-1).
 */
export function fill(
  state: State,
  candidate: number,
  may: readonly boolean[],
  { wanted, source }: { readonly wanted: number; readonly source: number },
): number[] {
  const fits = may.map(() => 0);
  let left = wanted;
  for (let placed = -1; placed !== 0;) {
    placed = 0;
    for (const [node, mayRun] of may.entries()) {
      if (!mayRun || left === 0) continue;
      const copies = state.copies(candidate, node, source, left);
      if (copies === 0) continue;
      state.add(candidate, node, copies);
      fits[node] = (fits[node] ?? 0) + copies;
      placed += copies;
      left -= copies;
    }
  }
  return fits;
}

/** By room alone: what the nodes hold one by one, and what they would hold as one. */
function roomOf(
  state: State,
  candidate: number,
  may: readonly boolean[],
): { readonly holes: number; readonly ideal: number } {
  const { demand, names } = state.problem;
  const columns = names.length;
  const free = new Float64Array(columns);
  let holes = 0;
  for (const [node, mayRun] of may.entries()) {
    if (!mayRun) continue;
    holes += state.fits(candidate, node, Number.MAX_SAFE_INTEGER);
    for (let i = 0; i < columns; i++) {
      free[i] = (free[i] as number) + Math.max(0, state.free[node * columns + i] as number);
    }
  }
  let ideal = Infinity;
  for (let i = 0; i < columns; i++) {
    const asked = demand[candidate * columns + i] as number;
    if (asked > 0) ideal = Math.min(ideal, Math.floor((free[i] as number) / asked));
  }
  return { holes, ideal };
}

function byPool({ nodes }: RepackInput, headrooms: readonly NodeHeadroom[]): PoolHeadroom[] {
  const pools = new Map<string | null, { nodes: number; fits: number; stoppedBy: Record<string, number> }>();
  for (const [index, { fits, stoppedBy }] of headrooms.entries()) {
    const name = nodes[index]?.nodePool ?? null;
    const pool = pools.get(name) ?? { nodes: 0, fits: 0, stoppedBy: {} };
    pools.set(name, pool);
    pool.nodes += 1;
    pool.fits += fits;
    pool.stoppedBy[stoppedBy] = (pool.stoppedBy[stoppedBy] ?? 0) + 1;
  }
  return [...pools]
    .map(([pool, counts]) => ({ pool, ...counts }))
    .sort((a, b) => (a.pool === null ? 1 : b.pool === null || a.pool < b.pool ? -1 : 1));
}

function notesOf({ topology, input }: Problem, candidate: number): string[] {
  const constraints = input.workloads[candidate]?.constraints;
  const unchecked: string[] = [];
  if (constraints?.podAffinity !== undefined) unchecked.push('affinity to pods was not checked');
  const carried = topology.spreads.filter(({ carriers }) => carriers.has(candidate)).length;
  const asked = constraints?.topologySpread?.length ?? 0;
  if (carried < asked) unchecked.push(`${asked - carried} of ${asked} topology spreads could not be checked`);
  return [...unchecked, ...topology.notes];
}
