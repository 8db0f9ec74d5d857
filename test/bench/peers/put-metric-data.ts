/** As many gauges as a cluster of so many nodes has, by the SDK alone: a thousand a request, one after another. */
import { CloudWatchClient, PutMetricDataCommand } from '@aws-sdk/client-cloudwatch';

const nodes = Number(process.argv[2]);
const client = new CloudWatchClient({});
const timestamp = new Date();
const metrics = Array.from({ length: nodes }, (_, node) =>
  ['cpu', 'memory', 'pods'].flatMap((resource) =>
    ['Utilization', 'Allocated'].map((name) => ({
      MetricName: name,
      Dimensions: [
        { Name: 'ClusterName', Value: 'simulated' },
        { Name: 'Resource', Value: resource },
        {
          Name: 'NodeName',
          Value: `ip-10-${node >> 16}-${(node >> 8) & 255}-${node & 255}.eu-central-1.compute.internal`,
        },
      ],
      Timestamp: timestamp,
      Unit: 'Count' as const,
      Value: node / 7,
    })),
  ),
).flat();
for (let from = 0; from < metrics.length; from += 1000) {
  await client.send(
    new PutMetricDataCommand({ Namespace: 'Peer', MetricData: metrics.slice(from, from + 1000) }),
  );
}
