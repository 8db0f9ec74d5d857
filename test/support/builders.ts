/** Nodes and pods of the model that say only what a test is about; all else is absent. */
import type { Constraints } from '../../lib/model/constraints.ts';
import type { Node } from '../../lib/model/node.ts';
import type { Container, ContainerStatus, Pod } from '../../lib/model/pod.ts';
import { parseQuantity } from '../../lib/model/quantity.ts';
import type { ResourceList } from '../../lib/model/resources.ts';

/** `{ cpu: '250m', memory: '1Gi' }` */
export type Amounts = Readonly<Record<string, string>>;

/** A `resources` object of a status: what it requests, or an object without `requests`. */
type Actual = Amounts | 'no requests';

export interface ContainerAbout extends Partial<Pick<Container, 'name' | 'restartPolicy' | 'hostPorts'>> {
  readonly requests?: Amounts;
  /** What the kubelet says of the container; without it, the pod has no status of this name. */
  readonly status?: { readonly actual?: Actual; readonly allocated?: Amounts };
}

type AsText =
  | 'labels'
  | 'containers'
  | 'initContainers'
  | 'podLevelRequests'
  | 'overhead'
  | 'constraints'
  | 'actual'
  | 'allocated';

export interface PodAbout extends Partial<Omit<Pod, AsText>> {
  readonly labels?: Readonly<Record<string, string>>;
  /** Short for one container. */
  readonly requests?: Amounts;
  /** Named c0, c1, ... where they have no name. */
  readonly containers?: readonly ContainerAbout[];
  /** Named i0, i1, ... where they have no name. */
  readonly initContainers?: readonly ContainerAbout[];
  readonly podLevelRequests?: Amounts;
  readonly overhead?: Amounts;
  readonly constraints?: Partial<Constraints>;
  readonly actual?: Actual;
  readonly allocated?: Amounts;
}

export interface NodeAbout extends Partial<Omit<Node, 'labels' | 'capacity' | 'allocatable'>> {
  readonly labels?: Readonly<Record<string, string>>;
  readonly allocatable?: Amounts;
  /** As allocatable where it is not given. */
  readonly capacity?: Amounts;
}

export function resources(amounts: Amounts): ResourceList {
  return new Map(Object.entries(amounts).map(([name, text]) => [name, parseQuantity(text).amount] as const));
}

export function constraints(about: Partial<Constraints> = {}): Constraints {
  return {
    nodeSelector: new Map(),
    nodeAffinity: null,
    tolerations: [],
    topologySpread: [],
    podAffinity: [],
    podAntiAffinity: [],
    ...about,
  };
}

export function container(about: ContainerAbout = {}, init = false): Container {
  const { name = init ? 'i0' : 'c0', restartPolicy = '', hostPorts = [], requests } = about;
  return { init, name, restartPolicy, hostPorts, requests: listOf(requests) };
}

export function pod(about: PodAbout = {}): Pod {
  const {
    requests,
    labels = {},
    containers,
    initContainers = [],
    podLevelRequests,
    overhead,
    actual,
    allocated,
    ...rest
  } = about;
  const running = named('c', containers ?? [requests === undefined ? {} : { requests }]);
  const starting = named('i', initContainers);
  return {
    namespace: 'default',
    name: 'web',
    uid: '',
    controller: null,
    mirror: false,
    terminating: false,
    pins: [],
    nodeName: null,
    nominatedNodeName: null,
    gated: false,
    priority: 0,
    phase: 'Running',
    resizeInfeasible: false,
    problems: [],
    containerStatuses: running.flatMap(statusOf),
    initContainerStatuses: starting.flatMap(statusOf),
    ...rest,
    templateHash: labels['pod-template-hash'] ?? null,
    labels: new Map(Object.entries(labels)),
    containers: running.map((one) => container(one)),
    initContainers: starting.map((one) => container(one, true)),
    podLevelRequests: listOf(podLevelRequests),
    overhead: listOf(overhead),
    constraints: constraints(about.constraints),
    actual: actualOf(actual),
    allocated: listOf(allocated),
  };
}

export function node(about: NodeAbout = {}): Node {
  const { labels = {}, allocatable = {}, capacity = allocatable, ...rest } = about;
  return {
    name: 'node-1',
    createdAt: null,
    unschedulable: false,
    taints: [],
    conditions: [],
    architecture: '',
    operatingSystem: '',
    problems: [],
    ...rest,
    labels: new Map(Object.entries(labels)),
    allocatable: resources(allocatable),
    capacity: resources(capacity),
  };
}

function named(
  prefix: string,
  containers: readonly ContainerAbout[],
): readonly (ContainerAbout & { name: string })[] {
  return containers.map((about, index) => ({ ...about, name: about.name ?? `${prefix}${index}` }));
}

function statusOf({ name, status }: ContainerAbout & { name: string }): ContainerStatus[] {
  if (status === undefined) return [];
  return [{ name, actual: actualOf(status.actual), allocated: listOf(status.allocated) }];
}

function listOf(amounts: Amounts | undefined): ResourceList | null {
  return amounts === undefined ? null : resources(amounts);
}

function actualOf(actual: Actual | undefined): Pod['actual'] {
  if (actual === undefined) return null;
  return { requests: actual === 'no requests' ? null : resources(actual) };
}
