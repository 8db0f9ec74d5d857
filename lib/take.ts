/** The cluster as it is now: read, folded, summarised; nothing is stored. */
import type { Cluster } from './cluster/cluster.ts';
import type { TakenWith } from './earlier.ts';
import type { Log } from './log.ts';
import type { Collection, Snapshot } from './model/snapshot.ts';
import { createCollector } from './packing/collector.ts';
import { summarise } from './packing/summary.ts';
import { semanticsFor } from './scheduler/semantics.ts';
import { instantOf } from './store/keys.ts';

export interface TakePorts {
  readonly cluster: Cluster;
  readonly log: Log;
  readonly now: () => Date;
  /** Milliseconds of a clock that nobody sets: how long things take. */
  readonly elapsedMs: () => number;
}

export interface TakeOptions extends TakenWith {
  readonly clusterName: string;
  /** The slot: one snapshot each, however often it is tried. */
  readonly snapshotId: string;
  /** Random, so that a run that died cannot be mixed with its retry. */
  readonly run: string;
  readonly toolVersion: string;
  /** Store a row for each pod too. */
  readonly podRows: boolean;
  /** How long a better packing may be searched for; 0: not at all. */
  readonly repackBudgetMs: number;
}

export async function takeSnapshot(
  { cluster, log, now, elapsedMs }: TakePorts,
  options: TakeOptions,
  signal: AbortSignal,
): Promise<Snapshot> {
  const takenAt = now();
  const startMs = elapsedMs();
  const version = await cluster.version(signal);
  const { semantics, problem } = semanticsFor(version.minor);
  log.debug(`Kubernetes ${version.gitVersion}: counting as a scheduler of ${semantics.row}`);

  const nodes = await timed(elapsedMs, () => cluster.nodes(signal));
  const collector = createCollector(nodes.items, semantics, {
    podRows: options.podRows,
    someNodes: 'nodeSelector' in options.selectors,
    exclude: options.exclude,
  });
  const pods = await timed(elapsedMs, () => cluster.pods(nodes.resourceVersion, collector, signal));

  if (problem !== null) collector.problems.add('UnknownKubernetesVersion', problem);

  const { repackBudgetMs: maxSearchMs } = options;
  const searchUntilMs = elapsedMs() + maxSearchMs;
  return summarise(
    collector.fold.result(),
    {
      snapshotId: options.snapshotId,
      cluster: options.clusterName,
      scheduledAt: instantOf(options.snapshotId).toISOString(),
      takenAt: takenAt.toISOString(),
      durationMs: Math.round(elapsedMs() - startMs),
      toolVersion: options.toolVersion,
      kubernetesVersion: version.gitVersion,
      semantics: semantics.row,
      run: options.run,
      resourceVersion: nodes.resourceVersion,
      consistency:
        nodes.inconsistent || pods.inconsistent ? 'inconsistent' : pods.exact ? 'exact' : 'per-resource',
      ...(Object.keys(options.selectors).length > 0 && { selectors: { ...options.selectors } }),
      collection: [nodes.collection, pods.collection],
    },
    {
      labelGroups: options.labelGroups,
      readinessRules: options.readinessRules,
      problems: collector.problems,
      pods: collector.pods,
      search: { maxSearchMs, expired: () => signal.aborted || elapsedMs() >= searchUntilMs },
    },
  );
}

async function timed<T extends { readonly collection: Omit<Collection, 'durationMs'> }>(
  elapsedMs: () => number,
  list: () => Promise<T>,
): Promise<Omit<T, 'collection'> & { readonly collection: Collection }> {
  const startMs = elapsedMs();
  const listed = await list();
  const durationMs = Math.round(elapsedMs() - startMs);
  return { ...listed, collection: { ...listed.collection, durationMs } };
}
