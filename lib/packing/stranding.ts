/**
 * Free room that the cluster's own pods cannot use: for each resource, the sum over usable nodes of what is free
 * there, times the share of pods that do not fit there, of all that may run there by their constraints. Where none
 * may, all of it is stranded. Shapes are distinct requests with their constraints, weighted by their pods;
 * DaemonSet pods are left out. (Borg, EuroSys '15, names the effect; this form generalises FGD, ATC '23.)
 */
import type { Node } from '../model/node.ts';
import { isAccounted, type ResourceTotals } from '../model/resources.ts';
import type { CanonicalConstraints } from '../model/snapshot.ts';
import { lacks, matchesNodeAffinity } from '../scheduler/fit.ts';
import { filterConstraints } from './constraints.ts';
import type { Workload } from './fold.ts';
import { oncePerObject, sharing } from './sharing.ts';
import { freeOf, type NodeUsage } from './usage.ts';

/** Whole numbers (fractional by the weights) by resource; null where no pod gives a shape. */
export function strandedByShape(
  nodes: readonly NodeUsage[],
  workloads: readonly MixedWorkload[],
): ReadonlyMap<string, number> | null {
  const mix = podMixOf(workloads);
  if (mix === null) return null;
  const stranded = new Map<string, number>();
  for (const { node, resources } of nodes.filter(({ usable }) => usable)) {
    const free = Float64Array.from(mix.names, (name) => {
      const usage = resources.get(name);
      return usage === undefined ? 0 : Number(freeOf(usage));
    });
    const share = unfitShare(mix.shapesFor(node), free);
    for (const [name, usage] of resources) {
      stranded.set(name, (stranded.get(name) ?? 0) + Number(freeOf(usage)) * share);
    }
  }
  return stranded;
}

export type MixedWorkload = Pick<Workload, 'daemonSet' | 'bound' | 'requests' | 'constraints'>;

/** The cluster's own mix of pods. */
export interface PodMix {
  /** What some of them ask for, pod slots among it. */
  readonly names: readonly string[];
  shapesFor(node: Pick<Node, 'name' | 'labels'>): ShapesOnNode;
}

/** null where no pod gives a shape. */
export function podMixOf(workloads: readonly MixedWorkload[]): PodMix | null {
  const shapes = shapesOf(workloads);
  if (shapes.length === 0) return null;
  const names = [...new Set(shapes.flatMap(({ demands }) => demands.map(({ name }) => name)))];
  return { names, shapesFor: mixesOf(shapes, names) };
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
function shapesOf(workloads: readonly MixedWorkload[]): Shape[] {
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
export interface ShapesOnNode {
  readonly weights: Float64Array;
  readonly demands: Float64Array;
  readonly weight: number;
}

/** One answer for all nodes that are the same to every rule: those of a node pool, mostly. */
function mixesOf(shapes: readonly Shape[], names: readonly string[]): PodMix['shapesFor'] {
  const rules = [...new Set(shapes.map((shape) => shape.rules))];
  const terms = rules.flatMap(({ nodeAffinity }) => nodeAffinity ?? []);
  const byName = terms.some(({ matchFields }) => matchFields.length > 0);
  const labels = new Set([
    ...rules.flatMap(({ nodeSelector }) => [...nodeSelector.keys()]),
    ...terms.flatMap(({ matchExpressions }) => matchExpressions.map(({ key }) => key)),
  ]);
  const mixes = new Map<string, ShapesOnNode>();
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

function mixOfShapes(shapes: readonly Shape[], names: readonly string[]): ShapesOnNode {
  const weights = Float64Array.from(shapes, ({ weight }) => weight);
  const demands = new Float64Array(shapes.length * names.length);
  for (const [row, shape] of shapes.entries()) {
    for (const { name, amount } of shape.demands) demands[row * names.length + names.indexOf(name)] = amount;
  }
  return { weights, demands, weight: weights.reduce((sum, weight) => sum + weight, 0) };
}

/** Of the pods that may run on a node, the share of those that do not fit into what is free there; 1 where none may. */
export function unfitShare(shapes: ShapesOnNode, free: Float64Array): number {
  if (shapes.weight === 0) return 1;
  let unfit = 0;
  eachUnfit(shapes, free, (weight) => (unfit += weight));
  return unfit / shapes.weight;
}

/** Looks at each shape on each node, ten million times in a large cluster: hence plain numbers in rows. */
export function eachUnfit(
  shapes: ShapesOnNode,
  free: Float64Array,
  visit: (weight: number, start: number) => void,
): void {
  for (let row = 0; row < shapes.weights.length; row++) {
    const start = row * free.length;
    for (let i = 0; i < free.length; i++) {
      if (!shapeLacks(shapes, start, free, i)) continue;
      visit(shapes.weights[row] as number, start);
      break;
    }
  }
}

/** Whether the shape whose row starts there lacks a resource. */
export function shapeLacks(
  { demands }: ShapesOnNode,
  start: number,
  free: Float64Array,
  resource: number,
): boolean {
  return lacks(demands[start + resource] as number, free[resource] as number);
}
