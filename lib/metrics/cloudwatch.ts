/** Gauges to CloudWatch, in as few requests as its limits allow. */
import { CloudWatchClient, PutMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { atOnce } from '../at-once.ts';
import { awsClientOptions, awsFailureOf, reasonOfFailure, type AwsFailure, type AwsOptions } from '../aws.ts';
import { PublishError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Summary } from '../model/snapshot.ts';
import { batchesOf, type Datum } from './batches.ts';
import { metricsDollars, requestsDollars } from './cost.ts';
import { namespace } from './gauges.ts';
import { requireTimely } from './limits.ts';
import { planSeries, type PlanOptions } from './plan.ts';
import type { Publisher } from './publisher.ts';

export interface CloudWatchOptions extends AwsOptions, PlanOptions {
  /** Seconds: 1 or 60. */
  readonly storageResolution: number;
  /** Between two snapshots, for the estimate of costs. */
  readonly intervalMs: number;
  readonly log: Log;
  readonly now: () => Date;
}

/** CloudWatch takes 500 requests a second of an account; a few at once hide their latency. */
const maxRequestsAtOnce = 4;
/** Beyond so many metrics that are refused one by one, it is not they who are wrong. */
const maxRefusedMetrics = 20;

export interface CloudWatchPublisher extends Publisher {
  /** Sends one metric that says nothing, to see whether it may be sent. */
  probe(clusterName: string, signal: AbortSignal): Promise<void>;
}

export function createCloudWatch(options: CloudWatchOptions): CloudWatchPublisher {
  const { log, now } = options;
  const client = new CloudWatchClient(awsClientOptions(options));

  const put = async (data: Datum[], tally: Tally, signal: AbortSignal): Promise<void> => {
    try {
      tally.requests += 1;
      await client.send(new PutMetricDataCommand({ Namespace: namespace, MetricData: data }), {
        abortSignal: signal,
      });
      tally.published += data.length;
    } catch (error) {
      signal.throwIfAborted();
      const failure = awsFailureOf(error);
      if (!isAboutData(failure) || tally.refused >= maxRefusedMetrics) {
        tally.failed.push({ data, failure });
      } else if (data.length === 1) {
        tally.refused += 1;
        log.warn(`CloudWatch refuses ${nameOf(data[0])}, which is left out: ${failure.message}`);
      } else {
        // one bad metric must not take 999 good ones with it
        const half = Math.ceil(data.length / 2);
        await put(data.slice(0, half), tally, signal);
        await put(data.slice(half), tally, signal);
      }
    }
  };

  return {
    async publish(publication, signal) {
      const { summary } = publication;
      const timestamp = new Date(summary.scheduledAt);
      requireTimely(summary, now());
      const { series, warnings } = planSeries(publication, options);
      for (const warning of warnings) log.warn(warning);
      const tally = newTally();
      const batches = batchesOf(series, { timestamp, storageResolution: options.storageResolution });
      await atOnce(maxRequestsAtOnce, batches, async ({ data, bytes: size }) => {
        tally.bytes += size;
        await put(data, tally, signal);
      });
      const { requests, published, bytes, failed } = tally;
      if (published > 0) {
        const dollars = metricsDollars(published) + requestsDollars(requests, options.intervalMs);
        log.info(
          `published ${published} series to CloudWatch in ${requests} request${requests === 1 ? '' : 's'}, about $${dollars.toFixed(2)} a month`,
          { series: published, requests, bytes, dollarsPerMonth: Number(dollars.toFixed(2)) },
        );
      }
      if (failed.length > 0) throw new PublishError(sentenceOf(failed, summary));
      if (published === 0) {
        throw new PublishError(
          `no gauge of snapshot ${summary.snapshotId} was published to CloudWatch, which takes names of plain ASCII only: give the cluster another name with --cluster`,
        );
      }
    },

    async probe(clusterName, signal) {
      const datum: Datum = {
        MetricName: 'PublishProbe',
        Dimensions: [{ Name: 'ClusterName', Value: clusterName }],
        Timestamp: now(),
        Unit: 'Count',
        Value: 1,
      };
      const tally = newTally();
      await put([datum], tally, signal);
      const [first] = tally.failed;
      if (first !== undefined) throw new PublishError(`could not publish: ${reasonOf(first.failure)}`);
      if (tally.published === 0)
        throw new PublishError(
          `CloudWatch refuses the name ${clusterName}: give the cluster one of plain ASCII with --cluster`,
        );
    },
  };
}

interface Tally {
  requests: number;
  published: number;
  refused: number;
  bytes: number;
  readonly failed: { readonly data: readonly Datum[]; readonly failure: AwsFailure }[];
}

function newTally(): Tally {
  return { requests: 0, published: 0, refused: 0, bytes: 0, failed: [] };
}

/** Whether it is what was sent that CloudWatch does not like. */
function isAboutData({ code, status }: AwsFailure): boolean {
  return (
    status === 400 && /^(?:InvalidParameter|MissingParameter|MissingRequiredParameter|ValidationE)/.test(code)
  );
}

function sentenceOf(failed: Tally['failed'], { snapshotId, scheduledAt }: Summary): string {
  const data = failed.flatMap((each) => each.data);
  const examples = data.slice(0, 3).map(nameOf);
  const more = data.length > examples.length ? ` and ${data.length - examples.length} more` : '';
  const [first] = failed;
  const reason = first === undefined ? '' : reasonOf(first.failure);
  return `${data.length} series of snapshot ${snapshotId} were not published to CloudWatch: ${reason}; the snapshot is stored, and its slot again (--scheduled-at ${scheduledAt}) publishes them (not published: ${examples.join(', ')}${more})`;
}

function reasonOf(failure: AwsFailure): string {
  return reasonOfFailure(
    failure,
    `grant cloudwatch:PutMetricData for the namespace ${namespace} to this role`,
  );
}

/** `Utilization{ClusterName=prod,Resource=cpu}` */
function nameOf(datum: Datum | undefined): string {
  if (datum === undefined) return '';
  const dimensions = datum.Dimensions.map(({ Name, Value }) => `${Name}=${Value}`);
  return `${datum.MetricName}{${dimensions.join(',')}}`;
}
