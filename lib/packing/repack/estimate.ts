/** How long a search would take, so that nobody begins one that there is no time for. */
import type { Problem } from './problem.ts';

/**
 * In milliseconds, give or take a half, on one core at about 3 GHz with Node 24: each workload, each of its nodes and
 * each pod costs its share, pods that rules tie to others cost more. Fitted to searches of 3,000 to 300,000 pods of
 * 20,000 workloads on 100 to 10,000 nodes, which took 0.6 to 6 s.
 */
export function estimateSearchMs({ input, placed, mobility, topology }: Problem): number {
  const ruled = new Set<number>();
  for (const { carriers, members } of [...topology.exclusions, ...topology.spreads])
    for (const workload of [...carriers, ...members]) ruled.add(workload);
  let micros = 20 * input.workloads.length;
  placed.forEach((_, workload, pods) => {
    if (mobility[workload]?.kind === 'movable')
      micros += 20 + 4 * pods + (ruled.has(workload) ? 20 * pods : 0);
  });
  return micros / 1000;
}
