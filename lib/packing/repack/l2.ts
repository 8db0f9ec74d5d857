/** Lower bounds on the number of bins, in one dimension. All amounts are whole numbers. */

/** How many bins hold the load, the largest taken first; all of them where even they do not. */
export function volumeBound(capacities: readonly number[], load: number): number {
  let [held, bins] = [0, 0];
  for (const capacity of capacities.toSorted((a, b) => b - a)) {
    if (held >= load) break;
    held += capacity;
    bins += 1;
  }
  return bins;
}

/** Pods of one weight. */
export interface Weighed {
  readonly weight: number;
  readonly count: number;
}

/**
 * L2 of Martello and Toth (Lower bounds and reduction procedures for the bin packing problem, 1990), for bins of one
 * capacity. For a threshold a up to half of it, items above capacity - a and those above one half need a bin each,
 * and of the others down to a only what does not fit beside the middle ones needs more. Bins of less capacity can only
 * be more, so the largest capacity serves mixed ones.
 */
export function l2Bound(items: readonly Weighed[], capacity: number): number {
  if (capacity <= 0) return 0;
  const sorted = items.filter(({ weight, count }) => weight > 0 && count > 0);
  sorted.sort((a, b) => a.weight - b.weight);
  // counts and weights of all items before a position
  const counts = new Float64Array(sorted.length + 1);
  const sums = new Float64Array(sorted.length + 1);
  for (const [index, { weight, count }] of sorted.entries()) {
    counts[index + 1] = (counts[index] as number) + count;
    sums[index + 1] = (sums[index] as number) + weight * count;
  }
  const firstAbove = (limit: number): number => {
    let [low, high] = [0, sorted.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((sorted[middle] as Weighed).weight > limit) high = middle;
      else low = middle + 1;
    }
    return low;
  };
  const between = (of: Float64Array, from: number, to: number): number =>
    (of[to] as number) - (of[from] as number);
  const half = firstAbove(capacity / 2);
  const above = between(counts, half, sorted.length);
  let best = above;
  for (let from = 0; from < half; from++) {
    const a = (sorted[from] as Weighed).weight;
    if (from > 0 && a === (sorted[from - 1] as Weighed).weight) continue;
    const large = firstAbove(capacity - a);
    const room = between(counts, half, large) * capacity - between(sums, half, large);
    const more = Math.ceil((between(sums, from, half) - room) / capacity);
    best = Math.max(best, above + Math.max(0, more));
  }
  return best;
}
