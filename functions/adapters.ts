/** What speaks to AWS is large: the command line loads it when it is needed, Lambda with its start. */
import type { connectEks } from '../lib/cluster/eks.ts';
import type { createCloudWatch } from '../lib/metrics/cloudwatch.ts';
import type { createS3Store } from '../lib/store/s3.ts';

export interface AwsAdapters {
  readonly eks: () => Promise<typeof connectEks>;
  readonly s3: () => Promise<typeof createS3Store>;
  readonly cloudWatch: () => Promise<typeof createCloudWatch>;
}

export const onDemand: AwsAdapters = {
  eks: async () => (await import('../lib/cluster/eks.ts')).connectEks,
  s3: async () => (await import('../lib/store/s3.ts')).createS3Store,
  cloudWatch: async () => (await import('../lib/metrics/cloudwatch.ts')).createCloudWatch,
};
