/** The whole screen as lines: as many as it is high, none wider than it is. */
import { printable } from '../../printable.ts';
import { formatAge, formatNumber } from '../format.ts';
import { secondsSince } from '../headline.ts';
import { findSort } from '../view.ts';
import { cut } from '../width.ts';
import { headOf } from './head.ts';
import { helpLines, keysLine } from './keys.ts';
import { markOf, sheetLines } from './sheet.ts';
import { missingRows, partsOf, rowsOf, shownSummary, type State } from './state.ts';
import { foundRows } from './step.ts';

const bold = 1;
const dim = 2;
const yellow = 33;

export function frame(state: State, color: boolean): string[] {
  const { size } = state;
  const { head, table } = partsOf(size);
  const painted = (code: number, text: string): string =>
    color && text !== '' ? `\u001b[${code}m${text}\u001b[0m` : text;
  const [title = '', ...others] = headOf(state, color).slice(0, head);
  const found = foundRows(state);
  const [header = '', ...rows] = state.help ? ['Keys', ...helpLines] : tableOf(state, found, color);
  return [
    painted(bold, title),
    ...others,
    painted(yellow, noticeOf(state)),
    ...[painted(bold, header), ...rows, ...blank(table)].slice(0, table),
    placeOf(state, found),
    painted(dim, keysLine),
  ]
    .slice(0, size.height)
    .map((line) => cut(line, size.width));
}

const blank = (count: number): string[] => Array.from({ length: count }, () => '');

function tableOf(state: State, found: readonly number[], color: boolean): string[] {
  const { kind, loaded, filter, sorts, size, top, location, readAt } = state;
  if (shownSummary(state) === null) {
    if (readAt === null) return [];
    return [`There is no snapshot in ${printable(location)} yet: take one with kube-binpack snapshot.`];
  }
  const sheet = loaded[kind]?.sheet;
  if (sheet === undefined) return [`The ${kind} are being read…`];
  if (kind === 'groups' && sheet.view.rows.length === 0)
    return ['This snapshot has no groups: take snapshots with --label-group.'];
  if (found.length === 0 && filter !== '')
    return [`Nothing is found by "${printable(filter)}"; Esc takes the filter away.`];
  const { header, lines } = sheetLines(sheet, found.slice(top, top + rowsOf(size)), {
    sort: sorts[kind] ?? null,
    width: size.width,
    color,
  });
  return [header, ...lines];
}

/** What is wrong, and what that means for what is shown. */
function noticeOf(state: State): string {
  const { problems, note, readAt, now, kind, failed } = state;
  const unread = missingRows(state) !== null && kind !== 'groups' ? failed[kind] : undefined;
  const all = [...problems, ...(unread === undefined ? [] : [unread])];
  if (all.length === 0) return printable(note ?? '');
  const age = readAt === null ? 'never read yet' : `read ${formatAge(secondsSince(readAt, now))} ago`;
  return printable(`${age}, trying again: ${[...new Set(all)].join('; ')}`);
}

/** Where one is: what is typed, which rows of how many, in which order. */
function placeOf(state: State, found: readonly number[]): string {
  const { kind, loaded, filter, typing, sorts, size, top } = state;
  const sheet = loaded[kind]?.sheet;
  const last = Math.min(found.length, top + rowsOf(size));
  const which = `${kind} ${formatNumber(found.length === 0 ? 0 : top + 1)}-${formatNumber(last)} of ${formatNumber(found.length)}`;
  if (typing) return `/${printable(filter)}▏ ${which}`;
  if (sheet === undefined) return '';
  const all = sheet.view.rows.length;
  const sort = sorts[kind];
  const sorted = sort === undefined ? null : findSort(sheet.view, sort);
  const { hidden } = sheetLines(sheet, [], { sort: null, width: size.width, color: false });
  return [
    which,
    ...(filter === '' ? [] : [`found by "${printable(filter)}" among ${formatNumber(all)}`]),
    ...(sorted === null ? [] : [`sorted by ${sorted.column.title.trim()} ${markOf(sorted.direction)}`]),
    ...(hidden.length === 0 ? [] : [`no room for ${hidden.join(', ')}`]),
  ].join(', ');
}
