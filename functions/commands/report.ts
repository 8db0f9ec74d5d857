import { writeFile } from 'node:fs/promises';
import { ConfigError } from '../../lib/errors.ts';
import type { Summary } from '../../lib/model/snapshot.ts';
import { printable } from '../../lib/printable.ts';
import { renderReport } from '../../lib/report/html/page.ts';
import type { Command } from '../command.ts';
import { findSummary } from '../find.ts';
import { readStoredRows } from '../history.ts';
import { sinceOption, textOption } from '../options.ts';
import { repackSnapshot } from '../repacking.ts';
import { warnOfResources } from '../resources.ts';
import { historySettings } from '../settings.ts';
import { readTrend } from '../trend.ts';
import { pack, readViewer } from '../viewer.ts';
import { openStore } from '../wire.ts';

export const reportCommand: Command = {
  name: 'report',
  summary: 'write one HTML file with pictures and tables of a stored snapshot, which needs nothing else',
  settings: [...historySettings.filter((key) => key !== 'output'), 'resources', 'repackBudget'],
  options: [
    ['--at <snapshot>', 'a snapshot as list names it, or a time such as "2d ago" (latest)'],
    ['--since <span>', 'with the trend of so long before it, such as 24h, 7d or 4w (no trend)'],
    ['--file <path>', 'where to write it; - for stdout (report-<cluster>-<snapshot>.html)'],
  ],
  examples: [
    ['kube-binpack report', 'of the newest snapshot, in the current folder'],
    ['kube-binpack report --since 7d', 'with the trend of a week'],
    ['kube-binpack report --at "2d ago" --file -', 'to stdout'],
  ],
  async run(context) {
    const { config, options, log, signal, write } = context;
    const since = sinceOption(options);
    const given = textOption(options, 'file');
    if (given === '') throw new ConfigError('--file "": must be the path of a file, or -');
    const store = await openStore(context);
    const summary = await findSummary(store, textOption(options, 'at') ?? 'latest', context);
    warnOfResources(summary.resources, context);
    const nodes = await readStoredRows(context, store, summary, 'nodes');
    const workloads = await readStoredRows(context, store, summary, 'workloads');
    const trend = since === null ? null : await readTrend(context, summary, since);
    const { resources, repackBudget: budgetMs } = config;
    // an estimate is no reason not to try: what is found by then is shown
    const maxSearchMs = budgetMs === 0 ? 0 : Infinity;
    const repacking = repackSnapshot(summary, { nodes, workloads }, { budgetMs, maxSearchMs, signal });
    signal.throwIfAborted();
    const report = { summary, nodes, workloads, resources, trend, repacking };
    const page = renderReport(report, await readViewer(), pack);
    if (given === '-') return write(page);
    const file = given ?? fileNameOf(summary);
    await writeFile(file, page).catch((cause: Error) => {
      throw new ConfigError(
        `could not write the report ${file}: ${cause.message}: choose another place with --file`,
        { cause },
      );
    });
    log.info(`the report is ${Math.ceil(page.length / 1000)} kB: open it in a browser`);
    write(`${printable(file)}\n`);
  },
};

/** A cluster may have any name, an ARN too. */
function fileNameOf({ cluster, snapshotId }: Summary): string {
  return `report-${cluster.replaceAll(/[^\w.-]+/g, '-').slice(0, 100)}-${snapshotId}.html`;
}
