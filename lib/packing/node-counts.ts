/** How many nodes there are, by what they say of themselves. */
import { readinessOf, type Node } from '../model/node.ts';
import { blockingTaint } from '../scheduler/fit.ts';
import type { ConditionCounts, Summary } from '../model/snapshot.ts';

/** Of condition types, the first `maxConditions` by name. */
export function countNodes(nodes: readonly Node[], maxConditions: number): Summary['nodes'] {
  const count = (is: (node: Node) => boolean): number => nodes.filter(is).length;
  return {
    total: nodes.length,
    ready: count((node) => readinessOf(node) === 'ready'),
    notReady: count((node) => readinessOf(node) === 'notReady'),
    unknown: count((node) => readinessOf(node) === 'unknown'),
    unschedulable: count((node) => node.unschedulable),
    tainted: count((node) => blockingTaint([], node) !== null),
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
