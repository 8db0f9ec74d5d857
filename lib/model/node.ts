import type { ResourceList } from './resources.ts';

/** What we read of a node, whichever encoding it came in. */
export interface Node {
  readonly name: string;
  readonly labels: ReadonlyMap<string, string>;
  /** ISO 8601 with seconds, null where the object has none. */
  readonly createdAt: string | null;
  readonly unschedulable: boolean;
  readonly taints: readonly Taint[];
  readonly capacity: ResourceList;
  readonly allocatable: ResourceList;
  readonly conditions: readonly Condition[];
  /** From status.nodeInfo, for nodes without the well-known labels; empty where absent. */
  readonly architecture: string;
  readonly operatingSystem: string;
  /** Values that could not be read, one sentence each; they count as absent. */
  readonly problems: readonly string[];
}

export interface Taint {
  readonly key: string;
  readonly value: string;
  readonly effect: string;
}

export interface Condition {
  readonly type: string;
  /** A ConditionStatus; whatever else stands there counts as Unknown. */
  readonly status: string;
}

export type ConditionStatus = 'True' | 'False' | 'Unknown';

export type Readiness = 'ready' | 'notReady' | 'unknown';

/** Of the first condition of a type, where one stands twice; null: the node has none. */
export function conditionStatus(
  { conditions }: Pick<Node, 'conditions'>,
  type: string,
): ConditionStatus | null {
  const status = conditions.find((condition) => condition.type === type)?.status;
  if (status === undefined) return null;
  return status === 'True' || status === 'False' ? status : 'Unknown';
}

/** The Ready condition; a node that has none is unknown. */
export function readinessOf(node: Pick<Node, 'conditions'>): Readiness {
  const status = conditionStatus(node, 'Ready');
  if (status === 'True') return 'ready';
  return status === 'False' ? 'notReady' : 'unknown';
}
