/** What stands above the table: which snapshot, how full it is, and how it was read. */
import type { Summary } from '../../model/snapshot.ts';
import { printable } from '../../printable.ts';
import { formatAge, formatCount, formatNumber } from '../format.ts';
import { ageSeconds, countsLine, secondsSince } from '../headline.ts';
import { resourcesView } from '../views.ts';
import { kinds, missingRows, shownSummary, type Kind, type State } from './state.ts';

export function headOf(state: State, color: boolean): string[] {
  const summary = shownSummary(state);
  if (summary === null) return [`kube-binpack: ${printable(state.location)}`, '', '', '', storeLine(state)];
  return [
    titleOf(state, summary),
    countsLine(summary),
    resourcesLine(summary, state, color),
    listsLine(summary),
    `${rowsLine(state, summary)}; ${storeLine(state)}`,
  ];
}

function titleOf({ summaries, now }: State, summary: Summary): string {
  const { cluster, snapshotId, kubernetesVersion, consistency, selectors = {} } = summary;
  const place = `${summaries.indexOf(summary) + 1} of ${summaries.length} clusters`;
  const parts = [
    `${cluster} at ${snapshotId}`,
    `${formatAge(ageSeconds(summary, now))} old`,
    kubernetesVersion,
    `consistency ${consistency}`,
    ...Object.entries(selectors).map(([what, text]) => `only ${what} ${text}`),
    ...(summaries.length > 1 ? [place] : []),
  ];
  return printable(parts.join(', '));
}

/** Painted as in the packing table. */
function resourcesLine(summary: Summary, { resources }: State, color: boolean): string {
  const { rows, columns } = resourcesView(summary, resources);
  const utilization = columns.find(({ key }) => key === 'utilization');
  const texts = rows.map((row) => {
    const text = (utilization?.text(row) ?? '').replace(/ +/g, ' ').trim();
    return `${printable(row.resource)} ${color ? (utilization?.paint?.(row, text) ?? text) : text}`;
  });
  return texts.join('  ');
}

function listsLine({ collection }: Summary): string {
  const lists = collection.map(({ resource, items, encoding, retries, restarts }) => {
    const again = restarts > 0 ? `, ${formatCount(restarts, 'restart')}` : '';
    return `${resource} ${formatNumber(items)} in ${encoding}, ${formatNumber(retries)} ${retries === 1 ? 'retry' : 'retries'}${again}`;
  });
  return `lists: ${lists.join('; ')}`;
}

function rowsLine(state: State, summary: Summary): string {
  return `rows: ${kinds.map((kind) => `${kind} ${loadingOf(state, summary, kind)}`).join(', ')}`;
}

function loadingOf(state: State, summary: Summary, kind: Kind): string {
  const loaded = state.loaded[kind];
  const count = loaded === undefined ? null : formatNumber(loaded.sheet.view.rows.length);
  if (count !== null && loaded?.summary === summary) return count;
  const isWanted = missingRows(state)?.kind === kind;
  const failed = kind !== 'groups' && state.failed[kind] !== undefined;
  const doing = isWanted ? (failed ? 'not read, trying again' : 'reading…') : 'not read';
  return count === null ? doing : `${count} of ${loaded?.summary.snapshotId}, ${doing}`;
}

function storeLine({ location, readAt, now }: State): string {
  if (readAt === null) return `reading ${printable(location)}…`;
  return `store read ${formatAge(secondsSince(readAt, now))} ago`;
}
