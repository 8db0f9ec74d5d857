/** Nodes by the values of one combination of labels. */
import type { GroupSummary } from '../model/snapshot.ts';
import { ratioOf, sortedNames, toPublished } from './amounts.ts';
import { freeOf, type NodeUsage } from './usage.ts';

const missingLabel = '<none>';
const otherGroups = '(other)';

/** The largest `maxGroups` by nodes (then by value, so that ties do not jump), the rest as `(other)`. */
export function groupNodes(
  nodes: readonly NodeUsage[],
  labels: readonly string[],
  maxGroups: number,
): GroupSummary[] {
  const members = new Map<string, { values: string[]; nodes: NodeUsage[] }>();
  for (const node of nodes) {
    const values = labels.map((label) => node.node.labels.get(label) ?? missingLabel);
    const key = JSON.stringify(values);
    const group = members.get(key) ?? { values, nodes: [] };
    group.nodes.push(node);
    members.set(key, group);
  }
  const sorted = [...members]
    .sort(([a, { nodes: x }], [b, { nodes: y }]) => y.length - x.length || (a < b ? -1 : 1))
    .map(([, group]) => group);
  const kept = sorted.slice(0, maxGroups);
  const rest = sorted.slice(maxGroups).flatMap((group) => group.nodes);
  if (rest.length > 0) kept.push({ values: labels.map(() => otherGroups), nodes: rest });
  return kept.map((group) => summariseGroup(labels, group.values, group.nodes));
}

function summariseGroup(
  labels: readonly string[],
  values: string[],
  nodes: readonly NodeUsage[],
): GroupSummary {
  const names = sortedNames(nodes.flatMap(({ resources }) => [...resources.keys()]));
  return {
    labels: [...labels],
    values,
    nodes: nodes.length,
    pods: nodes.reduce((sum, { podCount }) => sum + podCount, 0),
    resources: Object.fromEntries(
      names.map((name) => {
        let [allocatable, allocated, daemonSet, free] = [0n, 0n, 0n, 0n];
        for (const node of nodes) {
          const usage = node.resources.get(name);
          if (usage === undefined) continue;
          allocatable += usage.allocatable;
          allocated += usage.allocated;
          daemonSet += usage.daemonSet;
          free += freeOf(usage);
        }
        return [
          name,
          {
            allocatable: toPublished(name, allocatable),
            allocated: toPublished(name, allocated),
            daemonSet: toPublished(name, daemonSet),
            free: toPublished(name, free),
            utilization: ratioOf(allocated, allocatable),
          },
        ];
      }),
    ),
  };
}
