/**
 * The stored contract, schemaVersion 1. Amounts are cores for cpu and whole units (bytes, pods, devices)
 * for the rest. Unknown is null, never 0 or NaN.
 */
import * as z from './schema.ts';

export const schemaVersion = 1;

const count = z.int().nonnegative();
const amount = z.number();
const ratio = z.number().nullable();
const instant = z.iso.datetime();
const perResource = <T extends z.ZodType>(value: T): z.ZodRecord<z.ZodString, T> =>
  z.record(z.string(), value);

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
  self: z
    .boolean()
    .describe("the term selects the workload's own pods: hostname anti-affinity then means one a node"),
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
  hostPorts: z.array(z.object({ ip: z.string().optional(), protocol: z.string(), port: z.int() })).optional(),
  topologySpread: z
    .array(
      z.object({
        maxSkew: z.int(),
        minDomains: z.int().optional(),
        topologyKey: z.string(),
        selector: selector.optional(),
        matchLabelKeys: z.array(z.string()).optional(),
        nodeAffinityPolicy: z.string().optional(),
        nodeTaintsPolicy: z.string().optional(),
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
  nodePool: z.string().nullable().describe('by the labels of Karpenter, EKS, GKE and AKS'),
  capacityType: z.string().nullable().describe('spot, on-demand, reserved'),
  arch: z.string().nullable(),
  os: z.string().nullable(),
  ready: z.boolean().nullable().describe('the Ready condition; null where it is Unknown or missing'),
  unschedulable: z.boolean().describe('cordoned'),
  taints: z.array(z.string()).describe('as kubectl writes them: key=value:effect'),
  abnormalConditions: z.array(z.string()).describe('`type=status`, of those that say something is wrong'),
  createdAt: instant.nullable(),
  labels: z.record(z.string(), z.string()),
  pods: count.describe('counted pods on the node'),
  resources: perResource(
    z.object({
      capacity: amount,
      allocatable: amount,
      allocated: amount,
      daemonSet: amount,
      utilization: ratio,
    }),
  ),
  placements: z
    .array(z.tuple([count, count]))
    .describe("[workload row's index, pods of it here]: a snapshot can be packed again without pod names"),
});
export type NodeRow = z.infer<typeof nodeRowSchema>;

export const workloadRowSchema = z.object({
  ...rowIdentity,
  index: count.describe('position in the workloads object; placements refer to it'),
  namespace: z.string(),
  kind: z
    .string()
    .describe('Deployment, StatefulSet, DaemonSet, CronJob, Job, StaticPod, Pod, or what else owns it'),
  name: z.string(),
  daemonSet: z.boolean(),
  priority: z.int().describe('negative: a placeholder that anything may preempt'),
  pods: count.describe('bound to a node'),
  pending: count,
  nodes: count.describe('nodes that have at least one of them'),
  requests: perResource(amount).describe('of one pod, as the scheduler counts it'),
  total: perResource(amount).describe('of the bound pods'),
  constraints: constraints.describe('where its pods may go, in a canonical form; empty parts are left out'),
});
export type WorkloadRow = z.infer<typeof workloadRowSchema>;

export const podRowSchema = z.object({
  ...rowIdentity,
  namespace: z.string(),
  pod: z.string(),
  uid: z.string(),
  node: z.string().nullable().describe('null while pending'),
  phase: z.string(),
  terminating: z.boolean(),
  workload: count.describe("the workload row's index"),
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
  capacity: amount.describe('what the nodes have'),
  allocatable: amount.describe('what the scheduler may give away; the base of every ratio'),
  allocated: amount.describe('requests of the counted pods'),
  daemonSet: amount.describe('the part of allocated that DaemonSet pods take'),
  pending: amount.describe('requests of pods without a node'),
  free: amount.describe('sum over nodes of what is left; an over-committed node counts as 0, not as less'),
  usableFree: amount.describe('free on nodes that are ready, not cordoned and without a blocking taint'),
  stranded: amount
    .nullable()
    .describe(
      'the part of usableFree where pods that may run there do not fit, by the mix of pods; null: no pods',
    ),
  utilization: ratio.describe(
    'allocated / allocatable; above 1 over-committed, null where nothing is allocatable',
  ),
  nodeUtilization: distribution
    .nullable()
    .describe(
      'utilization of the nodes that have the resource, nearest-rank percentiles; null where none has',
    ),
});
export type ResourceSummary = z.infer<typeof resourceSummary>;

const groupSummary = z.object({
  labels: z.array(z.string()),
  values: z
    .array(z.string())
    .describe(
      'in the order of labels; `<none>` where missing; all `(other)` for the rest beyond the first 50',
    ),
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

const collection = z.object({
  resource: z.enum(['nodes', 'pods']),
  items: count,
  pages: count,
  bytes: count.describe('on the wire, TLS included'),
  encoding: z.enum(['protobuf', 'json']),
  durationMs: count,
  retries: count.describe('pages that were asked for again'),
  restarts: count.describe('times the list expired and began again'),
});
export type Collection = z.infer<typeof collection>;

const conditionCounts = z.object({ true: count, false: count, unknown: count, missing: count });
export type ConditionCounts = z.infer<typeof conditionCounts>;

const problem = z.object({
  reason: z.string(),
  count,
  examples: z.array(z.string()).describe('up to three, in words; count says how many there were'),
});
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
  snapshotId: snapshotIdSchema.describe('the scheduled instant in UTC: one snapshot each'),
  cluster: z.string(),
  scheduledAt: instant,
  takenAt: instant.describe('when the reading began'),
  durationMs: count.describe('reading and counting, before anything is stored'),
  toolVersion: z.string(),
  kubernetesVersion: z.string(),
  semantics: z
    .string()
    .describe("the row of the scheduler's semantics that was used: 1.29, 1.33, 1.34, 1.36 or 1.37"),
  run: z.string().describe('random: rows and details carry it too'),
  resourceVersion: z.string().describe('the revision of the cluster that was read'),
  consistency: z
    .enum(['exact', 'per-resource', 'inconsistent'])
    .describe(
      'exact: nodes and pods of one revision; per-resource: each list of its own; inconsistent: a list expired',
    ),
  selectors: z
    .record(z.string(), z.string())
    .optional()
    .describe('what the lists were narrowed to; absent where everything was read'),
  collection: z.array(collection),
  nodes: z.object({
    total: count,
    ready: count,
    notReady: count,
    unknown: count,
    unschedulable: count.describe('cordoned'),
    tainted: count.describe('with a NoSchedule or NoExecute taint'),
    conditions: z.record(z.string(), conditionCounts),
  }),
  pods: z.object({
    counted: count.describe('on a node, and not terminal'),
    pending: count.describe('without a node'),
    terminating: count.describe('part of counted'),
    daemonSet: count.describe('part of counted'),
    mirror: count.describe('part of counted: static pods'),
    gated: count.describe('part of pending: with scheduling gates'),
    terminal: count.describe('Succeeded or Failed: they take nothing'),
    onUnknownNode: count.describe('on a node that is not listed: they count nowhere'),
  }),
  resources: perResource(resourceSummary),
  groups: z.array(groupSummary),
  packing: z
    .object({
      lowerBoundNodes: count,
      repackedNodes: count.nullable(),
      nodes: count,
      reclaimable: count.nullable(),
      balance: z.number().nullable(),
    })
    .nullable()
    .describe('how few nodes would do; null until computed'),
  problems: z.array(problem).max(20),
  objects: z.array(storedObject).describe('the details of this snapshot; nothing else is read'),
});
export type Summary = z.infer<typeof summarySchema>;

/** Everything of one instant: what is stored, and what is shown. */
export interface Snapshot {
  readonly summary: Omit<Summary, 'objects'>;
  /** Rows may be made as they are asked for. */
  readonly nodes: Iterable<NodeRow>;
  readonly workloads: Iterable<WorkloadRow>;
  /** null unless asked for (--detail pods). */
  readonly pods: Iterable<PodRow> | null;
}
