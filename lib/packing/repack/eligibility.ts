/**
 * Which workload may run on which node, by the scheduler's own filters: computed once for each class of constraints
 * and each class of nodes that are the same to all of them, never for each pod and node.
 */
import { taintFrom } from '../../model/node.ts';
import type { CanonicalConstraints } from '../../model/snapshot.ts';
import { blockingTaint, matchesNodeAffinity, toleratesCordon } from '../../scheduler/fit.ts';
import { filterConstraints } from '../constraints.ts';
import { oncePerObject, sharing } from '../sharing.ts';
import { labelOf, type RepackNode } from './input.ts';

/** The first of the scheduler's filters that turns a pod away, in their order; null: none does. */
export type Refusal = 'cordoned' | 'taint' | 'node affinity';

export interface Admission {
  readonly toleratesCordon: boolean;
  readonly toleratesTaints: boolean;
  readonly matchesAffinity: boolean;
}

export interface Eligibility {
  /** The class of constraints of the workload at a position; equal numbers are equal to every node. */
  readonly classOf: Int32Array;
  /** The class of the node at a position; equal numbers are equal to every workload. */
  readonly nodeClassOf: Int32Array;
  /** Whether no filter refuses. */
  admits(constraintClass: number, nodeClass: number): boolean;
  /** Every class by node. */
  admission(constraintClass: number, node: number): Admission;
}

/** A table of a byte for each class of constraints and of nodes: these are its bits. */
const cordon = 1;
const taints = 2;
const affinity = 4;
const admissions: readonly Admission[] = Array.from({ length: 8 }, (_, bits) => ({
  toleratesCordon: (bits & cordon) > 0,
  toleratesTaints: (bits & taints) > 0,
  matchesAffinity: (bits & affinity) > 0,
}));

export function refusalOf(admission: Admission): Refusal | null {
  if (!admission.toleratesCordon) return 'cordoned';
  if (!admission.toleratesTaints) return 'taint';
  return admission.matchesAffinity ? null : 'node affinity';
}

type Filters = ReturnType<typeof filterConstraints>;
type FilterNode = Parameters<typeof matchesNodeAffinity>[1] &
  Parameters<typeof blockingTaint>[1] &
  Parameters<typeof toleratesCordon>[1];

export function eligibilityOf(
  nodes: readonly RepackNode[],
  constraints: readonly CanonicalConstraints[],
): Eligibility {
  const share = sharing<Filters>(textOfFilters);
  const filtersOf = oncePerObject((each: CanonicalConstraints) => share(filterConstraints(each)));
  const shared = constraints.map(filtersOf);
  const classes: Filters[] = [];
  for (const { id, value } of shared) classes[id] = value;
  const { nodeClass, examples } = nodeClasses(nodes, classes);
  const table = classes.map((filters) => Uint8Array.from(examples, (node) => admit(filters, node)));
  return {
    classOf: Int32Array.from(shared, ({ id }) => id),
    nodeClassOf: nodeClass,
    admits: (constraintClass, of) => table[constraintClass]?.[of] === admissions.length - 1,
    admission: (constraintClass, node) =>
      admissions[table[constraintClass]?.[nodeClass[node] as number] ?? 0] as Admission,
  };
}

function admit(constraints: Filters, node: FilterNode): number {
  return (
    (toleratesCordon(constraints.tolerations, node) ? cordon : 0) |
    (blockingTaint(constraints.tolerations, node) === null ? taints : 0) |
    (matchesNodeAffinity({ constraints }, node) ? affinity : 0)
  );
}

function textOfFilters({ nodeSelector, nodeAffinity, tolerations }: Filters): string {
  return JSON.stringify([[...nodeSelector], nodeAffinity, tolerations]);
}

/** Nodes differ only by what some constraint looks at: labels, their name, taints and the cordon. */
function nodeClasses(
  nodes: readonly RepackNode[],
  classes: readonly Filters[],
): { readonly nodeClass: Int32Array; readonly examples: readonly FilterNode[] } {
  const terms = classes.flatMap(({ nodeAffinity }) => nodeAffinity ?? []);
  const byName = terms.some(({ matchFields }) => matchFields.length > 0);
  const keys = new Set([
    ...classes.flatMap(({ nodeSelector }) => [...nodeSelector.keys()]),
    ...terms.flatMap(({ matchExpressions }) => matchExpressions.map(({ key }) => key)),
  ]);
  const ids = new Map<string, number>();
  const examples: FilterNode[] = [];
  const nodeClass = Int32Array.from(nodes, (node) => {
    const { node: name, taints: texts, unschedulable } = node;
    const seen = [...keys].flatMap((key): [string, string][] => {
      const value = labelOf(node, key);
      return value === undefined ? [] : [[key, value]];
    });
    const text = JSON.stringify([byName && name, unschedulable, texts, seen]);
    const known = ids.get(text);
    if (known !== undefined) return known;
    ids.set(text, examples.length);
    return examples.push({ name, labels: new Map(seen), taints: texts.map(taintFrom), unschedulable }) - 1;
  });
  return { nodeClass, examples };
}
