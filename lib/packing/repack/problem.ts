/** A snapshot's rows as a packing problem: what every node holds, what of it can move, and where to. */
import { allocatableOf, demandsOf, resourceNames, type Matrix } from './amounts.ts';
import { eligibilityOf, type Eligibility } from './eligibility.ts';
import {
  fixedBy,
  keptNode,
  mobilityOf,
  type Mobility,
  type RepackInput,
  type RepackNode,
  type RepackWorkload,
} from './input.ts';
import { Residents } from './residents.ts';
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
  /** Those of every node too. */
  readonly placed: Residents;
  /** By node that stays: the pods that hold it, by reason. */
  readonly holds: ReadonlyMap<number, ReadonlyMap<string, number>>;
  /** By node: 1 where pods may be moved to, being ready and not cordoned. */
  readonly target: Uint8Array;
  readonly eligibility: Eligibility;
  readonly topology: Topology;
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
    target.some(
      (open, node) => open === 1 && eligibility.admits(of, eligibility.nodeClassOf[node] as number),
    ),
  );
  const mobility = workloads.map((workload, index) => {
    const own = mobilityOf(workload);
    if (own.kind !== 'movable') return own;
    const reason = topology.heldToNode.get(index) ?? (anywhere(index) ? null : 'no node may run it');
    return reason === null ? own : fixedBy(reason);
  });
  const placed = new Residents(nodes, positions(workloads));
  placed.forEach((node, workload, pods) => {
    if (mobility[workload]?.kind === 'perNode') take(room, node, demand, workload, pods, names.length);
  });
  return {
    input,
    names,
    demand,
    room,
    mobility,
    placed,
    holds: holdsOf(nodes, placed, mobility),
    target,
    eligibility,
    topology,
  };
}

/** A choice: the scheduler reads only taints, but nobody empties a node onto one that is not ready. */
export function isTarget(node: Pick<RepackNode, 'ready' | 'unschedulable' | 'labels' | 'taints'>): boolean {
  // a virtual node is made for its pod
  return node.ready === true && !node.unschedulable && keptNode(node) !== 'virtual node';
}

/** By the scheduler's filters alone, whatever room there is. */
export function mayRun({ eligibility }: Problem, workload: number, node: number): boolean {
  return eligibility.admits(eligibility.classOf[workload] as number, eligibility.nodeClassOf[node] as number);
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

/** Of workloads by index. Rows stand in its order, but for those that somebody left out. */
function positions(workloads: readonly Pick<RepackWorkload, 'index'>[]): (index: number) => number {
  const inOrder = workloads.every(({ index }, position) => index === position);
  const known = inOrder ? null : new Map(workloads.map(({ index }, position) => [index, position]));
  return (index) => {
    const position = known === null ? index : known.get(index);
    if (position === undefined || position >= workloads.length)
      throw new RangeError(`a placement refers to workload ${index}, which has no row`);
    return position;
  };
}

function holdsOf(
  nodes: readonly RepackNode[],
  placed: Residents,
  mobility: readonly Mobility[],
): Problem['holds'] {
  const holds = new Map<number, Map<string, number>>();
  const hold = (node: number, reason: string, pods: number): void => {
    const reasons = holds.get(node) ?? new Map<string, number>();
    holds.set(node, reasons);
    reasons.set(reason, (reasons.get(reason) ?? 0) + pods);
  };
  for (const [index, node] of nodes.entries()) {
    const kept = keptNode(node);
    if (kept !== null) hold(index, kept, 0);
    placed.forEachOn(index, (workload, pods) => {
      const how = mobility[workload];
      if (how?.kind === 'fixed') hold(index, how.reason, pods);
    });
  }
  return holds;
}
