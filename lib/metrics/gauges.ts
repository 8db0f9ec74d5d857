/**
 * Every gauge that is published, once: its names, unit, dimensions, help, and how it is read from a summary or a node
 * row. docs/metrics.md, the dashboard and the alarms are made of this table.
 */
import type { GroupSummary, NodeRow, ResourceSummary, RuleReadiness, Summary } from '../model/snapshot.ts';

export const namespace = 'KubeBinpack';

/** In this order wherever dimensions stand. */
export type Dimension = 'ClusterName' | 'Resource' | 'GroupName' | 'GroupValue' | 'Rule' | 'NodeName';

/** `ratio` is a percentage in CloudWatch and stays a ratio elsewhere; `resource` depends on the resource. */
export type GaugeUnit = 'count' | 'milliseconds' | 'ratio' | 'resource';

export interface Gauge<Source> {
  /** In CloudWatch. */
  readonly name: string;
  /** In Prometheus, without the prefix of its scope: kube_binpacking_cluster_. */
  readonly prometheus: string;
  readonly unit: GaugeUnit;
  readonly help: string;
  /** null: unknown, and so not published. */
  readonly value: (source: Source) => number | null;
  /** Published to CloudWatch too, where each series is paid for (yes). */
  readonly paid?: false;
}

type NodeResource = NodeRow['resources'][string];
type GroupResource = GroupSummary['resources'][string];

/** What there is of a resource in a cluster, a group or a node alike. */
interface Amounts {
  readonly allocatable: number;
  readonly allocated: number;
  readonly daemonSet: number;
  readonly utilization: number | null;
}

/** `where`: behind a meaning, " on the node". `free`: names of those that nobody should have to pay for. */
function amountGauges(where: string, free: readonly string[]): readonly Gauge<Amounts>[] {
  const gauges: readonly Gauge<Amounts>[] = [
    {
      name: 'Utilization',
      prometheus: 'utilization_ratio',
      unit: 'ratio',
      help: `allocated / allocatable${where}`,
      value: ({ utilization }) => utilization,
    },
    {
      name: 'Allocatable',
      prometheus: 'allocatable',
      unit: 'resource',
      help: `what the scheduler may give away${where}`,
      value: ({ allocatable }) => allocatable,
    },
    {
      name: 'Allocated',
      prometheus: 'allocated',
      unit: 'resource',
      help: `requests of the pods that count${where}`,
      value: ({ allocated }) => allocated,
    },
    {
      name: 'DaemonSetAllocated',
      prometheus: 'daemonset_overhead',
      unit: 'resource',
      help: 'the part of Allocated that DaemonSet pods take',
      value: ({ daemonSet }) => daemonSet,
    },
    {
      name: 'DaemonSetRatio',
      prometheus: 'daemonset_overhead_ratio',
      unit: 'ratio',
      help: 'what DaemonSet pods take / allocatable',
      value: ({ daemonSet, allocatable }) => (allocatable > 0 ? daemonSet / allocatable : null),
    },
  ];
  return gauges.map((gauge) => (free.includes(gauge.name) ? { ...gauge, paid: false } : gauge));
}

/** Of the cluster: ClusterName. */
export const clusterGauges: readonly Gauge<Summary>[] = [
  {
    name: 'SnapshotSuccess',
    prometheus: 'snapshot_success',
    unit: 'count',
    help: '1 for each committed snapshot; in CloudWatch its absence is what an alarm should watch',
    value: () => 1,
  },
  {
    name: 'SnapshotTimestamp',
    prometheus: 'snapshot_timestamp_seconds',
    unit: 'count',
    help: 'the instant that the snapshot stands for, in seconds since 1970; its age is what an alert should watch',
    value: ({ scheduledAt }) => Date.parse(scheduledAt) / 1000,
    paid: false,
  },
  {
    name: 'SnapshotDuration',
    prometheus: 'snapshot_duration_seconds',
    unit: 'milliseconds',
    help: 'reading the cluster and counting, before anything is stored',
    value: ({ durationMs }) => durationMs,
  },
  {
    name: 'SnapshotProblems',
    prometheus: 'snapshot_problems',
    unit: 'count',
    help: 'odd values in objects, and whatever else the snapshot names under problems',
    value: ({ problems }) => problems.reduce((sum, { count }) => sum + count, 0),
  },
  {
    name: 'Nodes',
    prometheus: 'node_count',
    unit: 'count',
    help: 'nodes of the cluster',
    value: ({ nodes }) => nodes.total,
  },
  {
    name: 'ReadyNodes',
    prometheus: 'ready_node_count',
    unit: 'count',
    help: 'nodes whose Ready condition is True',
    value: ({ nodes }) => nodes.ready,
  },
  {
    name: 'NotReadyNodes',
    prometheus: 'not_ready_node_count',
    unit: 'count',
    help: 'nodes whose Ready condition is False, Unknown or missing',
    value: ({ nodes }) => nodes.notReady + nodes.unknown,
  },
  {
    name: 'UnschedulableNodes',
    prometheus: 'unschedulable_node_count',
    unit: 'count',
    help: 'cordoned nodes',
    value: ({ nodes }) => nodes.unschedulable,
  },
  {
    name: 'Pods',
    prometheus: 'pod_count',
    unit: 'count',
    help: 'pods on a node that are not terminal',
    value: ({ pods }) => pods.counted,
  },
  {
    name: 'PendingPods',
    prometheus: 'pending_pod_count',
    unit: 'count',
    help: 'pods without a node, gated ones included',
    value: ({ pods }) => pods.pending,
  },
  {
    name: 'GatedPods',
    prometheus: 'gated_pod_count',
    unit: 'count',
    help: 'the part of PendingPods that scheduling gates hold back',
    value: ({ pods }) => pods.gated,
  },
  {
    name: 'LowerBoundNodes',
    prometheus: 'lower_bound_node_count',
    unit: 'count',
    help: 'no packing of these pods takes fewer nodes; not computed yet in this version',
    value: ({ packing }) => packing?.lowerBoundNodes ?? null,
  },
  {
    name: 'RepackedNodes',
    prometheus: 'repacked_node_count',
    unit: 'count',
    help: 'nodes of a packing that was found; not computed yet in this version',
    value: ({ packing }) => packing?.repackedNodes ?? null,
  },
  {
    name: 'ReclaimableNodes',
    prometheus: 'reclaimable_node_count',
    unit: 'count',
    help: 'nodes that the packing found does without; not computed yet in this version',
    value: ({ packing }) => packing?.reclaimable ?? null,
  },
  {
    name: 'Balance',
    prometheus: 'balance',
    unit: 'ratio',
    help: 'mean over nodes of how far the utilizations of cpu and memory are apart; not computed yet in this version',
    value: ({ packing }) => packing?.balance ?? null,
  },
];

/** Of a resource in the cluster: ClusterName, Resource. */
export const resourceGauges: readonly Gauge<ResourceSummary>[] = [
  ...amountGauges('', ['DaemonSetRatio']),
  {
    name: 'PendingRequests',
    prometheus: 'pending_requests',
    unit: 'resource',
    help: 'requests of pods without a node',
    value: ({ pending }) => pending,
  },
  {
    name: 'Free',
    prometheus: 'free',
    unit: 'resource',
    help: 'what is left, summed over nodes',
    value: ({ free }) => free,
  },
  {
    name: 'UsableFree',
    prometheus: 'usable_free',
    unit: 'resource',
    help: 'Free on nodes that are ready, not cordoned and not blocked by a taint',
    value: ({ usableFree }) => usableFree,
  },
  {
    name: 'Stranded',
    prometheus: 'stranded',
    unit: 'resource',
    help: "the part of UsableFree that the cluster's own pods cannot use",
    value: ({ stranded }) => stranded,
  },
];

/** Of a resource over all nodes: one metric that holds the utilization of each. ClusterName, Resource. */
export const distributionGauge: Gauge<readonly number[]> = {
  name: 'NodeUtilization',
  prometheus: 'node_utilization_ratio',
  unit: 'ratio',
  help: 'utilization of every node, as one distribution: ask for its percentiles, minimum and maximum',
  value: () => null,
};

/** Of a readiness rule: ClusterName, Rule. */
export const ruleGauges: readonly Gauge<RuleReadiness>[] = [
  {
    name: 'ReadinessApplicable',
    prometheus: 'readiness_applicable_node_count',
    unit: 'count',
    help: 'nodes that the readiness rule selects',
    value: ({ applicable }) => applicable,
  },
  {
    name: 'ReadinessReady',
    prometheus: 'readiness_ready_node_count',
    unit: 'count',
    help: 'nodes on which every condition has the status that the rule requires',
    value: ({ ready }) => ready,
  },
  {
    name: 'ReadinessNotReady',
    prometheus: 'readiness_not_ready_node_count',
    unit: 'count',
    help: 'nodes on which a condition has plainly another status',
    value: ({ notReady }) => notReady,
  },
  {
    name: 'ReadinessUnknown',
    prometheus: 'readiness_unknown_node_count',
    unit: 'count',
    help: 'nodes on which a condition is missing or Unknown, and none speaks against the rule',
    value: ({ unknown }) => unknown,
  },
  {
    name: 'ReadinessUntaintedFailing',
    prometheus: 'readiness_untainted_failing_node_count',
    unit: 'count',
    help: "nodes that are not ready or unknown, and yet open to pods: without the rule's taint",
    value: ({ failingWithoutTaint }) => failingWithoutTaint,
  },
  {
    name: 'ReadinessTaintedReady',
    prometheus: 'readiness_tainted_ready_node_count',
    unit: 'count',
    help: "nodes that are ready, and yet kept from pods by the rule's taint",
    value: ({ readyWithTaint }) => readyWithTaint,
    paid: false,
  },
];

/** Of a value of a label group: ClusterName, GroupName, GroupValue. */
export const groupGauges: readonly Gauge<GroupSummary>[] = [
  {
    name: 'Nodes',
    prometheus: 'node_count',
    unit: 'count',
    help: 'nodes of the group',
    value: ({ nodes }) => nodes,
  },
  {
    name: 'Pods',
    prometheus: 'pod_count',
    unit: 'count',
    help: 'pods that count, on nodes of the group',
    value: ({ pods }) => pods,
  },
];

/** Of a resource in a group: ClusterName, Resource, GroupName, GroupValue. */
export const groupResourceGauges: readonly Gauge<GroupResource>[] = [
  ...amountGauges(' on nodes of the group', ['DaemonSetAllocated', 'DaemonSetRatio']),
  {
    name: 'Free',
    prometheus: 'free',
    unit: 'resource',
    help: 'what is left on nodes of the group',
    value: ({ free }) => free,
    paid: false,
  },
];

/** Of a resource on a node: ClusterName, Resource, NodeName. */
export const nodeGauges: readonly Gauge<NodeResource>[] = amountGauges(' on the node', [
  'Allocatable',
  'DaemonSetAllocated',
  'DaemonSetRatio',
]);

export type Scope = 'cluster' | 'group' | 'node';

/** Gauges that have the same dimensions. */
export interface GaugeSet {
  readonly scope: Scope;
  readonly dimensions: readonly Dimension[];
  readonly gauges: readonly Gauge<never>[];
}

/** The whole table. */
export const gaugeSets: readonly GaugeSet[] = [
  { scope: 'cluster', dimensions: ['ClusterName'], gauges: clusterGauges },
  {
    scope: 'cluster',
    dimensions: ['ClusterName', 'Resource'],
    gauges: [...resourceGauges, distributionGauge],
  },
  { scope: 'cluster', dimensions: ['ClusterName', 'Rule'], gauges: ruleGauges },
  { scope: 'group', dimensions: ['ClusterName', 'GroupName', 'GroupValue'], gauges: groupGauges },
  {
    scope: 'group',
    dimensions: ['ClusterName', 'Resource', 'GroupName', 'GroupValue'],
    gauges: groupResourceGauges,
  },
  { scope: 'node', dimensions: ['ClusterName', 'Resource', 'NodeName'], gauges: nodeGauges },
];
