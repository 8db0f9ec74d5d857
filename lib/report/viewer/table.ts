/** A table that sorts and searches; of many rows the first are shown. */
import type { ColumnData, TableData } from '../html/data.ts';
import { searchRows } from '../search.ts';
import { element } from './dom.ts';
import { order } from './order.ts';

export interface TableControl {
  search(words: string): void;
}

interface Sorting {
  readonly column: number;
  readonly descending: boolean;
}

const step = 100;

export function showTable(into: HTMLElement, data: TableData, noun: string): TableControl {
  let sorting: Sorting | null = null;
  let shown = step;
  const input = element('input', { type: 'search', placeholder: 'web !spot', spellcheck: false });
  const status = element('output', { className: 'status' });
  const body = element('tbody');
  const more = element('button', { type: 'button', className: 'more' });
  const heads = data.columns.map((column, index) => {
    const button = element('button', { type: 'button', textContent: column.title });
    button.addEventListener('click', () => {
      sorting =
        sorting?.column === index
          ? { column: index, descending: !sorting.descending }
          : { column: index, descending: column.numeric };
      show();
    });
    return element('th', { scope: 'col', className: column.align }, button);
  });
  input.addEventListener('input', () => {
    shown = step;
    show();
  });
  more.addEventListener('click', () => {
    shown += 5 * step;
    show();
  });

  function show(): void {
    const all = [...Array(data.rows).keys()];
    const found = searchRows(all, input.value, (row) =>
      data.columns.map(({ texts, cells }) => texts[cells[row] ?? -1] ?? ''),
    );
    const column = sorting === null ? undefined : data.columns[sorting.column];
    const rows = column === undefined || sorting === null ? found : order(found, column, sorting.descending);
    body.replaceChildren(...rows.slice(0, shown).map((row) => line(data.columns, row)));
    for (const [index, head] of heads.entries())
      head.ariaSort = sorting?.column === index ? (sorting.descending ? 'descending' : 'ascending') : 'none';
    const count = (number: number): string => number.toLocaleString('en-US');
    status.value = `${count(rows.length)} of ${count(data.rows)} ${noun}${
      rows.length > shown ? `, the first ${count(shown)} shown` : ''
    }`;
    more.hidden = rows.length <= shown;
    more.textContent = `Show ${count(Math.min(5 * step, rows.length - shown))} more`;
  }

  const label = element(
    'label',
    {},
    `Search ${noun} `,
    input,
    element('small', {}, ' fuzzy, over every column; !word leaves out'),
  );
  const table = element(
    'table',
    {},
    element('caption', {}, `${noun}: choose a column's title to sort by it`),
    element('thead', {}, element('tr', {}, ...heads)),
    body,
  );
  const scroll = element('div', { className: 'scroll', tabIndex: 0, role: 'region', ariaLabel: noun }, table);
  into.replaceChildren(element('p', {}, label), element('p', {}, status), scroll, more);
  show();
  return {
    search(words) {
      input.value = words;
      input.dispatchEvent(new Event('input'));
    },
  };
}

function line(columns: readonly ColumnData[], row: number): HTMLTableRowElement {
  return element('tr', {}, ...columns.map((column, index) => cell(column, row, index === 0)));
}

function cell({ texts, ratios, cells, align, known }: ColumnData, row: number, names: boolean): HTMLElement {
  const at = cells[row] ?? -1;
  const about = { className: names ? 'name' : align, dir: 'auto', textContent: texts[at] ?? '' };
  if (names) return element('th', { ...about, scope: 'row' });
  const made = element('td', about);
  if (ratios !== null && at < known) made.prepend(bar(ratios[at] ?? 0));
  return made;
}

function bar(thousandths: number): HTMLElement {
  const full = element('span', { className: thousandths > 1000 ? 'over' : 'full' });
  full.style.inlineSize = `${Math.min(100, Math.max(0, thousandths / 10))}%`;
  return element('span', { className: 'bar', ariaHidden: 'true' }, full);
}
