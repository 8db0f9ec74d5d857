/** What readiness rules say of nodes: of each one, and counted. Conditions and taints are looked at, nothing is done. */
import { conditionStatus, type Node, type Readiness } from '../model/node.ts';
import type { ReadinessRule, RequiredCondition, RuleTaint } from '../model/readiness-rule.ts';
import type { RuleReadiness } from '../model/snapshot.ts';
import { selects } from './constraints.ts';

type ConditionReadiness = 'satisfied' | 'unsatisfied' | 'missing';

/** By name, of the rules that are about the node. */
export function readinessByRule(node: Node, rules: readonly ReadinessRule[]): Record<string, Readiness> {
  return Object.fromEntries(
    rules.filter((rule) => applies(rule, node)).map((rule) => [rule.name, readinessBy(rule, node)]),
  );
}

/** Names of all failing nodes are returned, in order: how many of them are kept is for others to say. */
export function countReadiness(nodes: readonly Node[], rules: readonly ReadinessRule[]): RuleReadiness[] {
  return rules.map((rule) => {
    const applicable = nodes.filter((node) => applies(rule, node));
    const readiness = new Map(applicable.map((node) => [node, readinessBy(rule, node)]));
    const count = (is: (node: Node) => boolean): number => applicable.filter(is).length;
    const isReady = (node: Node): boolean => readiness.get(node) === 'ready';
    const failing = applicable.filter((node) => !isReady(node));
    const { taint } = rule;
    const countTainted = (is: (node: Node, tainted: boolean) => boolean): number | null =>
      taint === null ? null : count((node) => is(node, hasTaint(node, taint)));
    return {
      rule: rule.name,
      applicable: applicable.length,
      ready: count(isReady),
      notReady: count((node) => readiness.get(node) === 'notReady'),
      unknown: count((node) => readiness.get(node) === 'unknown'),
      withTaint: countTainted((_node, tainted) => tainted),
      withoutTaint: countTainted((_node, tainted) => !tainted),
      readyWithTaint: countTainted((node, tainted) => isReady(node) && tainted),
      failingWithoutTaint: countTainted((node, tainted) => !isReady(node) && !tainted),
      conditions: rule.conditions.map((condition) => countCondition(condition, applicable)),
      failing: failing.length,
      failingNodes: failing.map(({ name }) => name).sort(),
    };
  });
}

function applies({ nodeSelector }: ReadinessRule, { labels }: Node): boolean {
  return selects(nodeSelector, labels);
}

/**
 * Ready: every condition has its status. Not ready: one says plainly something else. Unknown: one says Unknown, or is
 * not there, and none speaks against it.
 */
function readinessBy({ conditions }: ReadinessRule, node: Node): Readiness {
  const doubts = conditions.filter((condition) => conditionReadiness(condition, node) !== 'satisfied');
  if (doubts.length === 0) return 'ready';
  const contradicts = ({ type }: RequiredCondition): boolean => {
    const status = conditionStatus(node, type);
    return status === 'True' || status === 'False';
  };
  return doubts.some(contradicts) ? 'notReady' : 'unknown';
}

function conditionReadiness({ type, requiredStatus }: RequiredCondition, node: Node): ConditionReadiness {
  const status = conditionStatus(node, type);
  if (status === null) return 'missing';
  return status === requiredStatus ? 'satisfied' : 'unsatisfied';
}

function countCondition(
  condition: RequiredCondition,
  nodes: readonly Node[],
): RuleReadiness['conditions'][number] {
  const counts = { satisfied: 0, unsatisfied: 0, missing: 0 };
  for (const node of nodes) counts[conditionReadiness(condition, node)] += 1;
  return { ...condition, ...counts };
}

/** By key, and by effect and value where the rule says them. */
function hasTaint({ taints }: Node, { key, value, effect }: RuleTaint): boolean {
  return taints.some(
    (taint) =>
      taint.key === key &&
      (value === null || taint.value === value) &&
      (effect === null || taint.effect === effect),
  );
}
