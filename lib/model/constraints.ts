/** Where a pod may go: what the scheduler's filters read, preferences left out. */
export interface Constraints {
  readonly nodeSelector: ReadonlyMap<string, string>;
  /** Required node affinity: terms are ORed. null where absent; an empty list matches no node. */
  readonly nodeAffinity: readonly NodeSelectorTerm[] | null;
  readonly tolerations: readonly Toleration[];
  /** Only whenUnsatisfiable: DoNotSchedule. */
  readonly topologySpread: readonly TopologySpread[];
  readonly podAffinity: readonly PodAffinityTerm[];
  readonly podAntiAffinity: readonly PodAffinityTerm[];
}

/** Expressions (on labels) and fields (on metadata.name) are ANDed; a term with neither matches nothing. */
export interface NodeSelectorTerm {
  readonly matchExpressions: readonly Requirement[];
  readonly matchFields: readonly Requirement[];
}

export interface Requirement {
  readonly key: string;
  readonly operator: string;
  readonly values: readonly string[];
}

export interface Toleration {
  readonly key: string;
  readonly operator: string;
  readonly value: string;
  readonly effect: string;
}

export interface LabelSelector {
  readonly matchLabels: ReadonlyMap<string, string>;
  readonly matchExpressions: readonly Requirement[];
}

export interface TopologySpread {
  readonly maxSkew: number;
  readonly minDomains: number | null;
  readonly topologyKey: string;
  readonly selector: LabelSelector | null;
  readonly matchLabelKeys: readonly string[];
  /** Empty: Honor. */
  readonly nodeAffinityPolicy: string;
  /** Empty: Ignore. */
  readonly nodeTaintsPolicy: string;
}

export interface PodAffinityTerm {
  readonly topologyKey: string;
  readonly selector: LabelSelector | null;
  readonly namespaces: readonly string[];
  readonly namespaceSelector: LabelSelector | null;
}

/** Whether anything in them looks at the labels of pods. */
export function selectsPods({ topologySpread, podAffinity, podAntiAffinity }: Constraints): boolean {
  return topologySpread.length + podAffinity.length + podAntiAffinity.length > 0;
}
