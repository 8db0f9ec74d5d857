/** Packed nodes and workloads as they are stored. */
import { readinessOf, taintText, type Node } from '../model/node.ts';
import type { ReadinessRule } from '../model/readiness-rule.ts';
import type { NodeRow, WorkloadRow } from '../model/snapshot.ts';
import { ratioOf, toPublished } from './amounts.ts';
import type { Workload } from './fold.ts';
import { traitsOf } from './labels.ts';
import { readinessByRule } from './readiness.ts';
import type { NodeUsage } from './usage.ts';

export type RowIdentity = Pick<NodeRow, 'cluster' | 'snapshotId' | 'run' | 'takenAt'>;

export function nodeRow(
  { node, podCount, placements, resources }: NodeUsage,
  identity: RowIdentity,
  rules: readonly ReadinessRule[],
): NodeRow {
  return {
    ...identity,
    node: node.name,
    ...traitsOf(node),
    ready: readyOf(node),
    unschedulable: node.unschedulable,
    taints: node.taints.map(taintText),
    abnormalConditions: abnormalConditions(node),
    createdAt: node.createdAt,
    labels: Object.fromEntries(node.labels),
    pods: podCount,
    resources: publishedUsage(resources),
    placements: placements.pairs(),
    ...(rules.length > 0 && { readiness: readinessByRule(node, rules) }),
  };
}

function publishedUsage(resources: NodeUsage['resources']): NodeRow['resources'] {
  return Object.fromEntries(
    [...resources].map(([name, { capacity, allocatable, allocated, daemonSet }]) => [
      name,
      {
        capacity: toPublished(name, capacity),
        allocatable: toPublished(name, allocatable),
        allocated: toPublished(name, allocated),
        daemonSet: toPublished(name, daemonSet),
        utilization: ratioOf(allocated, allocatable),
      },
    ]),
  );
}

/** As stored: null is unknown. */
export function readyOf(node: Pick<Node, 'conditions'>): boolean | null {
  const readiness = readinessOf(node);
  return readiness === 'unknown' ? null : readiness === 'ready';
}

/** Ready and its kin (KernelReady, NetworkingReady) want True; every other condition reports something wrong. */
function abnormalConditions({ conditions }: Node): string[] {
  return conditions
    .filter(({ type, status }) => status !== (type.endsWith('Ready') ? 'True' : 'False'))
    .map(({ type, status }) => `${type}=${status}`);
}

/** What a workload's row says beside the workload itself. */
export interface WorkloadPlace extends Pick<WorkloadRow, 'index' | 'nodes'> {
  /** Its requests, as published. */
  readonly requests: WorkloadRow['requests'];
}

export function workloadRow(
  workload: Workload,
  { index, nodes, requests }: WorkloadPlace,
  identity: RowIdentity,
): WorkloadRow {
  const { namespace, kind, name, daemonSet, priority, constraints, pins, bound, pending } = workload;
  const totalOf = (resource: string): number =>
    toPublished(resource, (workload.requests.get(resource) ?? 0n) * BigInt(bound));
  return {
    ...identity,
    index,
    namespace,
    kind,
    name,
    daemonSet,
    priority,
    pods: bound,
    pending,
    nodes,
    requests,
    total: Object.fromEntries(Object.keys(requests).map((resource) => [resource, totalOf(resource)])),
    constraints,
    ...(pins.length > 0 && { pins: [...pins] }),
  };
}
