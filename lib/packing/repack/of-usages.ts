/**
 * A snapshot that is being made, as re-packing reads stored ones. Parts of a node are made anew whenever they are asked
 * for: all of them at once would take more memory than all else.
 */
import { taintText } from '../../model/node.ts';
import { publishedTotals } from '../amounts.ts';
import { apartKindOf } from '../apart.ts';
import type { Workload } from '../fold.ts';
import type { CountedWorkload } from '../gpu-fragmentation.ts';
import { traitsOf } from '../labels.ts';
import { publishedUsage, readyOf } from '../rows.ts';
import { oncePerObject } from '../sharing.ts';
import type { NodeUsage } from '../usage.ts';
import type { RepackNode } from './input.ts';

export interface CountedInput {
  readonly nodes: readonly RepackNode[];
  readonly workloads: readonly CountedWorkload[];
}

/** Without virtual nodes: each is made for its pod. */
export function inputOf(usages: readonly NodeUsage[], workloads: readonly Workload[]): CountedInput {
  const publishedOf = oncePerObject(publishedTotals);
  return {
    nodes: usages.filter(({ node }) => apartKindOf(node) !== 'virtual').map((usage) => new UsageNode(usage)),
    workloads: workloads.map(({ requests, bound, ...workload }, index) => ({
      ...workload,
      index,
      pods: bound,
      requests: publishedOf(requests),
      pins: [...workload.pins],
    })),
  };
}

class UsageNode implements RepackNode {
  private readonly usage: NodeUsage;

  constructor(usage: NodeUsage) {
    this.usage = usage;
  }

  get node(): string {
    return this.usage.node.name;
  }
  get instanceType(): string | null {
    return traitsOf(this.usage.node).instanceType;
  }
  get zone(): string | null {
    return traitsOf(this.usage.node).zone;
  }
  get nodePool(): string | null {
    return traitsOf(this.usage.node).nodePool;
  }
  get ready(): boolean | null {
    return readyOf(this.usage.node);
  }
  get unschedulable(): boolean {
    return this.usage.node.unschedulable;
  }
  get taints(): string[] {
    return this.usage.node.taints.map(taintText);
  }
  get labels(): Record<string, string> {
    return Object.fromEntries(this.usage.node.labels);
  }
  get resources(): RepackNode['resources'] {
    return publishedUsage(this.usage.resources);
  }
  get placements(): [number, number][] {
    return this.usage.placements.pairs();
  }
}
