/** Series as people read them: one line each, with a sparkline in which gaps are gaps. */
import type { Measure, Series } from '../packing/series.ts';
import { formatAmount, formatNumber, formatPercent } from './format.ts';
import type { Column } from './table.ts';
import type { View } from './view.ts';

interface TrendRow extends Series {
  readonly first: number | null;
  readonly last: number | null;
  readonly min: number | null;
  readonly max: number | null;
  readonly mean: number | null;
  readonly gaps: number;
}

const levels = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
const sparklineWidth = 40;

/** As wide as there are values, at most 40: then each is the mean of its share. A gap is a dot. */
export function sparkline(values: readonly (number | null)[]): string {
  const width = Math.min(sparklineWidth, values.length);
  const shares = Array.from({ length: width }, (_, index) => {
    const share = values.slice(
      Math.floor((index * values.length) / width),
      Math.floor(((index + 1) * values.length) / width),
    );
    return meanOf(share);
  });
  const known = shares.filter((value) => value !== null);
  const [least, most] = [Math.min(...known), Math.max(...known)];
  return shares
    .map((value) => {
      if (value === null) return '·';
      // means of equal values may differ in their last bits
      const share = most - least <= 1e-9 * Math.abs(most) ? 0.5 : (value - least) / (most - least);
      return levels[Math.min(levels.length - 1, Math.floor(share * levels.length))] ?? '';
    })
    .join('');
}

function meanOf(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0) / known.length;
}

function formatMeasure({ unit }: Measure, resource: string | null, value: number | null): string {
  if (value === null) return '-';
  if (unit === 'ratio') return formatPercent(value);
  return unit === 'amount' ? formatAmount(resource ?? '', value) : formatNumber(value);
}

export function trendView(measure: Measure, series: readonly Series[]): View<TrendRow> {
  const rows = series.map((each) => {
    const values = each.points.map(({ value }) => value);
    const known = values.filter((value) => value !== null);
    return {
      ...each,
      first: known[0] ?? null,
      last: known.at(-1) ?? null,
      min: known.length === 0 ? null : Math.min(...known),
      max: known.length === 0 ? null : Math.max(...known),
      mean: meanOf(values),
      gaps: values.length - known.length,
    };
  });
  const number = (key: 'first' | 'last' | 'min' | 'max' | 'mean', dropOrder?: number): Column<TrendRow> => ({
    key,
    title: key.toUpperCase(),
    align: 'right',
    ...(dropOrder !== undefined && { dropOrder }),
    text: (row) => formatMeasure(measure, row.resource, row[key]),
    value: (row) => row[key],
  });
  const text = (key: 'resource' | 'group', title: string): Column<TrendRow>[] =>
    rows.some((row) => row[key] !== null)
      ? [{ key, title, flexible: true, text: (row) => row[key] ?? '-', value: (row) => row[key] }]
      : [];
  return {
    rows,
    columns: [
      { key: 'cluster', title: 'CLUSTER', flexible: true, text: ({ cluster }) => cluster },
      ...text('group', 'GROUP'),
      ...text('resource', 'RESOURCE'),
      {
        key: 'trend',
        title: measure.name.toUpperCase(),
        text: ({ points }) => sparkline(points.map(({ value }) => value)),
      },
      number('first', 2),
      number('last'),
      number('min', 3),
      number('mean', 1),
      number('max', 3),
      {
        key: 'gaps',
        title: 'GAPS',
        align: 'right',
        dropOrder: 4,
        text: ({ gaps, points }) => (gaps === 0 ? '-' : `${gaps} of ${points.length}`),
        value: ({ gaps }) => gaps,
      },
    ],
  };
}

interface PointRow extends Omit<Series, 'points'> {
  readonly at: Date;
  readonly value: number | null;
}

/** A line for each point, for spreadsheets. */
export function pointsView(series: readonly Series[]): View<PointRow> {
  const rows = series.flatMap(({ points, ...about }) => points.map((point) => ({ ...about, ...point })));
  return {
    rows,
    columns: [
      { key: 'at', title: 'AT', text: ({ at }) => at.toISOString() },
      { key: 'cluster', title: 'CLUSTER', text: ({ cluster }) => cluster },
      { key: 'group', title: 'GROUP', text: ({ group }) => group ?? '', value: ({ group }) => group },
      {
        key: 'resource',
        title: 'RESOURCE',
        text: ({ resource }) => resource ?? '',
        value: ({ resource }) => resource,
      },
      { key: 'value', title: 'VALUE', text: ({ value }) => String(value), value: ({ value }) => value },
    ],
  };
}
