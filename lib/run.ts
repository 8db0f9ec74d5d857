/** One tick: read, fold, summarise, commit, publish. Nothing is kept once it returns. */
import type { Cluster } from './cluster/cluster.ts';
import { PublishError } from './errors.ts';
import type { Log } from './log.ts';
import type { Publication } from './metrics/plan.ts';
import type { Publisher } from './metrics/publisher.ts';
import type { Collection, Snapshot } from './model/snapshot.ts';
import type { ReadinessRule } from './model/readiness-rule.ts';
import { createCollector } from './packing/collector.ts';
import { summarise } from './packing/summary.ts';
import { semanticsFor } from './scheduler/semantics.ts';
import { instantOf } from './store/keys.ts';
import { commitSnapshot, readRows, readSummary, type Committed } from './store/snapshots.ts';
import type { Store } from './store/store.ts';

export interface RunPorts {
  readonly cluster: Cluster;
  readonly store: Store;
  readonly publishers: readonly Publisher[];
  readonly log: Log;
  readonly now: () => Date;
}

export interface RunOptions {
  readonly clusterName: string;
  /** The slot: one snapshot each, however often it is tried. */
  readonly snapshotId: string;
  /** Random, so that a run that died cannot be mixed with its retry. */
  readonly run: string;
  readonly toolVersion: string;
  readonly labelGroups: readonly (readonly string[])[];
  readonly readinessRules: readonly ReadinessRule[];
  /** Store a row for each pod too. */
  readonly podRows: boolean;
  /** What the lists are narrowed to, for the record; empty: everything is read. */
  readonly selectors: Readonly<Record<string, string>>;
}

export interface Ran extends Pick<Committed, 'summary' | 'own'> {
  /** Why gauges were not published, or not all of them; the snapshot stands all the same. */
  readonly unpublished: PublishError | null;
}

export async function run(ports: RunPorts, options: RunOptions, signal: AbortSignal): Promise<Ran> {
  const { store, log } = ports;
  const slot = { cluster: options.clusterName, snapshotId: options.snapshotId };
  const earlier = await readSummary(store, slot, signal);
  if (earlier !== null) {
    log.info(
      `snapshot ${slot.snapshotId} of ${slot.cluster} exists already and is taken as it is, nothing was read: another instant (--scheduled-at), or the next minute, gives a new one`,
    );
    for (const difference of differencesOf(earlier, options)) log.warn(difference);
    return { summary: earlier, own: false, unpublished: await publishStored(ports, earlier, signal) };
  }
  const snapshot = await takeSnapshot(ports, options, signal);
  const { summary, own, leftOver } = await commitSnapshot(store, snapshot, signal);
  if (own)
    return { summary, own, unpublished: await publish(ports, { summary, nodes: snapshot.nodes }, signal) };
  log.info(`another run committed snapshot ${slot.snapshotId} of ${slot.cluster} first; taking its`);
  if (leftOver.length > 0)
    log.info(`details of this run stay in ${store.location}: nobody reads them`, { leftOver });
  return { summary, own, unpublished: await publishStored(ports, summary, signal) };
}

/** Settings that have no effect on a snapshot that was taken with others. */
function differencesOf(
  earlier: Publication['summary'],
  { selectors, labelGroups, readinessRules }: RunOptions,
): string[] {
  const narrowing = (by: Readonly<Record<string, string>>): string =>
    Object.entries(by)
      .map(([name, value]) => `${name} ${value}`)
      .join(', ') || 'nothing';
  const groupsOf = (groups: readonly (readonly string[])[]): string =>
    [...new Set(groups.map((labels) => labels.join(',')))].sort().join(' and ') || 'none';
  const differences: string[] = [];
  const [was, is] = [narrowing(earlier.selectors ?? {}), narrowing(selectors)];
  if (was !== is) differences.push(`that snapshot is narrowed to ${was}, and not to ${is}, as asked for now`);
  const [had, has] = [groupsOf(earlier.groups.map(({ labels }) => labels)), groupsOf(labelGroups)];
  if (had !== has)
    differences.push(`the label groups of that snapshot are ${had}, and not ${has}, as asked for now`);
  const rulesOf = (names: readonly string[]): string => names.toSorted().join(' and ') || 'none';
  const [knew, knows] = [
    rulesOf((earlier.readiness ?? []).map(({ rule }) => rule)),
    rulesOf(readinessRules.map(({ name }) => name)),
  ];
  if (knew !== knows)
    differences.push(`the readiness rules of that snapshot are ${knew}, and not ${knows}, as asked for now`);
  return differences;
}

/** Of a snapshot that another run took: its gauges may not have got through. */
async function publishStored(
  ports: RunPorts,
  summary: Publication['summary'],
  signal: AbortSignal,
): Promise<PublishError | null> {
  if (ports.publishers.length === 0) return null;
  const nodes = await readRows(ports.store, summary, 'nodes', signal).catch((error: unknown) => {
    if (signal.aborted) return error;
    throw error;
  });
  return Array.isArray(nodes) ? publish(ports, { summary, nodes }, signal) : stopped(summary, nodes);
}

/** To each of them, whatever becomes of the others; until it is stopped. */
async function publish(
  { publishers }: RunPorts,
  publication: Publication,
  signal: AbortSignal,
): Promise<PublishError | null> {
  const failures: PublishError[] = [];
  for (const publisher of publishers) {
    try {
      await publisher.publish(publication, signal);
    } catch (error) {
      if (!(error instanceof PublishError) && !signal.aborted) throw error;
      failures.push(error instanceof PublishError ? error : stopped(publication.summary, error));
    }
    if (signal.aborted) break;
  }
  const [first] = failures;
  if (first === undefined || failures.length === 1) return first ?? null;
  return new PublishError(failures.map(({ message }) => message).join('; '), {
    cause: failures.at(-1)?.cause,
  });
}

function stopped(summary: Publication['summary'], reason: unknown): PublishError {
  const why = reason instanceof Error ? reason.message : String(reason);
  return new PublishError(
    `snapshot ${summary.snapshotId} is stored, but not all of its gauges were published: ${why}`,
    { cause: reason },
  );
}

async function takeSnapshot(
  { cluster, log, now }: RunPorts,
  options: RunOptions,
  signal: AbortSignal,
): Promise<Snapshot> {
  const takenAt = now();
  const version = await cluster.version(signal);
  const { semantics, problem } = semanticsFor(version.minor);
  log.debug(`Kubernetes ${version.gitVersion}: counting as a scheduler of ${semantics.row}`);

  const nodes = await timed(now, () => cluster.nodes(signal));
  const collector = createCollector(nodes.items, semantics, {
    podRows: options.podRows,
    someNodes: 'nodeSelector' in options.selectors,
  });
  const pods = await timed(now, () => cluster.pods(nodes.resourceVersion, collector, signal));

  if (problem !== null) collector.problems.add('UnknownKubernetesVersion', problem);

  return summarise(
    collector.fold.result(),
    {
      snapshotId: options.snapshotId,
      cluster: options.clusterName,
      scheduledAt: instantOf(options.snapshotId).toISOString(),
      takenAt: takenAt.toISOString(),
      durationMs: sinceMs(takenAt, now()),
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
    },
  );
}

async function timed<T extends { readonly collection: Omit<Collection, 'durationMs'> }>(
  now: () => Date,
  list: () => Promise<T>,
): Promise<Omit<T, 'collection'> & { readonly collection: Collection }> {
  const start = now();
  const listed = await list();
  return { ...listed, collection: { ...listed.collection, durationMs: sinceMs(start, now()) } };
}

/** A clock that is set back meanwhile gives 0. */
function sinceMs(start: Date, end: Date): number {
  return Math.max(0, end.getTime() - start.getTime());
}
