/** The dashboard: what the gauges of one cluster say, from the top down. */
import { namespace } from '../../lib/metrics/gauges.ts';
import { gaugeName, type Json } from './alarms.ts';

const cluster = ['ClusterName', '${param:cluster}'] as const;
type Metric = readonly unknown[];

function ofCluster(name: string, options: Json = {}): Metric {
  return [namespace, gaugeName('cluster', name), ...cluster, options];
}

function ofResource(name: string, resource: string, options: Json = {}): Metric {
  return [namespace, gaugeName('resource', name), ...cluster, 'Resource', resource, options];
}

interface Widget {
  readonly title: string;
  readonly metrics: readonly Metric[];
  readonly width: number;
  readonly view?: 'timeSeries' | 'singleValue';
  readonly stat?: string;
  /** The axis begins at 0: more than 100 % is over-committed, and is to be seen. */
  readonly percent?: true;
}

/** The n nodes with the most, or the least, of a gauge; CloudWatch finds them each time. */
function topNodes(name: string, resource: string, order: 'DESC' | 'ASC', periodSeconds: number): Metric {
  const search = `{${namespace},ClusterName,NodeName,Resource} MetricName="${gaugeName('node', name)}" ClusterName="${cluster[1]}" Resource="${resource}"`;
  const expression = `SLICE(SORT(SEARCH('${search}','Average',${periodSeconds}),${order === 'DESC' ? 'MAX' : 'MIN'},${order}),0,10)`;
  return [{ expression, label: '', id: 'nodes' }];
}

function spread(resource: string): Widget {
  const percentile = (stat: string, label: string): Metric =>
    ofResource('NodeUtilization', resource, { stat, label });
  return {
    title: `${resource}: utilization of the nodes`,
    metrics: [
      percentile('p99', 'p99'),
      percentile('p90', 'p90'),
      percentile('p50', 'median'),
      percentile('p10', 'p10'),
    ],
    width: 12,
    percent: true,
  };
}

const rowsOf = (periodSeconds: number): readonly (readonly Widget[])[] => [
  [
    {
      title: 'utilization now',
      metrics: [ofResource('Utilization', 'cpu'), ofResource('Utilization', 'memory')],
      width: 8,
      view: 'singleValue',
    },
    {
      title: 'nodes and pods',
      metrics: [ofCluster('Nodes'), ofCluster('Pods'), ofCluster('PendingPods')],
      width: 8,
      view: 'singleValue',
    },
    {
      title: 'states',
      metrics: [ofCluster('NotReadyNodes'), ofCluster('UnschedulableNodes'), ofCluster('SnapshotProblems')],
      width: 8,
      view: 'singleValue',
    },
  ],
  [
    {
      title: 'utilization',
      metrics: ['cpu', 'memory', 'pods'].map((resource) =>
        ofResource('Utilization', resource, { label: resource }),
      ),
      width: 24,
      percent: true,
    },
  ],
  [spread('cpu'), spread('memory')],
  (['cpu', 'memory'] as const).map((resource) => ({
    title: `${resource}: what is there, and what of the rest can be used`,
    metrics: ['Allocatable', 'Allocated', 'UsableFree', 'Stranded'].map((name) =>
      ofResource(name, resource, { label: name }),
    ),
    width: 12,
  })),
  [
    {
      title: 'the fullest nodes, cpu',
      metrics: [topNodes('Utilization', 'cpu', 'DESC', periodSeconds)],
      width: 12,
    },
    {
      title: 'the emptiest nodes, cpu',
      metrics: [topNodes('Utilization', 'cpu', 'ASC', periodSeconds)],
      width: 12,
    },
  ],
  [
    {
      title: 'nodes: running, found enough, and needed at least',
      metrics: ['Nodes', 'RepackedNodes', 'LowerBoundNodes'].map((name) => ofCluster(name, { label: name })),
      width: 12,
    },
    {
      title: 'cpu and memory apart on the mean node',
      metrics: [ofCluster('Balance')],
      width: 12,
      percent: true,
    },
  ],
  [
    { title: 'pending pods', metrics: [ofCluster('PendingPods'), ofCluster('GatedPods')], width: 12 },
    { title: 'snapshots', metrics: [ofCluster('SnapshotDuration')], width: 12 },
  ],
];

const rowHeight = 6;

/** A point for each snapshot. */
export function dashboardBody(periodSeconds: number): Json {
  return {
    start: '-P1D',
    // a graph over a month must not put snapshots together
    periodOverride: 'inherit',
    widgets: rowsOf(periodSeconds).flatMap((widgets, row) => {
      let x = 0;
      return widgets.map(({ title, metrics, width, view = 'timeSeries', stat = 'Average', percent }) => {
        const left = x;
        x += width;
        return {
          type: 'metric',
          x: left,
          y: row * rowHeight,
          width,
          height: rowHeight,
          properties: {
            title,
            view,
            stat,
            metrics,
            period: periodSeconds,
            region: '${aws:region}',
            ...(percent === true && { yAxis: { left: { min: 0 } } }),
          },
        };
      });
    }),
  };
}
