/** Tables that fit the terminal: flexible columns give way first, then the least important ones go. */
import { printable } from '../printable.ts';
import { pad, shorten, widthOf } from './width.ts';

export interface Column<Row> {
  /** What --sort and the CSV header call it. */
  readonly key: string;
  readonly title: string;
  readonly align?: 'left' | 'right';
  /** May be shortened, down to `least` characters (12). */
  readonly flexible?: boolean;
  readonly least?: number;
  /** Dropped on a narrow terminal, the highest first; columns without it always stay. */
  readonly dropOrder?: number;
  readonly text: (row: Row) => string;
  /** The raw value, for sorting and CSV; the text where absent. */
  readonly value?: (row: Row) => string | number | null;
  /** Where the text is a bar and its percent: what they show. */
  readonly ratio?: (row: Row) => number | null;
  /** Only with colour, around the padded text. */
  readonly paint?: (row: Row, text: string) => string;
}

export interface TableOptions {
  /** Columns of the terminal; null: as wide as it gets. */
  readonly width: number | null;
  readonly color: boolean;
}

const gap = '  ';
const shortest = 12;

export function renderTable<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  options: TableOptions,
): string {
  const shown = fitColumns(layOut(rows, columns), options.width);
  const lines = rows.map((row, index) => tableLine(shown, row, index, options.color));
  const hidden = hiddenTitles(columns, shown);
  const text = `(no room for ${hidden.join(', ')})`;
  const note = hidden.length > 0 && text.length <= (options.width ?? 0) ? [text] : [];
  return `${[tableHeader(shown), ...lines, ...note].join('\n')}\n`;
}

/** A column with all its texts, and how wide it is. */
export interface LaidOut<Row> {
  readonly column: Column<Row>;
  readonly texts: readonly string[];
  readonly width: number;
}

/** As wide as the widest text. */
export function layOut<Row>(rows: readonly Row[], columns: readonly Column<Row>[]): LaidOut<Row>[] {
  return columns.map((column) => {
    const texts = rows.map((row) => printable(column.text(row)));
    const width = texts.reduce((widest, text) => Math.max(widest, widthOf(text)), widthOf(column.title));
    return { column, texts, width };
  });
}

export function tableHeader<Row>(shown: readonly LaidOut<Row>[]): string {
  return shown
    .map(({ column, width }) => pad(column.title, width, column.align))
    .join(gap)
    .trimEnd();
}

export function tableLine<Row>(
  shown: readonly LaidOut<Row>[],
  row: Row,
  index: number,
  color: boolean,
): string {
  return shown
    .map(({ column, texts, width }) => {
      const text = pad(shorten(texts[index] ?? '', width), width, column.align);
      return color && column.paint !== undefined ? column.paint(row, text) : text;
    })
    .join(gap)
    .trimEnd();
}

/** What there was no room for. */
export function hiddenTitles<Row>(columns: readonly Column<Row>[], shown: readonly LaidOut<Row>[]): string[] {
  const kept = new Set(shown.map(({ column }) => column.key));
  return columns.filter(({ key }) => !kept.has(key)).map(({ title }) => title);
}

/** `limit`: columns of the terminal; null: there is no end to it. */
export function fitColumns<Row>(natural: readonly LaidOut<Row>[], limit: number | null): LaidOut<Row>[] {
  if (limit === null) return [...natural];
  let fitted = shrink(natural, limit);
  while (totalWidth(fitted) > limit) {
    const droppable = fitted.filter(({ column }) => column.dropOrder !== undefined);
    const last = droppable.sort((a, b) => (b.column.dropOrder ?? 0) - (a.column.dropOrder ?? 0))[0];
    if (last === undefined) return fitted;
    const keys = new Set(fitted.map(({ column }) => column.key).filter((key) => key !== last.column.key));
    fitted = shrink(
      natural.filter(({ column }) => keys.has(column.key)),
      limit,
    );
  }
  return fitted;
}

/** Takes what is too much from the widest flexible column, one character at a time. */
function shrink<Row>(columns: readonly LaidOut<Row>[], limit: number): LaidOut<Row>[] {
  const widths = columns.map(({ width }) => width);
  for (let excess = totalWidth(columns) - limit; excess > 0; excess--) {
    let widest = -1;
    for (const [index, { column }] of columns.entries()) {
      const width = widths[index] ?? 0;
      const least = column.least ?? shortest;
      if (column.flexible === true && width > least && width > (widths[widest] ?? 0)) widest = index;
    }
    if (widest === -1) break;
    widths[widest] = (widths[widest] ?? 0) - 1;
  }
  return columns.map((column, index) => ({ ...column, width: widths[index] ?? 0 }));
}

function totalWidth(columns: readonly { readonly width: number }[]): number {
  return columns.reduce((sum, { width }) => sum + width, 0) + gap.length * Math.max(0, columns.length - 1);
}
