/** A snapshot's rows as a packing problem: what every node holds, what of it can move, and where to. */
import type { NodeRow } from '../../model/snapshot.ts';
import { allocatableOf, demandsOf, resourceNames, type Matrix } from './amounts.ts';
import { eligibilityOf, refusalOf, type Eligibility } from './eligibility.ts';
import { keptNode, mobilityOf, type Mobility, type RepackInput, type RepackNode } from './input.ts';
import { topologyOf, type Topology } from './topology.ts';

export interface Problem {
  readonly input: RepackInput;
  readonly names: readonly string[];
  /** By position in input.workloads: what one pod takes. */
  readonly demand: Matrix;
  /** By node, without what its DaemonSet and static pods take; below 0 where it is over-committed. */
  readonly room: Matrix;
  /** By workload; those that a rule cannot let go are fixed by it. */
  readonly mobility: readonly Mobility[];
  /** By node: [position of the workload, pods], those of every node too. */
  readonly placed: readonly (readonly (readonly [workload: number, pods: number])[])[];
  /** By node: why it stays; empty where it may go. */
  readonly holds: readonly ReadonlyMap<string, number>[];
  /** By node: 1 where pods may be moved to, being ready and not cordoned. */
  readonly target: Uint8Array;
  readonly eligibility: Eligibility;
  readonly topology: Topology;
  /** Whether a node has anything that is not of every node. */
  readonly occupied: Uint8Array;
}

export function problemOf(input: RepackInput, isOpen: (node: RepackNode) => boolean = isTarget): Problem {
  const { nodes, workloads } = input;
  const names = resourceNames(workloads);
  const demand = demandsOf(workloads, names);
  const room = allocatableOf(nodes, names);
  const eligibility = eligibilityOf(
    nodes,
    workloads.map(({ constraints }) => constraints),
  );
  const topology = topologyOf(input, eligibility);
  const target = Uint8Array.from(nodes, (node) => (isOpen(node) ? 1 : 0));
  const anywhere = oncePerClass(eligibility, (of) =>
    target.some((open, node) => open === 1 && refusalOf(eligibility.admission(of, node)) === null),
  );
  const mobility = workloads.map((workload, index): Mobility => {
    const own = mobilityOf(workload);
    if (own.kind !== 'movable') return own;
    const reason = topology.heldToNode.get(index) ?? (anywhere(index) ? null : 'no node may run it');
    return reason === null ? own : { kind: 'fixed', reason };
  });
  const position = new Map(workloads.map(({ index }, at) => [index, at]));
  const placed = nodes.map(({ placements }, node) => {
    const stays = placementsAt(placements, position);
    for (const [workload, pods] of stays) {
      if (mobility[workload]?.kind === 'perNode') take(room, node, demand, workload, pods, names.length);
    }
    return stays;
  });
  return {
    input,
    names,
    demand,
    room,
    mobility,
    placed,
    holds: nodes.map((node, index) => holdsOf(keptNode(node), placed[index] ?? [], mobility)),
    target,
    eligibility,
    topology,
    occupied: Uint8Array.from(placed, (pods) =>
      pods.some(([workload]) => mobility[workload]?.kind !== 'perNode') ? 1 : 0,
    ),
  };
}

/** A choice: the scheduler reads only taints, but nobody empties a node onto one that is not ready. */
export function isTarget({ ready, unschedulable }: Pick<NodeRow, 'ready' | 'unschedulable'>): boolean {
  return ready === true && !unschedulable;
}

/** By the scheduler's filters alone, whatever room there is. */
export function mayRun({ eligibility }: Problem, workload: number, node: number): boolean {
  return refusalOf(eligibility.admission(eligibility.classOf[workload] ?? -1, node)) === null;
}

/** One answer for all workloads that are equal to every node. */
export function oncePerClass<T>(
  { classOf }: Pick<Eligibility, 'classOf'>,
  answer: (constraintClass: number) => T,
): (workload: number) => T {
  const known = new Map<number, T>();
  return (workload) => {
    const of = classOf[workload] ?? -1;
    const value = known.get(of) ?? answer(of);
    known.set(of, value);
    return value;
  };
}

/** Takes `pods` of a workload out of a row of amounts; a negative number gives them back. */
export function take(
  amounts: Matrix,
  row: number,
  demand: Matrix,
  workload: number,
  pods: number,
  columns: number,
): void {
  const [to, from] = [row * columns, workload * columns];
  for (let i = 0; i < columns; i++) {
    amounts[to + i] = (amounts[to + i] as number) - pods * (demand[from + i] as number);
  }
}

function placementsAt(
  placements: NodeRow['placements'],
  position: ReadonlyMap<number, number>,
): (readonly [number, number])[] {
  return placements.map(([index, pods]) => {
    const at = position.get(index);
    if (at === undefined) throw new RangeError(`a placement refers to workload ${index}, which has no row`);
    return [at, pods] as const;
  });
}

function holdsOf(
  kept: string | null,
  placed: Problem['placed'][number],
  mobility: readonly Mobility[],
): ReadonlyMap<string, number> {
  const holds = new Map<string, number>(kept === null ? [] : [[kept, 0]]);
  for (const [workload, pods] of placed) {
    const how = mobility[workload];
    if (how?.kind === 'fixed') holds.set(how.reason, (holds.get(how.reason) ?? 0) + pods);
  }
  return holds;
}
