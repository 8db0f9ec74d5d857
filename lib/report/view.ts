/** Rows and the columns to show them in: searched, sorted, and written as a table, JSON or CSV. */
import { ConfigError } from '../errors.ts';
import { renderCsv } from './csv.ts';
import { searchRows } from './search.ts';
import { renderTable, type Column, type TableOptions } from './table.ts';

export interface View<Row> {
  readonly rows: readonly Row[];
  readonly columns: readonly Column<Row>[];
}

export interface ViewOptions {
  readonly search: string | null;
  /** A column's key, with `:asc` or `:desc` behind it; numbers fall and texts rise by default. */
  readonly sort: string | null;
  /** At most so many rows; null or absent: all. */
  readonly limit?: number | null;
}

export function arrange<Row>(
  { rows, columns }: View<Row>,
  { search, sort, limit = null }: ViewOptions,
): View<Row> {
  const found =
    search === null ? rows : searchRows(rows, search, (row) => columns.map((column) => column.text(row)));
  const sorted = sort === null ? found : sortRows(found, columns, sort);
  return { columns, rows: sorted.slice(0, limit ?? sorted.length) };
}

function sortRows<Row>(rows: readonly Row[], columns: readonly Column<Row>[], sort: string): Row[] {
  const { column, direction } = requireSort({ rows, columns }, sort);
  const sign = direction === 'asc' ? 1 : -1;
  const valueOf = valueReader(column);
  return rows.toSorted((a, b) => compareValues(valueOf(a), valueOf(b), sign));
}

interface Sort<Row> {
  readonly column: Column<Row>;
  readonly direction: 'asc' | 'desc';
}

/** Where the user's column must be there. */
export function requireSort<Row>(view: View<Row>, sort: string): Sort<Row> {
  const found = findSort(view, sort);
  if (found !== null) return found;
  const keys = view.columns.map(({ key }) => key).join(', ');
  throw new ConfigError(`--sort "${sort}": there is no such column; they are ${keys}`);
}

/** What `--sort` means here; null: there is no such column. */
export function findSort<Row>({ rows, columns }: View<Row>, sort: string): Sort<Row> | null {
  const [, key, direction] = /^(.*?)(?::(asc|desc))?$/.exec(sort) ?? [];
  const plain = (text: string): string => text.toLowerCase().replaceAll(' ', '');
  const wanted = plain(key ?? '');
  const column = columns.find((each) => plain(each.key) === wanted || plain(each.title) === wanted);
  if (column === undefined) return null;
  if (direction === 'asc' || direction === 'desc') return { column, direction };
  const valueOf = valueReader(column);
  return { column, direction: rows.some((row) => typeof valueOf(row) === 'number') ? 'desc' : 'asc' };
}

const valueReader = <Row>(column: Column<Row>): ((row: Row) => string | number | null) =>
  column.value ?? column.text;

/** Unknown comes last, whichever the direction. */
export function compareValues(a: string | number | null, b: string | number | null, sign: 1 | -1): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null);
  if (typeof a === 'number' && typeof b === 'number') return sign * (a - b);
  return sign * (String(a) < String(b) ? -1 : Number(String(a) > String(b)));
}

export function renderView<Row>(
  { rows, columns }: View<Row>,
  output: 'table' | 'json' | 'csv' | 'none',
  options: TableOptions,
): string {
  switch (output) {
    case 'none':
      return '';
    case 'table':
      return renderTable(rows, columns, options);
    case 'json':
      return `${JSON.stringify(rows, null, 2)}\n`;
    case 'csv':
      return renderCsv(
        columns.map(({ key }) => key),
        rows.map((row) => columns.map((column) => (column.value ?? column.text)(row))),
      );
  }
}
