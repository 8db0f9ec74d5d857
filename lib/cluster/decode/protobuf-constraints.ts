/** Where a pod may go, in protobuf: fields of PodSpec that are read as they stand, each distinct one once. */
import type {
  Constraints,
  LabelSelector,
  NodeSelectorTerm,
  PodAffinityTerm,
  Requirement,
  Toleration,
  TopologySpread,
} from '../../model/constraints.ts';
import { cached } from './byte-cache.ts';
import { joinedLists, readTextEntry, textMapReader } from './protobuf-maps.ts';
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

export type ConstraintsDraft = Draft<Constraints>;

const none: Constraints = {
  nodeSelector: new Map(),
  nodeAffinity: null,
  tolerations: [],
  topologySpread: [],
  podAffinity: [],
  podAntiAffinity: [],
};

export function noConstraints(): ConstraintsDraft {
  return { ...none };
}

const requirementFields: Fields<Draft<Requirement> & { values: string[] }> = fields({
  1: textField((requirement, text) => (requirement.key = text)),
  2: textField((requirement, text) => (requirement.operator = text)),
  3: textField((requirement, text) => requirement.values.push(text)),
});

function pushRequirement(into: Requirement[]): { key: string; operator: string; values: string[] } {
  return pushed(into, { key: '', operator: '', values: [] });
}

const termFields: Fields<{ matchExpressions: Requirement[]; matchFields: Requirement[] }> = fields({
  1: messageField(requirementFields, (term) => pushRequirement(term.matchExpressions)),
  2: messageField(requirementFields, (term) => pushRequirement(term.matchFields)),
});

interface SelectorDraft {
  matchLabels: Map<string, string>;
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

interface Affinity {
  nodeAffinity: NodeSelectorTerm[] | null;
  readonly podAffinity: PodAffinityTerm[];
  readonly podAntiAffinity: PodAffinityTerm[];
}

const nodeSelectorFields: Fields<NodeSelectorTerm[]> = fields({
  1: messageField(termFields, (terms) => pushed(terms, { matchExpressions: [], matchFields: [] })),
});

const affinityFields: Fields<Affinity> = fields({
  1: messageField(
    fields<Affinity>({
      1: messageField(nodeSelectorFields, (affinity) => (affinity.nodeAffinity ??= [])),
    }),
    (affinity) => affinity,
  ),
  2: messageField(requiredTermsFields, (affinity) => affinity.podAffinity),
  3: messageField(requiredTermsFields, (affinity) => affinity.podAntiAffinity),
});

const tolerationFields: Fields<Draft<Toleration>> = fields({
  1: textField((toleration, text) => (toleration.key = text)),
  2: textField((toleration, text) => (toleration.operator = text)),
  3: textField((toleration, text) => (toleration.value = text)),
  4: textField((toleration, text) => (toleration.effect = text)),
});

const tolerationRunFields: Fields<Toleration[]> = fields({
  22: messageField(tolerationFields, (into) =>
    pushed(into, { key: '', operator: '', value: '', effect: '' }),
  ),
});

const topologySpreadFields: Fields<
  Draft<TopologySpread> & { matchLabelKeys: string[]; whenUnsatisfiable: string }
> = fields({
  1: varintField((spread, number) => (spread.maxSkew = number)),
  2: textField((spread, text) => (spread.topologyKey = text)),
  3: textField((spread, text) => (spread.whenUnsatisfiable = text)),
  4: messageField(labelSelectorFields, (spread) => (spread.selector = newSelector())),
  5: varintField((spread, number) => (spread.minDomains = number)),
  6: textField((spread, text) => (spread.nodeAffinityPolicy = text)),
  7: textField((spread, text) => (spread.nodeTaintsPolicy = text)),
  8: textField((spread, text) => spread.matchLabelKeys.push(text)),
});

const topologySpreadRunFields: Fields<TopologySpread[]> = fields({
  33: bytesField((into, reader, end) => {
    const { whenUnsatisfiable, ...spread } = readMessage(reader, end, topologySpreadFields, {
      maxSkew: 0,
      minDomains: null,
      topologyKey: '',
      selector: null,
      matchLabelKeys: [],
      nodeAffinityPolicy: '',
      nodeTaintsPolicy: '',
      whenUnsatisfiable: '',
    });
    if (whenUnsatisfiable === 'DoNotSchedule') into.push(spread);
  }),
});

export type ConstraintFields = Readonly<Record<7 | 18 | 22 | 33, Fields<ConstraintsDraft>[number] & object>>;

/** By their numbers in PodSpec. */
export function constraintFields(): ConstraintFields {
  const readNodeSelector = cached(textMapReader(7));
  const readAffinity = cached((reader: WireReader, end) =>
    readMessage(reader, end, affinityFields, { nodeAffinity: null, podAffinity: [], podAntiAffinity: [] }),
  );
  const readTolerations = cached((reader: WireReader, end) =>
    readMessage(reader, end, tolerationRunFields, []),
  );
  const readTopologySpread = cached((reader: WireReader, end) =>
    readMessage(reader, end, topologySpreadRunFields, []),
  );
  return {
    7: runField((constraints, reader, end) => {
      const selector = readNodeSelector(reader, end);
      constraints.nodeSelector =
        constraints.nodeSelector.size === 0 ? selector : new Map([...constraints.nodeSelector, ...selector]);
    }),
    18: bytesField((constraints, reader, end) => {
      const { nodeAffinity, podAffinity, podAntiAffinity } = readAffinity(reader, end);
      constraints.nodeAffinity = nodeAffinity;
      if (podAffinity.length > 0) constraints.podAffinity = podAffinity;
      if (podAntiAffinity.length > 0) constraints.podAntiAffinity = podAntiAffinity;
    }),
    22: runField((constraints, reader, end) => {
      constraints.tolerations = joinedLists(constraints.tolerations, readTolerations(reader, end));
    }),
    33: runField((constraints, reader, end) => {
      constraints.topologySpread = joinedLists(constraints.topologySpread, readTopologySpread(reader, end));
    }),
  };
}
