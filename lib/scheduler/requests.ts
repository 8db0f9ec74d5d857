/**
 * How much of a node a pod takes: resource.PodRequests of k8s.io/component-helpers, for every set of
 * options that a scheduler since 1.29 has used.
 */
import { addAmounts, maxAmount, type Amount } from '../model/quantity.ts';
import { isSidecar, type Container, type ContainerStatus, type Pod } from '../model/pod.ts';
import { noResources, toTotals, type ResourceList, type ResourceTotals } from '../model/resources.ts';
import type { Semantics } from './semantics.ts';

type MutableList = Map<string, Amount>;
type PerContainer = (container: Container, status: ContainerStatus | undefined) => ResourceList;

/** Per resource, in whole numbers: what kube-scheduler adds to the pod's node. */
export function podRequests(pod: Pod, semantics: Semantics): ResourceTotals {
  return toTotals(exactRequests(pod, semantics, noResources));
}

/** The scheduler's non-zero defaults, used for scoring only: 100 milli cpu and 200 MiB. */
const scoringDefaults: ResourceList = new Map<string, Amount>([
  ['cpu', 100],
  ['memory', 209_715_200_000],
]);

/** cpu and memory as the scheduler scores them: containers that name neither get a default. Never capacity. */
export function nonZeroRequests(pod: Pod, semantics: Semantics): { cpu: bigint; memory: bigint } {
  const defaults = new Map(scoringDefaults);
  if (hasPodLevelRequests(pod, semantics)) {
    for (const name of exactRequests(pod, semantics, noResources).keys()) defaults.delete(name);
  }
  const totals = toTotals(exactRequests(pod, semantics, defaults));
  return { cpu: totals.get('cpu') ?? 0n, memory: totals.get('memory') ?? 0n };
}

function exactRequests(pod: Pod, semantics: Semantics, defaults: ResourceList): ResourceList {
  const containers = containerRequests(pod, semantics, defaults);
  const requests = hasPodLevelRequests(pod, semantics)
    ? replaceByPodLevel(containers, pod, semantics)
    : containers;
  if (pod.overhead === null) return requests;
  const total = new Map(requests);
  addInto(total, pod.overhead);
  return total;
}

/** What the containers take together, init phase included, before pod level and overhead. */
function containerRequests(pod: Pod, semantics: Semantics, defaults: ResourceList): ResourceList {
  const withDefaults =
    (rule: PerContainer): PerContainer =>
    (container, status) =>
      defaults.size === 0 ? rule(container, status) : new Map([...defaults, ...rule(container, status)]);
  if (!semantics.useStatus) return aggregate(pod, withDefaults(specOf));
  return semantics.statusRule === 'perContainer'
    ? aggregate(pod, withDefaults(greatestPerContainer(pod.resizeInfeasible)))
    : maximumOfSums(pod, semantics, withDefaults);
}

/**
 * Running: all containers and sidecars. Starting: each plain init container beside the sidecars before
 * it. The pod takes the greater, resource by resource.
 */
function aggregate(pod: Pod, listOf: PerContainer): ResourceList {
  const { containers, initContainers } = pod;
  const only = containers[0];
  if (only !== undefined && containers.length === 1 && initContainers.length === 0) {
    return listOf(only, statusOf(pod.containerStatuses, only));
  }
  const running: MutableList = new Map();
  for (const container of containers)
    addInto(running, listOf(container, statusOf(pod.containerStatuses, container)));
  if (initContainers.length === 0) return running;

  const sidecars: MutableList = new Map();
  const peak: MutableList = new Map();
  for (const container of initContainers) {
    const list = listOf(container, statusOf(pod.initContainerStatuses, container));
    if (isSidecar(container)) {
      addInto(sidecars, list);
      raiseTo(peak, sidecars);
    } else {
      const starting = new Map(sidecars);
      addInto(starting, list);
      raiseTo(peak, starting);
    }
  }
  addInto(running, sidecars);
  raiseTo(running, peak);
  return running;
}

function statusOf(statuses: readonly ContainerStatus[], container: Container): ContainerStatus | undefined {
  return statuses.find((status) => status.name === container.name);
}

const specOf: PerContainer = (container) => container.requests ?? noResources;

/** 1.33 to 1.36: the greatest of spec, actual and allocated; an infeasible resize leaves the spec out. */
function greatestPerContainer(infeasible: boolean): PerContainer {
  return (container, status) => {
    const spec = container.requests ?? noResources;
    const plainInit = container.init && !isSidecar(container);
    if (plainInit || status === undefined || status.actual === null) return spec;
    const actual = status.actual.requests ?? noResources;
    const allocated = status.allocated ?? noResources;
    return infeasible ? greatest(actual, allocated) : greatest(spec, actual, allocated);
  };
}

/** 1.37: three sums over the whole pod, then the greatest of them, so that opposite resizes do not add up. */
function maximumOfSums(
  pod: Pod,
  semantics: Semantics,
  withDefaults: (rule: PerContainer) => PerContainer,
): ResourceList {
  const infeasible = pod.resizeInfeasible;
  const fallback: PerContainer = infeasible ? () => noResources : specOf;
  const allocatedOf: PerContainer = (container, status) => status?.allocated ?? fallback(container, status);
  const actualOf: PerContainer = (container, status) =>
    status?.actual?.requests ?? allocatedOf(container, status);

  const podLevel = semantics.podLevelStatus && pod.allocated !== null ? (pod.actual?.requests ?? null) : null;
  const allocated =
    podLevel !== null && pod.allocated !== null ? pod.allocated : aggregate(pod, withDefaults(allocatedOf));
  const actual = podLevel ?? aggregate(pod, withDefaults(actualOf));
  return infeasible
    ? greatest(actual, allocated)
    : greatest(aggregate(pod, withDefaults(specOf)), actual, allocated);
}

/** The names that spec.resources.requests may carry; others there are ignored. */
function isPodLevelName(name: string): boolean {
  return name === 'cpu' || name === 'memory' || name.startsWith('hugepages-');
}

function hasPodLevelRequests(pod: Pod, semantics: Semantics): boolean {
  if (!semantics.podLevel || pod.podLevelRequests === null) return false;
  return pod.podLevelRequests.keys().some(isPodLevelName);
}

function replaceByPodLevel(containers: ResourceList, pod: Pod, semantics: Semantics): ResourceList {
  const spec = pod.podLevelRequests ?? noResources;
  const total = new Map(containers);
  for (const [name, amount] of podLevelAmounts(spec, pod, semantics)) {
    if (isPodLevelName(name)) total.set(name, amount);
  }
  return total;
}

function podLevelAmounts(spec: ResourceList, pod: Pod, semantics: Semantics): ResourceList {
  if (!semantics.useStatus || !semantics.podLevelStatus || pod.actual === null) return spec;
  const status = greatest(pod.actual.requests ?? noResources, pod.allocated ?? noResources);
  const amounts = pod.resizeInfeasible ? status : greatest(spec, status);
  if (semantics.statusRule === 'maximumOfSums') return amounts;
  // until 1.36 only what the spec names is replaced, and a name the status lacks becomes 0
  return new Map(spec.keys().map((name) => [name, amounts.get(name) ?? 0] as const));
}

function greatest(first: ResourceList, ...others: readonly ResourceList[]): ResourceList {
  if (others.every((other) => other === first)) return first;
  const result = new Map(first);
  for (const other of others) raiseTo(result, other);
  return result;
}

function addInto(into: MutableList, list: ResourceList): void {
  for (const [name, amount] of list) {
    const before = into.get(name);
    into.set(name, before === undefined ? amount : addAmounts(before, amount));
  }
}

function raiseTo(into: MutableList, list: ResourceList): void {
  for (const [name, amount] of list) {
    const before = into.get(name);
    into.set(name, before === undefined ? amount : maxAmount(before, amount));
  }
}
