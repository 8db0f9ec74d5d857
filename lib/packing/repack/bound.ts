/**
 * At least how many nodes the pods need, whatever moves. Taints, selectors and node affinity count as far as they part
 * the cluster into nodes that share no pods; one pod a node counts; zone spread and affinity to pods do not.
 */
import type { Matrix } from './amounts.ts';
import { l2Bound, volumeBound, type Weighed } from './l2.ts';
import { mayRun, take, type Problem } from './problem.ts';

/** Nodes that share no pods with the others, and what says how many of them it takes. */
export interface BoundPart {
  readonly nodes: number;
  readonly atLeast: number;
  readonly by: 'nothing' | 'held' | 'volume' | 'L2' | 'one a node';
  readonly resource: string | null;
}

export interface Bound {
  readonly nodes: number;
  /** The largest first. */
  readonly parts: readonly BoundPart[];
}

export function lowerBound(problem: Problem): Bound {
  const load = loadOf(problem);
  const separate = separateDomains(problem);
  const parts = componentsOf(problem).map((nodes) => partBound(problem, nodes, load, separate));
  parts.sort((a, b) => b.nodes - a.nodes || b.atLeast - a.atLeast);
  return { nodes: parts.reduce((sum, { atLeast }) => sum + atLeast, 0), parts };
}

/** What the pods of each node take, those of every node left out. */
function loadOf({ input, placed, demand, mobility, names }: Problem): Matrix {
  const load = new Float64Array(input.nodes.length * names.length);
  placed.forEach((node, workload, pods) => {
    if (mobility[workload]?.kind !== 'perNode') take(load, node, demand, workload, -pods, names.length);
  });
  return load;
}

function partBound(
  problem: Problem,
  nodes: readonly number[],
  load: Matrix,
  separate: ReadonlySet<number>,
): BoundPart {
  const { names, holds } = problem;
  const held = nodes.filter((node) => holds.has(node));
  const others = nodes.filter((node) => !holds.has(node));
  let best: BoundPart = {
    nodes: nodes.length,
    atLeast: held.length,
    by: held.length > 0 ? 'held' : 'nothing',
    resource: null,
  };
  const offer = (atLeast: number, by: BoundPart['by'], resource: string | null): void => {
    if (atLeast > best.atLeast) best = { nodes: nodes.length, atLeast, by, resource };
  };
  for (const [column, resource] of names.entries()) {
    const at = (matrix: Matrix, node: number): number => matrix[node * names.length + column] as number;
    // an over-committed node holds what it holds: nothing says that its pods have to leave
    const capacityOf = (node: number): number => Math.max(at(problem.room, node), at(load, node));
    const sum = (of: readonly number[], amount: (node: number) => number): number =>
      of.reduce((total, node) => total + amount(node), 0);
    const left = sum(nodes, (node) => at(load, node)) - sum(held, capacityOf);
    offer(held.length + volumeBound(others.map(capacityOf), left), 'volume', resource);
    const byWeight = countsBy(problem, nodes, (workload) => at(problem.demand, workload));
    const weighed = Array.from(byWeight, ([weight, count]): Weighed => ({ weight, count }));
    const capacity = nodes.reduce((most, node) => Math.max(most, capacityOf(node)), 0);
    offer(l2Bound(weighed, capacity), 'L2', resource);
  }
  if (separate.size > 0) {
    const alone = countsBy(problem, nodes, (workload) => (separate.has(workload) ? workload : null));
    for (const count of alone.values()) offer(count, 'one a node', null);
  }
  return best;
}

/** Pods of some nodes by what a key says of their workload, without those of every node; null: not counted. */
function countsBy(
  { placed, mobility }: Problem,
  nodes: readonly number[],
  keyOf: (workload: number) => number | null,
): Map<number, number> {
  const counts = new Map<number, number>();
  for (const node of nodes) {
    placed.forEachOn(node, (workload, pods) => {
      const key = mobility[workload]?.kind === 'perNode' ? null : keyOf(workload);
      if (key !== null) counts.set(key, (counts.get(key) ?? 0) + pods);
    });
  }
  return counts;
}

/** Workloads whose pods are each in a domain of their own and may not meet: no two will ever share a node. */
function separateDomains({ topology, placed }: Problem): ReadonlySet<number> {
  const own = new Map<number, Int32Array>();
  for (const { domains, carriers, members } of topology.exclusions) {
    if (domains.includes(-1)) continue;
    for (const workload of carriers) if (members.has(workload)) own.set(workload, domains);
  }
  const seen = new Map<number, Set<number>>();
  placed.forEach((node, workload, pods) => {
    const domain = own.get(workload)?.[node];
    if (domain === undefined) return;
    const before = seen.get(workload) ?? new Set();
    seen.set(workload, before);
    if (pods > 1 || before.has(domain)) own.delete(workload);
    before.add(domain);
  });
  return new Set(own.keys());
}

/** Nodes are of one part where some movable pod is on one and may go to the other. */
function componentsOf(problem: Problem): number[][] {
  const { input, placed, mobility, target, eligibility } = problem;
  const parent = Uint32Array.from(input.nodes.keys());
  const rootOf = (node: number): number => {
    let root = node;
    while (parent[root] !== root) {
      parent[root] = parent[parent[root] as number] as number;
      root = parent[root] as number;
    }
    return root;
  };
  const firstOf = new Map<number, number>();
  const join = (constraintClass: number, node: number): void => {
    const first = firstOf.get(constraintClass);
    if (first === undefined) firstOf.set(constraintClass, node);
    else parent[rootOf(node)] = rootOf(first);
  };
  placed.forEach((node, workload) => {
    if (mobility[workload]?.kind === 'movable') join(eligibility.classOf[workload] ?? -1, node);
  });
  const examples = new Map<number, number>();
  for (const [workload, of] of eligibility.classOf.entries()) examples.set(of, workload);
  for (const constraintClass of firstOf.keys()) {
    const example = examples.get(constraintClass) ?? -1;
    for (const node of parent.keys()) {
      if (target[node] === 1 && mayRun(problem, example, node)) join(constraintClass, node);
    }
  }
  const parts = new Map<number, number[]>();
  for (const node of parent.keys()) {
    const part = parts.get(rootOf(node)) ?? [];
    part.push(node);
    parts.set(rootOf(node), part);
  }
  return [...parts.values()];
}
