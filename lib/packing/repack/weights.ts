/** How much of a node something is, as one number: what all resources are weighed by. */
import type { Problem } from './problem.ts';

/** By resource: amounts times these are shares of a mean node, weighed by how much the resource is asked for. */
export interface Weights {
  /** One over what a mean node has. */
  readonly scale: Float64Array;
  /** Mean demand: the pods' share of all there is (Panigrahy et al., 2011). */
  readonly mean: Float64Array;
  /** 1 where at least half of the workloads ask for it. */
  readonly common: Uint8Array;
}

export function weightsOf({ names, input, room, demand, placed, mobility }: Problem): Weights {
  const columns = names.length;
  const [all, asked] = [new Float64Array(columns), new Float64Array(columns)];
  for (const [index, amount] of room.entries()) {
    all[index % columns] = (all[index % columns] as number) + Math.max(0, amount);
  }
  placed.forEach((_, workload, pods) => {
    if (mobility[workload]?.kind === 'perNode') return;
    for (let i = 0; i < columns; i++) {
      asked[i] = (asked[i] as number) + pods * (demand[workload * columns + i] as number);
    }
  });
  const asking = new Float64Array(columns);
  for (const [index, amount] of demand.entries()) {
    if (amount > 0) asking[index % columns] = (asking[index % columns] as number) + 1;
  }
  return {
    common: Uint8Array.from(asking, (count) => (2 * count >= input.workloads.length ? 1 : 0)),
    scale: all.map((amount) => (amount > 0 ? input.nodes.length / amount : 0)),
    mean: asked.map((amount, i) => ((all[i] as number) > 0 ? amount / (all[i] as number) : 0)),
  };
}

/** The weighted sum of one row of amounts. */
export function sizeOf(amounts: Float64Array, row: number, { scale, mean }: Weights): number {
  let size = 0;
  for (let i = 0; i < scale.length; i++) {
    size += (mean[i] as number) * (scale[i] as number) * (amounts[row * scale.length + i] as number);
  }
  return size;
}

export const scores = ['weighted sum', 'dot product', 'norm'] as const;
export type Score = (typeof scores)[number];
