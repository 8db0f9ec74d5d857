/** What a summary says beyond its table: how few nodes would do, what could be lost, what is told of apart. */
import type { ApartSummary, Summary } from '../model/snapshot.ts';
import { printable } from '../printable.ts';
import { formatAmount, formatCount, formatNumber, formatPercent } from './format.ts';
import { intervalText } from './repack.ts';

/** One sentence a line. */
export function packingLines({ packing, resources, apart = {} }: Summary): string[] {
  const lines: string[] = [];
  if (packing !== null && packing.nodes > 0) {
    lines.push(`${intervalText(packing)}${adviceOf(packing)}`, ...lossLines(packing, resources));
    if (packing.balance !== null)
      lines.push(
        `cpu and memory are ${formatPercent(packing.balance)} apart on the mean node${emptyText(packing.emptyNodes)}`,
      );
  }
  return [...lines, ...Object.entries(apart).map(([kind, about]) => apartText(kind, about))].map(printable);
}

type PackingSummary = NonNullable<Summary['packing']>;

function adviceOf({ reclaimable, search }: PackingSummary): string {
  if (search === 'over budget') return ': a better packing was not searched for, see --repack-budget';
  return reclaimable === null || reclaimable === 0 ? '' : ': kube-binpack repack names those that could go';
}

const emptyText = (nodes: number | undefined): string =>
  nodes === undefined || nodes === 0 ? '' : `; ${formatNumber(nodes)} have none but DaemonSet pods`;

function lossLines({ zones = [] }: PackingSummary, resources: Summary['resources']): string[] {
  const left = Object.entries(resources).flatMap(([name, { nMinusOne, allocatable }]) =>
    nMinusOne === undefined || allocatable === 0 ? [] : [[name, nMinusOne] as const],
  );
  const lines = left.length === 0 ? [] : [`the largest node ${lossText(Object.fromEntries(left))}`];
  // of one zone alone all is lost
  if (zones.length < 2) return lines;
  return [...lines, ...zones.map(({ zone, withoutZone }) => `zone ${zone} ${lossText(withoutZone)}`)];
}

function lossText(left: Readonly<Record<string, number>>): string {
  const short = Object.entries(left).filter(([, amount]) => amount < 0);
  if (short.length === 0) return 'could be lost: all requests would still have room in sum';
  const lacking = short.map(([name, amount]) => `${formatAmount(name, -amount)} of ${name}`);
  return `could not be lost: ${lacking.join(', ')} would lack`;
}

function apartText(kind: string, { excluded, nodes, pods, requests }: ApartSummary): string {
  const asked = Object.entries(requests)
    .filter(([name, amount]) => name !== 'pods' && amount > 0)
    .map(([name, amount]) => `${name} ${formatAmount(name, amount)}`);
  const onNodes = kind === 'placeholder' ? '' : `${formatCount(nodes, 'node')}, `;
  const takes = asked.length === 0 ? '' : ` that ask for ${asked.join(', ')}`;
  return `${kind}: ${onNodes}${formatCount(pods, 'pod')}${takes}${excluded ? ', left out of all else' : ', counted too'}`;
}
