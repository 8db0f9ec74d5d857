/** A snapshot that is being made, as re-packing reads stored ones: nothing is copied. */
import { taintText } from '../../model/node.ts';
import { apartKindOf } from '../apart.ts';
import type { Workload } from '../fold.ts';
import type { CountedWorkload } from '../gpu-fragmentation.ts';
import { traitsOf } from '../labels.ts';
import { readyOf } from '../rows.ts';
import type { NodeUsage } from '../usage.ts';
import type { RepackNode } from './input.ts';

export interface CountedInput {
  readonly nodes: readonly RepackNode[];
  readonly workloads: readonly CountedWorkload[];
}

/** Without virtual nodes: each is made for its pod. */
export function inputOf(usages: readonly NodeUsage[], workloads: readonly Workload[]): CountedInput {
  return {
    nodes: usages.filter(({ node }) => apartKindOf(node) !== 'virtual').map((usage) => new UsageNode(usage)),
    workloads: workloads.map((workload, index) => new FoldedWorkload(workload, index)),
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
  get labels(): ReadonlyMap<string, string> {
    return this.usage.node.labels;
  }
  get resources(): RepackNode['resources'] {
    return this.usage.resources;
  }
  get placements(): RepackNode['placements'] {
    return this.usage.placements;
  }
}

class FoldedWorkload implements CountedWorkload {
  private readonly workload: Workload;
  readonly index: number;

  constructor(workload: Workload, index: number) {
    this.workload = workload;
    this.index = index;
  }

  get namespace(): string {
    return this.workload.namespace;
  }
  get kind(): string {
    return this.workload.kind;
  }
  get name(): string {
    return this.workload.name;
  }
  get daemonSet(): boolean {
    return this.workload.daemonSet;
  }
  get requests(): CountedWorkload['requests'] {
    return this.workload.requests;
  }
  get constraints(): CountedWorkload['constraints'] {
    return this.workload.constraints;
  }
  get pins(): readonly string[] {
    return this.workload.pins;
  }
  get pods(): number {
    return this.workload.bound;
  }
  get pending(): number {
    return this.workload.pending;
  }
}
