/** Lines over time; each has a dash of its own, and its values stand beside its name. */
import uPlot from 'uplot';
import type { ChartData, TrendData } from '../html/data.ts';
import { element } from './dom.ts';

const dashes = [[], [8, 4], [2, 3], [10, 3, 2, 3]];
const height = 220;

export function showTrend(into: HTMLElement, trend: TrendData): void {
  const drawn = trend.charts.filter(({ lines }) => lines.length > 0);
  let plots: uPlot[] = [];
  const places = drawn.map((chart) => {
    const place = element('div', { className: 'chart' });
    into.append(element('figure', {}, element('figcaption', {}, chart.title), place));
    return place;
  });
  const redraw = (): void => {
    for (const plot of plots) plot.destroy();
    plots = drawn.flatMap((chart, index) => {
      const place = places[index];
      return place === undefined ? [] : [plotOf(chart, trend.at, place)];
    });
  };
  redraw();
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', redraw);
  new ResizeObserver(() => {
    for (const plot of plots) plot.setSize({ width: into.clientWidth, height });
  }).observe(into);
}

function plotOf({ title, unit, lines }: ChartData, at: readonly number[], place: HTMLElement): uPlot {
  const styles = getComputedStyle(place);
  const ink = styles.getPropertyValue('--ink').trim();
  const grid = { stroke: styles.getPropertyValue('--rule').trim(), width: 1 };
  const text = (value: number | null | undefined): string => {
    if (value === null || value === undefined) return '-';
    return unit === 'ratio' ? `${(value * 100).toFixed(1)} %` : value.toLocaleString('en-US');
  };
  const plot = new uPlot(
    {
      width: place.clientWidth,
      height,
      axes: [
        { stroke: ink, grid },
        { stroke: ink, grid, size: 64, values: (_, splits) => splits.map(text) },
      ],
      scales: { y: { range: (_, __, most) => [0, most > 0 ? most * 1.05 : 1] } },
      series: [
        {},
        ...lines.map(({ name }, index) => ({
          label: name,
          stroke: styles.getPropertyValue(`--line-${index % 4}`).trim(),
          width: 2,
          dash: dashes[index % dashes.length] ?? [],
          value: (_: uPlot, value: number | null) => text(value),
        })),
      ],
    },
    [[...at], ...lines.map(({ values }) => [...values])],
    place,
  );
  plot.ctx.canvas.role = 'img';
  plot.ctx.canvas.ariaLabel = `${title} over time; the tables below say the same`;
  return plot;
}
