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
import type { Draft } from '../../model/draft.ts';
import { cached } from './byte-cache.ts';
import { joinedLists, joinedMaps, readTextEntry, readTextMap } from './protobuf-maps.ts';
import type { WireReader } from './wire.ts';

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

/** Takes one of the four fields of PodSpec that hold constraints, by its number there. */
export type ConstraintReader = Readonly<
  Record<7 | 18 | 22 | 33, (constraints: ConstraintsDraft, reader: WireReader) => void>
>;

export function createConstraintReader(): ConstraintReader {
  const readNodeSelector = cached((reader) => readTextMap(reader, 7));
  const readAffinity = cached(affinityOf);
  const readTolerations = cached(tolerationsOf);
  const readTopologySpread = cached(topologySpreadOf);
  return {
    7(constraints, reader) {
      constraints.nodeSelector = joinedMaps(constraints.nodeSelector, readNodeSelector(reader.run()));
    },
    18(constraints, reader) {
      const { nodeAffinity, podAffinity, podAntiAffinity } = readAffinity(reader);
      constraints.nodeAffinity = nodeAffinity;
      if (podAffinity.length > 0) constraints.podAffinity = podAffinity;
      if (podAntiAffinity.length > 0) constraints.podAntiAffinity = podAntiAffinity;
    },
    22(constraints, reader) {
      constraints.tolerations = joinedLists(constraints.tolerations, readTolerations(reader.run()));
    },
    33(constraints, reader) {
      constraints.topologySpread = joinedLists(constraints.topologySpread, readTopologySpread(reader.run()));
    },
  };
}

interface Affinity {
  nodeAffinity: NodeSelectorTerm[] | null;
  readonly podAffinity: PodAffinityTerm[];
  readonly podAntiAffinity: PodAffinityTerm[];
}

function affinityOf(reader: WireReader): Affinity {
  const affinity: Affinity = { nodeAffinity: null, podAffinity: [], podAntiAffinity: [] };
  const outer = reader.enter();
  while (reader.next()) {
    if (reader.field === 1) readNodeAffinity(reader, affinity);
    else if (reader.field === 2) readRequiredTerms(reader, affinity.podAffinity);
    else if (reader.field === 3) readRequiredTerms(reader, affinity.podAntiAffinity);
  }
  reader.leave(outer);
  return affinity;
}

/** Field 1 is what is required, a NodeSelector of terms; what is preferred is passed over. */
function readNodeAffinity(reader: WireReader, affinity: Affinity): void {
  const outer = reader.enter();
  while (reader.next()) if (reader.field === 1) readNodeSelectorTerms(reader, (affinity.nodeAffinity ??= []));
  reader.leave(outer);
}

function readNodeSelectorTerms(reader: WireReader, into: NodeSelectorTerm[]): void {
  const outer = reader.enter();
  while (reader.next()) if (reader.field === 1) into.push(nodeSelectorTermOf(reader));
  reader.leave(outer);
}

function nodeSelectorTermOf(reader: WireReader): NodeSelectorTerm {
  const matchExpressions: Requirement[] = [];
  const matchFields: Requirement[] = [];
  const outer = reader.enter();
  while (reader.next()) {
    if (reader.field === 1) matchExpressions.push(requirementOf(reader));
    else if (reader.field === 2) matchFields.push(requirementOf(reader));
  }
  reader.leave(outer);
  return { matchExpressions, matchFields };
}

function requirementOf(reader: WireReader): Requirement {
  let [key, operator] = ['', ''];
  const values: string[] = [];
  const outer = reader.enter();
  while (reader.next()) {
    if (reader.field === 1) key = reader.text();
    else if (reader.field === 2) operator = reader.text();
    else if (reader.field === 3) values.push(reader.text());
  }
  reader.leave(outer);
  return { key, operator, values };
}

function labelSelectorOf(reader: WireReader): LabelSelector {
  const matchLabels = new Map<string, string>();
  const matchExpressions: Requirement[] = [];
  const outer = reader.enter();
  while (reader.next()) {
    if (reader.field === 1) {
      const { key, value } = readTextEntry(reader);
      matchLabels.set(key, value);
    } else if (reader.field === 2) matchExpressions.push(requirementOf(reader));
  }
  reader.leave(outer);
  return { matchLabels, matchExpressions };
}

/** podAffinity and podAntiAffinity: field 1 is what is required, field 2 only preferred. */
function readRequiredTerms(reader: WireReader, into: PodAffinityTerm[]): void {
  const outer = reader.enter();
  while (reader.next()) if (reader.field === 1) into.push(podAffinityTermOf(reader));
  reader.leave(outer);
}

function podAffinityTermOf(reader: WireReader): PodAffinityTerm {
  const namespaces: string[] = [];
  const term: Draft<PodAffinityTerm> = {
    topologyKey: '',
    selector: null,
    namespaces,
    namespaceSelector: null,
  };
  const outer = reader.enter();
  while (reader.next()) {
    if (reader.field === 1) term.selector = labelSelectorOf(reader);
    else if (reader.field === 2) namespaces.push(reader.text());
    else if (reader.field === 3) term.topologyKey = reader.text();
    else if (reader.field === 4) term.namespaceSelector = labelSelectorOf(reader);
  }
  reader.leave(outer);
  return term;
}

function tolerationsOf(reader: WireReader): readonly Toleration[] {
  const tolerations: Toleration[] = [];
  const outer = reader.enter();
  while (reader.next()) if (reader.field === 22) tolerations.push(tolerationOf(reader));
  reader.leave(outer);
  return tolerations;
}

function tolerationOf(reader: WireReader): Toleration {
  const toleration: Draft<Toleration> = { key: '', operator: '', value: '', effect: '' };
  const outer = reader.enter();
  while (reader.next()) {
    if (reader.field === 1) toleration.key = reader.text();
    else if (reader.field === 2) toleration.operator = reader.text();
    else if (reader.field === 3) toleration.value = reader.text();
    else if (reader.field === 4) toleration.effect = reader.text();
  }
  reader.leave(outer);
  return toleration;
}

/** Those that only prefer a spread are left out. */
function topologySpreadOf(reader: WireReader): readonly TopologySpread[] {
  const spreads: TopologySpread[] = [];
  const outer = reader.enter();
  while (reader.next()) {
    if (reader.field !== 33) continue;
    const { whenUnsatisfiable, ...spread } = spreadConstraintOf(reader);
    if (whenUnsatisfiable === 'DoNotSchedule') spreads.push(spread);
  }
  reader.leave(outer);
  return spreads;
}

function spreadConstraintOf(reader: WireReader): TopologySpread & { readonly whenUnsatisfiable: string } {
  const matchLabelKeys: string[] = [];
  const spread: Draft<TopologySpread> & { whenUnsatisfiable: string } = {
    maxSkew: 0,
    minDomains: null,
    topologyKey: '',
    selector: null,
    matchLabelKeys,
    nodeAffinityPolicy: '',
    nodeTaintsPolicy: '',
    whenUnsatisfiable: '',
  };
  const outer = reader.enter();
  while (reader.next()) {
    switch (reader.field) {
      case -1:
        spread.maxSkew = reader.number;
        break;
      case 2:
        spread.topologyKey = reader.text();
        break;
      case 3:
        spread.whenUnsatisfiable = reader.text();
        break;
      case 4:
        spread.selector = labelSelectorOf(reader);
        break;
      case -5:
        spread.minDomains = reader.number;
        break;
      case 6:
        spread.nodeAffinityPolicy = reader.text();
        break;
      case 7:
        spread.nodeTaintsPolicy = reader.text();
        break;
      case 8:
        matchLabelKeys.push(reader.text());
        break;
    }
  }
  reader.leave(outer);
  return spread;
}
