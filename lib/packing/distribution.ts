import type { Distribution } from '../model/snapshot.ts';

/** Nearest-rank percentiles: each is a value that occurs. null for none. */
export function distributionOf(values: readonly number[]): Distribution | null {
  const sorted = values.toSorted((a, b) => a - b);
  const rank = (share: number): number => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
  if (sorted.length === 0) return null;
  return {
    min: rank(0),
    p10: rank(0.1),
    p50: rank(0.5),
    p90: rank(0.9),
    p99: rank(0.99),
    max: rank(1),
    mean: sorted.reduce((sum, value) => sum + value, 0) / sorted.length,
  };
}
