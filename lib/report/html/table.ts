/** A view as an HTML table, and as data for the table that sorts and searches. */
import { printable } from '../../printable.ts';
import { formatPercent } from '../format.ts';
import type { Column } from '../table.ts';
import { compareValues, type View } from '../view.ts';
import { ratioBar } from './charts.ts';
import type { ColumnData, TableData } from './data.ts';
import { html, type Html } from './markup.ts';

const shortName = 24;

/** By the key of a column: where its cells lead. */
export type Links<Row> = Readonly<Record<string, (row: Row) => string>>;

/** The first column names the row. */
export function tableHtml<Row>({ rows, columns }: View<Row>, caption: string, links: Links<Row> = {}): Html {
  const [first, ...others] = columns;
  if (first === undefined) return html``;
  const heads = columns.map(
    ({ title, align = 'left' }) => html`<th scope="col" class="${align}">${title}</th>`,
  );
  // a wide column of short names would push the last ones out of sight
  const name = rows.every((row) => textOf(first, row).length <= shortName) ? 'name short' : 'name';
  const lines = rows.map(
    (row) =>
      html`<tr>
        <th scope="row" class="${name}" dir="auto">${cellText(first, row, links)}</th>
        ${others.map((column) => cellHtml(column, row, links))}
      </tr>`,
  );
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${caption}">
    <table>
      <caption>
        ${caption}
      </caption>
      <thead>
        <tr>
          ${heads}
        </tr>
      </thead>
      <tbody>
        ${lines}
      </tbody>
    </table>
  </div>`;
}

function cellHtml<Row>(column: Column<Row>, row: Row, links: Links<Row>): Html {
  const ratio = column.ratio?.(row) ?? null;
  const barred = column.ratio === undefined ? null : ratioBar(ratio);
  return html`<td class="${column.ratio === undefined ? (column.align ?? 'left') : 'right'}" dir="auto">
    ${barred}${cellText(column, row, links)}
  </td>`;
}

function cellText<Row>(column: Column<Row>, row: Row, links: Links<Row>): Html {
  const text = textOf(column, row);
  const href = links[column.key]?.(row);
  return href === undefined ? html`${text}` : html`<a href="${href}">${text}</a>`;
}

/** A bar is drawn, not written. */
function textOf<Row>(column: Column<Row>, row: Row): string {
  return column.ratio === undefined ? column.text(row) : formatPercent(column.ratio(row));
}

export function tableData<Row>({ rows, columns }: View<Row>): TableData {
  return { rows: rows.length, columns: columns.map((column) => columnData(column, rows)) };
}

function columnData<Row>(column: Column<Row>, rows: readonly Row[]): ColumnData {
  const texts = rows.map((row) => printable(textOf(column, row)));
  const values = new Map(
    rows.map((row, index) => [texts[index] ?? '', (column.value ?? column.text)(row)] as const),
  );
  const sorted = [...values].toSorted(([, a], [, b]) => compareValues(a, b, 1));
  const ranks = new Map(sorted.map(([text], rank) => [text, rank]));
  return {
    title: printable(column.title),
    align: column.ratio === undefined ? (column.align ?? 'left') : 'right',
    texts: sorted.map(([text]) => text),
    known: sorted.filter(([, value]) => value !== null).length,
    numeric: sorted.some(([, value]) => typeof value === 'number'),
    ratios: column.ratio === undefined ? null : sorted.map(([, ratio]) => thousandths(ratio)),
    cells: texts.map((text) => ranks.get(text) ?? 0),
  };
}

const thousandths = (ratio: string | number | null): number =>
  typeof ratio === 'number' ? Math.round(ratio * 1000) : 0;
