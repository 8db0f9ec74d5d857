/** Whether pods fit by what they ask for: rows of demands and of what is free, in the same columns. */
import { lacks } from '../../scheduler/fit.ts';
import type { Matrix } from './amounts.ts';

/** How many pods of a workload a node has room for, at most `wanted`. */
export function roomFor(
  demand: Matrix,
  workload: number,
  free: Matrix,
  node: number,
  columns: number,
  wanted: number,
): number {
  let copies = wanted;
  for (let i = 0; i < columns; i++) {
    const asked = demand[workload * columns + i] as number;
    const left = free[node * columns + i] as number;
    if (lacks(asked, left)) return 0;
    if (asked > 0 && left < asked * copies) copies = Math.floor(left / asked);
  }
  return copies;
}
