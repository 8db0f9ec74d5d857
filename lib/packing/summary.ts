/** Totals of the whole cluster, in one document of bounded size. */
import { readinessOf, type Node } from '../model/node.ts';
import type { ReadinessRule } from '../model/readiness-rule.ts';
import { addTotals } from '../model/resources.ts';
import {
  schemaVersion,
  type ConditionCounts,
  type GroupSummary,
  type PodRow,
  type ResourceSummary,
  type RuleReadiness,
  type Snapshot,
  type Summary,
} from '../model/snapshot.ts';
import { publishedTotals, ratioOf, sortedNames, toPublished } from './amounts.ts';
import { distributionOf } from './distribution.ts';
import { accounted, type Packing, type Workload } from './fold.ts';
import { groupNodes } from './groups.ts';
import type { Problems } from './problems.ts';
import { countReadiness } from './readiness.ts';
import { nodeRow, workloadRow, type RowIdentity } from './rows.ts';
import { oncePerObject } from './sharing.ts';
import { strandedByShape } from './stranding.ts';
import { freeOf, usagesOf, type NodeUsage } from './usage.ts';

/** Everything of a snapshot that is not packing: who, when, from where. */
export type SnapshotIdentity = Pick<
  Summary,
  | 'snapshotId'
  | 'cluster'
  | 'scheduledAt'
  | 'takenAt'
  | 'durationMs'
  | 'toolVersion'
  | 'kubernetesVersion'
  | 'semantics'
  | 'run'
  | 'resourceVersion'
  | 'consistency'
  | 'selectors'
  | 'collection'
>;

export interface SummariseOptions {
  /** Each a combination of label keys. */
  readonly labelGroups: readonly (readonly string[])[];
  readonly readinessRules: readonly ReadinessRule[];
  readonly problems: Problems;
  /** Rows of pods, where they are wanted. */
  readonly pods: readonly PodDetail[] | null;
}

/** A pod row but for what all rows of a snapshot share. */
export type PodDetail = Omit<PodRow, keyof RowIdentity>;

/** How much of what a cluster can have without end is kept. */
interface Limits {
  /** Values of a combination of labels. */
  readonly groups: number;
  readonly resources: number;
  /** Types of node conditions: few in real life. */
  readonly conditions: number;
  /** Of each kind of problem. */
  readonly examples: number;
  /** Of each readiness rule. */
  readonly ruleConditions: number;
  readonly failingNodes: number;
}

/** What every real cluster fits in. */
const loosest: Limits = {
  groups: 50,
  resources: 100,
  conditions: 30,
  examples: 3,
  ruleConditions: 10,
  failingNodes: 10,
};
/** Fewer names of failing nodes, who are all counted: nothing is left out that would have to be said. */
const looseSteps: readonly Limits[] = [
  loosest,
  { ...loosest, failingNodes: 3 },
  { ...loosest, failingNodes: 1 },
];
/** What the worst one must. */
const tightest: Limits = {
  groups: 1,
  resources: 4,
  conditions: 4,
  examples: 1,
  ruleConditions: 0,
  failingNodes: 0,
};
const tighterSteps: readonly Limits[] = [
  { groups: 25, resources: 50, conditions: 30, examples: 3, ruleConditions: 10, failingNodes: 1 },
  { groups: 12, resources: 25, conditions: 20, examples: 2, ruleConditions: 10, failingNodes: 1 },
  { groups: 6, resources: 20, conditions: 15, examples: 1, ruleConditions: 5, failingNodes: 1 },
  { groups: 3, resources: 10, conditions: 10, examples: 1, ruleConditions: 2, failingNodes: 1 },
  tightest,
];
/** The bounds of the contract, 16 and 64 KiB, less what the names of the detail objects take. */
const maxBytesWithoutGroups = 15 * 1024;
const maxBytesWithGroups = 63 * 1024;

export function summarise(
  { nodes, workloads, pods }: Packing,
  identity: SnapshotIdentity,
  options: SummariseOptions,
): Snapshot {
  const usages = usagesOf(nodes);
  const rowIdentity = {
    cluster: identity.cluster,
    snapshotId: identity.snapshotId,
    run: identity.run,
    takenAt: identity.takenAt,
  };
  const nodesOf = nodesPerWorkload(usages, workloads);
  const publishedOf = oncePerObject(publishedTotals);
  const { counted, pending, terminating, daemonSet, mirror, gated, terminal, onUnknownNode } = pods;
  const resources = summariseResources(usages, workloads);
  const rules = options.readinessRules;
  const readiness = countReadiness(
    usages.map(({ node }) => node),
    rules,
  );
  const summaryWithin = (limits: Limits): Snapshot['summary'] => ({
    schemaVersion,
    ...identity,
    nodes: countNodes(
      usages.map(({ node }) => node),
      limits.conditions,
    ),
    pods: { counted, pending, terminating, daemonSet, mirror, gated, terminal, onUnknownNode },
    resources: Object.fromEntries(resources.slice(0, limits.resources)),
    groups: options.labelGroups
      .flatMap((labels) => groupNodes(usages, labels, limits.groups))
      .map((group) => firstResources(group, limits.resources)),
    ...(rules.length > 0 && { readiness: readiness.map((rule) => firstOfRule(rule, limits)) }),
    packing: null,
    problems: options.problems.list(limits.examples),
  });
  return {
    summary: fitSummary(summaryWithin, options, resources.length),
    nodes: eachTime(usages, (usage) => nodeRow(usage, rowIdentity, rules)),
    workloads: eachTime(workloads, (workload, index) =>
      workloadRow(
        workload,
        { index, nodes: nodesOf[index] ?? 0, requests: publishedOf(workload.requests) },
        rowIdentity,
      ),
    ),
    pods: options.pods && eachTime(options.pods, (pod) => ({ ...rowIdentity, ...pod })),
  };
}

/** Made anew whenever they are asked for: all rows at once would take more memory than all else. */
function eachTime<T, R>(items: readonly T[], make: (item: T, index: number) => R): Iterable<R> {
  return { [Symbol.iterator]: () => items.values().map(make) };
}

/** The loosest limits under which the summary is small enough; what they leave out is a problem that is named. */
function fitSummary(
  summaryWithin: (limits: Limits) => Snapshot['summary'],
  { labelGroups, readinessRules, problems }: SummariseOptions,
  resourceCount: number,
): Snapshot['summary'] {
  const maxBytes = labelGroups.length > 0 ? maxBytesWithGroups : maxBytesWithoutGroups;
  const fits = (summary: Snapshot['summary']): boolean =>
    Buffer.byteLength(JSON.stringify(summary)) <= maxBytes;
  for (const step of readinessRules.length > 0 ? looseSteps : [loosest]) {
    const whole = summaryWithin(step);
    if (fits(whole)) return whole;
  }
  const limits = tighterSteps.find((step) => fits(summaryWithin(step))) ?? tightest;
  const { groups, conditions, ruleConditions } = limits;
  const kept = `${conditions} condition types, ${Math.min(limits.resources, resourceCount)} of ${resourceCount} resources`;
  const ofGroups = labelGroups.length > 0 ? `${groups} values of a label group, ` : '';
  const ofRules = readinessRules.length > 0 ? `${ruleConditions} conditions of a readiness rule, ` : '';
  problems.add('SummaryTooLarge', `kept at most ${ofGroups}${ofRules}${kept}`);
  return summaryWithin(limits);
}

function firstResources(group: GroupSummary, count: number): GroupSummary {
  return { ...group, resources: Object.fromEntries(Object.entries(group.resources).slice(0, count)) };
}

function firstOfRule(
  { conditions, failingNodes, ...rule }: RuleReadiness,
  limits: Pick<Limits, 'ruleConditions' | 'failingNodes'>,
): RuleReadiness {
  return {
    ...rule,
    conditions: conditions.slice(0, limits.ruleConditions),
    failingNodes: failingNodes.slice(0, limits.failingNodes),
  };
}

function nodesPerWorkload(nodes: readonly NodeUsage[], workloads: Packing['workloads']): number[] {
  const counts = workloads.map(() => 0);
  for (const { placements } of nodes) {
    placements.forEach((workload) => (counts[workload] = (counts[workload] ?? 0) + 1));
  }
  return counts;
}

function countNodes(nodes: readonly Node[], maxConditions: number): Summary['nodes'] {
  const count = (is: (node: Node) => boolean): number => nodes.filter(is).length;
  const blocks = ({ effect }: Node['taints'][number]): boolean =>
    effect === 'NoSchedule' || effect === 'NoExecute';
  return {
    total: nodes.length,
    ready: count((node) => readinessOf(node) === 'ready'),
    notReady: count((node) => readinessOf(node) === 'notReady'),
    unknown: count((node) => readinessOf(node) === 'unknown'),
    unschedulable: count((node) => node.unschedulable),
    tainted: count((node) => node.taints.some(blocks)),
    conditions: countConditions(nodes, maxConditions),
  };
}

function countConditions(nodes: readonly Node[], limit: number): Record<string, ConditionCounts> {
  const counts = new Map<string, ConditionCounts>();
  for (const { conditions } of nodes) {
    // a type that stands twice on a node counts by its first, as the Ready condition is read
    for (const [index, { type, status }] of conditions.entries()) {
      if (conditions.findIndex((other) => other.type === type) !== index) continue;
      const entry = counts.get(type) ?? { true: 0, false: 0, unknown: 0, missing: 0 };
      entry[status === 'True' ? 'true' : status === 'False' ? 'false' : 'unknown'] += 1;
      counts.set(type, entry);
    }
  }
  for (const entry of counts.values())
    entry.missing = nodes.length - entry.true - entry.false - entry.unknown;
  const sorted = [...counts].sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(sorted.slice(0, limit));
}

function summariseResources(
  usages: readonly NodeUsage[],
  workloads: readonly Workload[],
): (readonly [string, ResourceSummary])[] {
  const pending = new Map<string, bigint>();
  for (const workload of workloads) {
    if (workload.pending === 0) continue;
    addTotals(pending, accounted(workload.requests), BigInt(workload.pending));
    pending.set('pods', (pending.get('pods') ?? 0n) + BigInt(workload.pending));
  }
  const stranded = strandedByShape(usages, workloads);
  const names = sortedNames(
    usages.flatMap(({ resources }) => [...resources.keys()]).concat([...pending.keys()]),
  );
  return names.map((name) => {
    let [capacity, allocatable, allocated, daemonSet, free, usableFree] = [0n, 0n, 0n, 0n, 0n, 0n];
    const utilizations: number[] = [];
    for (const { resources, usable } of usages) {
      const usage = resources.get(name);
      if (usage === undefined) continue;
      capacity += usage.capacity;
      allocatable += usage.allocatable;
      allocated += usage.allocated;
      daemonSet += usage.daemonSet;
      free += freeOf(usage);
      if (usable) usableFree += freeOf(usage);
      const utilization = ratioOf(usage.allocated, usage.allocatable);
      if (utilization !== null) utilizations.push(utilization);
    }
    const strandedHere = stranded?.get(name) ?? (stranded === null ? null : 0);
    const summary: ResourceSummary = {
      capacity: toPublished(name, capacity),
      allocatable: toPublished(name, allocatable),
      allocated: toPublished(name, allocated),
      daemonSet: toPublished(name, daemonSet),
      pending: toPublished(name, pending.get(name) ?? 0n),
      free: toPublished(name, free),
      usableFree: toPublished(name, usableFree),
      stranded: strandedHere === null ? null : toPublished(name, BigInt(Math.round(strandedHere))),
      utilization: ratioOf(allocated, allocatable),
      nodeUtilization: distributionOf(utilizations),
    };
    return [name, summary] as const;
  });
}
