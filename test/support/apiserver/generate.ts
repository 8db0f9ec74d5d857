import { nodeObject } from './generate/nodeObject.ts';
import { placePods } from './generate/placement.ts';
import { planNodes } from './generate/pools.ts';
import { podFactory } from './generate/podObject.ts';
import { planWorkloads } from './generate/workloads.ts';
import type { KubeObject } from './objects.ts';
import type { ObjectSource } from './state.ts';

export interface GenerateOptions {
  readonly seed: number;
  readonly nodes: number;
  readonly pods: number;
  /** `1.36.2` when left out. Decides which status fields the kubelets write. */
  readonly kubernetesVersion?: string;
  /** Small objects, about a fifth: without managedFields, env, probes, volumes, images. */
  readonly lean?: boolean;
}

export interface GeneratedCluster {
  readonly nodes: ObjectSource;
  readonly pods: ObjectSource;
  readonly kubernetesVersion: string;
}

/**
 * A cluster that looks like production: pools of different shapes and fullness, DaemonSets, batch, pods with
 * every feature that changes what a pod takes, nodes in trouble. Only the plan is kept (a few bytes a pod);
 * objects are made when they are asked for, always the same for the same options.
 */
export function generateCluster(options: GenerateOptions): GeneratedCluster {
  const { seed, kubernetesVersion = '1.36.2', lean = false } = options;
  const minor = Number(kubernetesVersion.split('.')[1] ?? 36);
  const nodes = planNodes(seed, options.nodes);
  const placement = placePods(seed, planWorkloads(seed, options.pods, nodes), nodes);
  const made = { seed, kubernetesVersion, minor, lean };
  const factory = podFactory(made);
  return {
    kubernetesVersion,
    nodes: {
      length: nodes.length,
      nameAt: (index) => ({ name: itemAt(nodes, index).name }),
      at: (index) => nodeObject(itemAt(nodes, index), made),
    },
    pods: {
      length: placement.length,
      nameAt: (index) => factory.nameOf(placement.at(index)),
      at: (index) => factory.podOf(placement.at(index)),
    },
  };
}

/** All objects of a source at once, for small clusters and tests. */
export function objectsOf(source: ObjectSource): readonly KubeObject[] {
  return Array.from({ length: source.length }, (_, index) => source.at(index));
}

function itemAt<T>(items: readonly T[], index: number): T {
  const item = items[index];
  if (item === undefined) throw new RangeError(`there is no object ${index}`);
  return item;
}
