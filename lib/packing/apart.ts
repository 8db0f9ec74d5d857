/**
 * What is no ordinary part of a cluster, and is told of apart: virtual nodes stand for a service that makes room for each
 * pod (Fargate, virtual-kubelet) and distort every ratio; control planes are there whatever the pods need; placeholder
 * pods hold room for others.
 */
import { apartKinds, type ApartKind } from '../model/apart.ts';
import { taintFrom, type Node } from '../model/node.ts';
import type { Pod } from '../model/pod.ts';
import type { NodeRow, WorkloadRow } from '../model/snapshot.ts';
import { addTotals, toTotals, type ResourceTotals } from '../model/resources.ts';

type ApartNodeKind = Exclude<ApartKind, 'placeholder'>;

interface NodeMarks {
  readonly labels: { get(key: string): string | undefined };
  readonly taints: readonly { readonly key: string }[];
}

/** [key, value], or any value of the key. */
const virtualLabels: readonly (readonly [string, string])[] = [
  ['type', 'virtual-kubelet'],
  ['eks.amazonaws.com/compute-type', 'fargate'],
  ['liqo.io/type', 'virtual-node'],
];
const virtualTaint = 'virtual-kubelet.io/provider';
const controlPlaneLabels = ['node-role.kubernetes.io/control-plane', 'node-role.kubernetes.io/master'];

/** null: an ordinary node. */
export function apartKindOf({ labels, taints }: NodeMarks): ApartNodeKind | null {
  if (virtualLabels.some(([key, value]) => labels.get(key) === value)) return 'virtual';
  if (taints.some(({ key }) => key === virtualTaint)) return 'virtual';
  return controlPlaneLabels.some((key) => labels.get(key) !== undefined) ? 'control-plane' : null;
}

/** Anything may preempt it: a pod that keeps room warm (Cluster Autoscaler's overprovisioning). */
function isPlaceholder({ priority }: Pick<Pod, 'priority'>): boolean {
  return priority < 0;
}

/** What there is of one kind, whether it counts elsewhere too or is left out. */
export interface ApartTotals {
  readonly kind: ApartKind;
  readonly excluded: boolean;
  readonly nodes: number;
  readonly allocatable: ResourceTotals;
  /** Bound ones, and what they ask for. */
  readonly pods: number;
  readonly requests: ResourceTotals;
}

export interface Apart {
  isNodeExcluded(node: number): boolean;
  /** `node` null: none yet. */
  isExcluded(pod: Pod, node: number | null): boolean;
  /** A bound pod. */
  note(pod: Pod, node: number, requestsOf: () => ResourceTotals): void;
  /** Of the kinds that there are. */
  totals(): ApartTotals[];
}

/** Keeps account of each kind; `node` is a position in the nodes. */
export function createApart(nodes: readonly Node[], exclude: readonly ApartKind[]): Apart {
  const kinds = nodes.map(apartKindOf);
  const left = new Set(exclude);
  const found = new Map<ApartKind, { pods: number; readonly requests: Map<string, bigint> }>(
    apartKinds.map((kind) => [kind, { pods: 0, requests: new Map() }]),
  );
  const kindsOf = (pod: Pod, node: number | null): ApartKind[] => {
    const ofNode = node === null ? null : (kinds[node] ?? null);
    if (!isPlaceholder(pod)) return ofNode === null ? none : [ofNode];
    return ofNode === null ? ['placeholder'] : [ofNode, 'placeholder'];
  };
  const isLeft = (kind: ApartKind | null | undefined): boolean => kind != null && left.has(kind);
  return {
    isNodeExcluded: (node) => isLeft(kinds[node]),
    isExcluded: (pod, node) => left.size > 0 && kindsOf(pod, node).some(isLeft),
    note(pod, node, requestsOf) {
      for (const kind of kindsOf(pod, node)) {
        const entry = found.get(kind);
        if (entry === undefined) continue;
        entry.pods += 1;
        addTotals(entry.requests, requestsOf());
      }
    },
    totals: () =>
      [...found].flatMap(([kind, { pods, requests }]) => {
        const ofKind = nodes.filter((_, node) => kinds[node] === kind);
        if (pods === 0 && ofKind.length === 0) return [];
        const allocatable = new Map<string, bigint>();
        for (const node of ofKind) addTotals(allocatable, toTotals(node.allocatable));
        return [{ kind, excluded: left.has(kind), nodes: ofKind.length, allocatable, pods, requests }];
      }),
  };
}

const none: ApartKind[] = [];

/** Stored rows without nodes and pods of some kinds; rows keep their order, and those that stay are as they were. */
export function withoutApart<
  N extends Pick<NodeRow, 'labels' | 'taints' | 'placements'>,
  W extends Pick<WorkloadRow, 'index' | 'priority'>,
>(
  { nodes, workloads }: { readonly nodes: readonly N[]; readonly workloads: readonly W[] },
  kinds: readonly ApartKind[],
): { readonly nodes: readonly N[]; readonly workloads: readonly W[] } {
  const left = new Set(kinds);
  const kept = nodes.filter((row) => {
    const kind = apartKindOfRow(row);
    return kind === null || !left.has(kind);
  });
  if (!left.has('placeholder')) return { nodes: kept, workloads };
  const gone = new Set(workloads.filter(isPlaceholder).map(({ index }) => index));
  return {
    nodes: kept.map((row) => ({ ...row, placements: row.placements.filter(([index]) => !gone.has(index)) })),
    workloads: workloads.filter(({ index }) => !gone.has(index)),
  };
}

export function apartKindOfRow({ labels, taints }: Pick<NodeRow, 'labels' | 'taints'>): ApartNodeKind | null {
  return apartKindOf({ labels: new Map(Object.entries(labels)), taints: taints.map(taintFrom) });
}
