/** What one more pod would take, and where it may go: the shape that headroom is counted for. */
import type { Pod } from '../model/pod.ts';
import type { CanonicalConstraints, Summary, WorkloadRow } from '../model/snapshot.ts';
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
    constraints: onItsNode(canonicalConstraints(pod, false), pod.nodeName),
    namespace: pod.namespace,
    owner: null,
  };
}

/** A pod that names its node may run on no other, which is what affinity to the node's name says too. */
function onItsNode(constraints: CanonicalConstraints, nodeName: string | null): CanonicalConstraints {
  if (nodeName === null) return constraints;
  const itsNode = { key: 'metadata.name', operator: 'In', values: [nodeName] };
  const { nodeAffinity } = constraints;
  if (nodeAffinity === undefined) return { ...constraints, nodeAffinity: [{ fields: [itsNode] }] };
  return {
    ...constraints,
    nodeAffinity: nodeAffinity.map((term) =>
      // an empty term matches no node
      Object.keys(term).length === 0 ? term : { ...term, fields: [...(term.fields ?? []), itsNode] },
    ),
  };
}

/** One more of those that run already. */
export function shapeLike({ requests, constraints, namespace, kind, name }: WorkloadRow): PodShape {
  return { requests, constraints, namespace, owner: { kind, name } };
}
