/**
 * What re-packing reads of a cluster, without pod names: stored rows, or what a fold has, of which nothing is copied. Rows
 * have published amounts, a fold has the scheduler's whole numbers.
 */
import { taintFrom } from '../../model/node.ts';
import type { ResourceTotals } from '../../model/resources.ts';
import type { NodeRow, WorkloadRow } from '../../model/snapshot.ts';
import { apartKindOf } from '../apart.ts';
import type { Placed } from '../placements.ts';
import { oncePerText } from '../sharing.ts';
import type { NodeUsage } from '../usage.ts';

export interface RepackNode extends Pick<
  NodeRow,
  'node' | 'instanceType' | 'zone' | 'nodePool' | 'ready' | 'unschedulable' | 'taints'
> {
  readonly labels: NodeRow['labels'] | ReadonlyMap<string, string>;
  readonly resources: NodeRow['resources'] | NodeUsage['resources'];
  readonly placements: NodeRow['placements'] | Placed;
}

export interface RepackWorkload extends Pick<
  WorkloadRow,
  'index' | 'namespace' | 'kind' | 'name' | 'daemonSet' | 'constraints'
> {
  readonly requests: WorkloadRow['requests'] | ResourceTotals;
  readonly pins?: readonly string[] | undefined;
}

/** undefined: the node has none of this key; what every object has is no label. */
export function labelOf({ labels }: Pick<RepackNode, 'labels'>, key: string): string | undefined {
  if (labels instanceof Map) return (labels as ReadonlyMap<string, string>).get(key);
  return Object.hasOwn(labels, key) ? (labels as NodeRow['labels'])[key] : undefined;
}

/** Every node that has a place for pods, or has them. */
export interface RepackInput {
  readonly nodes: readonly RepackNode[];
  readonly workloads: readonly RepackWorkload[];
}

/**
 * What becomes of a pod when its node goes: `perNode` ones go with it (kubectl drain and both autoscalers leave
 * DaemonSet and mirror pods alone), `fixed` ones hold it.
 */
export type Mobility =
  { readonly kind: 'perNode' | 'movable' } | { readonly kind: 'fixed'; readonly reason: string };

const perNode: Mobility = { kind: 'perNode' };
const movable: Mobility = { kind: 'movable' };
/** Thousands of workloads are held by one of a few reasons. */
export const fixedBy = oncePerText<string, Mobility>(
  (reason) => reason,
  (reason) => ({ kind: 'fixed', reason }),
);

export function mobilityOf({ kind, daemonSet, pins: [pin] = [] }: RepackWorkload): Mobility {
  if (daemonSet || kind === 'StaticPod') return perNode;
  // nothing would make it again elsewhere
  if (kind === 'Pod') return fixedBy('no controller');
  return pin === undefined ? movable : fixedBy(pin);
}

export type KeptBecause = 'control plane' | 'virtual node';

/** Why a node stays whatever its pods do; null: nothing keeps it. */
export function keptNode(node: Pick<RepackNode, 'labels' | 'taints'>): KeptBecause | null {
  const labels = { get: (key: string) => labelOf(node, key) };
  const kind = apartKindOf({ labels, taints: node.taints.map(taintFrom) });
  if (kind === null) return null;
  return kind === 'virtual' ? 'virtual node' : 'control plane';
}
