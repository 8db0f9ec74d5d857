/** What is stranded on one node, and why: the rule of the summary, on stored rows. */
import { taintFrom } from '../../model/node.ts';
import type { NodeRow, WorkloadRow } from '../../model/snapshot.ts';
import { wholeOf } from '../repack/amounts.ts';
import { unusableBecause } from '../usage.ts';
import { eachUnfit, podMixOf, shapeLacks, unfitShare, type PodMix, type ShapesOnNode } from '../stranding.ts';
import { freeOn, published, resourcesOn } from './amounts.ts';

export interface NodeStranding {
  /** Why no room here counts as usable, in words; nothing where it does. */
  readonly unusable: readonly string[];
  /** Pods of the cluster that may run here by their rules, those of DaemonSets left out; null where not counted. */
  readonly pods: number | null;
  /** Of them, the share that does not fit into what is free; 1 where there are none, null where not counted. */
  readonly unfitShare: number | null;
  /** By resource that the node has: a part of what is free; null where not counted. */
  readonly stranded: Readonly<Record<string, number | null>>;
  /** By resource that some of the pods lack: the share of those, and of those that lack nothing else. */
  readonly stops: Readonly<Record<string, Stop>>;
}

export interface Stop {
  readonly share: number;
  readonly alone: number;
}

/** Of any node of a snapshot. */
export function nodeStrandings(workloads: readonly WorkloadRow[]): (row: NodeRow) => NodeStranding {
  const mix = podMixOf(
    workloads.map(({ daemonSet, pods, requests, constraints }) => ({
      daemonSet,
      bound: pods,
      requests: new Map(
        Object.entries(requests).map(([name, amount]) => [name, BigInt(wholeOf(name, amount))]),
      ),
      constraints,
    })),
  );
  return (row) => strandingOn(row, mix);
}

function strandingOn(row: NodeRow, mix: PodMix | null): NodeStranding {
  const readiness = row.ready === null ? 'unknown' : row.ready ? 'ready' : 'notReady';
  const unusable = unusableBecause({ ...row, readiness, taints: row.taints.map(taintFrom) });
  const strandedBy = (share: number | null): NodeStranding['stranded'] =>
    Object.fromEntries(
      resourcesOn(row).map((name) => [
        name,
        share === null ? null : published(name, freeOn(row, name)) * share,
      ]),
    );
  if (mix === null || unusable.length > 0) {
    return { unusable, pods: null, unfitShare: null, stranded: strandedBy(null), stops: {} };
  }
  const shapes = mix.shapesFor({ name: row.node, labels: new Map(Object.entries(row.labels)) });
  const free = Float64Array.from(mix.names, (name) => freeOn(row, name));
  const share = unfitShare(shapes, free);
  return {
    unusable,
    pods: shapes.weight,
    unfitShare: share,
    stranded: strandedBy(share),
    stops: stopsOf(shapes, free, mix.names),
  };
}

function stopsOf(
  shapes: ShapesOnNode,
  free: Float64Array,
  names: readonly string[],
): Readonly<Record<string, Stop>> {
  const [lacking, alone] = [new Float64Array(names.length), new Float64Array(names.length)];
  eachUnfit(shapes, free, (weight, start) => {
    const short = [...names.keys()].filter((i) => shapeLacks(shapes, start, free, i));
    for (const i of short) lacking[i] = (lacking[i] as number) + weight;
    const [only, ...others] = short;
    if (only !== undefined && others.length === 0) alone[only] = (alone[only] as number) + weight;
  });
  const shareOf = (weight: number | undefined): number => (weight ?? 0) / shapes.weight;
  const stops = names.map(
    (name, i) => [name, { share: shareOf(lacking[i]), alone: shareOf(alone[i]) }] as const,
  );
  return Object.fromEntries(
    stops.filter(([, { share }]) => share > 0).toSorted(([, a], [, b]) => b.share - a.share),
  );
}
