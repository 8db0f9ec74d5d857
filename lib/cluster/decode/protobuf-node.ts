/** A node in protobuf -> our model, by the field numbers of k8s.io/api/core/v1/generated.proto and meta/v1. */
import type { Draft } from '../../model/draft.ts';
import type { Condition, Node, Taint } from '../../model/node.ts';
import { noResources, type ResourceList } from '../../model/resources.ts';
import { cached, type CachedRead } from './byte-cache.ts';
import { joinedLists, joinedMaps, readResourceList, readTextEntry } from './protobuf-maps.ts';
import type { QuantityReader } from './quantities.ts';
import type { WireReader } from './wire.ts';

interface NodeDraft extends Draft<Node> {
  taints: Taint[];
}

const noLabels: ReadonlyMap<string, string> = new Map();
const noConditions: readonly Condition[] = [];

function emptyNode(): NodeDraft {
  return {
    name: '',
    labels: noLabels,
    createdAt: null,
    unschedulable: false,
    taints: [],
    capacity: noResources,
    allocatable: noResources,
    conditions: noConditions,
    architecture: '',
    operatingSystem: '',
    problems: [],
  };
}

/** Thousands of nodes stay in memory, and those of a pool share most of what they say: so does what is read. */
export function createNodeDecoder(quantities: QuantityReader): (reader: WireReader) => Node {
  const withoutProblems = { keep: (): boolean => !quantities.hasProblems() };
  const resourcesAt = (number: number): CachedRead<ResourceList | null> =>
    cached((reader) => readResourceList(reader, number, quantities), withoutProblems);
  const readCapacity = resourcesAt(1);
  const readAllocatable = resourcesAt(2);
  const readLabel = cached(readTextEntry);
  const sharedText = cached((reader) => reader.text());
  const readConditions = sharedConditions(sharedText);

  const readMetadata = (reader: WireReader, node: NodeDraft): void => {
    const labels = new Map<string, string>();
    const outer = reader.enter();
    while (reader.next()) {
      if (reader.field === 1) node.name = reader.text();
      else if (reader.field === 8) node.createdAt = readTime(reader);
      else if (reader.field === 11) {
        const { key, value } = readLabel(reader);
        labels.set(key, value);
      }
    }
    reader.leave(outer);
    node.labels = labels;
  };

  const readStatus = (reader: WireReader, node: NodeDraft): void => {
    const outer = reader.enter();
    while (reader.next()) {
      if (reader.field === 1)
        node.capacity = joinedMaps(node.capacity, readCapacity(reader.run()) ?? noResources);
      else if (reader.field === 2)
        node.allocatable = joinedMaps(node.allocatable, readAllocatable(reader.run()) ?? noResources);
      else if (reader.field === 4)
        node.conditions = joinedLists(node.conditions, readConditions(reader.run()));
      else if (reader.field === 7) readNodeInfo(reader, node);
    }
    reader.leave(outer);
  };

  const readNodeInfo = (reader: WireReader, node: NodeDraft): void => {
    const outer = reader.enter();
    while (reader.next()) {
      if (reader.field === 9) node.operatingSystem = sharedText(reader);
      else if (reader.field === 10) node.architecture = sharedText(reader);
    }
    reader.leave(outer);
  };

  return (reader) => {
    const node = emptyNode();
    while (reader.next()) {
      if (reader.field === 1) readMetadata(reader, node);
      else if (reader.field === 2) readSpec(reader, node);
      else if (reader.field === 3) readStatus(reader, node);
    }
    node.problems = quantities.takeProblems();
    return node;
  };
}

function readSpec(reader: WireReader, node: NodeDraft): void {
  const outer = reader.enter();
  while (reader.next()) {
    if (reader.field === -4) node.unschedulable = reader.number !== 0;
    else if (reader.field === 5) node.taints.push(taintOf(reader));
  }
  reader.leave(outer);
}

function taintOf(reader: WireReader): Taint {
  const taint: Draft<Taint> = { key: '', value: '', effect: '' };
  const outer = reader.enter();
  while (reader.next()) {
    if (reader.field === 1) taint.key = reader.text();
    else if (reader.field === 2) taint.value = reader.text();
    else if (reader.field === 3) taint.effect = reader.text();
  }
  reader.leave(outer);
  return taint;
}

function readTime(reader: WireReader): string | null {
  let seconds = 0;
  const outer = reader.enter();
  while (reader.next()) if (reader.field === -1) seconds = reader.number;
  reader.leave(outer);
  // a zero metav1.Time is an empty message; a year has four digits
  return seconds === 0 || seconds < -62_135_596_800 || seconds > 253_402_300_799
    ? null
    : new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');
}

/** Bounds what a hostile cluster can make us keep. */
const maxKnown = 1000;

/** Their times differ from node to node, what they say hardly: equal ones are one list. */
function sharedConditions(sharedText: CachedRead<string>): (reader: WireReader) => readonly Condition[] {
  const known = new Map<string, readonly Condition[]>();
  return (reader) => {
    const conditions: Condition[] = [];
    const outer = reader.enter();
    while (reader.next()) if (reader.field === 4) conditions.push(conditionOf(reader, sharedText));
    reader.leave(outer);
    const text = JSON.stringify(conditions);
    const first = known.get(text) ?? conditions;
    if (known.size < maxKnown) known.set(text, first);
    return first;
  };
}

function conditionOf(reader: WireReader, sharedText: CachedRead<string>): Condition {
  const condition: Draft<Condition> = { type: '', status: '' };
  const outer = reader.enter();
  while (reader.next()) {
    if (reader.field === 1) condition.type = sharedText(reader);
    else if (reader.field === 2) condition.status = sharedText(reader);
  }
  reader.leave(outer);
  return condition;
}
