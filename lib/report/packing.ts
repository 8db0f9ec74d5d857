/** What a summary says beyond its table: how few nodes would do, what could be lost, what is told of apart. */
import type { ApartSummary, Summary } from '../model/snapshot.ts';
import { printable } from '../printable.ts';
import { formatAmount, formatCount, formatPercent } from './format.ts';
import { intervalText } from './repack.ts';

/** One sentence a line; of what could be lost, `names` alone. */
export function packingLines(summary: Summary, names: readonly string[]): string[] {
  const { interval, facts } = packingFacts(summary, names);
  if (interval === null || summary.packing === null) return facts;
  return [`${interval}${adviceOf(summary.packing)}`, ...facts];
}

/** `interval` null: nothing is known of how few nodes would do. */
export function packingFacts(
  { packing, resources, apart = {} }: Summary,
  names: readonly string[],
): { readonly interval: string | null; readonly facts: string[] } {
  const facts = Object.entries(apart).map(([kind, about]) => apartText(kind, about));
  if (packing === null || packing.nodes === 0) return { interval: null, facts: facts.map(printable) };
  const { balance, emptyNodes } = packing;
  const balanced =
    balance === null
      ? []
      : [`cpu and memory are ${formatPercent(balance)} apart on the mean node${emptyText(emptyNodes)}`];
  return {
    interval: intervalText(packing),
    facts: [...lossLines(packing, resources, names), ...balanced, ...facts].map(printable),
  };
}

type PackingSummary = NonNullable<Summary['packing']>;

function adviceOf({ reclaimable, search }: PackingSummary): string {
  if (search === 'over budget') return ': a better packing was not searched for, see --repack-budget';
  return reclaimable === null || reclaimable === 0 ? '' : '; kube-binpack repack names those to drain';
}

const emptyText = (nodes: number | undefined): string =>
  nodes === undefined || nodes === 0 ? '' : `; ${formatCount(nodes, 'node')} with none but DaemonSet pods`;

type Left = Readonly<Record<string, number | null>>;

function lossLines(
  { zones = [] }: PackingSummary,
  resources: Summary['resources'],
  names: readonly string[],
): string[] {
  const left: Left = Object.fromEntries(names.map((name) => [name, resources[name]?.nMinusOne ?? null]));
  const lines = Object.values(left).every((amount) => amount === null)
    ? []
    : [`the largest usable node ${lossText(left, names)}`];
  // of one zone alone all is lost
  if (zones.length < 2) return lines;
  const lost = zones.filter(({ withoutZone }) => shortOf(withoutZone, names).length > 0);
  if (lost.length === 0)
    return [...lines, `each of ${formatCount(zones.length, 'zone')} ${lossText({}, names)}`];
  return [...lines, ...lost.map(({ zone, withoutZone }) => `zone ${zone} ${lossText(withoutZone, names)}`)];
}

function shortOf(left: Left, names: readonly string[]): (readonly [name: string, lacking: number])[] {
  return names.flatMap((name) => {
    const amount = left[name] ?? 0;
    return amount < 0 ? [[name, -amount] as const] : [];
  });
}

function lossText(left: Left, names: readonly string[]): string {
  const short = shortOf(left, names);
  if (short.length === 0) return 'could be lost: all requests would still have room in sum';
  const lacking = short.map(([name, amount]) => `${formatAmount(name, amount)} of ${name}`);
  return `could not be lost: ${lacking.join(', ')} would lack`;
}

function apartText(kind: string, { excluded, nodes, pods, requests }: ApartSummary): string {
  const asked = Object.entries(requests)
    .filter(([name, amount]) => name !== 'pods' && amount > 0)
    .map(([name, amount]) => `${name} ${formatAmount(name, amount)}`);
  const onNodes = kind === 'placeholder' ? '' : `${formatCount(nodes, 'node')}, `;
  const takes = asked.length === 0 ? '' : ` asking for ${asked.join(', ')}`;
  return `${kind}: ${onNodes}${formatCount(pods, 'pod')}${takes}${excluded ? ', left out of all else' : ', counted too'}`;
}
