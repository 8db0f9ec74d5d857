/**
 * Which workload may run on which node, by the scheduler's own filters: computed once for each class of constraints
 * and each class of nodes that are the same to all of them, never for each pod and node.
 */
import type { Taint } from '../../model/node.ts';
import type { CanonicalConstraints } from '../../model/snapshot.ts';
import { blockingTaint, matchesNodeAffinity, toleratesCordon } from '../../scheduler/fit.ts';
import { filterConstraints } from '../constraints.ts';
import { oncePerObject, sharing } from '../sharing.ts';
import type { RepackNode } from './input.ts';

/** The first of the scheduler's filters that turns a pod away, in their order; null: none does. */
export type Refusal = 'cordoned' | 'taint' | 'node affinity';

export interface Admission {
  readonly toleratesCordon: boolean;
  readonly toleratesTaints: boolean;
  readonly matchesAffinity: boolean;
}

export interface Eligibility {
  /** The class of constraints of the workload at a position; equal numbers are equal to every node. */
  readonly classOf: readonly number[];
  /** Every class by node. */
  admission(constraintClass: number, node: number): Admission;
}

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
  const table = classes.map((filters) => examples.map((node) => admit(filters, node)));
  const refused: Admission = { toleratesCordon: false, toleratesTaints: false, matchesAffinity: false };
  return {
    classOf: shared.map(({ id }) => id),
    admission: (constraintClass, node) => table[constraintClass]?.[nodeClass[node] as number] ?? refused,
  };
}

function admit(constraints: Filters, node: FilterNode): Admission {
  return {
    toleratesCordon: toleratesCordon(constraints.tolerations, node),
    toleratesTaints: blockingTaint(constraints.tolerations, node) === null,
    matchesAffinity: matchesNodeAffinity({ constraints }, node),
  };
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
  const labels = new Set([
    ...classes.flatMap(({ nodeSelector }) => [...nodeSelector.keys()]),
    ...terms.flatMap(({ matchExpressions }) => matchExpressions.map(({ key }) => key)),
  ]);
  const ids = new Map<string, number>();
  const examples: FilterNode[] = [];
  const nodeClass = Int32Array.from(nodes, (node) => {
    const seen = [...labels].map((label) => node.labels[label] ?? null);
    const text = JSON.stringify([byName && node.node, node.unschedulable, node.taints, ...seen]);
    const known = ids.get(text);
    if (known !== undefined) return known;
    ids.set(text, examples.length);
    return examples.push(filterNode(node)) - 1;
  });
  return { nodeClass, examples };
}

function filterNode({ node, labels, taints, unschedulable }: RepackNode): FilterNode {
  return {
    name: node,
    labels: new Map(Object.entries(labels)),
    taints: taints.map(taintFrom),
    unschedulable,
  };
}

/** Back from `key=value:effect` or `key:effect`; neither a key nor an effect has a colon or an equals sign. */
export function taintFrom(text: string): Taint {
  const colon = text.lastIndexOf(':');
  const [rest, effect] = [text.slice(0, colon), text.slice(colon + 1)];
  const equals = rest.indexOf('=');
  if (equals < 0) return { key: rest, value: '', effect };
  return { key: rest.slice(0, equals), value: rest.slice(equals + 1), effect };
}
