/**
 * Free room that the cluster's own pods cannot use: for each resource, the sum over usable nodes of what is free
 * there, times the share of pods that do not fit there, of all that may run there by their constraints. Where none
 * may, all of it is stranded. Shapes are distinct requests with their constraints, weighted by their pods;
 * DaemonSet pods are left out. (Borg, EuroSys '15, names the effect; this form generalises FGD, ATC '23.)
 */
import { isAccounted } from '../model/resources.ts';
import { blockingTaint, matchesNodeAffinity, toleratesCordon } from '../scheduler/fit.ts';
import { filterConstraints } from './constraints.ts';
import type { Workload } from './fold.ts';
import { freeOf, type NodeUsage } from './usage.ts';

/** Whole numbers (fractional by the weights) by resource; null where no pod gives a shape. */
export function strandedByShape(
  nodes: readonly NodeUsage[],
  workloads: readonly Workload[],
): ReadonlyMap<string, number> | null {
  const shapes = shapesOf(workloads);
  if (shapes.length === 0) return null;
  const stranded = new Map<string, number>();
  for (const node of nodes) {
    if (!node.usable) continue;
    const free = new Map(
      node.resources.entries().map(([name, usage]) => [name, Number(freeOf(usage))] as const),
    );
    const share = unfitShare(shapes, node, free);
    for (const [name, amount] of free) stranded.set(name, (stranded.get(name) ?? 0) + amount * share);
  }
  return stranded;
}

/** Beyond the most frequent ones a shape says next to nothing of the mix, and costs a look at every node. */
const maxShapes = 2000;

interface Shape {
  readonly weight: number;
  readonly demands: readonly { readonly name: string; readonly amount: number }[];
  readonly admits: (node: NodeUsage) => boolean;
}

function shapesOf(workloads: readonly Workload[]): Shape[] {
  const shapes = new Map<string, { -readonly [K in keyof Shape]: Shape[K] }>();
  const admissions = new Map<string, Shape['admits']>();
  for (const { daemonSet, bound, requests, constraints } of workloads) {
    if (daemonSet || bound === 0) continue;
    const demands = [...requests]
      .filter(([name, amount]) => amount > 0n && isAccounted(name))
      .map(([name, amount]) => ({ name, amount: Number(amount) }));
    const { nodeSelector, nodeAffinity, tolerations } = constraints;
    const rules = JSON.stringify({ nodeSelector, nodeAffinity, tolerations });
    const key = JSON.stringify([demands.map(({ name, amount }) => `${name}=${amount}`).sort(), rules]);
    const shape = shapes.get(key);
    if (shape !== undefined) {
      shape.weight += bound;
      continue;
    }
    const admits = admissions.get(rules) ?? remembered(filterConstraints(constraints));
    admissions.set(rules, admits);
    shapes.set(key, { weight: bound, demands: [...demands, { name: 'pods', amount: 1 }], admits });
  }
  const heaviest = [...shapes.values()].sort((a, b) => b.weight - a.weight);
  return heaviest.slice(0, maxShapes);
}

/** One answer a node for all shapes with the same rules. */
function remembered(constraints: ReturnType<typeof filterConstraints>): Shape['admits'] {
  const answers = new Map<NodeUsage, boolean>();
  return (usage) => {
    let answer = answers.get(usage);
    if (answer === undefined) {
      const { node } = usage.packed;
      answer =
        toleratesCordon(constraints.tolerations, node) &&
        blockingTaint(constraints.tolerations, node) === null &&
        matchesNodeAffinity({ constraints }, node);
      answers.set(usage, answer);
    }
    return answer;
  };
}

function unfitShare(shapes: readonly Shape[], node: NodeUsage, free: ReadonlyMap<string, number>): number {
  let [admitted, unfit] = [0, 0];
  for (const { weight, demands, admits } of shapes) {
    if (!admits(node)) continue;
    admitted += weight;
    if (!demands.every(({ name, amount }) => amount <= (free.get(name) ?? 0))) unfit += weight;
  }
  return admitted === 0 ? 1 : unfit / admitted;
}
