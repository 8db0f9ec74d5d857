/** One tick of a configured job, as the command line and Lambda run it. */
import { randomBytes } from 'node:crypto';
import type { Connection } from '../lib/cluster/connect.ts';
import { ConfigError, KubeBinpackError, type PublishError } from '../lib/errors.ts';
import type { Summary } from '../lib/model/snapshot.ts';
import { run, type Ran } from '../lib/run.ts';
import { snapshotIdOf, summaryKey } from '../lib/store/keys.ts';
import type { Context } from './command.ts';
import { warnOfResources } from './resources.ts';
import { maxAheadMs, slotOf } from './slot.ts';
import { toolVersion } from './version.ts';
import { openCluster, openPublishers, openStore, requireClusterName } from './wire.ts';

export type TickContext = Pick<Context, 'config' | 'env' | 'adapters' | 'log' | 'progress' | 'write'>;

export interface Ticked extends Ran {
  /** Of the store, for people. */
  readonly location: string;
}

export async function tick(
  context: TickContext,
  connect: () => Promise<Connection>,
  signal: AbortSignal,
): Promise<Ticked> {
  const { config, log } = context;
  refuseMistakes(context);
  const store = await openStore(context);
  const publishers = await openPublishers(context);
  const access = openCluster(await connect(), context);
  try {
    const now = (): Date => new Date();
    const ran = await run(
      { cluster: access.cluster, store, publishers, log, now, elapsedMs: () => performance.now() },
      {
        clusterName: requireClusterName(access.clusterName),
        snapshotId: snapshotIdOf(slotOf(config, now())),
        run: randomBytes(4).toString('hex'),
        toolVersion,
        labelGroups: config.labelGroups,
        readinessRules: config.readinessRules,
        podRows: config.detail === 'pods',
        selectors: selectorsOf(context),
        exclude: config.exclude,
        repackBudgetMs: config.repackBudget,
      },
      signal,
    );
    warnOfOddities(ran.summary, context);
    return { ...ran, location: store.location };
  } finally {
    access.close();
  }
}

/** What a run came to, for the log and for whoever called it. */
export interface Result {
  readonly cluster: string;
  readonly snapshotId: string;
  readonly key: string;
  readonly nodes: number;
  readonly pods: number;
  /** Of the lists, when the snapshot was taken. */
  readonly requests: number;
  readonly durationMs: number;
  /** false: another run of the slot was first, and its snapshot is taken. */
  readonly own: boolean;
}

/** What is stored all the same; behind it stands why its gauges are not published, or not all. */
export class UnpublishedError extends KubeBinpackError {
  readonly result: Result;

  constructor(cause: PublishError, result: Result) {
    super(cause.message, { cause });
    this.result = result;
  }
}

export function resultOf({ summary, own }: Ran): Result {
  const { cluster, snapshotId, nodes, pods, collection, durationMs } = summary;
  return {
    cluster,
    snapshotId,
    key: summaryKey(summary),
    nodes: nodes.total,
    pods: pods.counted,
    requests: collection.reduce((sum, { pages, retries }) => sum + pages + retries, 0),
    durationMs,
    own,
  };
}

function selectorsOf({ config }: TickContext): Record<string, string> {
  const { namespace, nodeSelector, podFieldSelector } = config;
  return Object.fromEntries(
    Object.entries({ namespace, nodeSelector, podFieldSelector }).filter(([, value]) => value !== ''),
  );
}

function refuseMistakes(context: TickContext): void {
  const { scheduledAt, cluster, metrics, prometheus } = context.config;
  if (scheduledAt !== null && scheduledAt.getTime() > Date.now() + maxAheadMs)
    throw new ConfigError(
      `--scheduled-at ${scheduledAt.toISOString()} lies ahead: what is read now cannot stand for it`,
    );
  const narrowed = Object.keys(selectorsOf(context));
  if (narrowed.length > 0 && cluster === '' && (metrics !== 'none' || prometheus !== ''))
    throw new ConfigError(
      `a part of a cluster (${narrowed.join(', ')}) would be published under the name of the whole: name it apart with --cluster`,
    );
}

/** What is nothing wrong in itself, and yet hardly meant. */
function warnOfOddities({ nodes, resources }: Summary, { config, log }: TickContext): void {
  if (nodes.total === 0) log.warn('no node was listed: is --node-selector right?');
  warnOfResources(resources, { config, log });
}
