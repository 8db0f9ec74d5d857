/** One tick: read, fold, summarise, commit, publish. Nothing is kept once it returns. */
import { PublishError } from './errors.ts';
import { differencesOf } from './earlier.ts';
import type { Publication } from './metrics/plan.ts';
import type { Publisher } from './metrics/publisher.ts';
import { commitSnapshot, readRows, readSummary, type Committed } from './store/snapshots.ts';
import type { Store } from './store/store.ts';
import { takeSnapshot, type TakeOptions, type TakePorts } from './take.ts';

export interface RunPorts extends TakePorts {
  readonly store: Store;
  readonly publishers: readonly Publisher[];
}

export interface Ran extends Pick<Committed, 'summary' | 'own'> {
  /** Why gauges were not published, or not all of them; the snapshot stands all the same. */
  readonly unpublished: PublishError | null;
}

export async function run(ports: RunPorts, options: TakeOptions, signal: AbortSignal): Promise<Ran> {
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
