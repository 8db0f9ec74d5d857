/**
 * `npm run test:aws`: what a user does with S3 and CloudWatch, against whatever answers at AWS_ENDPOINT_URL, such as moto.
 * Not a part of `npm test`, which needs nothing but Node.
 */
import { suite } from 'node:test';
import {
  CloudWatchClient,
  GetMetricDataCommand,
  paginateListMetrics,
  type Metric,
  type MetricDataQuery,
} from '@aws-sdk/client-cloudwatch';
import { CreateBucketCommand, paginateListObjectsV2, S3Client } from '@aws-sdk/client-s3';
import { createS3Store } from '../lib/store/s3.ts';
import { awsScenarios, type Gauges } from './support/aws/scenarios.ts';
import { awsEnvironment } from './support/aws/server.ts';
import { storeContract } from './support/store-contract.ts';

const endpoint = process.env['AWS_ENDPOINT_URL'] ?? '';
if (endpoint === '') {
  console.error(
    'set AWS_ENDPOINT_URL to the address of a stand-in for AWS, such as http://127.0.0.1:5555 of moto_server',
  );
  process.exit(2);
}
const env = awsEnvironment(endpoint);
Object.assign(process.env, env);

const bucket = `kube-binpack-it-${process.pid}-${Date.now()}`;
const s3 = new S3Client({ forcePathStyle: true });
const cloudWatch = new CloudWatchClient({});
const region = env['AWS_REGION'] ?? '';
await s3.send(
  new CreateBucketCommand({
    Bucket: bucket,
    CreateBucketConfiguration: { LocationConstraint: region as 'eu-central-1' },
  }),
);

/** Of one minute: the average of each series, by ListMetrics and then GetMetricData, 500 a request. */
async function gaugesOf(cluster: string, at: Date): Promise<Gauges> {
  const metrics: Metric[] = [];
  const list = { Namespace: 'KubeBinpack', Dimensions: [{ Name: 'ClusterName', Value: cluster }] };
  for await (const page of paginateListMetrics({ client: cloudWatch }, list))
    metrics.push(...(page.Metrics ?? []));
  const values = new Map<string, number>();
  for (let from = 0; from < metrics.length; from += 500) {
    const part = metrics.slice(from, from + 500);
    const queries: MetricDataQuery[] = part.map((Metric, index) => ({
      Id: `m${index}`,
      MetricStat: { Metric, Period: 60, Stat: 'Average' },
    }));
    const { MetricDataResults = [] } = await cloudWatch.send(
      new GetMetricDataCommand({
        StartTime: at,
        EndTime: new Date(at.getTime() + 60_000),
        MetricDataQueries: queries,
      }),
    );
    for (const { Id = '', Values = [] } of MetricDataResults) {
      const metric = part[Number(Id.slice(1))];
      const [value] = Values;
      if (metric === undefined || value === undefined) continue;
      const pairs = (metric.Dimensions ?? []).map(({ Name, Value }) => `${Name}=${Value}`).sort();
      values.set(`${metric.MetricName}{${pairs.join(',')}}`, value);
    }
  }
  return { values };
}

suite(`at ${endpoint}`, () => {
  storeContract('S3', (t) =>
    createS3Store(
      { bucket, prefix: `contract/${t.name.replaceAll(/\W+/g, '-')}` },
      {
        region,
        requestTimeoutMs: 30_000,
        maxAttempts: 3,
        sseKmsKey: '',
        expectedBucketOwner: '',
        endpoint: 'double',
      },
    ),
  );

  awsScenarios(endpoint, async () => ({
    env,
    bucket,
    async keys(prefix) {
      const keys: string[] = [];
      for await (const page of paginateListObjectsV2({ client: s3 }, { Bucket: bucket, Prefix: prefix }))
        keys.push(...(page.Contents ?? []).map(({ Key = '' }) => Key));
      return keys.sort();
    },
    gaugesOf,
  }));
});
