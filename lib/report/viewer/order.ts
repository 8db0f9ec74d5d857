/** Rows in the order of a column. */
import type { ColumnData } from '../html/data.ts';

/** Unknown comes last, whichever the direction; rows of equal texts stay as they are. */
export function order(
  rows: readonly number[],
  { cells, known }: Pick<ColumnData, 'cells' | 'known'>,
  descending: boolean,
): number[] {
  const rank = (row: number): number => cells[row] ?? 0;
  const isUnknown = (row: number): number => Number(rank(row) >= known);
  const sign = descending ? -1 : 1;
  return rows.toSorted((a, b) => isUnknown(a) - isUnknown(b) || sign * (rank(a) - rank(b)));
}
