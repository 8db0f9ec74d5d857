/** Everything about one node of a snapshot: what fills it, what is stranded and why, and what would empty it. */
import type { NodeRow } from '../../model/snapshot.ts';
import { wholeOf } from '../repack/amounts.ts';
import { freeOn, published, resourcesOn, takesOf } from './amounts.ts';
import { nodeAt, placementsOn, type Cluster, type Placement } from './cluster.ts';
import { emptyingOf, type Emptying } from './emptying.ts';
import { fillsOf, type Fill } from './fills.ts';
import { nodeStrandings, type NodeStranding } from './stranding.ts';

export interface NodeExplanation extends Omit<NodeRow, 'resources' | 'placements' | 'run'> {
  /** At the instant that was asked for; null where the node does not say when it was made. */
  readonly ageSeconds: number | null;
  readonly resources: Readonly<Record<string, NodeResource>>;
  /** The one that takes the largest share first, those of every node last. */
  readonly workloads: readonly Fill[];
  readonly stranding: NodeStranding;
  readonly emptying: Emptying;
}

export interface NodeResource {
  readonly capacity: number;
  readonly allocatable: number;
  readonly allocated: number;
  /** Parts of allocated. */
  readonly daemonSet: number;
  readonly staticPods: number;
  readonly free: number;
  /** What is allocated beyond what is allocatable. */
  readonly overCommitted: number;
  readonly utilization: number | null;
}

/** `node` is a position in the nodes; `at` the instant that the snapshot stands for (ISO 8601). */
export function explainNode(cluster: Cluster, node: number, at: string): NodeExplanation {
  const row = nodeAt(cluster, node);
  const placements = placementsOn(row, cluster);
  const { resources: _resources, placements: _placements, run: _run, ...about } = row;
  return {
    ...about,
    ageSeconds: row.createdAt === null ? null : secondsBetween(row.createdAt, at),
    resources: resourcesOf(row, placements),
    workloads: fillsOf(row, placements),
    stranding: nodeStrandings(cluster.workloads)(row),
    emptying: emptyingOf(cluster, node, placements),
  };
}

function secondsBetween(before: string, after: string): number {
  return Math.max(0, Math.round((Date.parse(after) - Date.parse(before)) / 1000));
}

function resourcesOf(row: NodeRow, placements: readonly Placement[]): Record<string, NodeResource> {
  const staticPods = new Map<string, number>();
  for (const { workload, pods } of placements) {
    if (workload.kind !== 'StaticPod') continue;
    for (const [name, whole] of takesOf(workload, pods))
      staticPods.set(name, (staticPods.get(name) ?? 0) + whole);
  }
  return Object.fromEntries(
    resourcesOn(row).flatMap((name) => {
      const amounts = row.resources[name];
      if (amounts === undefined) return [];
      const beyond = wholeOf(name, amounts.allocated) - wholeOf(name, amounts.allocatable);
      const { utilization, ...rest } = amounts;
      return [
        [
          name,
          {
            ...rest,
            staticPods: published(name, staticPods.get(name) ?? 0),
            free: published(name, freeOn(row, name)),
            overCommitted: published(name, Math.max(0, beyond)),
            utilization,
          },
        ],
      ];
    }),
  );
}
