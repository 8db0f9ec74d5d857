/**
 * Free room that the cluster's own pods cannot use: for each resource, the sum over usable nodes of what is free
 * there, times the share of pods that do not fit there, of all that may run there by their constraints. Where none
 * may, all of it is stranded. Shapes are distinct requests with their constraints, weighted by their pods;
 * DaemonSet pods are left out. (Borg, EuroSys '15, names the effect; this form generalises FGD, ATC '23.)
 */
import type { Node } from '../model/node.ts';
import { isAccounted, type ResourceTotals } from '../model/resources.ts';
import type { CanonicalConstraints } from '../model/snapshot.ts';
import { matchesNodeAffinity } from '../scheduler/fit.ts';
import { filterConstraints } from './constraints.ts';
import type { Workload } from './fold.ts';
import { oncePerObject, sharing } from './sharing.ts';
import { freeOf, type NodeUsage } from './usage.ts';

/** Whole numbers (fractional by the weights) by resource; null where no pod gives a shape. */
export function strandedByShape(
  nodes: readonly NodeUsage[],
  workloads: readonly Workload[],
): ReadonlyMap<string, number> | null {
  const shapes = shapesOf(workloads);
  if (shapes.length === 0) return null;
  const usable = nodes.filter((node) => node.usable);
  const names = [...new Set(shapes.flatMap(({ demands }) => demands.map(({ name }) => name)))];
  const mixOf = mixesOf(shapes, names);
  const stranded = new Map<string, number>();
  for (const { node, resources } of usable) {
    const free = Float64Array.from(names, (name) => {
      const usage = resources.get(name);
      return usage === undefined ? 0 : Number(freeOf(usage));
    });
    const share = unfitShare(mixOf(node), free);
    for (const [name, usage] of resources) {
      stranded.set(name, (stranded.get(name) ?? 0) + Number(freeOf(usage)) * share);
    }
  }
  return stranded;
}

/** Beyond the most frequent ones a shape says next to nothing of the mix, and costs a look at every node. */
const maxShapes = 2000;

/** What a pod asks for and where it may go. Every pod tolerates a usable node, so only labels and names decide. */
interface Shape {
  weight: number;
  readonly demands: readonly Demand[];
  readonly rules: Rules;
}

interface Demand {
  readonly name: string;
  readonly amount: number;
}

type Rules = ReturnType<typeof filterConstraints>;

/** Workloads share the objects of equal requests and constraints, so most of this is one look at a Map. */
function shapesOf(workloads: readonly Workload[]): Shape[] {
  const demandsOf = shared(
    (requests: ResourceTotals): Demand[] => [
      ...[...requests]
        .filter(([name, amount]) => amount > 0n && isAccounted(name))
        .map(([name, amount]) => ({ name, amount: Number(amount) }))
        .sort((a, b) => (a.name < b.name ? -1 : 1)),
      { name: 'pods', amount: 1 },
    ],
    JSON.stringify,
  );
  const rulesOf = shared(filterConstraints, ({ nodeSelector, nodeAffinity }) =>
    JSON.stringify([[...nodeSelector], nodeAffinity]),
  );
  const shapes = new Map<readonly Demand[], Map<Rules, Shape>>();
  for (const { daemonSet, bound, requests, constraints } of workloads) {
    if (daemonSet || bound === 0) continue;
    const [demands, rules] = [demandsOf(requests), rulesOf(constraints)];
    const withDemands = shapes.get(demands) ?? new Map<Rules, Shape>();
    shapes.set(demands, withDemands);
    const shape = withDemands.get(rules) ?? { weight: 0, demands, rules };
    withDemands.set(rules, shape);
    shape.weight += bound;
  }
  const heaviest = [...shapes.values()]
    .flatMap((withDemands) => [...withDemands.values()])
    .sort((a, b) => b.weight - a.weight);
  return heaviest.slice(0, maxShapes);
}

/** One result for equal inputs: by the input itself, then by the text of what it gives. */
function shared<K extends ResourceTotals | CanonicalConstraints, V>(
  derive: (input: K) => V,
  textOf: (value: V) => string,
): (input: K) => V {
  const share = sharing(textOf);
  return oncePerObject((input: K) => share(derive(input)).value);
}

/** The shapes that may run on a node: their weights, and row by row what each asks of every resource. */
interface Mix {
  readonly weights: Float64Array;
  readonly demands: Float64Array;
  readonly weight: number;
}

/** One answer for all nodes that are the same to every rule: those of a node pool, mostly. */
function mixesOf(shapes: readonly Shape[], names: readonly string[]): (node: Node) => Mix {
  const rules = [...new Set(shapes.map((shape) => shape.rules))];
  const terms = rules.flatMap(({ nodeAffinity }) => nodeAffinity ?? []);
  const byName = terms.some(({ matchFields }) => matchFields.length > 0);
  const labels = new Set([
    ...rules.flatMap(({ nodeSelector }) => [...nodeSelector.keys()]),
    ...terms.flatMap(({ matchExpressions }) => matchExpressions.map(({ key }) => key)),
  ]);
  const mixes = new Map<string, Mix>();
  return (node) => {
    const seen = [byName && node.name, ...[...labels].map((label) => node.labels.get(label) ?? null)];
    const kind = JSON.stringify(seen);
    const known = mixes.get(kind);
    if (known !== undefined) return known;
    const admitting = new Set(rules.filter((constraints) => matchesNodeAffinity({ constraints }, node)));
    const mix = mixOfShapes(
      shapes.filter((shape) => admitting.has(shape.rules)),
      names,
    );
    mixes.set(kind, mix);
    return mix;
  };
}

function mixOfShapes(shapes: readonly Shape[], names: readonly string[]): Mix {
  const weights = Float64Array.from(shapes, ({ weight }) => weight);
  const demands = new Float64Array(shapes.length * names.length);
  for (const [row, shape] of shapes.entries()) {
    for (const { name, amount } of shape.demands) demands[row * names.length + names.indexOf(name)] = amount;
  }
  return { weights, demands, weight: weights.reduce((sum, weight) => sum + weight, 0) };
}

/** Looks at each shape on each node, ten million times in a large cluster: hence plain numbers in rows. */
function unfitShare({ weights, demands, weight }: Mix, free: Float64Array): number {
  if (weight === 0) return 1;
  let unfit = 0;
  for (let row = 0; row < weights.length; row++) {
    const start = row * free.length;
    let fits = true;
    for (let i = 0; fits && i < free.length; i++)
      fits = (demands[start + i] as number) <= (free[i] as number);
    if (!fits) unfit += weights[row] as number;
  }
  return unfit / weight;
}
