import { batchesOf } from '../../lib/metrics/batches.ts';
import { costByGauge, logsDollars, requestsDollars, type CostRow } from '../../lib/metrics/cost.ts';
import { emfLines } from '../../lib/metrics/emf.ts';
import { planSeries, type Plan } from '../../lib/metrics/plan.ts';
import type { Summary } from '../../lib/model/snapshot.ts';
import { formatNumber } from '../../lib/report/format.ts';
import { renderView, type View } from '../../lib/report/view.ts';
import type { Command, Context } from '../command.ts';
import { findSummary } from '../find.ts';
import { readStoredRows } from '../history.ts';
import { warnOfResources } from '../resources.ts';
import { gaugeSettings, storeSettings } from '../settings.ts';
import { openStore } from '../wire.ts';

/** A gauge, or what is billed beside the series. */
interface Row extends Omit<CostRow, 'scope' | 'series'> {
  readonly scope: CostRow['scope'] | 'all';
  /** null: billed by something else. */
  readonly series: number | null;
}

export const costCommand: Command = {
  name: 'cost',
  summary: 'what the gauges of a stored snapshot would cost a month in CloudWatch; sends nothing',
  settings: [
    ...storeSettings,
    'cluster',
    'cacheDir',
    'cacheSize',
    ...gaugeSettings,
    'resources',
    'requestTimeout',
    'timeout',
    'output',
  ],
  arguments: [
    ['[id]', 'a snapshot as list names it, the beginning of one, or a time such as "2d ago" (the newest)'],
  ],
  examples: [
    ['kube-binpack cost', 'by gauge, with the settings that snapshot would use'],
    [
      'kube-binpack cost --node-metrics top:10',
      'with gauges for the 10 fullest and the 10 emptiest nodes only',
    ],
    ['kube-binpack cost --max-metrics 50000 --resources cpu,memory', 'with gauges for all nodes'],
  ],
  async run(context) {
    const { config, log, write, table } = context;
    const store = await openStore(context);
    const summary = await findSummary(store, context.arguments[0] ?? '', context);
    warnOfResources(summary.resources, context);
    const plan = planSeries(
      { summary, nodes: await readStoredRows(context, store, summary, 'nodes') },
      config,
    );
    for (const warning of plan.warnings) log.info(warning);
    log.info(
      `list prices of us-east-1, with a snapshot every ${config.interval / 60_000} minutes (--interval)`,
    );
    write(renderView(viewOf(rowsOf(plan, summary, config)), config.output, table));
  },
};

/** The gauges, then requests or bytes of logs, and the sum of everything. */
function rowsOf(plan: Plan, { scheduledAt }: Summary, config: Context['config']): Row[] {
  const { storageResolution, interval, metrics } = config;
  const gauges = costByGauge(plan.series);
  const timestamp = new Date(scheduledAt);
  let [what, carriage] = ['', 0];
  if (metrics === 'emf') {
    let bytes = 0;
    for (const line of emfLines(plan.series, timestamp.getTime(), storageResolution)) bytes += line.length;
    [what, carriage] = [`${formatNumber(bytes)} bytes of logs a snapshot`, logsDollars(bytes, interval)];
  } else {
    const requests = [...batchesOf(plan.series, { timestamp, storageResolution })].length;
    [what, carriage] = [`${requests} requests a snapshot`, requestsDollars(requests, interval)];
  }
  return [
    ...gauges,
    { scope: 'all', gauge: what, series: null, dollarsPerMonth: carriage },
    {
      scope: 'all',
      gauge: 'total',
      series: gauges.reduce((sum, { series }) => sum + series, 0),
      dollarsPerMonth: gauges.reduce((sum, { dollarsPerMonth }) => sum + dollarsPerMonth, carriage),
    },
  ];
}

function viewOf(rows: readonly Row[]): View<Row> {
  return {
    rows,
    columns: [
      { key: 'scope', title: 'SCOPE', text: ({ scope }) => scope },
      { key: 'gauge', title: 'GAUGE', text: ({ gauge }) => gauge },
      {
        key: 'series',
        title: 'SERIES',
        text: ({ series }) => (series === null ? '' : formatNumber(series)),
        value: ({ series }) => series,
        align: 'right',
      },
      {
        key: 'dollarsPerMonth',
        title: '$ A MONTH',
        text: ({ dollarsPerMonth }) => dollarsPerMonth.toFixed(2),
        value: ({ dollarsPerMonth }) => dollarsPerMonth,
        align: 'right',
      },
    ],
  };
}
