/** Tables that fit the terminal: flexible columns give way first, then the least important ones go. */
import stringWidth from 'string-width';
import { printable } from '../printable.ts';

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
  const cells = columns.map((column) => rows.map((row) => printable(column.text(row))));
  const shown = fitColumns(columns, cells, options.width);
  const header = shown.map(({ column, width }) => pad(column.title, width, column.align)).join(gap);
  const lines = rows.map((row, index) =>
    shown
      .map(({ column, texts, width }) => {
        const text = pad(shorten(texts[index] ?? '', width), width, column.align);
        return options.color && column.paint !== undefined ? column.paint(row, text) : text;
      })
      .join(gap)
      .trimEnd(),
  );
  const kept = new Set(shown.map(({ column }) => column));
  const hidden = columns.filter((column) => !kept.has(column)).map(({ title }) => title);
  const text = `(no room for ${hidden.join(', ')})`;
  const note = hidden.length > 0 && text.length <= (options.width ?? 0) ? [text] : [];
  return `${[header.trimEnd(), ...lines, ...note].join('\n')}\n`;
}

interface Fitted<Row> {
  readonly column: Column<Row>;
  readonly texts: readonly string[];
  readonly width: number;
}

function fitColumns<Row>(
  columns: readonly Column<Row>[],
  cells: readonly (readonly string[])[],
  limit: number | null,
): Fitted<Row>[] {
  const natural = columns.map((column, index) => {
    const texts = cells[index] ?? [];
    const width = texts.reduce((widest, text) => Math.max(widest, widthOf(text)), stringWidth(column.title));
    return { column, texts, width };
  });
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

/** Nearly all text here is plain, and one column a character. */
function widthOf(text: string): number {
  return /^[ -~]*$/.test(text) ? text.length : stringWidth(text);
}

function pad(text: string, width: number, align: 'left' | 'right' = 'left'): string {
  const blanks = ' '.repeat(Math.max(0, width - widthOf(text)));
  return align === 'right' ? blanks + text : text + blanks;
}

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** The middle goes: both ends of a Kubernetes name tell something. `width` counts columns, not characters. */
function shorten(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
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
