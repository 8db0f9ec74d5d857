/** What one more pod would take, and where it may go: the shape that headroom is counted for. */
import type { Pod } from '../model/pod.ts';
import type { Summary, WorkloadRow } from '../model/snapshot.ts';
import { podRequests } from '../scheduler/requests.ts';
import { forCandidate, semanticsFor } from '../scheduler/semantics.ts';
import { publishedTotals } from './amounts.ts';
import { canonicalConstraints } from './constraints.ts';
import type { PodShape } from './headroom.ts';

/** As the scheduler of that cluster would see a pod that has no node yet. */
export function shapeOfPod(pod: Pod, { kubernetesVersion }: Pick<Summary, 'kubernetesVersion'>): PodShape {
  const minor = Number(/^v?1\.(\d+)/.exec(kubernetesVersion)?.[1] ?? Number.NaN);
  const { semantics } = semanticsFor(minor);
  return {
    requests: publishedTotals(podRequests(pod, forCandidate(semantics))),
    constraints: canonicalConstraints(pod, false),
    namespace: pod.namespace,
    owner: null,
  };
}

/** One more of those that run already. */
export function shapeLike({ requests, constraints, namespace, kind, name }: WorkloadRow): PodShape {
  return { requests, constraints, namespace, owner: { kind, name } };
}
