/** Snapshots, rows and summaries that say only what a test is about. */
import type {
  NodeRow,
  ResourceSummary,
  RuleReadiness,
  Snapshot,
  Summary,
  WorkloadRow,
} from '../../lib/model/snapshot.ts';
import { instantOf } from '../../lib/store/keys.ts';

const gib = 1024 ** 3;

export const identity = {
  cluster: 'prod',
  snapshotId: '20261121T074500Z',
  run: '0a1b2c3d',
  takenAt: '2026-11-21T07:45:02.000Z',
} as const;

export function resourceSummary(about: Partial<ResourceSummary> = {}): ResourceSummary {
  const { allocatable = 0, allocated = 0 } = about;
  return {
    capacity: allocatable,
    allocatable,
    allocated,
    daemonSet: 0,
    pending: 0,
    free: Math.max(0, allocatable - allocated),
    usableFree: Math.max(0, allocatable - allocated),
    stranded: null,
    utilization: allocatable === 0 ? null : allocated / allocatable,
    nodeUtilization: null,
    ...about,
  };
}

/** Two nodes, of 4 cores and 16 GiB each, half full. */
export function summary(about: Partial<Summary> = {}): Summary {
  const { snapshotId = identity.snapshotId } = about;
  return {
    schemaVersion: 1,
    ...identity,
    snapshotId,
    scheduledAt: instantOf(snapshotId).toISOString(),
    durationMs: 1234,
    toolVersion: '0.1.0',
    kubernetesVersion: 'v1.36.2',
    semantics: '1.36',
    resourceVersion: '1000',
    consistency: 'exact',
    collection: [
      {
        resource: 'nodes',
        items: 2,
        pages: 1,
        bytes: 9000,
        encoding: 'protobuf',
        durationMs: 5,
        retries: 0,
        restarts: 0,
      },
      {
        resource: 'pods',
        items: 9,
        pages: 1,
        bytes: 50_000,
        encoding: 'protobuf',
        durationMs: 7,
        retries: 0,
        restarts: 0,
      },
    ],
    nodes: {
      total: 2,
      ready: 2,
      notReady: 0,
      unknown: 0,
      unschedulable: 0,
      tainted: 0,
      conditions: { Ready: { true: 2, false: 0, unknown: 0, missing: 0 } },
    },
    pods: {
      counted: 8,
      pending: 0,
      terminating: 0,
      daemonSet: 2,
      mirror: 0,
      gated: 0,
      terminal: 1,
      onUnknownNode: 0,
    },
    resources: {
      cpu: resourceSummary({ allocatable: 8, allocated: 4 }),
      memory: resourceSummary({ allocatable: 32 * gib, allocated: 16 * gib }),
    },
    groups: [],
    packing: null,
    problems: [],
    objects: [],
    ...about,
  };
}

/** A rule that two of four nodes meet; one of the others is open to pods. */
export function ruleReadiness(about: Partial<RuleReadiness> = {}): RuleReadiness {
  return {
    rule: 'cni',
    applicable: 4,
    ready: 2,
    notReady: 1,
    unknown: 1,
    withTaint: 2,
    withoutTaint: 2,
    readyWithTaint: 1,
    failingWithoutTaint: 1,
    conditions: [{ type: 'Network', requiredStatus: 'True', satisfied: 2, unsatisfied: 1, missing: 1 }],
    failing: 2,
    failingNodes: ['node-c', 'node-d'],
    ...about,
  };
}

/** A node of 4 cores and 16 GiB, a quarter full. */
export function nodeRow(about: Partial<NodeRow> = {}): NodeRow {
  return {
    ...identity,
    node: 'node-1',
    instanceType: null,
    zone: null,
    nodePool: null,
    capacityType: null,
    arch: 'amd64',
    os: 'linux',
    ready: true,
    unschedulable: false,
    taints: [],
    abnormalConditions: [],
    createdAt: '2026-11-01T00:00:00Z',
    labels: {},
    pods: 2,
    resources: {
      cpu: nodeAmounts(4, 1),
      memory: nodeAmounts(16 * gib, 4 * gib),
    },
    placements: [[0, 2]],
    ...about,
  };
}

export function nodeAmounts(allocatable: number, allocated: number): NodeRow['resources'][string] {
  const utilization = allocatable === 0 ? null : allocated / allocatable;
  return { capacity: allocatable, allocatable, allocated, daemonSet: 0, utilization };
}

/** Two pods of half a core and 2 GiB each. */
export function workloadRow(about: Partial<WorkloadRow> = {}): WorkloadRow {
  return {
    ...identity,
    index: 0,
    namespace: 'default',
    kind: 'Deployment',
    name: 'web',
    daemonSet: false,
    priority: 0,
    pods: 2,
    pending: 0,
    nodes: 1,
    requests: { cpu: 0.5, memory: 2 * gib },
    total: { cpu: 1, memory: 4 * gib },
    constraints: {},
    ...about,
  };
}

export function snapshot(
  about: Partial<Omit<Snapshot, 'summary'>> & { readonly summary?: Partial<Summary> } = {},
): Snapshot {
  const { objects: _objects, ...whole } = summary(about.summary);
  const { cluster, snapshotId, run, takenAt } = whole;
  const rowIdentity = { cluster, snapshotId, run, takenAt };
  return {
    nodes: [nodeRow(rowIdentity)],
    workloads: [workloadRow(rowIdentity)],
    pods: null,
    ...about,
    summary: whole,
  };
}
