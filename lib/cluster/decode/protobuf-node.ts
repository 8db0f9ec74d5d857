/** A node in protobuf -> our model, by the field numbers of k8s.io/api/core/v1/generated.proto and meta/v1. */
import type { Condition, Node, Taint } from '../../model/node.ts';
import { noResources } from '../../model/resources.ts';
import { readTextEntry, resourceListReader } from './protobuf-maps.ts';
import type { QuantityReader } from './quantities.ts';
import {
  bytesField,
  fields,
  messageField,
  pushed,
  readMessage,
  runField,
  textField,
  varintField,
  type Fields,
  type WireReader,
} from './wire.ts';

type Draft<T> = { -readonly [K in keyof T]: T[K] };

export function createNodeDecoder(quantities: QuantityReader): (reader: WireReader, end: number) => Node {
  const table = createNodeFields(quantities);
  return (reader, end) => {
    const node = readMessage(reader, end, table, emptyNode());
    node.problems = quantities.takeProblems();
    return node;
  };
}

interface NodeDraft extends Draft<Node> {
  labels: Map<string, string>;
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
  // a zero metav1.Time is an empty message; a year has four digits
  return seconds === 0 || seconds < -62_135_596_800 || seconds > 253_402_300_799
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
  const readCapacity = resourceListReader(1, quantities);
  const readAllocatable = resourceListReader(2, quantities);
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
        1: runField((node, reader, end) => (node.capacity = readCapacity(reader, end) ?? noResources)),
        2: runField((node, reader, end) => (node.allocatable = readAllocatable(reader, end) ?? noResources)),
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
