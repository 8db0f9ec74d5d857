/** Pods that find no place once all others of their node are moved, and what stops them elsewhere. */
import { fill } from '../headroom.ts';
import type { Move } from '../repack/drain.ts';
import { refusalOf } from '../repack/eligibility.ts';
import type { Problem } from '../repack/problem.ts';
import { State } from '../repack/state.ts';
import { published } from './amounts.ts';
import { refOf, workloadAt, type Cluster, type WorkloadRef } from './cluster.ts';

export interface NoPlace extends WorkloadRef {
  readonly pods: number;
  /** Those of them that would find a place. */
  readonly placed: number;
  /** The other nodes, by the first thing that stops the next pod there: a rule, or a resource. */
  readonly stoppedBy: Readonly<Record<string, number>>;
  /** Of the nodes that it may run on, those where the least is missing. */
  readonly nearest: readonly Candidate[];
}

export interface Candidate {
  readonly node: string;
  /** What one more pod lacks there, by resource; nothing where a rule stops it. */
  readonly lacks: Readonly<Record<string, number>>;
  /** A rule that looks at other pods. */
  readonly rule: string | null;
}

interface Situation {
  readonly problem: Problem;
  readonly cluster: Cluster;
  /** Positions: the node that is emptied, what has moved, and which workloads do not all find a place. */
  readonly node: number;
  readonly moves: readonly Move[];
  readonly stuck: readonly number[];
}

const maxCandidates = 3;

export function noPlaceOf({ problem, cluster, node, moves, stuck }: Situation): NoPlace[] {
  const state = new State(problem, { movable: true });
  state.close(node);
  const items = new Map(state.contentsOf(node));
  for (const [workload, pods] of items) state.add(workload, node, -pods);
  for (const { workload, to, pods } of moves) state.add(workload, to, pods);
  const open = cluster.nodes.map((_, at) => state.isOpen(at));
  return stuck.map((workload) => {
    const pods = items.get(workload) ?? 0;
    const found = fill(state, workload, open, { wanted: pods, source: node });
    const others = cluster.nodes
      .map((row, at) => ({ row, at, stop: stopOf(state, workload, at, node) }))
      .filter(({ at }) => at !== node);
    return {
      ...refOf(workloadAt(cluster, workload)),
      pods,
      placed: found.reduce((sum, each) => sum + each, 0),
      stoppedBy: countsOf(
        others.map(({ row, stop }) => nameOf(stop, row.ready === true ? 'cordoned' : 'not ready')),
      ),
      nearest: others
        .flatMap(({ row, at, stop }) =>
          stop?.kind === 'short' || stop?.kind === 'rule'
            ? [{ ...candidateOf(state, workload, at, stop), node: row.node }]
            : [],
        )
        .sort((a, b) => a.missing - b.missing)
        .slice(0, maxCandidates)
        .map(({ node: name, lacks, rule }) => ({ node: name, lacks, rule })),
    };
  });
}

/** What stops one more pod on a node; null: nothing does. */
type Stop =
  | { readonly kind: 'closed' }
  | { readonly kind: 'refused'; readonly by: string }
  | { readonly kind: 'short'; readonly resources: readonly string[] }
  | { readonly kind: 'rule'; readonly by: string };

function stopOf(state: State, workload: number, at: number, source: number): Stop | null {
  const { eligibility } = state.problem;
  if (!state.isOpen(at)) return { kind: 'closed' };
  const refusal = refusalOf(eligibility.admission(eligibility.classOf[workload] ?? -1, at));
  if (refusal !== null) return { kind: 'refused', by: refusal };
  const resources = state.short(workload, at);
  if (resources.length > 0) return { kind: 'short', resources };
  const obstacle = state.obstacle(workload, at, source);
  if (obstacle === null) return null;
  return { kind: 'rule', by: obstacle === 'held' ? 'another topology domain' : obstacle };
}

function nameOf(stop: Stop | null, closed: string): string {
  if (stop === null) return 'nothing';
  if (stop.kind === 'closed') return closed;
  return stop.kind === 'short' ? (stop.resources[0] ?? 'nothing') : stop.by;
}

/** `missing`: the largest lack, as a share of what is asked. */
function candidateOf(
  { problem: { names, demand }, free }: State,
  workload: number,
  at: number,
  stop: Extract<Stop, { readonly kind: 'short' | 'rule' }>,
): Omit<Candidate, 'node'> & { readonly missing: number } {
  if (stop.kind === 'rule') return { lacks: {}, rule: stop.by, missing: 0 };
  const lacking = stop.resources.map((name) => {
    const column = names.indexOf(name);
    const asked = demand[workload * names.length + column] as number;
    return { name, asked, lack: asked - (free[at * names.length + column] as number) };
  });
  return {
    lacks: Object.fromEntries(lacking.map(({ name, lack }) => [name, published(name, lack)])),
    rule: null,
    missing: Math.max(...lacking.map(({ lack, asked }) => lack / asked)),
  };
}

/** The most frequent first. */
function countsOf(names: readonly string[]): Record<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return Object.fromEntries([...counts].sort(([, a], [, b]) => b - a));
}
