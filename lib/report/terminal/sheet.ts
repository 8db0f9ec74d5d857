/** Rows as the screen needs them: every text is made once, however often they are sorted, searched and drawn. */
import { printable } from '../../printable.ts';
import {
  fitColumns,
  hiddenTitles,
  layOut,
  tableHeader,
  tableLine,
  type Column,
  type LaidOut,
} from '../table.ts';
import { arrange, findSort, type View } from '../view.ts';

export interface Sheet {
  /** Of row numbers; the titles have a blank for the mark of the order. */
  readonly view: View<number>;
  readonly columns: readonly LaidOut<number>[];
  /** Row numbers, found and in order. */
  readonly arrange: (choice: Choice) => readonly number[];
}

/** What one of them is looked for by, and how the rows follow each other. */
export interface Choice {
  readonly search: string;
  /** As `--sort` has it; null, or a column that is not there: as they were stored. */
  readonly sort: string | null;
  readonly limit: number | null;
}

export function createSheet<Row>({ rows, columns }: View<Row>): Sheet {
  const numbers = rows.map((_, index) => index);
  const indexed = columns.map((column, position) => byNumber(rows, column, position));
  const view = { rows: numbers, columns: indexed };
  return {
    view,
    columns: layOut(numbers, indexed),
    arrange: remembering((choice) => arranged(view, choice)),
  };
}

function byNumber<Row>(rows: readonly Row[], column: Column<Row>, position: number): Column<number> {
  const { text, value, ratio, paint, title, align, ...form } = column;
  const texts = rows.map((row) => printable(text(row)));
  const at = (index: number): Row => rows[index] as Row;
  return {
    ...form,
    ...(align !== undefined && { align }),
    title: align === 'right' ? ` ${title}` : `${title} `,
    ...(form.flexible !== true && { dropOrder: form.dropOrder ?? lateDrop(column, position) }),
    text: (index) => texts[index] ?? '',
    ...(value !== undefined && { value: (index) => value(at(index)) }),
    ...(ratio !== undefined && { ratio: (index) => ratio(at(index)) }),
    ...(paint !== undefined && { paint: (index, painted) => paint(at(index), painted) }),
  };
}

/** Even what a table always has goes from a narrow screen: first the counts, then the bars, the last one first. */
function lateDrop<Row>({ ratio }: Column<Row>, position: number): number {
  return position - (ratio === undefined ? columnsAtMost : 2 * columnsAtMost);
}

const columnsAtMost = 1000;

/** A name takes no more than its share. */
function fitSheet(columns: readonly LaidOut<number>[], width: number): LaidOut<number>[] {
  const share = Math.max(12, Math.floor(width / 3));
  const yielding = columns.map((each) => {
    const { least } = each.column;
    return least === undefined
      ? each
      : { ...each, column: { ...each.column, least: Math.min(least, share) } };
  });
  return fitColumns(yielding, width);
}

/** Most frames differ from the one before by the hour, or by a row. */
function remembering<T>(of: (choice: Choice) => T): (choice: Choice) => T {
  let last: { readonly choice: Choice; readonly result: T } | null = null;
  return (choice) => {
    const { search, sort, limit } = choice;
    const same = last?.choice.search === search && last.choice.sort === sort && last.choice.limit === limit;
    if (last === null || !same) last = { choice, result: of(choice) };
    return last.result;
  };
}

function arranged(view: View<number>, { search, sort, limit }: Choice): readonly number[] {
  const known = sort !== null && findSort(view, sort) !== null;
  return arrange(view, { search: search === '' ? null : search, sort: known ? sort : null, limit }).rows;
}

/** `PODS` as `▼PODS` where the rows are in its order. */
export function sheetLines(
  { view, columns }: Sheet,
  numbers: readonly number[],
  { sort, width, color }: { readonly sort: string | null; readonly width: number; readonly color: boolean },
): { readonly header: string; readonly lines: readonly string[]; readonly hidden: readonly string[] } {
  const shown = fitSheet(columns, width);
  const sorted = sort === null ? null : findSort(view, sort);
  const marked = shown.map((each) =>
    each.column.key === sorted?.column.key
      ? { ...each, column: { ...each.column, title: marking(each.column.title, sorted.direction) } }
      : each,
  );
  return {
    header: tableHeader(marked),
    lines: numbers.map((number) => tableLine(shown, number, number, color)),
    hidden: hiddenTitles(view.columns, shown).map((title) => title.trim()),
  };
}

export const markOf = (direction: 'asc' | 'desc'): string => (direction === 'asc' ? '▲' : '▼');

function marking(title: string, direction: 'asc' | 'desc'): string {
  return title.startsWith(' ') ? markOf(direction) + title.slice(1) : title.slice(0, -1) + markOf(direction);
}
