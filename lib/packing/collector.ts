/** Takes pods as they are listed; a list that starts over begins a new fold. */
import type { ApartKind } from '../model/apart.ts';
import type { Pod } from '../model/pod.ts';
import { createFold, type Fold } from './fold.ts';
import type { Node } from '../model/node.ts';
import type { Semantics } from '../scheduler/semantics.ts';
import { createProblems, type Problems } from './problems.ts';
import type { PodDetail } from './summary.ts';

export interface Collector {
  restart(): void;
  add(pod: Pod): void;
  readonly fold: Fold;
  readonly problems: Problems;
  /** null where they are not wanted. */
  readonly pods: readonly PodDetail[] | null;
}

export interface CollectorOptions {
  /** Keep a row for each pod. */
  readonly podRows: boolean;
  /** Only some nodes were listed, so that pods on others are nothing odd. */
  readonly someNodes: boolean;
  readonly exclude?: readonly ApartKind[];
}

export function createCollector(
  nodes: readonly Node[],
  semantics: Semantics,
  { podRows, ...options }: CollectorOptions,
): Collector {
  const begin = (): { fold: Fold; problems: Problems; pods: PodDetail[] | null } => {
    const problems = createProblems();
    noteNodes(nodes, problems);
    return { fold: createFold(nodes, semantics, problems, options), problems, pods: podRows ? [] : null };
  };
  let state = begin();
  return {
    restart: () => (state = begin()),
    add(pod) {
      const workload = state.fold.add(pod);
      if (workload !== null) state.pods?.push(detailOf(pod, workload));
    },
    get fold() {
      return state.fold;
    },
    get problems() {
      return state.problems;
    },
    get pods() {
      return state.pods;
    },
  };
}

function noteNodes(nodes: readonly Node[], problems: Problems): void {
  for (const node of nodes) {
    for (const problem of node.problems) problems.add('InvalidQuantity', `node ${node.name}: ${problem}`);
    if (node.allocatable.size === 0)
      problems.add('NodeWithoutAllocatable', `node ${node.name}: counted as having nothing`);
  }
}

function detailOf(pod: Pod, workload: number): PodDetail {
  const { namespace, name, uid, nodeName, phase, terminating } = pod;
  return { namespace, pod: name, uid, node: nodeName, phase, terminating, workload };
}
