/**
 * Which workload a pod is of, remembered by the very objects that it is built of. Decoders give the same object for
 * the same bytes, so the pods of a workload share theirs; a pod that shares none is merely not recognised.
 */
import { selectsPods } from '../model/constraints.ts';
import type { Container, ContainerStatus, Controller, Pod } from '../model/pod.ts';

export interface Recall {
  /** The index that was last given to a pod of the same parts; null: none was. */
  find(pod: Pod): number | null;
  /** Of the pod that was looked for last. */
  keep(index: number): void;
}

interface Known {
  readonly parts: readonly unknown[];
  readonly index: number;
}

/** A list shows the pods of a controller one after another, but for others whose names begin alike. */
const maxControllers = 500;
/** Pods of one controller that differ: a few by its updates, or all, where something resizes them one by one. */
const maxVariants = 20;

export function createRecall(): Recall {
  const byController = new Map<Controller, Known[]>();
  /** Of the pod that was looked for last; one array for all of them. */
  const parts: unknown[] = [];
  let count = 0;
  let controller: Controller | null = null;
  const add = (part: unknown): void => {
    parts[count++] = part;
  };
  return {
    find(pod) {
      ({ controller } = pod);
      // a pod that stands for itself, or is named after its node, is not seen twice
      if (controller === null || pod.mirror) {
        controller = null;
        return null;
      }
      count = 0;
      addParts(pod, add);
      return byController.get(controller)?.find((known) => areSame(known.parts, parts, count))?.index ?? null;
    },
    keep(index) {
      if (controller === null) return;
      if (byController.size >= maxControllers) byController.clear();
      const before = byController.get(controller) ?? [];
      const known = before.length < maxVariants ? before : [];
      known.push({ parts: parts.slice(0, count), index });
      byController.set(controller, known);
    },
  };
}

/** All that decides the workload's name, its requests and its constraints, beside the controller. */
function addParts(pod: Pod, add: (part: unknown) => void): void {
  const { constraints } = pod;
  add(pod.namespace);
  add(pod.templateHash);
  add(pod.priority);
  add(pod.pins);
  add(pod.podLevelRequests);
  add(pod.overhead);
  add(pod.resizeInfeasible);
  add(pod.actual);
  add(pod.allocated);
  add(constraints.nodeSelector);
  add(nodeAffinityPart(pod));
  add(constraints.tolerations);
  add(constraints.topologySpread);
  add(constraints.podAffinity);
  add(constraints.podAntiAffinity);
  add(pod.containers.length);
  add(pod.initContainers.length);
  add(pod.containerStatuses.length);
  if (selectsPods(constraints)) {
    for (const [key, value] of pod.labels) {
      add(key);
      add(value);
    }
  }
  for (const container of pod.containers) addContainer(container, add);
  for (const container of pod.initContainers) addContainer(container, add);
  for (const status of pod.containerStatuses) addStatus(status, add);
  for (const status of pod.initContainerStatuses) addStatus(status, add);
}

/** A DaemonSet's pods differ in the node that each is pinned to, which is no constraint of the workload. */
function nodeAffinityPart({ controller, constraints: { nodeAffinity } }: Pod): unknown {
  if (controller?.kind !== 'DaemonSet' || nodeAffinity === null) return nodeAffinity;
  if (nodeAffinity.every(({ matchExpressions }) => matchExpressions.length === 0)) return null;
  return JSON.stringify(nodeAffinity.map(({ matchExpressions }) => matchExpressions));
}

function addContainer(container: Container, add: (part: unknown) => void): void {
  add(container.name);
  add(container.restartPolicy);
  add(container.requests);
  add(container.hostPorts);
}

function addStatus(status: ContainerStatus, add: (part: unknown) => void): void {
  add(status.name);
  add(status.actual);
  add(status.allocated);
}

function areSame(known: readonly unknown[], parts: readonly unknown[], count: number): boolean {
  if (known.length !== count) return false;
  for (let i = 0; i < count; i++) if (known[i] !== parts[i]) return false;
  return true;
}
