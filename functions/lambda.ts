/** AWS Lambda: one tick for each cluster, at the instant that EventBridge's schedule names. Configured by environment. */
// oxlint-disable-next-line import/no-unassigned-import -- it acts as it is loaded, before all else
import './heap.ts';
import process from 'node:process';
import { connectEks } from '../lib/cluster/eks.ts';
import { resolveConfig, type SettingKey } from '../lib/config.ts';
import { ClusterError, ConfigError } from '../lib/errors.ts';
import { createLog, type Log } from '../lib/log.ts';
import { createCloudWatch } from '../lib/metrics/cloudwatch.ts';
import * as z from '../lib/model/schema.ts';
import { createS3Store } from '../lib/store/s3.ts';
import type { AwsAdapters } from './adapters.ts';
import { startOfMinute } from './slot.ts';
import { resultOf, tick, type Result } from './tick.ts';
import { connectToEks } from './wire.ts';

const adapters: AwsAdapters = {
  eks: async () => connectEks,
  s3: async () => createS3Store,
  cloudWatch: async () => createCloudWatch,
};

/** As far as it is looked at. */
export interface LambdaContext {
  readonly awsRequestId: string;
  getRemainingTimeInMillis(): number;
}

const clusterSchema = z.union([
  z.string(),
  z.strictObject({
    eksCluster: z.string(),
    cluster: z.optional(z.string()),
    region: z.optional(z.string()),
    roleArn: z.optional(z.string()),
  }),
]);
/** EventBridge's event, whose detail may name clusters, or a constant input with them. */
const eventSchema = z.looseObject({
  time: z.optional(z.iso.datetime({ offset: true })),
  clusters: z.optional(z.array(clusterSchema)),
  detail: z.nullish(z.looseObject({ clusters: z.optional(z.array(clusterSchema)) })),
});

/** What is left to say what happened, before Lambda kills the process without a word. */
const reserveMs = 2_000;
const graceMs = 500;

/** What became of each cluster; the invocation fails if one did, after all were tried. */
export async function handler(event: unknown, context: LambdaContext): Promise<Result[]> {
  const write = (text: string): void => void process.stdout.write(text);
  const requestId = context.awsRequestId;
  let log: Log = createLog({ level: 'info', format: 'json', write, fields: { requestId } });
  const failures: Error[] = [];
  const results: Result[] = [];
  try {
    const entries = entriesOf(event, new Date());
    log = createLog({
      level: resolveConfig({ flags: {}, env: process.env, file: null }).logLevel,
      format: 'json',
      write,
      fields: { requestId },
    });
    for (const [index, entry] of entries.entries()) {
      // whatever one cluster does, the others get their share of the time
      const deadline = deadlineOf(context, entries.length - index);
      try {
        const { config, region } = configOf(entry);
        const run = { config, env: process.env, adapters, log, progress: { report: () => undefined }, write };
        const ticked = await Promise.race([
          // the SDK knows no proxy either
          tick(
            run,
            () => connectToEks({ ...run, config: { ...config, region } }, () => null, deadline.signal),
            deadline.signal,
          ),
          deadline.passed,
        ]);
        const result = resultOf(ticked);
        log.info(`snapshot ${result.snapshotId} of ${result.cluster} is committed`, { result });
        results.push(result);
        if (ticked.unpublished !== null) throw ticked.unpublished;
      } catch (error) {
        // one cluster that fails must not lose the others
        const failure = error instanceof Error ? error : new Error(String(error));
        log.error(`${entry.name}: ${failure.message}`, { cluster: entry.name });
        failures.push(new Error(`${entry.name}: ${failure.message}`, { cause: failure }));
      } finally {
        deadline.clear();
      }
    }
  } catch (error) {
    log.error(error instanceof Error ? error.message : String(error));
    throw error;
  }
  const [only] = failures;
  if (only === undefined) return results;
  if (failures.length === 1) throw only;
  throw new AggregateError(
    failures,
    `${failures.length} clusters failed: ${failures.map(({ message }) => message).join('; ')}`,
  );
}

interface Entry {
  /** Of the snapshots; no two have the same. */
  readonly name: string;
  /** All that the event says of it. */
  readonly settings: Partial<Record<SettingKey, string>>;
}

/** Of an event without a time, all clusters are of the minute of `now`. */
function entriesOf(event: unknown, now: Date): Entry[] {
  const parsed = eventSchema.safeParse(event ?? {});
  if (!parsed.success) {
    throw new ConfigError(
      `the event is not one of a schedule: ${z.describeIssues(parsed.error).slice(0, 3).join('; ')}`,
    );
  }
  const { time, clusters, detail } = parsed.data;
  const scheduledAt = time ?? startOfMinute(now).toISOString();
  const byDefault = process.env['KUBE_BINPACK_EKS_CLUSTER'] ?? '';
  const named = detail?.clusters ?? clusters ?? (byDefault === '' ? [] : [{ eksCluster: byDefault }]);
  if (named.length === 0)
    throw new ConfigError(
      "no cluster is named: set KUBE_BINPACK_EKS_CLUSTER, or give clusters in the schedule's input",
    );
  const entries = named.map((cluster) => {
    const given = typeof cluster === 'string' ? { eksCluster: cluster } : cluster;
    const settings = Object.fromEntries(
      Object.entries({ scheduledAt, ...given }).filter(([, value]) => value !== undefined),
    );
    return { name: given.cluster ?? given.eksCluster, settings };
  });
  const twice = entries.find(({ name }, index) => entries.findIndex((each) => each.name === name) !== index);
  if (twice !== undefined)
    throw new ConfigError(
      `two clusters are called ${twice.name}: give one of them another name with "cluster"`,
    );
  return entries;
}

/** The region of an entry is its cluster's; snapshots and gauges go to the function's own. */
function configOf({ settings }: Entry): {
  readonly config: ReturnType<typeof resolveConfig>;
  readonly region: string;
} {
  const { region } = resolveConfig({ flags: settings, env: process.env, file: null });
  const { region: _region, ...own } = settings;
  return { config: resolveConfig({ flags: own, env: process.env, file: null }), region };
}

interface Deadline {
  readonly signal: AbortSignal;
  /** Rejects a moment after the signal: for what does not hear it, such as the assuming of a role. */
  readonly passed: Promise<never>;
  clear(): void;
}

/** Aborts a moment before Lambda would; of the time that is left each of the clusters that are left gets as much. */
function deadlineOf(context: LambdaContext, clustersLeft: number): Deadline {
  const controller = new AbortController();
  const passed = Promise.withResolvers<never>();
  passed.promise.catch(() => undefined); // heard by whoever races with it
  const leftMs = Math.max(0, context.getRemainingTimeInMillis() - reserveMs) / clustersLeft;
  const reason = new ClusterError(
    `the run was stopped after ${(leftMs / 1000).toFixed(0)} s, its share of the function's timeout: raise the timeout of the Lambda function, or its memory, which makes it faster`,
  );
  const timers = [
    setTimeout(() => controller.abort(reason), leftMs),
    setTimeout(() => passed.reject(reason), leftMs + graceMs),
  ];
  return {
    signal: controller.signal,
    passed: passed.promise,
    clear: () => timers.forEach(clearTimeout),
  };
}
