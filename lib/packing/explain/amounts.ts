/** Whole numbers of a node's row, and back to what is published. */
import { isAccounted } from '../../model/resources.ts';
import type { NodeRow, WorkloadRow } from '../../model/snapshot.ts';
import { sortedNames, toPublished } from '../amounts.ts';
import { wholeOf } from '../repack/amounts.ts';

/** In the order everywhere. */
export function resourcesOn({ resources }: Pick<NodeRow, 'resources'>): readonly string[] {
  return sortedNames(Object.keys(resources));
}

export function published(name: string, whole: number): number {
  return toPublished(name, BigInt(whole));
}

/** An over-committed node has nothing left, not less; nor has one that does not know the resource. */
export function freeOn({ resources }: Pick<NodeRow, 'resources'>, name: string): number {
  const amounts = resources[name];
  return amounts === undefined
    ? 0
    : Math.max(0, wholeOf(name, amounts.allocatable) - wholeOf(name, amounts.allocated));
}

/** What so many pods take of everything that the scheduler keeps account of. */
export function takesOf({ requests }: Pick<WorkloadRow, 'requests'>, pods: number): Map<string, number> {
  const asked = Object.entries(requests).filter(([name, amount]) => amount > 0 && isAccounted(name));
  return new Map([
    ...asked.map(([name, amount]) => [name, pods * wholeOf(name, amount)] as const),
    ['pods', pods],
  ]);
}
