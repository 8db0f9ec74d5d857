/**
 * The stored contract, schemaVersion 1. Amounts are cores for cpu and whole units (bytes, pods, devices)
 * for the rest. Unknown is null, never 0 or NaN.
 */
import * as z from './schema.ts';

export const schemaVersion = 1;

const count = z.int().check(z.nonnegative());
/** A thousand clusters of the largest amounts that Kubernetes can name are far below; no sum becomes infinite. */
const largest = 1e30;
const number = z.number().check(z.gte(-largest), z.lte(largest));
const amount = number;
const ratio = z.nullable(number);
const instant = z.iso.datetime();
/** What sentences quote: a key of S3 ends at 1,024 bytes, and a cluster's name is part of one. */
const shortText = z.string().check(z.maxLength(2048));
const perResource = <T extends z.ZodType>(value: T): z.ZodMiniRecord<z.ZodMiniString<string>, T> =>
  z.record(z.string(), value);

const readiness = z.enum(['ready', 'notReady', 'unknown']);

/** A scheduled instant in UTC, to the second: 20261121T074500Z. */
export const snapshotIdSchema = z.string().check(z.regex(/^\d{8}T\d{6}Z$/));

const requirement = z.object({
  key: z.string(),
  operator: z.string(),
  values: z.optional(z.array(z.string())),
});
const selector = z.object({
  labels: z.optional(z.record(z.string(), z.string())),
  expressions: z.optional(z.array(requirement)),
});
const term = z.object({
  labels: z.optional(z.array(requirement)),
  fields: z.optional(z.array(requirement)),
});
const podAffinityTerm = z.object({
  topologyKey: z.string(),
  selector: z.optional(selector),
  namespaces: z.optional(z.array(z.string())),
  namespaceSelector: z.optional(selector),
  self: z.described(
    z.boolean(),
    "the term selects the workload's own pods: hostname anti-affinity then means one a node",
  ),
});
const constraints = z.object({
  nodeSelector: z.optional(z.record(z.string(), z.string())),
  nodeAffinity: z.optional(z.array(term)),
  tolerations: z.optional(
    z.array(
      z.object({
        key: z.optional(z.string()),
        operator: z.string(),
        value: z.optional(z.string()),
        effect: z.optional(z.string()),
      }),
    ),
  ),
  hostPorts: z.optional(
    z.array(z.object({ ip: z.optional(z.string()), protocol: z.string(), port: z.int() })),
  ),
  topologySpread: z.optional(
    z.array(
      z.object({
        maxSkew: z.int(),
        minDomains: z.optional(z.int()),
        topologyKey: z.string(),
        selector: z.optional(selector),
        matchLabelKeys: z.optional(z.array(z.string())),
        nodeAffinityPolicy: z.optional(z.string()),
        nodeTaintsPolicy: z.optional(z.string()),
        self: z.boolean(),
      }),
    ),
  ),
  podAffinity: z.optional(z.array(podAffinityTerm)),
  podAntiAffinity: z.optional(z.array(podAffinityTerm)),
});
export type CanonicalConstraints = z.infer<typeof constraints>;
export type CanonicalTerm = z.infer<typeof term>;
export type CanonicalRequirement = z.infer<typeof requirement>;
export type CanonicalSelector = z.infer<typeof selector>;

/** What every row carries, so that rows of a run that died are never mixed with those of its retry. */
const rowIdentity = {
  cluster: shortText,
  snapshotId: snapshotIdSchema,
  run: z.string(),
  takenAt: instant,
};

export const nodeRowSchema = z.object({
  ...rowIdentity,
  node: z.string(),
  instanceType: z.nullable(z.string()),
  zone: z.nullable(z.string()),
  nodePool: z.described(z.nullable(z.string()), 'by the labels of Karpenter, EKS, GKE and AKS'),
  capacityType: z.described(z.nullable(z.string()), 'spot, on-demand, reserved'),
  arch: z.nullable(z.string()),
  os: z.nullable(z.string()),
  ready: z.described(z.nullable(z.boolean()), 'the Ready condition; null where it is Unknown or missing'),
  unschedulable: z.described(z.boolean(), 'cordoned'),
  taints: z.described(z.array(z.string()), 'as kubectl writes them: key=value:effect'),
  abnormalConditions: z.described(z.array(z.string()), '`type=status`, of those that say something is wrong'),
  createdAt: z.nullable(instant),
  labels: z.record(z.string(), z.string()),
  pods: z.described(count, 'counted pods on the node'),
  resources: perResource(
    z.object({
      capacity: amount,
      allocatable: amount,
      allocated: amount,
      daemonSet: amount,
      utilization: ratio,
    }),
  ),
  placements: z.described(
    z.array(z.tuple([count, count])),
    "[workload row's index, pods of it here]: a snapshot can be packed again without pod names",
  ),
  readiness: z.described(
    z.optional(z.record(z.string(), readiness)),
    'by the readiness rules that are about the node; absent where there are none at all',
  ),
});
export type NodeRow = z.infer<typeof nodeRowSchema>;

export const workloadRowSchema = z.object({
  ...rowIdentity,
  index: z.described(count, 'position in the workloads object; placements refer to it'),
  namespace: z.string(),
  kind: z.described(
    z.string(),
    'Deployment, StatefulSet, DaemonSet, CronJob, Job, StaticPod, Pod, or what else owns it',
  ),
  name: z.string(),
  daemonSet: z.boolean(),
  priority: z.described(z.int(), 'negative: a placeholder that anything may preempt'),
  pods: z.described(count, 'bound to a node'),
  pending: count,
  nodes: z.described(count, 'nodes that have at least one of them'),
  requests: z.described(perResource(amount), 'of one pod, as the scheduler counts it'),
  total: z.described(perResource(amount), 'of the bound pods'),
  constraints: z.described(
    constraints,
    'where its pods may go, in a canonical form; empty parts are left out',
  ),
  pins: z.described(
    z.optional(z.array(z.string())),
    'what keeps its pods on their node: `do-not-disrupt`, `safe-to-evict`, `local storage`; absent: nothing',
  ),
});
export type WorkloadRow = z.infer<typeof workloadRowSchema>;

export const podRowSchema = z.object({
  ...rowIdentity,
  namespace: z.string(),
  pod: z.string(),
  uid: z.string(),
  node: z.described(z.nullable(z.string()), 'null while pending'),
  phase: z.string(),
  terminating: z.boolean(),
  workload: z.described(count, "the workload row's index"),
});
export type PodRow = z.infer<typeof podRowSchema>;

const distribution = z.object({
  min: number,
  p10: number,
  p50: number,
  p90: number,
  p99: number,
  max: number,
  mean: number,
});
export type Distribution = z.infer<typeof distribution>;

const resourceSummary = z.object({
  capacity: z.described(amount, 'what the nodes have'),
  allocatable: z.described(amount, 'what the scheduler may give away; the base of every ratio'),
  allocated: z.described(amount, 'requests of the counted pods'),
  daemonSet: z.described(amount, 'the part of allocated that DaemonSet pods take'),
  pending: z.described(amount, 'requests of pods without a node'),
  free: z.described(
    amount,
    'sum over nodes of what is left; an over-committed node counts as 0, not as less',
  ),
  usableFree: z.described(amount, 'free on nodes that are ready, not cordoned and without a blocking taint'),
  stranded: z.described(
    z.nullable(amount),
    'the part of usableFree where pods that may run there do not fit, by the mix of pods; null: no pods',
  ),
  strandedSimply: z.described(
    z.optional(z.nullable(amount)),
    'the part of usableFree on nodes where another resource has less left than the smallest common request of it',
  ),
  fragmented: z.described(
    z.optional(amount),
    'of a GPU resource: the part of free devices that pods cannot use, by the mix of pods (FGD)',
  ),
  nMinusOne: z.described(
    z.optional(z.nullable(amount)),
    'what is left on usable nodes once the one with most of it is lost; below 0: its loss cannot be absorbed; null: none has any',
  ),
  density: z.described(
    z.optional(ratio),
    'allocated / allocatable on nodes that have pods other than those of DaemonSets',
  ),
  utilization: z.described(
    ratio,
    'allocated / allocatable; above 1 over-committed, null where nothing is allocatable',
  ),
  nodeUtilization: z.described(
    z.nullable(distribution),
    'utilization of the nodes that have the resource, nearest-rank percentiles; null where none has',
  ),
});
export type ResourceSummary = z.infer<typeof resourceSummary>;

const groupSummary = z.object({
  labels: z.array(z.string()),
  values: z.described(
    z.array(z.string()),
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
  bytes: z.described(count, 'on the wire, TLS included'),
  encoding: z.enum(['protobuf', 'json']),
  durationMs: count,
  retries: z.described(count, 'pages that were asked for again'),
  restarts: z.described(count, 'times the list expired and began again'),
});
export type Collection = z.infer<typeof collection>;

const conditionCounts = z.object({ true: count, false: count, unknown: count, missing: count });
export type ConditionCounts = z.infer<typeof conditionCounts>;

const ruleReadiness = z.object({
  rule: z.described(z.string(), 'the name of a readiness rule; the counts are of nodes'),
  applicable: z.described(count, 'selected by the rule'),
  ready: z.described(count, 'every condition has the required status'),
  notReady: z.described(count, 'a condition has plainly another one'),
  unknown: z.described(count, 'a condition is missing or Unknown, and none speaks against the rule'),
  withTaint: z.described(z.nullable(count), "with the rule's taint; null where the rule has none"),
  withoutTaint: z.nullable(count),
  readyWithTaint: z.described(z.nullable(count), 'ready, and kept from pods all the same'),
  failingWithoutTaint: z.described(z.nullable(count), 'not ready or unknown, and open to pods'),
  conditions: z.array(
    z.object({
      type: z.string(),
      requiredStatus: z.enum(['True', 'False', 'Unknown']),
      satisfied: count,
      unsatisfied: z.described(count, 'with another status'),
      missing: z.described(count, 'without the condition'),
    }),
  ),
  failing: z.described(count, 'not ready or unknown'),
  failingNodes: z.described(z.array(z.string()), 'the first ten by name, or fewer'),
});
export type RuleReadiness = z.infer<typeof ruleReadiness>;

const problem = z.object({
  reason: z.string(),
  count,
  examples: z.described(z.array(z.string()), 'up to three, in words; count says how many there were'),
});
export type Problem = z.infer<typeof problem>;

export const detailKind = z.enum(['nodes', 'workloads', 'pods']);
export type DetailKind = z.infer<typeof detailKind>;

const storedObject = z.object({
  kind: detailKind,
  key: shortText,
  rows: count,
  bytes: count,
  sha256: z.string().check(z.regex(/^[0-9a-f]{64}$/)),
});
export type StoredObject = z.infer<typeof storedObject>;

const zoneLoss = z.object({
  zone: z.string(),
  nodes: z.described(count, 'usable ones'),
  nMinusOne: z.described(
    perResource(z.nullable(amount)),
    'what is left in the zone without its largest node',
  ),
  withoutZone: z.described(
    perResource(amount),
    'what is left in the others for all pods; below 0: too little',
  ),
});
export type ZoneLoss = z.infer<typeof zoneLoss>;

const apart = z.object({
  excluded: z.described(z.boolean(), 'counted here alone (--exclude)'),
  nodes: count,
  allocatable: perResource(amount),
  pods: z.described(count, 'bound to a node'),
  requests: perResource(amount),
});
export type ApartSummary = z.infer<typeof apart>;

export const summarySchema = z.object({
  schemaVersion: z.literal(schemaVersion),
  snapshotId: z.described(snapshotIdSchema, 'the scheduled instant in UTC: one snapshot each'),
  cluster: shortText,
  scheduledAt: instant,
  takenAt: z.described(instant, 'when the reading began'),
  durationMs: z.described(count, 'reading and counting, before anything is stored'),
  toolVersion: z.string(),
  kubernetesVersion: z.string(),
  semantics: z.described(
    z.string(),
    "the row of the scheduler's semantics that was used: 1.29, 1.33, 1.34, 1.36 or 1.37",
  ),
  run: z.described(z.string(), 'random: rows and details carry it too'),
  resourceVersion: z.described(z.string(), 'the revision of the cluster that was read'),
  consistency: z.described(
    z.enum(['exact', 'per-resource', 'inconsistent']),
    'exact: nodes and pods of one revision; per-resource: each list of its own; inconsistent: a list expired',
  ),
  selectors: z.described(
    z.optional(z.record(z.string(), z.string())),
    'what the lists were narrowed to; absent where everything was read',
  ),
  collection: z.array(collection),
  nodes: z.object({
    total: count,
    ready: count,
    notReady: count,
    unknown: count,
    unschedulable: z.described(count, 'cordoned'),
    tainted: z.described(count, 'with a NoSchedule or NoExecute taint'),
    conditions: z.record(z.string(), conditionCounts),
  }),
  pods: z.object({
    counted: z.described(count, 'on a node, and not terminal'),
    pending: z.described(count, 'without a node'),
    terminating: z.described(count, 'part of counted'),
    daemonSet: z.described(count, 'part of counted'),
    mirror: z.described(count, 'part of counted: static pods'),
    gated: z.described(count, 'part of pending: with scheduling gates'),
    terminal: z.described(count, 'Succeeded or Failed: they take nothing'),
    onUnknownNode: z.described(count, 'on a node that is not listed: they count nowhere'),
    excluded: z.described(z.optional(count), 'of an excluded kind: they count nowhere'),
  }),
  resources: perResource(resourceSummary),
  groups: z.array(groupSummary),
  readiness: z.optional(z.array(ruleReadiness)),
  packing: z.described(
    z.nullable(
      z.object({
        lowerBoundNodes: count,
        repackedNodes: z.nullable(count),
        nodes: count,
        reclaimable: z.nullable(count),
        balance: ratio,
        efficiency: z.described(z.optional(ratio), 'lowerBoundNodes / nodes'),
        emptyNodes: z.described(z.optional(count), 'usable nodes with none but DaemonSet pods'),
        search: z.described(
          z.optional(z.enum(['done', 'cut short', 'over budget'])),
          'cut short by --repack-budget, which a longer one may better; over budget: not searched for, so repackedNodes is null',
        ),
        zones: z.described(
          z.optional(z.array(zoneLoss)),
          'whether each zone can lose its largest node, and the cluster each zone; the 10 with the most nodes',
        ),
      }),
    ),
    'how few nodes would do, virtual nodes left out; null in snapshots of earlier versions, and in narrowed ones',
  ),
  apart: z.described(
    z.optional(z.record(z.string(), apart)),
    'what is no ordinary part of a cluster: `virtual` nodes, the `control-plane`, `placeholder` pods (negative priority); absent where there is none',
  ),
  problems: z.array(problem).check(z.maxLength(20)),
  objects: z.described(z.array(storedObject), 'the details of this snapshot; nothing else is read'),
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
