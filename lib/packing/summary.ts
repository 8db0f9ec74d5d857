/** Totals of the whole cluster, in one document of bounded size. */
import type { ResourceTotals } from '../model/resources.ts';
import type { ReadinessRule } from '../model/readiness-rule.ts';
import {
  schemaVersion,
  type ApartSummary,
  type GroupSummary,
  type PodRow,
  type RuleReadiness,
  type Snapshot,
  type Summary,
} from '../model/snapshot.ts';
import { publishedTotals } from './amounts.ts';
import type { ApartTotals } from './apart.ts';
import type { Packing } from './fold.ts';
import { groupNodes } from './groups.ts';
import { countNodes } from './node-counts.ts';
import { packingOf, type SearchBudget } from './packing-summary.ts';
import type { Problems } from './problems.ts';
import { countReadiness } from './readiness.ts';
import { inputOf } from './repack/of-usages.ts';
import { summariseResources } from './resource-summaries.ts';
import { nodeRow, workloadRow, type RowIdentity } from './rows.ts';
import { oncePerObject } from './sharing.ts';
import { usagesOf, type NodeUsage } from './usage.ts';

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
  readonly search: SearchBudget;
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
  { nodes, workloads, pods, apart }: Packing,
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
  const { listed: _listed, excluded, ...counts } = pods;
  const input = inputOf(usages, workloads);
  const resources = summariseResources(usages, workloads, input);
  const packing = packingOf(usages, input, options.search);
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
    pods: { ...counts, ...(excluded > 0 && { excluded }) },
    resources: Object.fromEntries(resources.slice(0, limits.resources)),
    groups: options.labelGroups
      .flatMap((labels) => groupNodes(usages, labels, limits.groups))
      .map((group) => firstResources(group, limits.resources)),
    ...(rules.length > 0 && { readiness: readiness.map((rule) => firstOfRule(rule, limits)) }),
    packing,
    ...(apart.length > 0 && { apart: Object.fromEntries(apart.map((kind) => apartSummary(kind, limits))) }),
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

function apartSummary(
  { kind, excluded, nodes, allocatable, pods, requests }: ApartTotals,
  { resources }: Pick<Limits, 'resources'>,
): [string, ApartSummary] {
  const first = (amounts: ResourceTotals): Record<string, number> =>
    Object.fromEntries(Object.entries(publishedTotals(amounts)).slice(0, resources));
  return [kind, { excluded, nodes, allocatable: first(allocatable), pods, requests: first(requests) }];
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
