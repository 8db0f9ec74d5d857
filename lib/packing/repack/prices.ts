/** What nodes cost, where somebody says so: dollars an hour, by instance type or by node pool. */
import type { RepackNode } from './input.ts';

export interface Prices {
  readonly instanceTypes: Readonly<Record<string, number>>;
  readonly nodePools: Readonly<Record<string, number>>;
}

/** The mean month that clouds bill by. */
const hoursPerMonth = 730;

/** By the instance type, which is the more exact, else by the pool; null: not said. */
export function priceOf(
  { instanceType, nodePool }: Pick<RepackNode, 'instanceType' | 'nodePool'>,
  prices: Prices,
): number | null {
  const of = (names: Readonly<Record<string, number>>, name: string | null): number | null =>
    name !== null && Object.hasOwn(names, name) ? (names[name] ?? null) : null;
  return of(prices.instanceTypes, instanceType) ?? of(prices.nodePools, nodePool);
}

export interface Saving {
  readonly perHour: number;
  readonly perMonth: number;
  /** Nodes that nobody gave a price of; they count as nothing. */
  readonly unpriced: number;
}

export function savingOf(nodes: readonly RepackNode[], prices: Prices): Saving {
  const found = nodes.map((node) => priceOf(node, prices));
  const perHour = found.reduce<number>((sum, price) => sum + (price ?? 0), 0);
  return {
    perHour,
    perMonth: perHour * hoursPerMonth,
    unpriced: found.filter((price) => price === null).length,
  };
}
