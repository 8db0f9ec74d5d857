/** What CloudWatch bills for series in a month (list prices of us-east-1, 2026, in dollars; others differ a little). */
import type { Series } from './series.ts';

/** Custom metrics: this many at this price each, then the next. */
const tiers = [
  { metrics: 10_000, dollars: 0.3 },
  { metrics: 240_000, dollars: 0.1 },
  { metrics: 750_000, dollars: 0.05 },
  { metrics: Number.POSITIVE_INFINITY, dollars: 0.02 },
] as const;
const dollarsPerRequest = 0.01 / 1000;
const dollarsPerGBOfLogs = 0.5;
const monthMs = 730 * 3_600_000;

/** Of so many custom metrics, published all month. */
export function metricsDollars(metrics: number): number {
  let [left, dollars] = [metrics, 0];
  for (const tier of tiers) {
    const here = Math.min(left, tier.metrics);
    dollars += here * tier.dollars;
    left -= here;
  }
  return dollars;
}

/** Of so many requests for each snapshot. */
export function requestsDollars(requests: number, intervalMs: number): number {
  return requests * (monthMs / intervalMs) * dollarsPerRequest;
}

/** Of so many bytes of EMF for each snapshot. */
export function logsDollars(bytes: number, intervalMs: number): number {
  return (bytes / 1e9) * (monthMs / intervalMs) * dollarsPerGBOfLogs;
}

export interface CostRow {
  readonly scope: Series['scope'];
  readonly gauge: string;
  readonly series: number;
  /** A share of the whole, since the first metrics cost more than later ones. */
  readonly dollarsPerMonth: number;
}

/** By gauge, in the order of the series. */
export function costByGauge(all: Iterable<Series>): CostRow[] {
  const counts = new Map<string, { scope: Series['scope']; gauge: string; series: number }>();
  let total = 0;
  for (const { scope, gauge } of all) {
    const key = `${scope} ${gauge.name}`;
    const row = counts.get(key) ?? { scope, gauge: gauge.name, series: 0 };
    row.series += 1;
    total += 1;
    counts.set(key, row);
  }
  const dollars = metricsDollars(total);
  return [...counts.values()].map((row) => ({ ...row, dollarsPerMonth: (dollars * row.series) / total }));
}
