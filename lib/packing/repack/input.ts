/** What re-packing reads of a snapshot's rows: everything below works on stored rows, without pod names. */
import type { NodeRow, WorkloadRow } from '../../model/snapshot.ts';

export type RepackNode = Pick<
  NodeRow,
  | 'node'
  | 'instanceType'
  | 'zone'
  | 'nodePool'
  | 'ready'
  | 'unschedulable'
  | 'taints'
  | 'labels'
  | 'resources'
  | 'placements'
>;

export type RepackWorkload = Pick<
  WorkloadRow,
  'index' | 'namespace' | 'kind' | 'name' | 'daemonSet' | 'requests' | 'constraints' | 'pins'
>;

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

export function mobilityOf({ kind, daemonSet, pins: [pin] = [] }: RepackWorkload): Mobility {
  if (daemonSet || kind === 'StaticPod') return { kind: 'perNode' };
  // nothing would make it again elsewhere
  if (kind === 'Pod') return { kind: 'fixed', reason: 'no controller' };
  return pin === undefined ? { kind: 'movable' } : { kind: 'fixed', reason: pin };
}

const controlPlane = ['node-role.kubernetes.io/control-plane', 'node-role.kubernetes.io/master'];

/** Why a node stays whatever its pods do; null: nothing keeps it. */
export function keptNode({ labels }: Pick<RepackNode, 'labels'>): string | null {
  return controlPlane.some((label) => labels[label] !== undefined) ? 'control plane' : null;
}
