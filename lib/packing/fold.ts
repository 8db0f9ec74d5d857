/** One pass over the pods: each is added to its node and its workload, and dropped. */
import type { Draft } from '../model/draft.ts';
import type { Node } from '../model/node.ts';
import { isTerminal, type Pod } from '../model/pod.ts';
import type { Pin } from '../model/pins.ts';
import { addTotals, isAccounted, type ResourceTotals } from '../model/resources.ts';
import type { CanonicalConstraints } from '../model/snapshot.ts';
import { podRequests } from '../scheduler/requests.ts';
import type { Semantics } from '../scheduler/semantics.ts';
import type { ApartKind } from '../model/apart.ts';
import { createApart, type ApartTotals } from './apart.ts';
import { createCanonicaliser } from './constraints.ts';
import type { Problems } from './problems.ts';
import { createPlacements, type Placed } from './placements.ts';
import { createRecall, type Recall } from './recall.ts';
import { oncePerObject, sharing, type Shared } from './sharing.ts';
import { workloadOf, type WorkloadName } from './workload.ts';

/** Pods that are the same to the scheduler: of one workload, with equal requests and constraints. */
export interface Workload extends WorkloadName {
  readonly daemonSet: boolean;
  readonly priority: number;
  /** Per pod, in whole numbers. */
  readonly requests: ResourceTotals;
  readonly constraints: CanonicalConstraints;
  readonly pins: readonly Pin[];
  readonly bound: number;
  readonly pending: number;
}

export interface PackedNode {
  readonly node: Node;
  readonly podCount: number;
  readonly daemonSetPods: number;
  /** Unassigned pods nominated to this node: shown, not counted. */
  readonly nominatedPods: number;
  /** What the counted pods take, of the resources the scheduler accounts. */
  readonly requested: ResourceTotals;
  readonly daemonSet: ResourceTotals;
  readonly placements: Placed;
}

/** `listed` is their sum but for gated, terminating, daemonSet and mirror, which are parts of the others. */
export interface PodCounts {
  readonly listed: number;
  readonly counted: number;
  readonly pending: number;
  readonly terminal: number;
  readonly onUnknownNode: number;
  /** Left out, being of an excluded kind. */
  readonly excluded: number;
  readonly terminating: number;
  readonly daemonSet: number;
  readonly mirror: number;
  readonly gated: number;
}

export interface Packing {
  /** Added up as they are asked for: the sums of all of them at once would be most of the memory of a run. */
  readonly nodes: Iterable<PackedNode>;
  readonly workloads: readonly Workload[];
  readonly pods: PodCounts;
  /** By kind, of those that there are. */
  readonly apart: readonly ApartTotals[];
}

export interface Fold {
  /** Returns the index of the pod's workload; null for a pod that does not count and does not wait. */
  add(pod: Pod): number | null;
  /** Of all pods; nothing can be added any more. */
  result(): Packing;
}

export interface FoldOptions {
  /** Only some nodes were listed: pods on others are counted, and no problem. */
  readonly someNodes?: boolean;
  /** Nodes with all their pods, and pods, that count nowhere. */
  readonly exclude?: readonly ApartKind[];
}

export function createFold(
  nodes: readonly Node[],
  semantics: Semantics,
  problems?: Problems,
  { someNodes = false, exclude = [] }: FoldOptions = {},
): Fold {
  const apart = createApart(nodes, exclude);
  const nodeIndex = new Map(nodes.map(({ name }, index) => [name, index] as const));
  const placements = createPlacements(nodes.length);
  const nominated = nodes.map(() => 0);
  const workloads: Draft<Workload>[] = [];
  const pods: Draft<PodCounts> = {
    listed: 0,
    counted: 0,
    pending: 0,
    terminal: 0,
    onUnknownNode: 0,
    excluded: 0,
    terminating: 0,
    daemonSet: 0,
    mirror: 0,
    gated: 0,
  };

  let known = createKnown();
  const indexOf = (pod: Pod): number => {
    const { recall, shareRequests, constraintsOf, workloadIndex } = known;
    const recalled = recall.find(pod);
    if (recalled !== null) return recalled;
    const owner = workloadOf(pod);
    const daemonSet = owner.kind === 'DaemonSet';
    const requests = shareRequests(podRequests(pod, semantics));
    const constraints = constraintsOf(pod, daemonSet);
    const { namespace, kind, name } = owner;
    const key = JSON.stringify([namespace, kind, name, pod.priority, requests.id, constraints.id, pod.pins]);
    let index = workloadIndex.get(key);
    if (index === undefined) {
      index = workloads.length;
      workloads.push({
        ...owner,
        daemonSet,
        priority: pod.priority,
        requests: requests.value,
        constraints: constraints.value,
        pins: pod.pins,
        bound: 0,
        pending: 0,
      });
      workloadIndex.set(key, index);
    }
    recall.keep(index);
    return index;
  };

  const bind = (pod: Pod, node: number): number => {
    const index = indexOf(pod);
    const workload = at(workloads, index);
    workload.bound += 1;
    placements.add(node, index);
    pods.counted += 1;
    if (workload.daemonSet) pods.daemonSet += 1;
    if (pod.mirror) pods.mirror += 1;
    if (pod.terminating) pods.terminating += 1;
    if (countsOverheadTwice(pod, semantics)) problems?.add('OverheadCountedTwice', `pod ${nameOf(pod)}`);
    return index;
  };

  const leaveOut = (): null => {
    pods.excluded += 1;
    return null;
  };

  const wait = (pod: Pod): number => {
    const index = indexOf(pod);
    at(workloads, index).pending += 1;
    pods.pending += 1;
    if (pod.gated) pods.gated += 1;
    const node = pod.nominatedNodeName === null ? undefined : nodeIndex.get(pod.nominatedNodeName);
    if (node !== undefined) nominated[node] = at(nominated, node) + 1;
    return index;
  };

  return {
    add(pod) {
      pods.listed += 1;
      if (isTerminal(pod)) {
        pods.terminal += 1;
        return null;
      }
      for (const problem of pod.problems) problems?.add('InvalidQuantity', `pod ${nameOf(pod)}: ${problem}`);
      if (pod.nodeName === null) return apart.isExcluded(pod, null) ? leaveOut() : wait(pod);
      const node = nodeIndex.get(pod.nodeName);
      if (node !== undefined) {
        apart.note(pod, node, () => podRequests(pod, semantics));
        return apart.isExcluded(pod, node) ? leaveOut() : bind(pod, node);
      }
      pods.onUnknownNode += 1;
      if (!someNodes) problems?.add('PodOnUnknownNode', `pod ${nameOf(pod)} on ${pod.nodeName}`);
      return null;
    },
    result() {
      // megabytes that nobody needs any more
      known = createKnown();
      const takesOf = oncePerObject(accounted);
      const counted = workloads.map((workload) => ({ workload, takes: takesOf(workload.requests) }));
      const placed = placements.byNode();
      return {
        nodes: {
          *[Symbol.iterator]() {
            for (const [index, node] of nodes.entries())
              if (!apart.isNodeExcluded(index))
                yield packNode(node, placed(index), counted, at(nominated, index));
          },
        },
        workloads,
        pods,
        apart: apart.totals(),
      };
    },
  };
}

/** What tells to which workload a pod belongs. */
interface Known {
  readonly recall: Recall;
  readonly shareRequests: (requests: ResourceTotals) => Shared<ResourceTotals>;
  readonly constraintsOf: ReturnType<typeof createCanonicaliser>;
  readonly workloadIndex: Map<string, number>;
}

function createKnown(): Known {
  return {
    recall: createRecall(),
    shareRequests: sharing(textOfTotals),
    constraintsOf: createCanonicaliser(),
    workloadIndex: new Map(),
  };
}

/** By name, whatever their order. */
function textOfTotals(totals: ResourceTotals): string {
  let text = '';
  for (const name of [...totals.keys()].sort()) text += `${name}=${totals.get(name)};`;
  return text;
}

interface Counted {
  readonly workload: Workload;
  /** Of its requests, what the scheduler accounts. */
  readonly takes: ResourceTotals;
}

function packNode(
  node: Node,
  placed: Placed,
  workloads: readonly Counted[],
  nominatedPods: number,
): PackedNode {
  const requested = new Map<string, bigint>();
  const daemonSet = new Map<string, bigint>();
  let [podCount, daemonSetPods] = [0, 0];
  placed.forEach((index, pods) => {
    const { workload, takes } = at(workloads, index);
    podCount += pods;
    addTotals(requested, takes, BigInt(pods));
    if (!workload.daemonSet) return;
    daemonSetPods += pods;
    addTotals(daemonSet, takes, BigInt(pods));
  });
  return {
    node,
    podCount,
    daemonSetPods,
    nominatedPods,
    requested,
    daemonSet,
    placements: placed,
  };
}

/** Of what is asked for, what the scheduler keeps account of. */
export function accounted(totals: ResourceTotals): ResourceTotals {
  return new Map(totals.entries().filter(([name]) => isAccounted(name)));
}

/** kubernetes#139627: the pod-level status holds the overhead already, and 1.37 adds it again. */
function countsOverheadTwice(pod: Pod, { useStatus, podLevelStatus, statusRule }: Semantics): boolean {
  if (!useStatus || !podLevelStatus || pod.overhead === null || pod.actual === null) return false;
  return statusRule === 'maximumOfSums'
    ? pod.allocated !== null && pod.actual.requests !== null
    : pod.podLevelRequests !== null && pod.podLevelRequests.size > 0;
}

function nameOf(pod: Pod): string {
  return `${pod.namespace}/${pod.name}`;
}

function at<T>(items: readonly T[], index: number): T {
  const item = items[index];
  if (item === undefined) throw new RangeError(`no item ${index} of ${items.length}`);
  return item;
}
