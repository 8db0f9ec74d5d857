/**
 * Would the scheduler place this pod on this node? The default filters that look at the node alone:
 * NodeUnschedulable, NodeName, TaintToleration, NodeAffinity, NodePorts and NodeResourcesFit.
 */
import type { Constraints, NodeSelectorTerm, Requirement, Toleration } from '../model/constraints.ts';
import type { Node, Taint } from '../model/node.ts';
import { isSidecar, type HostPort, type Pod } from '../model/pod.ts';
import { isAccounted, type ResourceTotals } from '../model/resources.ts';
import { isLabelValue } from '../model/selector.ts';

/** What a node has and what its counted pods take, in whole numbers. */
export interface NodeUsage {
  readonly allocatable: ResourceTotals;
  readonly requested: ResourceTotals;
  readonly podCount: number;
}

export interface Shortage {
  readonly resource: string;
  readonly requested: bigint;
  readonly used: bigint;
  readonly capacity: bigint;
  /** More than the whole node, so preemption cannot help; never said of `pods`. */
  readonly unresolvable: boolean;
}

/**
 * The rule of NodeResourcesFit for one resource: what nothing is asked of is not looked at, even where more is taken than
 * there is. For whole numbers of either kind.
 */
export function lacks(requested: bigint, free: bigint): boolean;
export function lacks(requested: number, free: number): boolean;
export function lacks(requested: bigint | number, free: bigint | number): boolean {
  return requested > 0 && requested > free;
}

/** Every resource that does not suffice, by name; none: it fits. Exactly equal fits. */
export function shortages(requests: ResourceTotals, node: NodeUsage): readonly Shortage[] {
  const found: Shortage[] = [];
  const allowedPods = node.allocatable.get('pods') ?? 0n;
  if (BigInt(node.podCount) + 1n > allowedPods) {
    const used = BigInt(node.podCount);
    found.push({ resource: 'pods', requested: 1n, used, capacity: allowedPods, unresolvable: false });
  }
  for (const [resource, requested] of requests) {
    if (!isAccounted(resource)) continue;
    const used = node.requested.get(resource) ?? 0n;
    const capacity = node.allocatable.get(resource) ?? 0n;
    if (lacks(requested, capacity - used)) {
      found.push({ resource, requested, used, capacity, unresolvable: requested > capacity });
    }
  }
  return found.sort((a, b) => (a.resource < b.resource ? -1 : 1));
}

const unschedulableTaint: Taint = {
  key: 'node.kubernetes.io/unschedulable',
  value: '',
  effect: 'NoSchedule',
};

export function toleratesCordon(
  tolerations: readonly Toleration[],
  node: Pick<Node, 'unschedulable'>,
): boolean {
  return !node.unschedulable || tolerations.some((toleration) => tolerates(toleration, unschedulableTaint));
}

/** The first taint that keeps the pod away, null where none does. PreferNoSchedule only scores. */
export function blockingTaint(tolerations: readonly Toleration[], node: Pick<Node, 'taints'>): Taint | null {
  const blocks = (taint: Taint): boolean =>
    (taint.effect === 'NoSchedule' || taint.effect === 'NoExecute') &&
    !tolerations.some((toleration) => tolerates(toleration, taint));
  return node.taints.find(blocks) ?? null;
}

function tolerates(toleration: Toleration, taint: Taint): boolean {
  if (toleration.effect !== '' && toleration.effect !== taint.effect) return false;
  if (toleration.key !== '' && toleration.key !== taint.key) return false;
  switch (toleration.operator) {
    case 'Exists':
      return true;
    case '':
    case 'Equal':
      return toleration.value === taint.value;
    default:
      return false; // Lt and Gt: TaintTolerationComparisonOperators is off by default, 1.35 to 1.37
  }
}

export function matchesNodeAffinity(
  pod: { readonly constraints: Pick<Constraints, 'nodeSelector' | 'nodeAffinity'> },
  node: Pick<Node, 'name' | 'labels'>,
): boolean {
  const { nodeSelector, nodeAffinity } = pod.constraints;
  if (!nodeSelector.entries().every(([key, value]) => node.labels.get(key) === value)) return false;
  return nodeAffinity === null || nodeAffinity.some((term) => matchesTerm(term, node));
}

function matchesTerm(term: NodeSelectorTerm, node: Pick<Node, 'name' | 'labels'>): boolean {
  if (term.matchExpressions.length === 0 && term.matchFields.length === 0) return false;
  return (
    term.matchExpressions.every((requirement) => matchesLabels(requirement, node.labels)) &&
    term.matchFields.every((field) => matchesValue(field, field.key === 'metadata.name' ? node.name : ''))
  );
}

/** A requirement on labels. One whose values cannot be label values matches nothing, whatever its operator. */
export function matchesLabels(requirement: Requirement, labels: ReadonlyMap<string, string>): boolean {
  return requirement.values.every(isLabelValue) && matchesValue(requirement, labels.get(requirement.key));
}

function matchesValue({ operator, values }: Requirement, actual: string | undefined): boolean {
  switch (operator) {
    case 'In':
      return actual !== undefined && values.includes(actual);
    case 'NotIn':
      return actual === undefined || !values.includes(actual);
    case 'Exists':
      return actual !== undefined;
    case 'DoesNotExist':
      return actual === undefined;
    case 'Gt':
    case 'Lt': {
      const [value, bound] = [int64(actual), int64(values[0])];
      if (value === null || bound === null) return false;
      return operator === 'Gt' ? value > bound : value < bound;
    }
    default:
      return false;
  }
}

/** strconv.ParseInt; null where it fails. */
function int64(text: string | undefined): bigint | null {
  if (text === undefined || !/^[+-]?\d{1,30}$/.test(text)) return null;
  const value = BigInt(text.replace('+', ''));
  return BigInt.asIntN(64, value) === value ? value : null;
}

/** The ports a pod opens on its node: of containers and sidecars, not of plain init containers. */
export function hostPortsOf(pod: Pick<Pod, 'containers' | 'initContainers'>): readonly HostPort[] {
  return [...pod.containers, ...pod.initContainers.filter(isSidecar)].flatMap(
    (container) => container.hostPorts,
  );
}

export function portsConflict(wanted: readonly HostPort[], taken: readonly HostPort[]): boolean {
  return wanted.some((a) => taken.some((b) => samePort(a, b)));
}

function samePort(a: HostPort, b: HostPort): boolean {
  if (a.port !== b.port || a.protocol !== b.protocol) return false;
  return a.ip === b.ip || isAnyAddress(a.ip) || isAnyAddress(b.ip);
}

function isAnyAddress(ip: string): boolean {
  return ip === '' || ip === '0.0.0.0';
}
