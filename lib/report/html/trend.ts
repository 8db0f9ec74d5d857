/** How the cluster came to be so: series of the time before, as charts and, in words, as a table. */
import type { Columns } from '../../packing/columns.ts';
import { createSeries, measures, type Measure, type Series } from '../../packing/series.ts';
import { printable } from '../../printable.ts';
import { trendView } from '../trend.ts';
import type { ChartData, TrendData } from './data.ts';
import { html, type Html } from './markup.ts';
import { tableHtml } from './table.ts';

export interface Trend {
  readonly parts: readonly TrendPart[];
  /** How many snapshots of the time could not be read. */
  readonly leftOut: number;
}

interface TrendPart {
  readonly title: string;
  readonly unit: 'ratio' | 'count';
  readonly measures: readonly MeasureSeries[];
}

interface MeasureSeries {
  readonly measure: Measure;
  readonly series: readonly Series[];
}

export interface TrendBuilder {
  readonly add: (columns: Columns) => void;
  /** `leftOut`: how many snapshots could not be read. */
  readonly result: (leftOut: number) => Trend;
}

const parts = [
  { title: 'Utilization', unit: 'ratio', names: ['utilization'] },
  { title: 'Nodes', unit: 'count', names: ['nodes', 'repackedNodes', 'lowerBoundNodes'] },
  { title: 'Pods that wait for a node', unit: 'count', names: ['pendingPods'] },
] as const;

const titles: Readonly<Record<string, string>> = {
  nodes: 'nodes',
  repackedNodes: 'nodes of a packing that was found',
  lowerBoundNodes: 'nodes needed at least',
  pendingPods: 'pending pods',
};

/** Takes snapshots of one cluster day by day, and keeps sums alone. */
export function createTrend(range: {
  readonly from: Date;
  readonly to: Date;
  readonly stepMs: number;
  readonly resources: readonly string[];
}): TrendBuilder {
  const built = parts.map(({ title, unit, names }) => ({
    title,
    unit,
    measures: measures
      .filter(({ name }) => names.some((each) => each === name))
      .map((measure) => ({ measure, builder: createSeries({ ...range, measure, labels: null }) })),
  }));
  return {
    add(columns) {
      for (const part of built) for (const { builder } of part.measures) builder.add(columns);
    },
    result: (leftOut) => ({
      leftOut,
      parts: built.map((part) => ({
        ...part,
        measures: part.measures.map(({ measure, builder }) => ({ measure, series: builder.result() })),
      })),
    }),
  };
}

/** null: fewer than two points are no trend. */
export function trendData(trend: Trend): TrendData | null {
  const points = trend.parts[0]?.measures[0]?.series[0]?.points ?? [];
  if (points.filter(({ value }) => value !== null).length < 2) return null;
  const charts = trend.parts.map(({ title, unit, measures }) => ({
    title,
    unit,
    lines: measures.flatMap(linesOf),
  }));
  const values = charts.flatMap(({ lines }) => lines.map((line) => line.values));
  const kept = keptSteps(points.map((_, step) => values.some((each) => (each[step] ?? null) !== null)));
  return {
    at: kept.map((step) => (points[step]?.at.getTime() ?? 0) / 1000),
    charts: charts.map((chart) => ({
      ...chart,
      lines: chart.lines.map((line) => ({ ...line, values: kept.map((step) => line.values[step] ?? null) })),
    })),
  };
}

/** Steps are finer than snapshots are frequent: an empty one is a gap where twice the usual distance is. */
export function keptSteps(filled: readonly boolean[]): number[] {
  const steps = [...filled.keys()].filter((step) => filled[step]);
  const distances = steps.slice(1).map((step, index) => step - (steps[index] ?? 0));
  const usual = distances.toSorted((a, b) => a - b)[Math.floor(distances.length / 2)] ?? 1;
  return steps.flatMap((step, index) =>
    index > 0 && (distances[index - 1] ?? 0) > 2 * usual ? [step - 1, step] : [step],
  );
}

function linesOf({ measure, series }: MeasureSeries): ChartData['lines'] {
  return series
    .map(({ resource, points }) => ({
      name: printable(resource ?? titles[measure.name] ?? measure.name),
      values: points.map(({ value }) => (value === null ? null : Number(value.toPrecision(5)))),
    }))
    .filter(({ values }) => values.some((value) => value !== null));
}

/** What the charts show, for those who do not see them. */
export function trendTables(trend: Trend): Html[] {
  return trend.parts.flatMap(({ measures }) =>
    measures.map(({ measure, series }) => {
      const { rows, columns } = trendView(measure, series);
      const shown = columns.filter(({ key }) => key !== 'cluster' || rows.length === 1);
      return html`${tableHtml({ rows, columns: shown }, `${measure.name}: ${measure.help}`)}`;
    }),
  );
}
