/** A pod in protobuf -> our model, by the field numbers of k8s.io/api/core/v1/generated.proto and meta/v1. */
import { selectsPods } from '../../model/constraints.ts';
import type { Container, ContainerStatus, Controller, HostPort, Pod } from '../../model/pod.ts';
import type { ResourceList } from '../../model/resources.ts';
import { cached } from './byte-cache.ts';
import { constraintFields, noConstraints, type ConstraintsDraft } from './protobuf-constraints.ts';
import { joinedLists, readTextValue, resourceListReader, textMapReader } from './protobuf-maps.ts';
import type { QuantityReader } from './quantities.ts';
import {
  bytesField,
  fields,
  firstTextIs,
  messageField,
  pushed,
  readMessage,
  readText,
  runField,
  textField,
  varintField,
  type Fields,
  type WireReader,
} from './wire.ts';

type Draft<T> = { -readonly [K in keyof T]: T[K] };

interface PodDraft extends Draft<Pod> {
  containers: Draft<Container>[];
  initContainers: Draft<Container>[];
  constraints: ConstraintsDraft;
  containerStatuses: Draft<ContainerStatus>[];
  initContainerStatuses: Draft<ContainerStatus>[];
}

/** The pod, and what is known of it only while it is read. */
interface Reading {
  readonly pod: PodDraft;
  /** Where the labels stand in the bytes, of which few pods need all. */
  labelsStart: number;
  labelsEnd: number;
  /** The reason of the first PodResizePending condition. */
  resizePending: string | null;
}

const noTexts: ReadonlyMap<string, string> = new Map();
const noHostPorts: readonly HostPort[] = [];
const noProblems: readonly string[] = [];
const [templateHashKey, mirrorKey, resizePendingType] = [
  'pod-template-hash',
  'kubernetes.io/config.mirror',
  'PodResizePending',
].map((text) => Buffer.from(text)) as [Buffer, Buffer, Buffer];

export function createPodDecoder(quantities: QuantityReader): (reader: WireReader, end: number) => Pod {
  const table = podFields(quantities);
  const readLabels = textMapReader(11);
  return (reader, end) => {
    const reading = readMessage(reader, end, table, newReading());
    const { pod, resizePending, labelsStart, labelsEnd } = reading;
    pod.resizeInfeasible = resizePending === 'Infeasible';
    if (selectsPods(pod.constraints)) {
      pod.labels = readLabels({ ...reader, pos: labelsStart }, labelsEnd);
    }
    pod.problems = quantities.takeProblems();
    return pod;
  };
}

function newReading(): Reading {
  const pod: PodDraft = {
    namespace: '',
    name: '',
    uid: '',
    templateHash: null,
    labels: noTexts,
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
    constraints: noConstraints(),
    containerStatuses: [],
    initContainerStatuses: [],
    resizeInfeasible: false,
    actual: null,
    allocated: null,
    problems: noProblems,
  };
  return { pod, labelsStart: 0, labelsEnd: 0, resizePending: null };
}

function podFields(quantities: QuantityReader): Fields<Reading> {
  /** Names that many pods share. */
  const sharedText = cached(readText);
  const withoutProblems = (): boolean => !quantities.hasProblems();
  const readQuantities = (number: number): ((reader: WireReader, end: number) => ResourceList | null) =>
    cached<ResourceList | null>(resourceListReader(number, quantities), withoutProblems);

  /** ResourceRequirements: 1 limits, 2 requests. */
  const readRequests = resourceListReader(2, quantities);
  const readRequirements = cached(
    (reader: WireReader, end): { requests: ResourceList | null } => ({ requests: readRequests(reader, end) }),
    withoutProblems,
  );
  const readOverhead = readQuantities(32);
  const readPodAllocated = readQuantities(19);
  const readContainerAllocated = readQuantities(10);
  const readOwner = cached(readController);
  const readHostPorts = cached(hostPortsOf);

  const containerFields: Fields<Draft<Container>> = fields({
    1: bytesField((container, reader, end) => (container.name = sharedText(reader, end))),
    6: runField(
      (container, reader, end) =>
        (container.hostPorts = joinedLists(container.hostPorts, readHostPorts(reader, end))),
    ),
    8: bytesField((container, reader, end) => (container.requests = readRequirements(reader, end).requests)),
    24: bytesField((container, reader, end) => (container.restartPolicy = sharedText(reader, end))),
  });
  const containerStatusFields: Fields<Draft<ContainerStatus>> = fields({
    1: bytesField((status, reader, end) => (status.name = sharedText(reader, end))),
    10: runField(
      (status, reader, end) =>
        (status.allocated = joined(status.allocated, readContainerAllocated(reader, end))),
    ),
    11: bytesField((status, reader, end) => (status.actual = readRequirements(reader, end))),
  });
  const constraints = constraintFields();
  const specFields: Fields<PodDraft> = fields({
    2: messageField(containerFields, (pod) => pushed(pod.containers, newContainer(false))),
    10: bytesField((pod, reader, end) => (pod.nodeName = sharedText(reader, end) || null)),
    20: messageField(containerFields, (pod) => pushed(pod.initContainers, newContainer(true))),
    25: varintField((pod, number) => (pod.priority = number)),
    32: runField((pod, reader, end) => (pod.overhead = joined(pod.overhead, readOverhead(reader, end)))),
    38: bytesField((pod) => (pod.gated = true)),
    40: bytesField((pod, reader, end) => (pod.podLevelRequests = readRequirements(reader, end).requests)),
    ...Object.fromEntries(
      Object.entries(constraints).map(([number, field]) => [
        number,
        {
          ...field,
          read: (pod: PodDraft, reader: WireReader, end: number) =>
            field.read(pod.constraints, reader, end, 0),
        },
      ]),
    ),
  });
  const statusFields: Fields<Reading> = fields({
    1: bytesField(({ pod }, reader, end) => (pod.phase = sharedText(reader, end))),
    2: bytesField(readPodCondition),
    8: messageField(containerStatusFields, ({ pod }) => pushed(pod.containerStatuses, newStatus())),
    10: messageField(containerStatusFields, ({ pod }) => pushed(pod.initContainerStatuses, newStatus())),
    11: textField(({ pod }, text) => (pod.nominatedNodeName = text || null)),
    19: runField(
      ({ pod }, reader, end) => (pod.allocated = joined(pod.allocated, readPodAllocated(reader, end))),
    ),
    20: bytesField(({ pod }, reader, end) => (pod.actual = readRequirements(reader, end))),
  });
  const metadataFields: Fields<Reading> = fields({
    1: textField(({ pod }, text) => (pod.name = text)),
    3: bytesField(({ pod }, reader, end) => (pod.namespace = sharedText(reader, end))),
    5: textField(({ pod }, text) => (pod.uid = text)),
    9: bytesField(({ pod }) => (pod.terminating = true)),
    11: runField((reading, reader, end) => {
      if (reading.labelsEnd === 0) reading.labelsStart = reader.pos;
      reading.labelsEnd = end;
      readMessage(reader, end, templateHashFields, reading.pod);
    }),
    12: bytesField(({ pod }, reader, end) => {
      if (firstTextIs(reader, end, mirrorKey)) pod.mirror = true;
    }),
    13: bytesField(({ pod }, reader, end) => (pod.controller ??= readOwner(reader, end))),
  });
  return fields({
    1: messageField(metadataFields, (reading) => reading),
    2: messageField(specFields, ({ pod }) => pod),
    3: messageField(statusFields, (reading) => reading),
  });
}

const templateHashFields: Fields<PodDraft> = fields({
  11: bytesField((pod, reader, end) => {
    if (firstTextIs(reader, end, templateHashKey)) pod.templateHash = readTextValue(reader, end);
  }),
});

const ownerFields: Fields<Draft<Controller> & { controller: boolean }> = fields({
  1: textField((owner, text) => (owner.kind = text)),
  3: textField((owner, text) => (owner.name = text)),
  6: varintField((owner, number) => (owner.controller = number !== 0)),
});

/** null for an owner that does not control. */
function readController(reader: WireReader, end: number): Controller | null {
  const { controller, kind, name } = readMessage(reader, end, ownerFields, {
    kind: '',
    name: '',
    controller: false,
  });
  return controller ? { kind, name } : null;
}

const hostPortFields: Fields<Draft<HostPort>> = fields({
  2: varintField((port, number) => (port.port = number)),
  4: textField((port, text) => (port.protocol = text)),
  5: textField((port, text) => (port.ip = text)),
});

const hostPortRunFields: Fields<HostPort[]> = fields({
  6: bytesField((into, reader, end) => {
    const port = readMessage(reader, end, hostPortFields, { ip: '', protocol: '', port: 0 });
    if (port.port > 0) into.push({ ...port, protocol: port.protocol || 'TCP' });
  }),
});

function hostPortsOf(reader: WireReader, end: number): readonly HostPort[] {
  return readMessage(reader, end, hostPortRunFields, []);
}

const reasonFields: Fields<{ reason: string }> = fields({
  5: textField((condition, text) => (condition.reason = text)),
});

function readPodCondition(reading: Reading, reader: WireReader, end: number): void {
  if (!firstTextIs(reader, end, resizePendingType)) return;
  reading.resizePending ??= readMessage(reader, end, reasonFields, { reason: '' }).reason;
}

function newContainer(init: boolean): Draft<Container> {
  return { init, name: '', restartPolicy: '', requests: null, hostPorts: noHostPorts };
}

function newStatus(): Draft<ContainerStatus> {
  return { name: '', actual: null, allocated: null };
}

/** Two runs of one map, where an encoder put something between them. */
function joined(before: ResourceList | null, more: ResourceList | null): ResourceList | null {
  return before === null || more === null ? (more ?? before) : new Map([...before, ...more]);
}
