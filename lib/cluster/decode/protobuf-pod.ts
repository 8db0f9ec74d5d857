/** A pod in protobuf -> our model, by the field numbers of k8s.io/api/core/v1/generated.proto and meta/v1. */
import { selectsPods } from '../../model/constraints.ts';
import type { Draft } from '../../model/draft.ts';
import { noPins } from '../../model/pins.ts';
import type { Controller, Pod } from '../../model/pod.ts';
import { cached } from './byte-cache.ts';
import { createConstraintReader, noConstraints, type ConstraintsDraft } from './protobuf-constraints.ts';
import { createContainerReaders, type ContainerDraft, type StatusDraft } from './protobuf-containers.ts';
import { joinedResources, readResourceList, readTextEntry, readTextMap } from './protobuf-maps.ts';
import { PinReader } from './protobuf-pins.ts';
import type { QuantityReader } from './quantities.ts';
import type { WireReader } from './wire.ts';

interface PodDraft extends Draft<Pod> {
  containers: ContainerDraft[];
  initContainers: ContainerDraft[];
  constraints: ConstraintsDraft;
  containerStatuses: StatusDraft[];
  initContainerStatuses: StatusDraft[];
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
const noProblems: readonly string[] = [];
const [templateHashKey, mirrorKey, resizePendingType] = [
  'pod-template-hash',
  'kubernetes.io/config.mirror',
  'PodResizePending',
].map((text) => Buffer.from(text)) as [Buffer, Buffer, Buffer];

export function createPodDecoder(quantities: QuantityReader): (reader: WireReader) => Pod {
  const withoutProblems = { keep: (): boolean => !quantities.hasProblems() };
  /** Names that many pods share. */
  const sharedText = cached((reader) => reader.text());
  const readLabel = cached(readTextEntry);
  const readOwner = cached(controllerOf);
  const readOverhead = cached((reader) => readResourceList(reader, 32, quantities), withoutProblems);
  const readAllocated = cached((reader) => readResourceList(reader, 19, quantities), withoutProblems);
  const constraints = createConstraintReader();
  const pins = new PinReader();
  const containers = createContainerReaders(quantities, sharedText);

  const readMetadata = (reader: WireReader, reading: Reading): void => {
    const { pod } = reading;
    reading.labelsEnd = 0;
    const outer = reader.enter();
    while (reader.next()) {
      switch (reader.field) {
        case 1:
          pod.name = reader.text();
          break;
        case 3:
          pod.namespace = sharedText(reader);
          break;
        case 5:
          pod.uid = reader.text();
          break;
        case 9:
          pod.terminating = true;
          break;
        case 11:
          if (reading.labelsEnd === 0) reading.labelsStart = reader.tagStart;
          reading.labelsEnd = reader.valueEnd;
          if (reader.firstTextIs(templateHashKey)) pod.templateHash = readLabel(reader).value;
          break;
        case 12:
          if (reader.firstTextIs(mirrorKey)) pod.mirror = true;
          else pins.readAnnotation(reader);
          break;
        case 13:
          pod.controller ??= readOwner(reader);
          break;
      }
    }
    reader.leave(outer);
  };

  const readSpec = (reader: WireReader, pod: PodDraft): void => {
    const outer = reader.enter();
    while (reader.next()) {
      switch (reader.field) {
        case 1:
          pins.readVolume(reader);
          break;
        case 2:
          pod.containers.push(containers.readContainer(reader, false));
          break;
        case 7:
        case 18:
        case 22:
        case 33:
          constraints[reader.field](pod.constraints, reader);
          break;
        case 10:
          pod.nodeName = reader.text() || null;
          break;
        case 20:
          pod.initContainers.push(containers.readContainer(reader, true));
          break;
        case -25:
          pod.priority = reader.number;
          break;
        case 32:
          pod.overhead = joinedResources(pod.overhead, readOverhead(reader.run()));
          break;
        case 38:
          pod.gated = true;
          break;
        case 40:
          pod.podLevelRequests = containers.readRequirements(reader).requests;
          break;
      }
    }
    reader.leave(outer);
  };

  const readPodStatus = (reader: WireReader, reading: Reading): void => {
    const { pod } = reading;
    const outer = reader.enter();
    while (reader.next()) {
      switch (reader.field) {
        case 1:
          pod.phase = sharedText(reader);
          break;
        case 2:
          if (reader.firstTextIs(resizePendingType)) reading.resizePending ??= reasonOf(reader);
          break;
        case 8:
          pod.containerStatuses.push(containers.readStatus(reader));
          break;
        case 10:
          pod.initContainerStatuses.push(containers.readStatus(reader));
          break;
        case 11:
          pod.nominatedNodeName = reader.text() || null;
          break;
        case 19:
          pod.allocated = joinedResources(pod.allocated, readAllocated(reader.run()));
          break;
        case 20:
          pod.actual = containers.readRequirements(reader);
          break;
      }
    }
    reader.leave(outer);
  };

  return (reader) => {
    const reading = newReading();
    const { pod } = reading;
    while (reader.next()) {
      if (reader.field === 1) readMetadata(reader, reading);
      else if (reader.field === 2) readSpec(reader, pod);
      else if (reader.field === 3) readPodStatus(reader, reading);
    }
    pod.pins = pins.take();
    pod.resizeInfeasible = reading.resizePending === 'Infeasible';
    if (selectsPods(pod.constraints)) {
      pod.labels = readTextMap(reader.at(reading.labelsStart, reading.labelsEnd), 11);
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
    pins: noPins,
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

/** null for an owner that does not control. */
function controllerOf(reader: WireReader): Controller | null {
  const owner: Draft<Controller> = { kind: '', name: '' };
  let controls = false;
  const outer = reader.enter();
  while (reader.next()) {
    if (reader.field === 1) owner.kind = reader.text();
    else if (reader.field === 3) owner.name = reader.text();
    else if (reader.field === -6) controls = reader.number !== 0;
  }
  reader.leave(outer);
  return controls ? owner : null;
}

/** Of a condition. */
function reasonOf(reader: WireReader): string {
  let reason = '';
  const outer = reader.enter();
  while (reader.next()) if (reader.field === 5) reason = reader.text();
  reader.leave(outer);
  return reason;
}
