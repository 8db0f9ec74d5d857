/** Tables that fit the terminal: flexible columns give way first, then the least important ones go. */
import stringWidth from 'string-width';
import { printable } from '../printable.ts';

export interface Column<Row> {
  /** What --sort and the CSV header call it. */
  readonly key: string;
  readonly title: string;
  readonly align?: 'left' | 'right';
  /** May be shortened, down to 12 characters. */
  readonly flexible?: boolean;
  /** Dropped on a narrow terminal, the highest first; columns without it always stay. */
  readonly dropOrder?: number;
  readonly text: (row: Row) => string;
  /** The raw value, for sorting and CSV; the text where absent. */
  readonly value?: (row: Row) => string | number | null;
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
  const shown = fitColumns(rows, columns, options.width);
  const header = shown.map(({ column, width }) => pad(column.title, width, column.align)).join(gap);
  const lines = rows.map((row) =>
    shown
      .map(({ column, width }) => {
        const text = pad(shorten(printable(column.text(row)), width), width, column.align);
        return options.color && column.paint !== undefined ? column.paint(row, text) : text;
      })
      .join(gap)
      .trimEnd(),
  );
  return `${[header.trimEnd(), ...lines].join('\n')}\n`;
}

interface Fitted<Row> {
  readonly column: Column<Row>;
  readonly width: number;
}

function fitColumns<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  limit: number | null,
): Fitted<Row>[] {
  const natural = columns.map((column) => ({
    column,
    width: Math.max(
      stringWidth(column.title),
      ...rows.map((row) => stringWidth(printable(column.text(row)))),
    ),
  }));
  if (limit === null) return natural;
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
function shrink<Row>(columns: readonly Fitted<Row>[], limit: number): Fitted<Row>[] {
  const widths = columns.map(({ width }) => width);
  for (let excess = totalWidth(columns) - limit; excess > 0; excess--) {
    let widest = -1;
    for (const [index, { column }] of columns.entries()) {
      const width = widths[index] ?? 0;
      if (column.flexible === true && width > shortest && width > (widths[widest] ?? 0)) widest = index;
    }
    if (widest === -1) break;
    widths[widest] = (widths[widest] ?? 0) - 1;
  }
  return columns.map(({ column }, index) => ({ column, width: widths[index] ?? 0 }));
}

function totalWidth(columns: readonly { readonly width: number }[]): number {
  return columns.reduce((sum, { width }) => sum + width, 0) + gap.length * Math.max(0, columns.length - 1);
}

function pad(text: string, width: number, align: 'left' | 'right' = 'left'): string {
  const blanks = ' '.repeat(Math.max(0, width - stringWidth(text)));
  return align === 'right' ? blanks + text : text + blanks;
}

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** The middle goes: both ends of a Kubernetes name tell something. `width` counts columns, not characters. */
function shorten(text: string, width: number): string {
  if (stringWidth(text) <= width) return text;
  const characters = Array.from(graphemes.segment(text), ({ segment }) => segment);
  const head = takeWidth(characters, Math.ceil((width - 1) / 2));
  const tail = takeWidth(characters.toReversed(), Math.floor((width - 1) / 2)).toReversed();
  return `${head.join('')}…${tail.join('')}`;
}

/** As many of the first characters as fit. */
function takeWidth(characters: readonly string[], width: number): string[] {
  let taken = 0;
  const end = characters.findIndex((character) => (taken += stringWidth(character)) > width);
  return characters.slice(0, end === -1 ? undefined : end);
}
