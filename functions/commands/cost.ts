import { batchesOf } from '../../lib/metrics/batches.ts';
import { costByGauge, logsDollars, requestsDollars, type CostRow } from '../../lib/metrics/cost.ts';
import { emfLines } from '../../lib/metrics/emf.ts';
import { planSeries, type Plan } from '../../lib/metrics/plan.ts';
import type { Summary } from '../../lib/model/snapshot.ts';
import { formatNumber } from '../../lib/report/format.ts';
import { renderView, type View } from '../../lib/report/view.ts';
import { readRows } from '../../lib/store/snapshots.ts';
import type { Command, Context } from '../command.ts';
import { findSummary } from '../find.ts';
import { gaugeSettings, storeSettings } from '../settings.ts';
import { openStore } from '../wire.ts';

/** A gauge, or what is billed beside the series. */
interface Row extends Omit<CostRow, 'scope'> {
  readonly scope: CostRow['scope'] | 'all';
}

export const costCommand: Command = {
  name: 'cost',
  summary: 'what the gauges of a stored snapshot would cost a month in CloudWatch; sends nothing',
  settings: [
    ...storeSettings,
    'cluster',
    ...gaugeSettings,
    'resources',
    'requestTimeout',
    'timeout',
    'output',
  ],
  argument: ['[id]', 'a snapshot as list names it, or the beginning of one (the newest)'],
  examples: [
    ['kube-binpack cost', 'by gauge, with the settings that snapshot would use'],
    [
      'kube-binpack cost --node-metrics top:10',
      'with gauges for the 10 fullest and the 10 emptiest nodes only',
    ],
    ['kube-binpack cost --max-metrics 50000 --resources cpu,memory', 'with gauges for all nodes'],
  ],
  async run(context) {
    const { config, log, signal, write, table } = context;
    const store = await openStore(context);
    const summary = await findSummary(store, context);
    const plan = planSeries({ summary, nodes: await readRows(store, summary, 'nodes', signal) }, config);
    for (const warning of plan.warnings) log.info(warning);
    log.info(
      `list prices of us-east-1, with a snapshot every ${config.interval / 60_000} minutes (--interval)`,
    );
    write(
      renderView(
        viewOf([...costByGauge(plan.series), ...beside(plan, summary, config)]),
        config.output,
        table,
      ),
    );
  },
};

/** Requests, or bytes of logs, and the sum of everything. */
function beside(plan: Plan, { scheduledAt }: Pick<Summary, 'scheduledAt'>, config: Context['config']): Row[] {
  const { storageResolution, interval, metrics } = config;
  const rows = costByGauge(plan.series);
  const series = rows.reduce((sum, row) => sum + row.series, 0);
  const timestamp = new Date(scheduledAt);
  const batches = [...batchesOf(plan.series, { timestamp, storageResolution })];
  const lines = metrics === 'emf' ? [...emfLines(plan.series, timestamp.getTime(), storageResolution)] : [];
  const bytes = lines.reduce((sum, line) => sum + line.length, 0);
  const carriage: Row =
    metrics === 'emf'
      ? {
          scope: 'all',
          gauge: 'bytes of logs a snapshot',
          series: bytes,
          dollarsPerMonth: logsDollars(bytes, interval),
        }
      : {
          scope: 'all',
          gauge: 'requests a snapshot',
          series: batches.length,
          dollarsPerMonth: requestsDollars(batches.length, interval),
        };
  const dollars = rows.reduce((sum, row) => sum + row.dollarsPerMonth, carriage.dollarsPerMonth);
  return [carriage, { scope: 'all', gauge: 'total', series, dollarsPerMonth: dollars }];
}

function viewOf(rows: readonly Row[]): View<Row> {
  return {
    rows,
    columns: [
      { key: 'scope', title: 'SCOPE', text: ({ scope }) => scope },
      { key: 'gauge', title: 'GAUGE', text: ({ gauge }) => gauge },
      {
        key: 'series',
        title: 'COUNT',
        text: ({ series }) => formatNumber(series),
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
