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

/**
 * How much of what a cluster can have without end is kept: values of a combination of labels; resources; types of node
 * conditions; examples of each kind of problem; conditions and failing nodes of each readiness rule, and rules; zones.
 */
const limited = [
  'groups',
  'resources',
  'conditions',
  'examples',
  'ruleConditions',
  'failingNodes',
  'rules',
  'zones',
] as const;
type Limits = Readonly<Record<(typeof limited)[number], number>>;

const keep = (...counts: readonly number[]): Limits =>
  Object.fromEntries(limited.map((name, at) => [name, counts[at] ?? 0])) as Limits;

/** What every real cluster fits in; then fewer zones, and names of failing nodes, who are all counted: nothing to be told. */
const looseSteps = [
  keep(50, 100, 30, 3, 10, 10, 20, 10),
  keep(50, 100, 30, 3, 10, 3, 20, 5),
  keep(50, 100, 30, 3, 10, 1, 20, 3),
];
/** What the worst one must. */
const tightest = keep(1, 4, 4, 1, 0, 0, 5, 0);
const tighterSteps = [
  keep(25, 50, 30, 3, 10, 1, 20, 3),
  keep(12, 25, 20, 2, 10, 1, 20, 3),
  keep(6, 20, 15, 1, 5, 1, 20, 1),
  keep(3, 10, 10, 1, 2, 1, 20, 0),
  keep(1, 4, 4, 1, 0, 0, 20, 0),
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
  // of some pods nobody can say how many nodes all of them need
  const whole = identity.selectors === undefined;
  const resources = summariseResources(usages, workloads, input, { whole });
  const packing = whole ? packingOf(usages, input, options.search) : null;
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
    ...(rules.length > 0 && {
      readiness: readiness.slice(0, limits.rules).map((rule) => firstOfRule(rule, limits)),
    }),
    packing: packing === null ? null : { ...packing, zones: packing.zones?.slice(0, limits.zones) ?? [] },
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
  for (const step of looseSteps) {
    const whole = summaryWithin(step);
    if (fits(whole)) return whole;
  }
  const limits = tighterSteps.find((step) => fits(summaryWithin(step))) ?? tightest;
  const { groups, conditions, ruleConditions } = limits;
  const kept = `${conditions} condition types, ${Math.min(limits.resources, resourceCount)} of ${resourceCount} resources`;
  const ofGroups = labelGroups.length > 0 ? `${groups} values of a label group, ` : '';
  const ofRules =
    readinessRules.length > 0
      ? `${limits.rules} readiness rules, ${ruleConditions} conditions of each, `
      : '';
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
