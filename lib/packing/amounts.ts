/** From the scheduler's whole numbers to what is published: cores, bytes, pods, devices. */
import type { ResourceTotals } from '../model/resources.ts';

/** cpu in cores, everything else in whole units. A sum above 2^53 (9 PB) is rounded to the nearest double. */
export function toPublished(name: string, whole: bigint): number {
  return name === 'cpu' ? Number(whole) / 1000 : Number(whole);
}

export function publishedTotals(totals: ResourceTotals): Record<string, number> {
  return Object.fromEntries(
    sortedNames(totals.keys()).map((name) => [name, toPublished(name, totals.get(name) ?? 0n)]),
  );
}

/** null where nothing is allocatable: unknown is not 0. */
export function ratioOf(allocated: bigint, allocatable: bigint): number | null {
  return allocatable > 0n ? Number(allocated) / Number(allocatable) : null;
}

const first = ['cpu', 'memory', 'ephemeral-storage', 'pods'];

/** cpu, memory, ephemeral-storage, pods, then the rest by name: the order everywhere. */
export function sortedNames(names: Iterable<string>): string[] {
  const rank = (name: string): number => (first.includes(name) ? first.indexOf(name) : first.length);
  return [...new Set(names)].sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
}
