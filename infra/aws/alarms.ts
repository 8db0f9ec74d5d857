/** Alarms, each on a gauge of the table or on the function: what is not published cannot be named. */
import {
  clusterGauges,
  distributionGauge,
  groupGauges,
  groupResourceGauges,
  namespace,
  nodeGauges,
  resourceGauges,
} from '../../lib/metrics/gauges.ts';

export type Json = Readonly<Record<string, unknown>>;

/** Names a gauge that CloudWatch gets with these dimensions; throws where the table has none. */
export function gaugeName(
  dimensions: 'cluster' | 'resource' | 'group' | 'groupResource' | 'node',
  name: string,
): string {
  const tables = {
    cluster: clusterGauges,
    resource: [...resourceGauges, distributionGauge],
    group: groupGauges,
    groupResource: groupResourceGauges,
    node: nodeGauges,
  };
  if (tables[dimensions].some((gauge) => gauge.name === name && gauge.paid !== false)) return name;
  throw new Error(`there is no gauge ${name} of ${dimensions}`);
}

const cluster = { Name: 'ClusterName', Value: '${param:cluster}' };
const hour = 3600;
const day = 24 * hour;

interface AlarmAbout {
  readonly description: string;
  readonly metric: string;
  readonly resource?: string;
  readonly statistic: 'Average' | 'Maximum' | 'Minimum' | 'Sum' | 'SampleCount';
  readonly above?: number | string;
  readonly below?: number | string;
  readonly periodSeconds: number;
  readonly periods: number;
  readonly missing: 'breaching' | 'notBreaching' | 'missing' | 'ignore';
}

function gaugeAlarm({ description, metric, resource, statistic, above, below, ...rest }: AlarmAbout): Json {
  const dimensions = resource === undefined ? [cluster] : [cluster, { Name: 'Resource', Value: resource }];
  return {
    Type: 'AWS::CloudWatch::Alarm',
    Properties: {
      AlarmDescription: description,
      Namespace: namespace,
      MetricName: gaugeName(resource === undefined ? 'cluster' : 'resource', metric),
      Dimensions: dimensions,
      Statistic: statistic,
      ComparisonOperator: above === undefined ? 'LessThanThreshold' : 'GreaterThanThreshold',
      Threshold: above ?? below,
      Period: rest.periodSeconds,
      EvaluationPeriods: rest.periods,
      TreatMissingData: rest.missing,
      AlarmActions: [{ Ref: 'AlarmTopic' }],
      OKActions: [{ Ref: 'AlarmTopic' }],
    },
  };
}

/** CloudWatch takes periods of up to a day; `intervalSeconds` lie between two snapshots. */
export function alarms(intervalSeconds: number): Readonly<Record<string, Json>> {
  const heartbeat = Math.min(3 * intervalSeconds, day);
  const low = Math.max(intervalSeconds, hour);
  const ofResource = (resource: 'cpu' | 'memory', name: string): Record<string, Json> => ({
    [`${name}UtilizationHighAlarm`]: gaugeAlarm({
      description: `pods have requested nearly all ${resource} of \${param:cluster}: new ones may find no room`,
      metric: 'Utilization',
      resource,
      statistic: 'Average',
      above: '${param:utilizationHighPercent}',
      periodSeconds: intervalSeconds,
      periods: 3,
      missing: 'ignore',
    }),
    [`${name}UtilizationLowAlarm`]: gaugeAlarm({
      description: `for a day, pods have requested little of the ${resource} of \${param:cluster} that is paid for`,
      metric: 'Utilization',
      resource,
      statistic: 'Maximum',
      below: '${param:utilizationLowPercent}',
      periodSeconds: low,
      periods: Math.ceil(day / low),
      missing: 'ignore',
    }),
  });
  return {
    SnapshotMissingAlarm: gaugeAlarm({
      description: `no snapshot of \${param:cluster} was taken for ${(2 * heartbeat) / 60} minutes: see the log of the function`,
      metric: 'SnapshotSuccess',
      statistic: 'SampleCount',
      below: 1,
      periodSeconds: heartbeat,
      periods: 2,
      missing: 'breaching',
    }),
    ...ofResource('cpu', 'Cpu'),
    ...ofResource('memory', 'Memory'),
    PendingPodsAlarm: gaugeAlarm({
      description: 'pods of ${param:cluster} wait for a node in three snapshots on end',
      metric: 'PendingPods',
      statistic: 'Minimum',
      above: '${param:pendingPods}',
      periodSeconds: intervalSeconds,
      periods: 3,
      missing: 'ignore',
    }),
    NodesNotReadyAlarm: gaugeAlarm({
      description: 'nodes of ${param:cluster} are not ready in three snapshots on end',
      metric: 'NotReadyNodes',
      statistic: 'Minimum',
      above: 0,
      periodSeconds: intervalSeconds,
      periods: 3,
      missing: 'ignore',
    }),
    FunctionErrorsAlarm: {
      Type: 'AWS::CloudWatch::Alarm',
      Properties: {
        AlarmDescription: 'the function that takes snapshots of ${param:cluster} fails: see its log',
        Namespace: 'AWS/Lambda',
        MetricName: 'Errors',
        Dimensions: [{ Name: 'FunctionName', Value: { Ref: 'SnapshotLambdaFunction' } }],
        Statistic: 'Sum',
        ComparisonOperator: 'GreaterThanThreshold',
        Threshold: 0,
        Period: intervalSeconds,
        EvaluationPeriods: 3,
        DatapointsToAlarm: 2,
        TreatMissingData: 'notBreaching',
        AlarmActions: [{ Ref: 'AlarmTopic' }],
        OKActions: [{ Ref: 'AlarmTopic' }],
      },
    },
  };
}
