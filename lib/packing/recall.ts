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

/** Bounds memory where every pod has a controller of its own, as those of Jobs do. */
const maxControllers = 20_000;

export function createRecall(): Recall {
  const byController = new Map<Controller, Known[]>();
  let parts: unknown[] = [];
  let controller: Controller | null = null;
  return {
    find(pod) {
      ({ controller } = pod);
      // a pod that stands for itself, or is named after its node, is not seen twice
      if (controller === null || pod.mirror) {
        controller = null;
        return null;
      }
      parts = partsOf(pod);
      return byController.get(controller)?.find((known) => areSame(known.parts, parts))?.index ?? null;
    },
    keep(index) {
      if (controller === null) return;
      if (byController.size >= maxControllers) byController.clear();
      const known = byController.get(controller) ?? [];
      known.push({ parts, index });
      byController.set(controller, known);
    },
  };
}

/** All that decides the workload's name, its requests and its constraints, beside the controller. */
function partsOf(pod: Pod): unknown[] {
  const { constraints, actual } = pod;
  const parts: unknown[] = [
    pod.namespace,
    pod.templateHash,
    pod.priority,
    pod.podLevelRequests,
    pod.overhead,
    pod.resizeInfeasible,
    actual,
    pod.allocated,
    constraints.nodeSelector,
    nodeAffinityPart(pod),
    constraints.tolerations,
    constraints.topologySpread,
    constraints.podAffinity,
    constraints.podAntiAffinity,
    pod.containers.length,
    pod.initContainers.length,
    pod.containerStatuses.length,
  ];
  if (selectsPods(constraints)) for (const [key, value] of pod.labels) parts.push(key, value);
  for (const container of pod.containers) pushContainer(parts, container);
  for (const container of pod.initContainers) pushContainer(parts, container);
  for (const status of pod.containerStatuses) pushStatus(parts, status);
  for (const status of pod.initContainerStatuses) pushStatus(parts, status);
  return parts;
}

/** A DaemonSet's pods differ in the node that each is pinned to, which is no constraint of the workload. */
function nodeAffinityPart({ controller, constraints: { nodeAffinity } }: Pod): unknown {
  if (controller?.kind !== 'DaemonSet' || nodeAffinity === null) return nodeAffinity;
  const expressions = nodeAffinity.flatMap(({ matchExpressions }) =>
    matchExpressions.length > 0 ? [matchExpressions] : [],
  );
  return expressions.length === 0 ? null : JSON.stringify(expressions);
}

function pushContainer(parts: unknown[], { name, restartPolicy, requests, hostPorts }: Container): void {
  parts.push(name, restartPolicy, requests, hostPorts);
}

function pushStatus(parts: unknown[], { name, actual, allocated }: ContainerStatus): void {
  parts.push(name, actual, allocated);
}

function areSame(a: readonly unknown[], b: readonly unknown[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
