import { ceilMilli, ceilUnits, type Amount } from './quantity.ts';

/** What an API object says: resource name -> exact amount. A name with 0 is present, an unnamed one absent. */
export type ResourceList = ReadonlyMap<string, Amount>;

/** Whole numbers, as the scheduler counts: cpu in milli, every other resource in whole units. */
export type ResourceTotals = ReadonlyMap<string, bigint>;

export const noResources: ResourceList = new Map();

/** Counted in bytes, where others are cores, pods or devices. */
export function isBytes(name: string): boolean {
  return name === 'memory' || name === 'ephemeral-storage' || name.startsWith('hugepages-');
}

/** Rounds up, once, to the scheduler's whole numbers. */
function toWhole(name: string, amount: Amount): bigint {
  return name === 'cpu' ? ceilMilli(amount) : ceilUnits(amount);
}

export function toTotals(list: ResourceList): Map<string, bigint> {
  const totals = new Map<string, bigint>();
  for (const [name, amount] of list) totals.set(name, toWhole(name, amount));
  return totals;
}

/** Adds `times` x every entry of `from` to `into`. */
export function addTotals(into: Map<string, bigint>, from: ResourceTotals, times = 1n): void {
  for (const [name, amount] of from) {
    into.set(name, (into.get(name) ?? 0n) + (times === 1n ? amount : amount * times));
  }
}

const qualifiedName =
  /^(?:[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?\/)?[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;

/**
 * Whether the scheduler keeps account of a resource on a node (NodeInfo's Resource.Add). `pods` is not
 * among them: every pod takes exactly one.
 */
export function isAccounted(name: string): boolean {
  return name === 'cpu' || name === 'memory' || name === 'ephemeral-storage' || isScalar(name);
}

function isScalar(name: string): boolean {
  return (
    name.startsWith('hugepages-') ||
    name.startsWith('attachable-volumes-') ||
    name.includes('kubernetes.io/') ||
    isExtended(name)
  );
}

/** The extended-resource rule of the API: a foreign domain whose quota name is a valid qualified name. */
function isExtended(name: string): boolean {
  return name.includes('/') && !name.startsWith('requests.') && isQualifiedName(`requests.${name}`);
}

function isQualifiedName(name: string): boolean {
  return (
    qualifiedName.test(name) && name.lastIndexOf('/') <= 253 && !/\.\.|\.-|-\./.test(name.split('/')[0] ?? '')
  );
}
