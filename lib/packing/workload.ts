/** Which workload a pod belongs to, as its owner would say. */
import type { Pod } from '../model/pod.ts';

export interface WorkloadName {
  readonly namespace: string;
  readonly kind: string;
  readonly name: string;
}

/** The CronJob controller names a Job after itself and its scheduled time in minutes since 1970, of 2017 to 2046. */
const cronJobSuffix = /^(.+)-(?:2[5-9]|3\d)\d{6}$/;

/**
 * A ReplicaSet resolves to its Deployment by the pod's pod-template-hash, a Job to its CronJob by its
 * name, a mirror pod to the static pod of every node; a pod without controller stands for itself.
 */
export function workloadOf(pod: Pod): WorkloadName {
  const { namespace, controller } = pod;
  if (pod.mirror) return { namespace, kind: 'StaticPod', name: withoutSuffix(pod.name, pod.nodeName) };
  if (controller === null) return { namespace, kind: 'Pod', name: pod.name };
  const { kind, name } = controller;
  if (kind === 'ReplicaSet') {
    const deployment = withoutSuffix(name, pod.templateHash);
    if (deployment !== name) return { namespace, kind: 'Deployment', name: deployment };
  }
  if (kind === 'Job') {
    const cronJob = cronJobSuffix.exec(name)?.[1];
    if (cronJob !== undefined) return { namespace, kind: 'CronJob', name: cronJob };
  }
  return { namespace, kind, name };
}

function withoutSuffix(name: string, suffix: string | null): string {
  return suffix !== null && suffix !== '' && name.endsWith(`-${suffix}`)
    ? name.slice(0, -suffix.length - 1)
    : name;
}
