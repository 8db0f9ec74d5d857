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
import { summaryKey } from '../lib/store/keys.ts';
import { createS3Store } from '../lib/store/s3.ts';
import type { AwsAdapters } from './adapters.ts';
import { tick } from './tick.ts';
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

/** What became of each cluster; the invocation fails if one did, after all were tried. */
export interface Outcome {
  readonly cluster: string;
  readonly snapshotId: string;
  readonly key: string;
  readonly nodes: number;
  readonly pods: number;
  /** false: another run of the slot was first. */
  readonly own: boolean;
}

const clusterSchema = z.union([
  z.string(),
  z.object({
    eksCluster: z.string(),
    cluster: z.optional(z.string()),
    region: z.optional(z.string()),
    roleArn: z.optional(z.string()),
  }),
]);
/** EventBridge's event, whose detail may name clusters, or a constant input with them. */
const eventSchema = z.looseObject({
  time: z.optional(z.string()),
  clusters: z.optional(z.array(clusterSchema)),
  detail: z.nullish(z.looseObject({ clusters: z.optional(z.array(clusterSchema)) })),
});

/** What is left to say what happened, before Lambda kills the process without a word. */
const reserveMs = 2_000;

export async function handler(event: unknown, context: LambdaContext): Promise<Outcome[]> {
  const write = (text: string): void => void process.stdout.write(text);
  const requestId = context.awsRequestId;
  let log: Log = createLog({ level: 'info', format: 'json', write, fields: { requestId } });
  const failures: Error[] = [];
  const outcomes: Outcome[] = [];
  try {
    const runs = runsOf(event);
    const [first] = runs;
    log = createLog({
      level: first?.config.logLevel ?? 'info',
      format: 'json',
      write,
      fields: { requestId },
    });
    for (const { config, name } of runs) {
      const deadline = deadlineOf(context);
      try {
        const run = { config, env: process.env, adapters, log, progress: { report: () => undefined }, write };
        const { summary, own, unpublished } = await tick(
          run,
          // the SDK knows no proxy either
          () => connectToEks(run, () => null, deadline.signal),
          deadline.signal,
        );
        const { cluster, snapshotId, nodes, pods } = summary;
        const outcome = {
          cluster,
          snapshotId,
          key: summaryKey(summary),
          nodes: nodes.total,
          pods: pods.counted,
          own,
        };
        log.info(`snapshot ${snapshotId} of ${cluster} is committed`, outcome);
        outcomes.push(outcome);
        if (unpublished !== null) throw unpublished;
      } catch (error) {
        // one cluster that fails must not lose the others
        const failure = error instanceof Error ? error : new Error(String(error));
        log.error(`${name}: ${failure.message}`, { cluster: name });
        failures.push(new Error(`${name}: ${failure.message}`, { cause: failure }));
      } finally {
        deadline.clear();
      }
    }
  } catch (error) {
    log.error(error instanceof Error ? error.message : String(error));
    throw error;
  }
  const [only] = failures;
  if (only === undefined) return outcomes;
  if (failures.length === 1) throw only;
  throw new AggregateError(
    failures,
    `${failures.length} clusters failed: ${failures.map(({ message }) => message).join('; ')}`,
  );
}

interface ClusterRun {
  readonly name: string;
  readonly config: ReturnType<typeof resolveConfig>;
}

function runsOf(event: unknown): ClusterRun[] {
  const parsed = eventSchema.safeParse(event ?? {});
  if (!parsed.success) {
    throw new ConfigError(
      `the event is not one of a schedule: ${z.describeIssues(parsed.error).slice(0, 3).join('; ')}`,
    );
  }
  const { time, clusters, detail } = parsed.data;
  const scheduledAt: Partial<Record<SettingKey, string>> = time === undefined ? {} : { scheduledAt: time };
  const named = detail?.clusters ?? clusters ?? [{}];
  return named.map((cluster) => {
    const flags = { ...scheduledAt, ...(typeof cluster === 'string' ? { eksCluster: cluster } : cluster) };
    const config = resolveConfig({ flags: withoutUndefined(flags), env: process.env, file: null });
    if (config.eksCluster === '') {
      throw new ConfigError(
        "no cluster is named: set KUBE_BINPACK_EKS_CLUSTER, or give clusters in the schedule's input",
      );
    }
    return { name: config.cluster || config.eksCluster, config };
  });
}

function withoutUndefined(
  flags: Partial<Record<SettingKey, string | undefined>>,
): Partial<Record<SettingKey, string>> {
  return Object.fromEntries(Object.entries(flags).filter(([, value]) => value !== undefined));
}

/** Aborts a moment before Lambda would. */
function deadlineOf(context: LambdaContext): { readonly signal: AbortSignal; clear(): void } {
  const controller = new AbortController();
  const leftMs = Math.max(0, context.getRemainingTimeInMillis() - reserveMs);
  const timer = setTimeout(() => {
    controller.abort(
      new ClusterError(
        `the run was stopped ${reserveMs / 1000} s before the function's timeout: raise the timeout of the Lambda function, or its memory, which makes it faster`,
      ),
    );
  }, leftMs);
  return { signal: controller.signal, clear: () => clearTimeout(timer) };
}
