import type { ResourceList } from './resources.ts';
import type { Pin } from './pins.ts';
import type { Constraints } from './constraints.ts';

/** What we read of a pod, whichever encoding it came in. */
export interface Pod {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  /** The label pod-template-hash, which tells a Deployment's ReplicaSet. */
  readonly templateHash: string | null;
  /** Read only where a constraint of the pod selects pods by their labels; empty elsewhere. */
  readonly labels: ReadonlyMap<string, string>;
  /** The controlling owner reference. */
  readonly controller: Controller | null;
  /** The mirror of a static pod (annotation kubernetes.io/config.mirror). */
  readonly mirror: boolean;
  readonly terminating: boolean;
  /** What keeps it on its node when the node is to be emptied; equal ones are the same array. */
  readonly pins: readonly Pin[];
  /** null while unassigned. */
  readonly nodeName: string | null;
  readonly nominatedNodeName: string | null;
  readonly gated: boolean;
  readonly priority: number;
  readonly phase: string;
  readonly containers: readonly Container[];
  readonly initContainers: readonly Container[];
  /** spec.resources.requests; null where absent. */
  readonly podLevelRequests: ResourceList | null;
  readonly overhead: ResourceList | null;
  readonly constraints: Constraints;
  readonly containerStatuses: readonly ContainerStatus[];
  readonly initContainerStatuses: readonly ContainerStatus[];
  /** The first PodResizePending condition has reason Infeasible. */
  readonly resizeInfeasible: boolean;
  /** status.resources; null where absent, though `requests` within it may be absent by itself. */
  readonly actual: { readonly requests: ResourceList | null } | null;
  /** status.allocatedResources. */
  readonly allocated: ResourceList | null;
  /** Values that could not be read, one sentence each; they count as absent. */
  readonly problems: readonly string[];
}

export interface Controller {
  readonly kind: string;
  readonly name: string;
}

export interface Container {
  /** From spec.initContainers. */
  readonly init: boolean;
  readonly name: string;
  /** An init container that keeps running: restartPolicy Always. */
  readonly restartPolicy: string;
  readonly requests: ResourceList | null;
  readonly hostPorts: readonly HostPort[];
}

export interface HostPort {
  /** Empty or 0.0.0.0: every address. */
  readonly ip: string;
  readonly protocol: string;
  readonly port: number;
}

export interface ContainerStatus {
  readonly name: string;
  /** `resources` of the status: present or not decides, so absent is null. */
  readonly actual: { readonly requests: ResourceList | null } | null;
  readonly allocated: ResourceList | null;
}

export function isTerminal(pod: Pick<Pod, 'phase'>): boolean {
  return pod.phase === 'Succeeded' || pod.phase === 'Failed';
}

export function isSidecar(initContainer: Pick<Container, 'restartPolicy'>): boolean {
  return initContainer.restartPolicy === 'Always';
}
