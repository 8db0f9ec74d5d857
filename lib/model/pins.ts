/**
 * What keeps a pod on its node when the node is to be emptied: what Karpenter and the Cluster Autoscaler respect.
 * A controller that is missing holds a pod too, which its owner tells.
 */

/** In the order that they are told of. */
const pins = ['do-not-disrupt', 'safe-to-evict', 'local storage'] as const;
export type Pin = (typeof pins)[number];

export const pinAnnotations = {
  /** Karpenter: "true" keeps the pod. */
  doNotDisrupt: 'karpenter.sh/do-not-disrupt',
  /** Cluster Autoscaler: "false" keeps the pod, "true" lets it go with its local storage. */
  safeToEvict: 'cluster-autoscaler.kubernetes.io/safe-to-evict',
  /** Cluster Autoscaler: names of volumes whose loss does not matter, with commas between. */
  safeVolumes: 'cluster-autoscaler.kubernetes.io/safe-to-evict-local-volumes',
} as const;

/** Of a pod: values of the annotations ('' where absent), and names of its volumes of `hostPath` or on the node's disk. */
export interface PinFacts {
  readonly doNotDisrupt: string;
  readonly safeToEvict: string;
  readonly safeVolumes: string;
  readonly localVolumes: readonly string[];
}

/** An `emptyDir` in memory holds nothing that outlives a container's restart elsewhere. */
export const memoryMedium = 'Memory';

export const noPins: readonly Pin[] = [];

/** Equal answers are the same array. */
export function pinsOf({ doNotDisrupt, safeToEvict, safeVolumes, localVolumes }: PinFacts): readonly Pin[] {
  const mask =
    (doNotDisrupt === 'true' ? 1 : 0) +
    (safeToEvict === 'false' ? 2 : 0) +
    (safeToEvict !== 'true' && keepsData(localVolumes, safeVolumes) ? 4 : 0);
  return combinations[mask] ?? noPins;
}

/** One bit for each, in their order. */
const combinations: readonly (readonly Pin[])[] = Array.from({ length: 2 ** pins.length }, (_, mask) =>
  mask === 0 ? noPins : pins.filter((__, bit) => (mask & (1 << bit)) !== 0),
);

function keepsData(localVolumes: readonly string[], safeVolumes: string): boolean {
  if (localVolumes.length === 0) return false;
  const safe = new Set(safeVolumes.split(',').map((name) => name.trim()));
  return localVolumes.some((name) => !safe.has(name));
}
