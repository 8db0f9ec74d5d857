/** Histories: snapshots of a simulated cluster, as its job would have stored them over days. */
import type { ReadinessRule } from '../../lib/model/readiness-rule.ts';
import type { NodeRow, Snapshot, Summary, WorkloadRow } from '../../lib/model/snapshot.ts';
import { summarise, type SummariseOptions } from '../../lib/packing/summary.ts';
import { createProblems } from '../../lib/packing/problems.ts';
import { snapshotIdOf } from '../../lib/store/keys.ts';
import { commitSnapshot } from '../../lib/store/snapshots.ts';
import type { Store } from '../../lib/store/store.ts';
import { generateCluster } from './apiserver/generate.ts';
import type { KubeObject } from './apiserver/objects.ts';
import type { ObjectSource } from './apiserver/state.ts';
import { packingOf } from './cluster-under-test.ts';

export interface Taken extends Snapshot {
  readonly nodes: readonly NodeRow[];
  readonly workloads: readonly WorkloadRow[];
}

/** What the job makes of these objects, for an instant. */
export function take(
  objects: { readonly nodes: readonly KubeObject[]; readonly pods: readonly KubeObject[] },
  at: Date,
  about: Partial<Summary> = {},
  {
    labelGroups = [],
    readinessRules = [],
  }: Partial<Pick<SummariseOptions, 'labelGroups' | 'readinessRules'>> = {},
): Taken {
  const snapshotId = snapshotIdOf(at);
  const { nodes, workloads, ...snapshot } = summarise(
    packingOf(objects.nodes, objects.pods),
    {
      snapshotId,
      cluster: 'prod',
      scheduledAt: at.toISOString(),
      takenAt: at.toISOString(),
      durationMs: 1000,
      toolVersion: '0.1.0',
      kubernetesVersion: 'v1.36.2',
      semantics: '1.36',
      run: '0a1b2c3d',
      resourceVersion: '1000',
      consistency: 'exact',
      collection: [],
      ...about,
    },
    {
      labelGroups,
      readinessRules,
      problems: createProblems(),
      pods: null,
      search: { maxSearchMs: Infinity, expired: () => false },
    },
  );
  return { ...snapshot, nodes: [...nodes], workloads: [...workloads] };
}

/** The same cluster at another instant, with another share of its cpu and memory asked for. */
export function retake(base: Taken, at: Date, cluster: string, factor: number): Taken {
  const identity = {
    cluster,
    snapshotId: snapshotIdOf(at),
    run: base.summary.run,
    takenAt: at.toISOString(),
  };
  const scale = <T extends { readonly allocated: number; readonly utilization: number | null }>(
    resources: Readonly<Record<string, T>>,
  ): Record<string, T> =>
    Object.fromEntries(
      Object.entries(resources).map(([name, each]) => [
        name,
        name === 'pods'
          ? each
          : {
              ...each,
              allocated: Math.round(each.allocated * factor * 1000) / 1000,
              utilization: each.utilization === null ? null : each.utilization * factor,
            },
      ]),
    );
  return {
    summary: {
      ...base.summary,
      ...identity,
      scheduledAt: at.toISOString(),
      resources: scale(base.summary.resources),
    },
    nodes: base.nodes.map((row, index) => ({
      ...row,
      ...identity,
      // one that is old
      ...(index === 0 && { createdAt: new Date(at.getTime() - 90 * 86_400_000).toISOString() }),
      resources: scale(row.resources),
    })),
    workloads: base.workloads.map((row, index) => ({
      ...row,
      ...identity,
      // one that asks for more in the afternoon
      ...(index === 0 &&
        at.getUTCHours() >= 12 && { requests: { ...row.requests, cpu: (row.requests['cpu'] ?? 0) + 0.1 } }),
    })),
    pods: null,
  };
}

export function objectsOf(source: ObjectSource): KubeObject[] {
  return Array.from({ length: source.length }, (_, index) => source.at(index));
}

export interface HistoryAbout {
  readonly cluster?: string;
  readonly from: Date;
  readonly snapshots: number;
  readonly stepMs: number;
  readonly nodes: number;
  readonly pods: number;
  readonly labelGroups?: readonly (readonly string[])[];
  readonly readinessRules?: readonly ReadinessRule[];
  /** Of each kind at most: a trend reads none. */
  readonly detailRows?: number;
}

/** A day's tide in the demand; the same every time. Resolves with what was committed. */
export async function writeHistory(
  store: Store,
  about: HistoryAbout,
  signal: AbortSignal,
): Promise<Summary[]> {
  const {
    cluster = 'prod',
    from,
    snapshots,
    stepMs,
    nodes,
    pods,
    labelGroups,
    readinessRules,
    detailRows,
  } = about;
  const generated = generateCluster({ nodes, pods, seed: 1 });
  const taken = take(
    { nodes: objectsOf(generated.nodes), pods: objectsOf(generated.pods) },
    from,
    {},
    { ...(labelGroups && { labelGroups }), ...(readinessRules && { readinessRules }) },
  );
  const base = {
    ...taken,
    nodes: taken.nodes.slice(0, detailRows),
    workloads: taken.workloads.slice(0, detailRows),
  };
  const committed: Summary[] = [];
  for (let index = 0; index < snapshots; index++) {
    const at = new Date(from.getTime() + index * stepMs);
    const factor = 0.8 + 0.2 * Math.sin((2 * Math.PI * (at.getTime() % 86_400_000)) / 86_400_000);
    const { summary } = await commitSnapshot(store, retake(base, at, cluster, factor), signal);
    committed.push(summary);
  }
  return committed;
}
