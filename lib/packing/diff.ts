/** What happened between two snapshots of a cluster, and what of it moved the utilization. */
import type { NodeRow, Summary, WorkloadRow } from '../model/snapshot.ts';

export interface DiffInput {
  readonly summary: Summary;
  readonly nodes: readonly NodeRow[];
  readonly workloads: readonly WorkloadRow[];
}

export interface NodeChange {
  readonly node: string;
  readonly nodePool: string | null;
  readonly instanceType: string | null;
  readonly zone: string | null;
}

export type WorkloadChangeKind = 'appeared' | 'vanished' | 'grew' | 'shrank' | 'requests';

export interface WorkloadChange {
  readonly namespace: string;
  readonly kind: string;
  readonly name: string;
  /** requests: as many pods as before, which ask for something else; the other kinds may do so too. */
  readonly change: WorkloadChangeKind;
  readonly pods: Pair;
  /** Of one pod, on average; of the resources that differ only. */
  readonly requests: Readonly<Record<string, Pair>>;
  /** Of all its pods: what is asked for now beyond before. */
  readonly delta: Readonly<Record<string, number>>;
}

export interface Pair {
  readonly before: number;
  readonly after: number;
}

/**
 * Why the utilization moved; the parts sum to `after - before`. Each is the change of one factor of
 * sum(pods x request) / allocatable, at the mean of the other ones before and after.
 */
export interface Attribution {
  readonly before: number;
  readonly after: number;
  /** Nodes came or went, or became larger or smaller. */
  readonly capacity: number;
  /** Workloads came or went, or have more or fewer pods. */
  readonly demand: number;
  /** Pods of the same workloads ask for more or less. */
  readonly requests: number;
}

export interface Diff {
  readonly cluster: string;
  readonly before: string;
  readonly after: string;
  readonly nodes: { readonly added: readonly NodeChange[]; readonly gone: readonly NodeChange[] };
  readonly workloads: readonly WorkloadChange[];
  /** By resource; null where one of the two has nothing allocatable. */
  readonly utilization: Readonly<Record<string, Attribution | null>>;
}

export function diff(before: DiffInput, after: DiffInput): Diff {
  const [was, is] = [workloadsOf(before.workloads), workloadsOf(after.workloads)];
  const names = [...new Set([...was.keys(), ...is.keys()])].toSorted();
  const changes = names.flatMap((name) => changeOf(was.get(name) ?? null, is.get(name) ?? null));
  const resources = [
    ...new Set([...Object.keys(before.summary.resources), ...Object.keys(after.summary.resources)]),
  ];
  return {
    cluster: after.summary.cluster,
    before: before.summary.snapshotId,
    after: after.summary.snapshotId,
    nodes: { added: missingFrom(before.nodes, after.nodes), gone: missingFrom(after.nodes, before.nodes) },
    workloads: changes,
    utilization: Object.fromEntries(
      resources.map((resource) => [
        resource,
        attribute(resource, before.summary, after.summary, was, is, names),
      ]),
    ),
  };
}

function missingFrom(some: readonly NodeRow[], all: readonly NodeRow[]): NodeChange[] {
  const known = new Set(some.map(idOfNode));
  return all
    .filter((row) => !known.has(idOfNode(row)))
    .map(({ node, nodePool, instanceType, zone }) => ({ node, nodePool, instanceType, zone }))
    .toSorted((a, b) => (a.node < b.node ? -1 : 1));
}

/** A node that was replaced by one of its name is another one. */
const idOfNode = ({ node, createdAt }: NodeRow): string => JSON.stringify([node, createdAt]);

interface Demand {
  readonly namespace: string;
  readonly kind: string;
  readonly name: string;
  readonly pods: number;
  readonly total: Readonly<Record<string, number>>;
}

/** Rows of one workload, whose pods ask for different things, together. */
function workloadsOf(rows: readonly WorkloadRow[]): Map<string, Demand> {
  const found = new Map<string, Demand>();
  for (const { namespace, kind, name, pods, total } of rows) {
    const id = JSON.stringify([namespace, kind, name]);
    const known = found.get(id);
    const sum = { ...known?.total };
    for (const [resource, amount] of Object.entries(total)) sum[resource] = (sum[resource] ?? 0) + amount;
    found.set(id, { namespace, kind, name, pods: (known?.pods ?? 0) + pods, total: sum });
  }
  return found;
}

function changeOf(was: Demand | null, is: Demand | null): WorkloadChange[] {
  const known = is ?? was;
  if (known === null) return [];
  const pods = { before: was?.pods ?? 0, after: is?.pods ?? 0 };
  const resources = [
    ...new Set([...Object.keys(was?.total ?? {}), ...Object.keys(is?.total ?? {})]),
  ].toSorted();
  const requests: Record<string, Pair> = {};
  const delta: Record<string, number> = {};
  for (const resource of resources) {
    const pair = { before: requestOf(was, resource), after: requestOf(is, resource) };
    if (pods.before > 0 && pods.after > 0 && differ(pair)) requests[resource] = pair;
    const moved = (is?.total[resource] ?? 0) - (was?.total[resource] ?? 0);
    if (moved !== 0) delta[resource] = moved;
  }
  const change = kindOf(pods, Object.keys(requests).length > 0);
  if (change === null) return [];
  const { namespace, kind, name } = known;
  return [{ namespace, kind, name, change, pods, requests, delta }];
}

function kindOf({ before, after }: Pair, requests: boolean): WorkloadChangeKind | null {
  if (before === 0 && after === 0) return null;
  if (before === 0) return 'appeared';
  if (after === 0) return 'vanished';
  if (after > before) return 'grew';
  if (after < before) return 'shrank';
  return requests ? 'requests' : null;
}

const requestOf = (demand: Demand | null, resource: string): number =>
  demand === null || demand.pods === 0 ? 0 : (demand.total[resource] ?? 0) / demand.pods;

/** Means of equal requests may differ in their last bits. */
function differ({ before, after }: Pair): boolean {
  return Math.abs(after - before) > 1e-9 * Math.max(Math.abs(before), Math.abs(after));
}

function attribute(
  resource: string,
  before: Summary,
  after: Summary,
  was: ReadonlyMap<string, Demand>,
  is: ReadonlyMap<string, Demand>,
  names: readonly string[],
): Attribution | null {
  const [a, b] = [before.resources[resource], after.resources[resource]];
  if (a === undefined || b === undefined || a.allocatable === 0 || b.allocatable === 0) return null;
  let moreRequested = 0;
  for (const name of names) {
    const [old, now] = [was.get(name) ?? null, is.get(name) ?? null];
    const pods = ((old?.pods ?? 0) + (now?.pods ?? 0)) / 2;
    const both = (old?.pods ?? 0) > 0 && (now?.pods ?? 0) > 0;
    if (both) moreRequested += pods * (requestOf(now, resource) - requestOf(old, resource));
  }
  const meanShare = (1 / a.allocatable + 1 / b.allocatable) / 2;
  const [from, to] = [a.allocated / a.allocatable, b.allocated / b.allocatable];
  const requests = moreRequested * meanShare;
  const capacity = ((a.allocated + b.allocated) / 2) * (1 / b.allocatable - 1 / a.allocatable);
  return { before: from, after: to, capacity, demand: to - from - capacity - requests, requests };
}
