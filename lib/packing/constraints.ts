/** Scheduling constraints in one canonical form, so that equal ones are equal as text. Empty parts are left out. */
import {
  selectsPods,
  type Constraints,
  type LabelSelector,
  type NodeSelectorTerm,
  type PodAffinityTerm,
  type Requirement,
  type TopologySpread,
} from '../model/constraints.ts';
import type { HostPort, Pod } from '../model/pod.ts';
import type {
  CanonicalConstraints,
  CanonicalRequirement,
  CanonicalSelector,
  CanonicalTerm,
} from '../model/snapshot.ts';
import { hostPortsOf, matchesLabels } from '../scheduler/fit.ts';
import { sharing, type Shared } from './sharing.ts';

/**
 * Canonical constraints, each distinct one kept once. Most pods are of the very objects that another was of, and then
 * nothing is built anew; not where constraints look at the pod's own labels or open ports.
 */
export function createCanonicaliser(): (pod: Pod, daemonSet: boolean) => Shared<CanonicalConstraints> {
  const share = sharing<CanonicalConstraints>(JSON.stringify);
  const byTolerations = new WeakMap<object, Known[]>();
  return (pod, daemonSet) => {
    const { constraints } = pod;
    if (daemonSet || selectsPods(constraints) || hostPortsOf(pod).length > 0)
      return share(canonicalConstraints(pod, daemonSet));
    const { nodeSelector, nodeAffinity, tolerations } = constraints;
    const candidates = byTolerations.get(tolerations) ?? [];
    const known = candidates.find(
      (other) => other.nodeSelector === nodeSelector && other.nodeAffinity === nodeAffinity,
    );
    if (known !== undefined) return known.shared;
    const shared = share(canonicalConstraints(pod, daemonSet));
    if (candidates.length >= maxCandidates) candidates.length = 0;
    candidates.push({ nodeSelector, nodeAffinity, shared });
    byTolerations.set(tolerations, candidates);
    return shared;
  };
}

interface Known extends Pick<Constraints, 'nodeSelector' | 'nodeAffinity'> {
  readonly shared: Shared<CanonicalConstraints>;
}

const maxCandidates = 50;

export function canonicalConstraints(pod: Pod, daemonSet: boolean): CanonicalConstraints {
  const { constraints } = pod;
  const nodeAffinity = daemonSet ? withoutNodeName(constraints.nodeAffinity) : constraints.nodeAffinity;
  const hostPorts = hostPortsOf(pod);
  return {
    ...(constraints.nodeSelector.size > 0 && { nodeSelector: sortedRecord(constraints.nodeSelector) }),
    ...(nodeAffinity !== null && { nodeAffinity: sorted(nodeAffinity.map(termOf)) }),
    ...(constraints.tolerations.length > 0 && {
      tolerations: sorted(constraints.tolerations.map(tolerationOf)),
    }),
    ...(hostPorts.length > 0 && { hostPorts: sorted(hostPorts.map(hostPortOf)) }),
    ...(constraints.topologySpread.length > 0 && {
      topologySpread: sorted(
        constraints.topologySpread.map(
          ({ maxSkew, minDomains, topologyKey, selector, matchLabelKeys, ...policies }) => ({
            maxSkew,
            ...(minDomains !== null && { minDomains }),
            topologyKey,
            ...(selector !== null && { selector: selectorOf(selector) }),
            ...(matchLabelKeys.length > 0 && { matchLabelKeys: matchLabelKeys.toSorted() }),
            ...policiesOf(policies),
            self: selector !== null && selects(selector, pod.labels),
          }),
        ),
      ),
    }),
    ...(constraints.podAffinity.length > 0 && { podAffinity: affinityOf(constraints.podAffinity, pod) }),
    ...(constraints.podAntiAffinity.length > 0 && {
      podAntiAffinity: affinityOf(constraints.podAntiAffinity, pod),
    }),
  };
}

/** Which nodes count for a spread, where it is not the default. */
function policiesOf({
  nodeAffinityPolicy,
  nodeTaintsPolicy,
}: Pick<TopologySpread, 'nodeAffinityPolicy' | 'nodeTaintsPolicy'>): Partial<
  Pick<TopologySpread, 'nodeAffinityPolicy' | 'nodeTaintsPolicy'>
> {
  return {
    ...(nodeAffinityPolicy === 'Ignore' && { nodeAffinityPolicy }),
    ...(nodeTaintsPolicy === 'Honor' && { nodeTaintsPolicy }),
  };
}

/** Back from the canonical form: what the filters on nodes read. */
export function filterConstraints({
  nodeSelector = {},
  nodeAffinity,
  tolerations = [],
}: CanonicalConstraints): Pick<Constraints, 'nodeSelector' | 'nodeAffinity' | 'tolerations'> {
  const requirementFrom = ({ key, operator, values = [] }: CanonicalRequirement): Requirement => ({
    key,
    operator,
    values,
  });
  return {
    nodeSelector: new Map(Object.entries(nodeSelector)),
    nodeAffinity:
      nodeAffinity?.map(({ labels = [], fields = [] }) => ({
        matchExpressions: labels.map(requirementFrom),
        matchFields: fields.map(requirementFrom),
      })) ?? null,
    tolerations: tolerations.map(({ key = '', operator, value = '', effect = '' }) => ({
      key,
      operator,
      value,
      effect,
    })),
  };
}

/**
 * The DaemonSet controller pins each pod to its node by a field of the affinity; that is its placement,
 * not a constraint of the workload.
 */
function withoutNodeName(terms: Constraints['nodeAffinity']): Constraints['nodeAffinity'] {
  const rest = (terms ?? [])
    .map((term) => ({ ...term, matchFields: [] }))
    .filter((term) => term.matchExpressions.length > 0);
  return rest.length > 0 ? rest : null;
}

function termOf({ matchExpressions, matchFields }: NodeSelectorTerm): CanonicalTerm {
  return {
    ...(matchExpressions.length > 0 && { labels: sorted(matchExpressions.map(requirementOf)) }),
    ...(matchFields.length > 0 && { fields: sorted(matchFields.map(requirementOf)) }),
  };
}

function requirementOf({ key, operator, values }: Requirement): CanonicalRequirement {
  return { key, operator, ...(values.length > 0 && { values: values.toSorted() }) };
}

function tolerationOf({ key, operator, value, effect }: Constraints['tolerations'][number]): {
  key?: string;
  operator: string;
  value?: string;
  effect?: string;
} {
  return {
    ...(key !== '' && { key }),
    operator: operator === '' ? 'Equal' : operator,
    ...(value !== '' && { value }),
    ...(effect !== '' && { effect }),
  };
}

function hostPortOf({ ip, protocol, port }: HostPort): { ip?: string; protocol: string; port: number } {
  return { ...(ip !== '' && ip !== '0.0.0.0' && { ip }), protocol, port };
}

function affinityOf(
  terms: readonly PodAffinityTerm[],
  pod: Pod,
): NonNullable<CanonicalConstraints['podAntiAffinity']> {
  return sorted(
    terms.map(({ topologyKey, selector, namespaces, namespaceSelector }) => ({
      topologyKey,
      ...(selector !== null && { selector: selectorOf(selector) }),
      ...(namespaces.length > 0 && { namespaces: namespaces.toSorted() }),
      ...(namespaceSelector !== null && { namespaceSelector: selectorOf(namespaceSelector) }),
      self:
        selector !== null &&
        reachesOwnNamespace(namespaces, namespaceSelector, pod) &&
        selects(selector, pod.labels),
    })),
  );
}

/** Without namespaces and selector a term looks at the pod's own; an empty selector means all of them. */
function reachesOwnNamespace(
  namespaces: readonly string[],
  selector: LabelSelector | null,
  pod: Pod,
): boolean {
  if (namespaces.includes(pod.namespace)) return true;
  if (selector === null) return namespaces.length === 0;
  return selector.matchLabels.size === 0 && selector.matchExpressions.length === 0;
}

function selectorOf({ matchLabels, matchExpressions }: LabelSelector): CanonicalSelector {
  return {
    ...(matchLabels.size > 0 && { labels: sortedRecord(matchLabels) }),
    ...(matchExpressions.length > 0 && { expressions: sorted(matchExpressions.map(requirementOf)) }),
  };
}

/** metav1.LabelSelector: all labels and all expressions must hold; an empty selector selects everything. */
export function selects(
  { matchLabels, matchExpressions }: LabelSelector,
  labels: ReadonlyMap<string, string>,
): boolean {
  return (
    matchLabels.entries().every(([key, value]) => labels.get(key) === value) &&
    matchExpressions.every((requirement) => matchesLabels(requirement, labels))
  );
}

function sorted<T>(items: readonly T[]): T[] {
  return items
    .map((item) => ({ item, text: JSON.stringify(item) }))
    .sort((a, b) => (a.text < b.text ? -1 : 1))
    .map(({ item }) => item);
}

function sortedRecord(map: ReadonlyMap<string, string>): Record<string, string> {
  return Object.fromEntries([...map].sort(([a], [b]) => (a < b ? -1 : 1)));
}
