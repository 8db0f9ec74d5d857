/** What stands above and below the tables: what this is of, how old it is, and what is odd about it. */
import type { Summary } from '../model/snapshot.ts';
import { printable } from '../printable.ts';
import { formatCount, formatNumber } from './format.ts';

export function headline({
  cluster,
  snapshotId,
  kubernetesVersion,
  consistency,
  selectors = {},
  ...counts
}: Summary): string {
  const mixed = consistency === 'exact' ? '' : `, consistency ${consistency}`;
  const narrowed = Object.entries(selectors).map(([what, text]) => `, only ${what} ${text}`);
  return printable(
    `${cluster} at ${snapshotId}, Kubernetes ${kubernetesVersion}: ${countsLine(counts)}${mixed}${narrowed.join('')}`,
  );
}

/** `300 nodes (3 not ready), 5,756 pods (24 pending)`. */
export function countsLine({ nodes, pods }: Pick<Summary, 'nodes' | 'pods'>): string {
  const odd = [
    ...(nodes.ready < nodes.total ? [`${formatNumber(nodes.total - nodes.ready)} not ready`] : []),
    ...(nodes.unschedulable > 0 ? [`${formatNumber(nodes.unschedulable)} cordoned`] : []),
    ...(nodes.tainted > 0 ? [`${formatNumber(nodes.tainted)} tainted`] : []),
  ];
  const waiting = pods.pending > 0 ? ` (${formatNumber(pods.pending)} pending)` : '';
  const counted = `${formatCount(nodes.total, 'node')}${odd.length > 0 ? ` (${odd.join(', ')})` : ''}`;
  return `${counted}, ${formatCount(pods.counted, 'pod')}${waiting}`;
}

export function problemLines({ problems }: Pick<Summary, 'problems'>): string[] {
  return problems.map(({ reason, count, examples }) => {
    const more = count > examples.length ? [`and ${formatNumber(count - examples.length)} more`] : [];
    return printable(`${reason}: ${[...examples, ...more].join('; ')}`);
  });
}

/** Of the instant that it stands for; a clock that is behind makes it 0. */
export function ageSeconds({ scheduledAt }: Pick<Summary, 'scheduledAt'>, now: Date): number {
  return secondsSince(new Date(scheduledAt), now);
}

export function secondsSince(instant: Date, now: Date): number {
  return Math.max(0, now.getTime() - instant.getTime()) / 1000;
}
