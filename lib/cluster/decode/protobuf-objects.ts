/**
 * Nodes and pods in protobuf -> our model: the few fields that we read, by their numbers in
 * k8s.io/api/core/v1/generated.proto and k8s.io/apimachinery's meta/v1. All others are skipped.
 */
import type {
  Constraints,
  LabelSelector,
  NodeSelectorTerm,
  PodAffinityTerm,
  Requirement,
  Toleration,
  TopologySpread,
} from '../../model/constraints.ts';
import type { Condition, Node, Taint } from '../../model/node.ts';
import type { Container, ContainerStatus, Controller, HostPort, Pod } from '../../model/pod.ts';
import type { Amount } from '../../model/quantity.ts';
import { noResources, type ResourceList } from '../../model/resources.ts';
import type { QuantityReader } from './quantities.ts';
import {
  bytesField,
  fields,
  messageField,
  readMessage,
  textField,
  varintField,
  type Fields,
  type WireReader,
} from './wire.ts';

/** Mutable while it is read, with what a half-read object needs to know. */
type Draft<T> = { -readonly [K in keyof T]: T[K] };
type Texts = Map<string, string>;

export interface ObjectDecoders {
  readonly pod: (reader: WireReader, end: number) => Pod;
  readonly node: (reader: WireReader, end: number) => Node;
}

export function createObjectDecoders(quantities: QuantityReader): ObjectDecoders {
  const podFields = createPodFields(quantities);
  const nodeFields = createNodeFields(quantities);
  return {
    pod(reader, end) {
      const { pod, resizePending } = readMessage(reader, end, podFields, {
        pod: emptyPod(),
        resizePending: null,
      });
      pod.resizeInfeasible = resizePending === 'Infeasible';
      pod.problems = quantities.takeProblems();
      return pod;
    },
    node(reader, end) {
      const node = readMessage(reader, end, nodeFields, emptyNode());
      node.problems = quantities.takeProblems();
      return node;
    },
  };
}

// -- maps -----------------------------------------------------------------------------------------

interface Entry {
  key: string;
  value: string;
}

const textEntryFields: Fields<Entry> = fields({
  1: textField((entry, text) => (entry.key = text)),
  2: textField((entry, text) => (entry.value = text)),
});

const entryKeyFields: Fields<Pick<Entry, 'key'>> = fields({
  1: textField((entry, text) => (entry.key = text)),
});

/** A map's value that is a Quantity, whose only field is its text. */
const quantityEntryFields: Fields<Entry> = fields({
  1: textField((entry, text) => (entry.key = text)),
  2: messageField(fields<Entry>({ 1: textField((entry, text) => (entry.value = text)) }), (entry) => entry),
});

function readEntry(reader: WireReader, end: number, table: Fields<Entry>): Entry {
  return readMessage(reader, end, table, { key: '', value: '' });
}

function readTextEntry(into: Texts, reader: WireReader, end: number): void {
  const { key, value } = readEntry(reader, end, textEntryFields);
  into.set(key, value);
}

function withQuantity(
  list: ResourceList | null,
  reader: WireReader,
  end: number,
  quantities: QuantityReader,
): ResourceList {
  const into = (list ?? new Map()) as Map<string, Amount>;
  const { key, value } = readEntry(reader, end, quantityEntryFields);
  const amount = quantities.read(key, value);
  if (amount !== null) into.set(key, amount);
  return into;
}

// -- constraints ----------------------------------------------------------------------------------

const requirementFields: Fields<Draft<Requirement> & { values: string[] }> = fields({
  1: textField((requirement, text) => (requirement.key = text)),
  2: textField((requirement, text) => (requirement.operator = text)),
  3: textField((requirement, text) => requirement.values.push(text)),
});

function pushRequirement(into: Requirement[]): { key: string; operator: string; values: string[] } {
  return pushed(into, { key: '', operator: '', values: [] });
}

function pushed<T, D extends T>(into: T[], draft: D): D {
  into.push(draft);
  return draft;
}

interface TermDraft {
  matchExpressions: Requirement[];
  matchFields: Requirement[];
}

const termFields: Fields<TermDraft> = fields({
  1: messageField(requirementFields, (term) => pushRequirement(term.matchExpressions)),
  2: messageField(requirementFields, (term) => pushRequirement(term.matchFields)),
});

interface SelectorDraft {
  matchLabels: Texts;
  matchExpressions: Requirement[];
}

const labelSelectorFields: Fields<SelectorDraft> = fields({
  1: bytesField((selector, reader, end) => readTextEntry(selector.matchLabels, reader, end)),
  2: messageField(requirementFields, (selector) => pushRequirement(selector.matchExpressions)),
});

function newSelector(): SelectorDraft & LabelSelector {
  return { matchLabels: new Map(), matchExpressions: [] };
}

const podAffinityTermFields: Fields<Draft<PodAffinityTerm> & { namespaces: string[] }> = fields({
  1: messageField(labelSelectorFields, (term) => (term.selector = newSelector())),
  2: textField((term, text) => term.namespaces.push(text)),
  3: textField((term, text) => (term.topologyKey = text)),
  4: messageField(labelSelectorFields, (term) => (term.namespaceSelector = newSelector())),
});

/** podAffinity and podAntiAffinity: field 1 is what is required, field 2 only preferred. */
const requiredTermsFields: Fields<PodAffinityTerm[]> = fields({
  1: messageField(podAffinityTermFields, (terms) =>
    pushed(terms, { topologyKey: '', selector: null, namespaces: [] as string[], namespaceSelector: null }),
  ),
});

interface ConstraintsDraft extends Draft<Constraints> {
  nodeSelector: Texts;
  nodeAffinity: NodeSelectorTerm[] | null;
  tolerations: Toleration[];
  topologySpread: TopologySpread[];
  podAffinity: PodAffinityTerm[];
  podAntiAffinity: PodAffinityTerm[];
}

const nodeSelectorFields: Fields<NodeSelectorTerm[]> = fields({
  1: messageField(termFields, (terms) => pushed(terms, { matchExpressions: [], matchFields: [] })),
});

const affinityFields: Fields<ConstraintsDraft> = fields({
  1: messageField(
    fields<ConstraintsDraft>({
      1: messageField(nodeSelectorFields, (constraints) => (constraints.nodeAffinity ??= [])),
    }),
    (constraints) => constraints,
  ),
  2: messageField(requiredTermsFields, (constraints) => constraints.podAffinity),
  3: messageField(requiredTermsFields, (constraints) => constraints.podAntiAffinity),
});

const tolerationFields: Fields<Draft<Toleration>> = fields({
  1: textField((toleration, text) => (toleration.key = text)),
  2: textField((toleration, text) => (toleration.operator = text)),
  3: textField((toleration, text) => (toleration.value = text)),
  4: textField((toleration, text) => (toleration.effect = text)),
});

const topologySpreadFields: Fields<
  Draft<TopologySpread> & { matchLabelKeys: string[]; whenUnsatisfiable: string }
> = fields({
  1: varintField((spread, number) => (spread.maxSkew = number)),
  2: textField((spread, text) => (spread.topologyKey = text)),
  3: textField((spread, text) => (spread.whenUnsatisfiable = text)),
  4: messageField(labelSelectorFields, (spread) => (spread.selector = newSelector())),
  5: varintField((spread, number) => (spread.minDomains = number)),
  8: textField((spread, text) => spread.matchLabelKeys.push(text)),
});

function readTopologySpread(into: TopologySpread[], reader: WireReader, end: number): void {
  const { whenUnsatisfiable, ...spread } = readMessage(reader, end, topologySpreadFields, {
    maxSkew: 0,
    minDomains: null,
    topologyKey: '',
    selector: null,
    matchLabelKeys: [],
    whenUnsatisfiable: '',
  });
  if (whenUnsatisfiable === 'DoNotSchedule') into.push(spread);
}

// -- pods -----------------------------------------------------------------------------------------

interface PodDraft extends Draft<Pod> {
  labels: Texts;
  containers: Container[];
  initContainers: Container[];
  constraints: ConstraintsDraft;
  containerStatuses: ContainerStatus[];
  initContainerStatuses: ContainerStatus[];
}

/** The pod, and what is known of it only while it is read. */
interface PodReading {
  readonly pod: PodDraft;
  /** The reason of the first PodResizePending condition. */
  resizePending: string | null;
}

function emptyPod(): PodDraft {
  return {
    namespace: '',
    name: '',
    uid: '',
    labels: new Map(),
    controller: null,
    mirror: false,
    terminating: false,
    nodeName: null,
    nominatedNodeName: null,
    gated: false,
    priority: 0,
    phase: '',
    containers: [],
    initContainers: [],
    podLevelRequests: null,
    overhead: null,
    constraints: {
      nodeSelector: new Map(),
      nodeAffinity: null,
      tolerations: [],
      topologySpread: [],
      podAffinity: [],
      podAntiAffinity: [],
    },
    containerStatuses: [],
    initContainerStatuses: [],
    resizeInfeasible: false,
    actual: null,
    allocated: null,
    problems: [],
  };
}

const ownerFields: Fields<Draft<Controller> & { controller: boolean }> = fields({
  1: textField((owner, text) => (owner.kind = text)),
  3: textField((owner, text) => (owner.name = text)),
  6: varintField((owner, number) => (owner.controller = number !== 0)),
});

function readOwner(pod: PodDraft, reader: WireReader, end: number): void {
  const { controller, kind, name } = readMessage(reader, end, ownerFields, {
    kind: '',
    name: '',
    controller: false,
  });
  if (controller) pod.controller ??= { kind, name };
}

const podMetadataFields: Fields<PodDraft> = fields({
  1: textField((pod, text) => (pod.name = text)),
  3: textField((pod, text) => (pod.namespace = text)),
  5: textField((pod, text) => (pod.uid = text)),
  9: bytesField((pod) => (pod.terminating = true)),
  11: bytesField((pod, reader, end) => readTextEntry(pod.labels, reader, end)),
  12: bytesField((pod, reader, end) => {
    if (readMessage(reader, end, entryKeyFields, { key: '' }).key === mirrorAnnotation) pod.mirror = true;
  }),
  13: bytesField(readOwner),
});

const mirrorAnnotation = 'kubernetes.io/config.mirror';

const hostPortFields: Fields<Draft<HostPort>> = fields({
  2: varintField((port, number) => (port.port = number)),
  4: textField((port, text) => (port.protocol = text)),
  5: textField((port, text) => (port.ip = text)),
});

function readHostPort(into: HostPort[], reader: WireReader, end: number): void {
  const port = readMessage(reader, end, hostPortFields, { ip: '', protocol: '', port: 0 });
  if (port.port > 0) into.push({ ...port, protocol: port.protocol || 'TCP' });
}

interface ContainerDraft extends Draft<Container> {
  hostPorts: HostPort[];
}

function createPodFields(quantities: QuantityReader): Fields<PodReading> {
  /** ResourceRequirements: 1 limits, 2 requests. */
  const requirementsFields: Fields<{ requests: ResourceList | null }> = fields({
    2: bytesField((target, reader, end) => {
      target.requests = withQuantity(target.requests, reader, end, quantities);
    }),
  });
  const readRequests = (reader: WireReader, end: number): { requests: ResourceList | null } =>
    readMessage(reader, end, requirementsFields, { requests: null });

  const containerFields: Fields<ContainerDraft> = fields({
    1: textField((container, text) => (container.name = text)),
    6: bytesField((container, reader, end) => readHostPort(container.hostPorts, reader, end)),
    8: bytesField((container, reader, end) => (container.requests = readRequests(reader, end).requests)),
    24: textField((container, text) => (container.restartPolicy = text)),
  });
  const containerStatusFields: Fields<Draft<ContainerStatus>> = fields({
    1: textField((status, text) => (status.name = text)),
    10: bytesField((status, reader, end) => {
      status.allocated = withQuantity(status.allocated, reader, end, quantities);
    }),
    11: bytesField((status, reader, end) => (status.actual = readRequests(reader, end))),
  });
  const newContainer = (init: boolean): ContainerDraft => ({
    init,
    name: '',
    restartPolicy: '',
    requests: null,
    hostPorts: [],
  });
  const newStatus = (): ContainerStatus => ({ name: '', actual: null, allocated: null });

  const specFields: Fields<PodDraft> = fields({
    2: messageField(containerFields, (pod) => pushed(pod.containers, newContainer(false))),
    7: bytesField((pod, reader, end) => readTextEntry(pod.constraints.nodeSelector, reader, end)),
    10: textField((pod, text) => (pod.nodeName = text || null)),
    18: messageField(affinityFields, (pod) => pod.constraints),
    20: messageField(containerFields, (pod) => pushed(pod.initContainers, newContainer(true))),
    22: messageField(tolerationFields, (pod) =>
      pushed(pod.constraints.tolerations, { key: '', operator: '', value: '', effect: '' }),
    ),
    25: varintField((pod, number) => (pod.priority = number)),
    32: bytesField(
      (pod, reader, end) => (pod.overhead = withQuantity(pod.overhead, reader, end, quantities)),
    ),
    33: bytesField((pod, reader, end) => readTopologySpread(pod.constraints.topologySpread, reader, end)),
    38: bytesField((pod) => (pod.gated = true)),
    40: bytesField((pod, reader, end) => (pod.podLevelRequests = readRequests(reader, end).requests)),
  });
  const statusFields: Fields<PodReading> = fields({
    1: textField(({ pod }, text) => (pod.phase = text)),
    2: bytesField(readPodCondition),
    8: messageField(containerStatusFields, ({ pod }) => pushed(pod.containerStatuses, newStatus())),
    10: messageField(containerStatusFields, ({ pod }) => pushed(pod.initContainerStatuses, newStatus())),
    11: textField(({ pod }, text) => (pod.nominatedNodeName = text || null)),
    19: bytesField(
      ({ pod }, reader, end) => (pod.allocated = withQuantity(pod.allocated, reader, end, quantities)),
    ),
    20: bytesField(({ pod }, reader, end) => (pod.actual = readRequests(reader, end))),
  });
  return fields({
    1: messageField(podMetadataFields, ({ pod }) => pod),
    2: messageField(specFields, ({ pod }) => pod),
    3: messageField(statusFields, (reading) => reading),
  });
}

const podConditionFields: Fields<{ type: string; reason: string }> = fields({
  1: textField((condition, text) => (condition.type = text)),
  5: textField((condition, text) => (condition.reason = text)),
});

function readPodCondition(reading: PodReading, reader: WireReader, end: number): void {
  const { type, reason } = readMessage(reader, end, podConditionFields, { type: '', reason: '' });
  if (type === 'PodResizePending') reading.resizePending ??= reason;
}

// -- nodes ----------------------------------------------------------------------------------------

interface NodeDraft extends Draft<Node> {
  labels: Texts;
  taints: Taint[];
  conditions: Condition[];
}

function emptyNode(): NodeDraft {
  return {
    name: '',
    labels: new Map(),
    createdAt: null,
    unschedulable: false,
    taints: [],
    capacity: noResources,
    allocatable: noResources,
    conditions: [],
    architecture: '',
    operatingSystem: '',
    problems: [],
  };
}

const secondsFields: Fields<{ seconds: number }> = fields({
  1: varintField((time, number) => (time.seconds = number)),
});

function readTime(reader: WireReader, end: number): string | null {
  const { seconds } = readMessage(reader, end, secondsFields, { seconds: 0 });
  // a zero metav1.Time is an empty message; the other bound is what a Date can hold
  return seconds === 0 || Math.abs(seconds) > 8.64e12
    ? null
    : new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');
}

const taintFields: Fields<Draft<Taint>> = fields({
  1: textField((taint, text) => (taint.key = text)),
  2: textField((taint, text) => (taint.value = text)),
  3: textField((taint, text) => (taint.effect = text)),
});

const nodeConditionFields: Fields<Draft<Condition>> = fields({
  1: textField((condition, text) => (condition.type = text)),
  2: textField((condition, text) => (condition.status = text)),
});

function createNodeFields(quantities: QuantityReader): Fields<NodeDraft> {
  const quantity = (list: ResourceList, reader: WireReader, end: number): ResourceList =>
    withQuantity(list === noResources ? null : list, reader, end, quantities);
  return fields({
    1: messageField(
      fields<NodeDraft>({
        1: textField((node, text) => (node.name = text)),
        8: bytesField((node, reader, end) => (node.createdAt = readTime(reader, end))),
        11: bytesField((node, reader, end) => readTextEntry(node.labels, reader, end)),
      }),
      (node) => node,
    ),
    2: messageField(
      fields<NodeDraft>({
        4: varintField((node, number) => (node.unschedulable = number !== 0)),
        5: messageField(taintFields, (node) => pushed(node.taints, { key: '', value: '', effect: '' })),
      }),
      (node) => node,
    ),
    3: messageField(
      fields<NodeDraft>({
        1: bytesField((node, reader, end) => (node.capacity = quantity(node.capacity, reader, end))),
        2: bytesField((node, reader, end) => (node.allocatable = quantity(node.allocatable, reader, end))),
        4: messageField(nodeConditionFields, (node) => pushed(node.conditions, { type: '', status: '' })),
        7: messageField(
          fields<NodeDraft>({
            9: textField((node, text) => (node.operatingSystem = text)),
            10: textField((node, text) => (node.architecture = text)),
          }),
          (node) => node,
        ),
      }),
      (node) => node,
    ),
  });
}
