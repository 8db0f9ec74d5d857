/** Readiness rules that say only what a test is about. */
import type { ReadinessRule } from '../../lib/model/readiness-rule.ts';

/** Of all nodes, on the condition Ready, without a taint. */
export function readinessRule(about: Partial<ReadinessRule> = {}): ReadinessRule {
  return {
    name: 'rule',
    conditions: [{ type: 'Ready', requiredStatus: 'True' }],
    taint: null,
    nodeSelector: { matchLabels: new Map(), matchExpressions: [] },
    ...about,
  };
}
