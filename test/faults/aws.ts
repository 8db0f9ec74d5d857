/** The adapters of AWS as a job has them, but that no time passes before they ask again. */
import { awsMaxAttempts, type AwsOptions } from '../../lib/aws.ts';
import type { Log } from '../../lib/log.ts';
import { createCloudWatch } from '../../lib/metrics/cloudwatch.ts';
import type { Publisher } from '../../lib/metrics/publisher.ts';
import { createS3Store } from '../../lib/store/s3.ts';
import type { Store } from '../../lib/store/store.ts';

const options: AwsOptions = {
  region: '',
  requestTimeoutMs: 30_000,
  maxAttempts: awsMaxAttempts,
  pauseMs: () => 0,
};

export function s3Store(bucket: string, prefix: string): Store {
  return createS3Store(
    { bucket, prefix },
    { ...options, sseKmsKey: '', expectedBucketOwner: '', endpoint: 'double' },
  );
}

export function cloudWatch(log: Log): Publisher {
  return createCloudWatch({
    ...options,
    resources: ['cpu', 'memory'],
    nodeMetrics: { kind: 'none' },
    maxMetrics: 1000,
    storageResolution: 60,
    intervalMs: 300_000,
    log,
    now: () => new Date(),
  });
}
