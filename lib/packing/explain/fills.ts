/** What fills a node: each workload on it, the one that takes most first. */
import type { NodeRow } from '../../model/snapshot.ts';
import { sortedNames } from '../amounts.ts';
import { wholeOf } from '../repack/amounts.ts';
import { mobilityOf } from '../repack/input.ts';
import { published, takesOf } from './amounts.ts';
import { refOf, type Placement, type WorkloadRef } from './cluster.ts';

export interface Fill extends WorkloadRef {
  /** Of a DaemonSet, or static: its pods go with their node. */
  readonly perNode: boolean;
  readonly pods: number;
  /** What they take here, by resource. */
  readonly takes: Readonly<Record<string, number>>;
  /** The same as shares of what is allocatable; null where nothing is. */
  readonly shares: Readonly<Record<string, number | null>>;
  /** The largest of them. */
  readonly largestShare: number | null;
}

/** Those of every node last. */
export function fillsOf(row: NodeRow, placements: readonly Placement[]): Fill[] {
  return placements
    .map((placement) => fillOf(row, placement))
    .sort(
      (a, b) =>
        Number(a.perNode) - Number(b.perNode) ||
        (b.largestShare ?? 0) - (a.largestShare ?? 0) ||
        a.index - b.index,
    );
}

function fillOf({ resources }: NodeRow, { workload, pods }: Placement): Fill {
  const takes = takesOf(workload, pods);
  const inOrder = sortedNames(takes.keys()).map((name) => [name, takes.get(name) ?? 0] as const);
  const shares = inOrder.map(([name, whole]) => {
    const allocatable = wholeOf(name, resources[name]?.allocatable ?? 0);
    return [name, allocatable > 0 ? whole / allocatable : null] as const;
  });
  const known = shares.flatMap(([, share]) => share ?? []);
  return {
    ...refOf(workload),
    pods,
    perNode: mobilityOf(workload).kind === 'perNode',
    takes: Object.fromEntries(inOrder.map(([name, whole]) => [name, published(name, whole)])),
    shares: Object.fromEntries(shares),
    largestShare: known.length === 0 ? null : Math.max(...known),
  };
}
