/**
 * The stored contract, schemaVersion 1. Amounts are cores for cpu and whole units (bytes, pods, devices)
 * for the rest. Unknown is null, never 0 or NaN.
 */
import { z } from './schema.ts';

export const schemaVersion = 1;

const count = z.int().nonnegative();
const amount = z.number();
/** allocated / allocatable; null where nothing is allocatable. Above 1: over-committed. */
const ratio = z.number().nullable();
const instant = z.iso.datetime();
const perResource = <T extends z.ZodType>(value: T): z.ZodRecord<z.ZodString, T> => z.record(z.string(), value);

/** A scheduled instant in UTC, to the second: 20261121T074500Z. */
export const snapshotIdSchema = z.string().regex(/^\d{8}T\d{6}Z$/);

const requirement = z.object({
  key: z.string(),
  operator: z.string(),
  values: z.array(z.string()).optional(),
});
const selector = z.object({
  labels: z.record(z.string(), z.string()).optional(),
  expressions: z.array(requirement).optional(),
});
const term = z.object({
  labels: z.array(requirement).optional(),
  fields: z.array(requirement).optional(),
});
const podAffinityTerm = z.object({
  topologyKey: z.string(),
  selector: selector.optional(),
  namespaces: z.array(z.string()).optional(),
  namespaceSelector: selector.optional(),
  /** The term selects the workload's own pods: hostname anti-affinity then means one a node. */
  self: z.boolean(),
});
const constraints = z.object({
  nodeSelector: z.record(z.string(), z.string()).optional(),
  nodeAffinity: z.array(term).optional(),
  tolerations: z
    .array(
      z.object({
        key: z.string().optional(),
        operator: z.string(),
        value: z.string().optional(),
        effect: z.string().optional(),
      }),
    )
    .optional(),
  hostPorts: z
    .array(z.object({ ip: z.string().optional(), protocol: z.string(), port: z.int() }))
    .optional(),
  topologySpread: z
    .array(
      z.object({
        maxSkew: z.int(),
        minDomains: z.int().optional(),
        topologyKey: z.string(),
        selector: selector.optional(),
        matchLabelKeys: z.array(z.string()).optional(),
        self: z.boolean(),
      }),
    )
    .optional(),
  podAffinity: z.array(podAffinityTerm).optional(),
  podAntiAffinity: z.array(podAffinityTerm).optional(),
});
export type CanonicalConstraints = z.infer<typeof constraints>;
export type CanonicalTerm = z.infer<typeof term>;
export type CanonicalRequirement = z.infer<typeof requirement>;
export type CanonicalSelector = z.infer<typeof selector>;

/** What every row carries, so that rows of a run that died are never mixed with those of its retry. */
const rowIdentity = {
  cluster: z.string(),
  snapshotId: snapshotIdSchema,
  run: z.string(),
  takenAt: instant,
};

export const nodeRowSchema = z.object({
  ...rowIdentity,
  node: z.string(),
  instanceType: z.string().nullable(),
  zone: z.string().nullable(),
  nodePool: z.string().nullable(),
  capacityType: z.string().nullable(),
  arch: z.string().nullable(),
  os: z.string().nullable(),
  /** The Ready condition; null where it is Unknown or missing. */
  ready: z.boolean().nullable(),
  unschedulable: z.boolean(),
  /** As kubectl writes them: key=value:effect. */
  taints: z.array(z.string()),
  /** `type=status`, of those that say something is wrong. */
  abnormalConditions: z.array(z.string()),
  createdAt: instant.nullable(),
  labels: z.record(z.string(), z.string()),
  pods: count,
  resources: perResource(
    z.object({
      capacity: amount,
      allocatable: amount,
      allocated: amount,
      daemonSet: amount,
      utilization: ratio,
    }),
  ),
  /** [workload row's index, pods of it on this node]. */
  placements: z.array(z.tuple([count, count])),
});
export type NodeRow = z.infer<typeof nodeRowSchema>;

export const workloadRowSchema = z.object({
  ...rowIdentity,
  /** Position in the workloads object; placements refer to it. */
  index: count,
  namespace: z.string(),
  kind: z.string(),
  name: z.string(),
  daemonSet: z.boolean(),
  /** Negative: a placeholder that anything may preempt. */
  priority: z.int(),
  pods: count,
  pending: count,
  nodes: count,
  /** Per pod. */
  requests: perResource(amount),
  /** Of the pods bound. */
  total: perResource(amount),
  constraints,
});
export type WorkloadRow = z.infer<typeof workloadRowSchema>;

export const podRowSchema = z.object({
  ...rowIdentity,
  namespace: z.string(),
  pod: z.string(),
  uid: z.string(),
  /** null while pending. */
  node: z.string().nullable(),
  phase: z.string(),
  terminating: z.boolean(),
  /** The workload row's index. */
  workload: count,
});
export type PodRow = z.infer<typeof podRowSchema>;

const distribution = z.object({
  min: z.number(),
  p10: z.number(),
  p50: z.number(),
  p90: z.number(),
  p99: z.number(),
  max: z.number(),
  mean: z.number(),
});
export type Distribution = z.infer<typeof distribution>;

const resourceSummary = z.object({
  capacity: amount,
  allocatable: amount,
  /** Requests of the counted pods, as the scheduler counts them. */
  allocated: amount,
  /** The part of `allocated` that DaemonSet pods take. */
  daemonSet: amount,
  /** Requests of pods without a node. */
  pending: amount,
  /** Sum over nodes of what is left; an over-committed node counts as 0, not as less. */
  free: amount,
  /** `free` of nodes that are ready, not cordoned and without a blocking taint. */
  usableFree: amount,
  /** The part of `usableFree` that the workloads' own pods cannot use; null where not computed. */
  stranded: amount.nullable(),
  utilization: ratio,
  /** Over the nodes that have the resource; null where none has. */
  nodeUtilization: distribution.nullable(),
});
export type ResourceSummary = z.infer<typeof resourceSummary>;

const groupSummary = z.object({
  labels: z.array(z.string()),
  /** In the order of `labels`; `<none>` where missing; all `(other)` for the rest beyond the limit. */
  values: z.array(z.string()),
  nodes: count,
  pods: count,
  resources: perResource(
    z.object({
      allocatable: amount,
      allocated: amount,
      daemonSet: amount,
      free: amount,
      utilization: ratio,
    }),
  ),
});
export type GroupSummary = z.infer<typeof groupSummary>;

const listKind = z.enum(['nodes', 'pods']);

const collection = z.object({
  resource: listKind,
  items: count,
  pages: count,
  bytes: count,
  encoding: z.enum(['protobuf', 'json']),
  durationMs: count,
  retries: count,
  restarts: count,
});
export type Collection = z.infer<typeof collection>;

const conditionCounts = z.object({ true: count, false: count, unknown: count, missing: count });
export type ConditionCounts = z.infer<typeof conditionCounts>;

/** A kind of finding: how often, with up to three examples in words. At most 20 kinds. */
const problem = z.object({ reason: z.string(), count, examples: z.array(z.string()) });
export type Problem = z.infer<typeof problem>;

const detailKind = z.enum(['nodes', 'workloads', 'pods']);
export type DetailKind = z.infer<typeof detailKind>;

const storedObject = z.object({
  kind: detailKind,
  key: z.string(),
  rows: count,
  bytes: count,
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});
export type StoredObject = z.infer<typeof storedObject>;

export const summarySchema = z.object({
  schemaVersion: z.literal(schemaVersion),
  snapshotId: snapshotIdSchema,
  cluster: z.string(),
  scheduledAt: instant,
  takenAt: instant,
  durationMs: count,
  toolVersion: z.string(),
  kubernetesVersion: z.string(),
  /** The row of the scheduler's semantics that was used: 1.29, 1.33, 1.34, 1.36 or 1.37. */
  semantics: z.string(),
  run: z.string(),
  resourceVersion: z.string(),
  /** exact: nodes and pods of one revision; per-resource: each list of its own; inconsistent: a list expired. */
  consistency: z.enum(['exact', 'per-resource', 'inconsistent']),
  /** What the lists were narrowed to; absent where everything was read. */
  selectors: z.record(z.string(), z.string()).optional(),
  collection: z.array(collection),
  nodes: z.object({
    total: count,
    ready: count,
    notReady: count,
    unknown: count,
    unschedulable: count,
    /** With a NoSchedule or NoExecute taint. */
    tainted: count,
    conditions: z.record(z.string(), conditionCounts),
  }),
  pods: z.object({
    counted: count,
    pending: count,
    terminating: count,
    daemonSet: count,
    mirror: count,
    gated: count,
    terminal: count,
    onUnknownNode: count,
  }),
  resources: perResource(resourceSummary),
  groups: z.array(groupSummary),
  /** How few nodes would do; null until computed. */
  packing: z
    .strictObject({
      lowerBoundNodes: count,
      repackedNodes: count.nullable(),
      nodes: count,
      reclaimable: count.nullable(),
      balance: z.number().nullable(),
    })
    .nullable(),
  problems: z.array(problem).max(20),
  objects: z.array(storedObject),
});
export type Summary = z.infer<typeof summarySchema>;

/** Everything of one instant: what is stored, and what is shown. */
export interface Snapshot {
  readonly summary: Omit<Summary, 'objects'>;
  readonly nodes: readonly NodeRow[];
  readonly workloads: readonly WorkloadRow[];
  /** null unless asked for (--detail pods). */
  readonly pods: readonly PodRow[] | null;
}
