/** The port: what a run asks of a cluster. */
import type { Node } from '../model/node.ts';
import type { Pod } from '../model/pod.ts';
import type { ListResult } from './list.ts';
import type { KubernetesVersion } from './version.ts';

export interface Cluster {
  /** The first request: fails fast, and picks the scheduler's semantics. */
  version(signal: AbortSignal): Promise<KubernetesVersion>;
  nodes(signal: AbortSignal): Promise<ListResult & { readonly items: readonly Node[] }>;
  /** Streams pods into `into`, at the nodes' revision where the server still has it. */
  pods(resourceVersion: string, into: PodSink, signal: AbortSignal): Promise<ListResult>;
}

export interface PodSink {
  /** The list starts over: what was added does not count. */
  restart(): void;
  add(pod: Pod): void;
}
