import { ConfigError } from '../../lib/errors.ts';
import type { Columns } from '../../lib/packing/columns.ts';
import { createSeries, measures, type Measure, type Series } from '../../lib/packing/series.ts';
import { visitColumns } from '../../lib/history/trends.ts';
import { pointsView, trendView } from '../../lib/report/trend.ts';
import { arrange, renderView } from '../../lib/report/view.ts';
import type { Command, Context } from '../command.ts';
import { withHistory } from '../history.ts';
import { clusterFilter, limitOption, rangeOption, spanMs, textOption } from '../options.ts';
import { historySettings } from '../settings.ts';
import { aligned, stepMsFor, type Span } from '../steps.ts';

const maxPoints = 100_000;

export const historyCommand: Command = {
  name: 'history',
  summary: 'show how one measure moved: a sparkline for each cluster and resource, or its points',
  settings: [...historySettings, 'resources'],
  arguments: [['[measure]', `what to show (utilization): ${measures.map(({ name }) => name).join(', ')}`]],
  options: [
    ['--since <span>', 'so long until now, such as 24h, 7d or 4w (7d)'],
    ['--from <instant>', 'from a day, an instant, or a time such as "7d ago"'],
    ['--to <instant>', 'until before an instant, or the end of a day (now)'],
    ['--step <span>', 'one point for each, the mean of its snapshots (chosen by the range)'],
    ['--by <labels>', 'by the values of a label group, as snapshots were taken with --label-group'],
    ['--search <words>', 'fuzzy, over every column; !word leaves out'],
    ['--sort <column>', 'a column, with :asc or :desc behind it'],
    ['--limit <n>', 'at most n lines; 0: all (all)'],
  ],
  examples: [
    ['kube-binpack history', 'the utilization of a week, of every cluster'],
    ['kube-binpack history stranded --since 30d --resources cpu', 'cores that no pod could use'],
    ['kube-binpack history utilization --by karpenter.sh/nodepool --since 4w', 'by node pool'],
    [
      'kube-binpack history nodes --from 2026-11-01 --to 2026-11-07 --step 1h --output csv',
      'for a spreadsheet',
    ],
  ],
  async run(context) {
    const { config, options, log, signal, write, table } = context;
    const now = new Date();
    const measure = measureOf(context.arguments[0] ?? 'utilization');
    const range = rangeOption(options, now, '7d');
    const labels = textOption(options, 'by');
    if (labels !== null && measure.ofGroup === null)
      throw new ConfigError(`${measure.name} is not known by label groups: those are ${namesOfGroups()}`);
    const stepMs = stepOf(options, range);
    const series = await withHistory(context, async (ports, leftOut) => {
      const { resources } = config;
      const built = createSeries({ ...aligned(range, stepMs), measure, resources, labels, stepMs });
      const wanted = { ...range, cluster: clusterFilter(config) };
      let read = 0;
      const add = (columns: Columns): void => {
        built.add(columns);
        read += columns.snapshotIds.length;
      };
      await visitColumns(ports, wanted, add, signal);
      leftOut.assertSome(read);
      return built.result();
    });
    if (series.length === 0)
      log.info(
        `there is no such snapshot from ${range.from.toISOString()} on${hintOf(measure, config.resources, labels)}`,
      );
    if (config.output === 'csv') return write(renderView(pointsView(series), 'csv', table));
    if (config.output === 'json') return write(jsonOf(measure, stepMs, series));
    const view = arrange(trendView(measure, series), {
      search: textOption(options, 'search'),
      sort: textOption(options, 'sort'),
      limit: limitOption(options, null),
    });
    if (series.length > 0) write(renderView(view, config.output, table));
  },
};

function measureOf(name: string): Measure {
  const found = measures.find((measure) => measure.name.toLowerCase() === name.toLowerCase());
  if (found !== undefined) return found;
  throw new ConfigError(
    `there is no measure "${name}": they are ${measures.map((measure) => measure.name).join(', ')}`,
  );
}

const namesOfGroups = (): string =>
  measures
    .filter(({ ofGroup }) => ofGroup !== null)
    .map(({ name }) => name)
    .join(', ');

/** What else than the range may keep every snapshot out. */
function hintOf({ perResource }: Measure, resources: readonly string[], labels: string | null): string {
  const hints = [
    ...(perResource ? [`none with ${resources.join(', ')} (--resources)`] : []),
    ...(labels === null ? [] : [`none with the label group ${labels} (--label-group of snapshot)`]),
  ];
  return hints.map((hint) => `, or ${hint}`).join('');
}

/** As asked for, else by the length of the range. */
function stepOf(options: Context['options'], range: Span): number {
  const text = textOption(options, 'step');
  if (text === null) return stepMsFor(range);
  const stepMs = spanMs(text);
  if (stepMs === null || stepMs === 0)
    throw new ConfigError(`--step "${text}": must be a span such as 5m, 1h or 1d`);
  if ((range.to.getTime() - range.from.getTime()) / stepMs > maxPoints)
    throw new ConfigError(`--step ${text} gives more than ${maxPoints} points: choose a longer one`);
  return stepMs;
}

function jsonOf({ name, unit }: Measure, stepMs: number, series: readonly Series[]): string {
  return `${JSON.stringify({ measure: name, unit, stepSeconds: stepMs / 1000, series }, null, 2)}\n`;
}
