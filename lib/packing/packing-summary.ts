/** How few nodes would do, and what could be lost: the part of the summary that needs more than sums. */
import type { Summary, ZoneLoss } from '../model/snapshot.ts';
import { ratioOf, sortedNames, toPublished } from './amounts.ts';
import { apartKindOf } from './apart.ts';
import { traitsOf } from './labels.ts';
import { balanceOf, isFilled, leftWithout, leftWithoutLargest } from './measures.ts';
import type { CountedInput } from './repack/of-usages.ts';
import { repack } from './repack/repack.ts';
import type { NodeUsage } from './usage.ts';

type PackingSummary = NonNullable<Summary['packing']>;

/** How long a better packing may be searched for. */
export interface SearchBudget {
  /** A search that is estimated to take longer is not begun. */
  readonly maxSearchMs: number;
  /** Pure code has no clock: once it says true, the search ends with what it has found. */
  readonly expired: () => boolean;
}

export function packingOf(
  usages: readonly NodeUsage[],
  input: CountedInput,
  budget: SearchBudget,
): PackingSummary {
  const ordinary = usages.filter(({ node }) => apartKindOf(node) !== 'virtual');
  const usable = ordinary.filter((usage) => usage.usable);
  const { lowerBoundNodes, repackedNodes, nodes, expired } = repack(input, budget);
  return {
    lowerBoundNodes,
    repackedNodes,
    nodes,
    reclaimable: repackedNodes === null ? null : nodes - repackedNodes,
    balance: balanceOf(ordinary),
    efficiency: ratioOf(BigInt(lowerBoundNodes), BigInt(nodes)),
    emptyNodes: usable.filter((usage) => !isFilled(usage)).length,
    search: repackedNodes === null ? 'over budget' : expired ? 'cut short' : 'done',
    zones: zoneLosses(usable),
  };
}

type Published<T> = T extends null ? null : number;

const maxZones = 10;
/** What most pods ask for; more would be most of the summary. */
const maxResources = 4;

function zoneLosses(usable: readonly NodeUsage[]): ZoneLoss[] {
  const zones = new Map<string, NodeUsage[]>();
  for (const usage of usable) {
    const { zone } = traitsOf(usage.node);
    if (zone === null) continue;
    const nodes = zones.get(zone) ?? [];
    zones.set(zone, nodes);
    nodes.push(usage);
  }
  const names = sortedNames(usable.flatMap(({ resources }) => [...resources.keys()])).slice(0, maxResources);
  const each = <T extends bigint | null>(left: (name: string) => T): Record<string, Published<T>> =>
    Object.fromEntries(
      names.map((name) => {
        const amount = left(name);
        return [name, (amount === null ? null : toPublished(name, amount)) as Published<T>];
      }),
    );
  return [...zones]
    .sort(([, a], [, b]) => b.length - a.length)
    .slice(0, maxZones)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([zone, nodes]) => {
      const gone = new Set(nodes);
      return {
        zone,
        nodes: nodes.length,
        nMinusOne: each((name) => leftWithoutLargest(nodes, name)),
        withoutZone: each((name) => leftWithout(usable, gone, name)),
      };
    });
}
