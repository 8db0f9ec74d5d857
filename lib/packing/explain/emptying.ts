/** What would have to move to empty one node: where each pod would go, what holds it, or why it finds no place. */
import { drainNodes, type Move } from '../repack/drain.ts';
import { keptNode, type KeptBecause, type Mobility } from '../repack/input.ts';
import { problemOf, type Problem } from '../repack/problem.ts';
import { guideOf } from '../repack/guide.ts';
import { nodeAt, refOf, workloadAt, type Cluster, type Placement, type WorkloadRef } from './cluster.ts';
import { noPlaceOf, type NoPlace } from './no-place.ts';

export interface Emptying {
  /** The first of these that is so. */
  readonly verdict:
    KeptBecause | 'nothing to move' | 'held' | 'no place' | 'topology spread' | 'can be emptied';
  readonly moves: readonly PlannedMove[];
  readonly held: readonly HeldPods[];
  readonly noPlace: readonly NoPlace[];
  /** What was assumed, or not checked, one sentence each. */
  readonly notes: readonly string[];
}

export interface PlannedMove extends WorkloadRef {
  readonly pods: number;
  readonly to: string;
}

export interface HeldPods extends WorkloadRef {
  readonly pods: number;
  readonly reason: string;
}

/** `node` is a position in the nodes. What cannot leave stays, and the others are moved all the same. */
export function emptyingOf(cluster: Cluster, node: number, placements: readonly Placement[]): Emptying {
  const nothing = { moves: [], held: [], noPlace: [], notes: [] };
  const kept = keptNode(nodeAt(cluster, node));
  if (kept !== null) return { ...nothing, verdict: kept };
  const problem = problemOf(cluster);
  const positions = new Map(cluster.workloads.map(({ index }, position) => [index, position]));
  const leaving = placements.map(({ workload, pods }) => ({
    ref: refOf(workload),
    pods,
    mobility: problem.mobility[positions.get(workload.index) ?? -1],
  }));
  const held = leaving.flatMap(({ ref, pods, mobility }) =>
    mobility?.kind === 'fixed' ? [{ ...ref, pods, reason: mobility.reason }] : [],
  );
  const movable = leaving.some(({ mobility }) => mobility?.kind === 'movable');
  if (!movable) return { ...nothing, held, verdict: held.length > 0 ? 'held' : 'nothing to move' };
  const { moves, stuck, spread } = moveWhatCan(problem, node);
  const noPlace = noPlaceOf({ problem, cluster, node, moves, stuck });
  return {
    verdict: verdictOf({ held: held.length > 0, stuck: noPlace.length > 0, spread }),
    moves: moves.map(({ workload, to, pods }) => ({
      ...refOf(workloadAt(cluster, workload)),
      pods,
      to: nodeAt(cluster, to).node,
    })),
    held,
    noPlace,
    notes: problem.topology.notes,
  };
}

function verdictOf({
  held,
  stuck,
  spread,
}: Readonly<Record<'held' | 'stuck' | 'spread', boolean>>): Emptying['verdict'] {
  if (held) return 'held';
  if (stuck) return 'no place';
  return spread ? 'topology spread' : 'can be emptied';
}

interface Moved {
  readonly moves: readonly Move[];
  /** Positions of workloads whose pods do not all find a place. */
  readonly stuck: readonly number[];
  /** All would find one, but a spread would be further apart than it may be. */
  readonly spread: boolean;
}

/** Re-packing gives a node up as soon as one pod finds no place; here that workload stays, and the rest is tried again. */
function moveWhatCan(problem: Problem, node: number): Moved {
  const guide = guideOf(problem);
  const holds = new Map(problem.holds);
  holds.delete(node);
  const stuck: number[] = [];
  for (let mobility: readonly Mobility[] = problem.mobility; ;) {
    const drained = drainNodes({ ...problem, holds, mobility }, [node], guide, () => false);
    const failed = drained.stuck.get(node);
    if (failed === undefined) return { moves: drained.drains[0]?.moves ?? [], stuck, spread: false };
    if (failed < 0) return { moves: [], stuck, spread: true };
    stuck.push(failed);
    mobility = mobility.with(failed, { kind: 'fixed', reason: 'no place' });
  }
}
