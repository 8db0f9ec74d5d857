/**
 * Empties one node after another onto the others, and gives up a node as soon as one of its pods finds no place. One
 * pass is enough: room on the others only shrinks, so a node that could not be emptied once cannot be later.
 */
import { NodesByRoom } from './best-fit.ts';
import type { Guide } from './guide.ts';
import type { Problem } from './problem.ts';
import { State } from './state.ts';
import { sizeOf } from './weights.ts';

export interface Move {
  /** Positions in the input. */
  readonly workload: number;
  readonly to: number;
  readonly pods: number;
}

/** A node that is emptied, after all those before it; without moves it had nothing to move. */
export interface Drain {
  readonly node: number;
  readonly moves: readonly Move[];
}

export interface Drained {
  readonly drains: readonly Drain[];
  /** By node that could not be emptied: the workload whose pod found no place; -1: a spread would be worse. */
  readonly stuck: ReadonlyMap<number, number>;
  /** Time ran out before every node was tried: those in neither list were not. */
  readonly expired: boolean;
}

export function drainNodes(
  problem: Problem,
  order: readonly number[],
  guide: Guide,
  expired: () => boolean,
): Drained {
  const state = new State(problem, { movable: true });
  const open = problem.input.nodes.keys().filter((node) => state.isOpen(node));
  const targets = new NodesByRoom(open, state.free, problem.demand, guide);
  const sizes = Float64Array.from(problem.input.workloads, (_, workload) =>
    sizeOf(problem.demand, workload, guide.weights),
  );
  const drains: Drain[] = [];
  const stuck = new Map<number, number>();
  /** Workloads that found no place at all while nothing else was on the move. */
  const hopeless = new Set<number>();

  const place = (workload: number, to: number, pods: number): void => {
    state.add(workload, to, pods);
    if (state.isOpen(to)) targets.update(to);
  };
  const bestFor = (workload: number, from: number, pods: number): readonly [node: number, pods: number] => {
    // the last that is accepted is the best
    let copies = 0;
    const accepts = (target: number): boolean => {
      const here = state.copies(workload, target, from, pods);
      if (here > 0) copies = here;
      return here > 0;
    };
    return [targets.find(workload, accepts), copies];
  };

  for (const node of order) {
    if (expired()) return { drains, stuck, expired: true };
    if (problem.holds.has(node)) continue;
    const items = [...state.contentsOf(node)];
    const blocked = items.find(([workload]) => hopeless.has(workload));
    if (blocked !== undefined) {
      stuck.set(node, blocked[0]);
      continue;
    }
    items.sort(([a], [b]) => (sizes[b] as number) - (sizes[a] as number) || a - b);
    const skews = state.skewsOf(items.map(([workload]) => workload));
    if (state.isOpen(node)) targets.remove(node);
    state.close(node);
    // all leave before the first comes again, as a drain has it
    for (const [workload, pods] of items) state.add(workload, node, -pods);
    const moves: Move[] = [];
    let failed: number | null = null;
    for (const [workload, pods] of items) {
      for (let left = pods; left > 0 && failed === null;) {
        const [to, copies] = bestFor(workload, node, left);
        if (to < 0) {
          failed = workload;
          break;
        }
        place(workload, to, copies);
        moves.push({ workload, to, pods: copies });
        left -= copies;
      }
    }
    if (failed === null && !state.isWorse(skews)) {
      drains.push({ node, moves: moves.reduce(joined, []) });
      continue;
    }
    for (const { workload, to, pods } of moves) place(workload, to, -pods);
    for (const [workload, pods] of items) state.add(workload, node, pods);
    state.reopen(node);
    if (state.isOpen(node)) targets.insert(node);
    stuck.set(node, failed ?? -1);
    const first = failed !== null && moves.length === 0 && !problem.topology.heldTo.has(failed);
    if (first && state.copies(failed as number, node, -1, 1) === 0) hopeless.add(failed as number);
  }
  return { drains, stuck, expired: false };
}

/** One move where the next goes the same way. */
function joined(moves: Move[], move: Move): Move[] {
  const last = moves.at(-1);
  if (last?.workload !== move.workload || last.to !== move.to) return [...moves, move];
  return [...moves.slice(0, -1), { ...move, pods: last.pods + move.pods }];
}
