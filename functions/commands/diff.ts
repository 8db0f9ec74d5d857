import { ConfigError } from '../../lib/errors.ts';
import type { Summary } from '../../lib/model/snapshot.ts';
import { diff, type DiffInput } from '../../lib/packing/diff.ts';
import {
  attributionView,
  diffHeadline,
  nodeChangesView,
  workloadChangesView,
} from '../../lib/report/diff.ts';
import { renderView } from '../../lib/report/view.ts';
import type { Store } from '../../lib/store/store.ts';
import type { Command, Context } from '../command.ts';
import { findSummary } from '../find.ts';
import { readStoredRows } from '../history.ts';
import { limitOption } from '../options.ts';
import { historySettings } from '../settings.ts';
import { openStore } from '../wire.ts';

export const diffCommand: Command = {
  name: 'diff',
  summary: 'show what changed between two snapshots of a cluster, and what moved its utilization',
  settings: [...historySettings, 'resources'],
  arguments: [
    ['<before>', 'a snapshot: an id as list names it, its beginning, or a time such as "24h ago"'],
    ['[after]', 'another one (latest)'],
  ],
  options: [['--limit <n>', 'at most n lines of nodes and of workloads in the table; 0: all (20)']],
  examples: [
    ['kube-binpack diff "24h ago"', 'since yesterday'],
    ['kube-binpack diff 20261120T0800 20261121T0800 --output json', 'for scripts'],
  ],
  async run(context) {
    const { config, options, write, table } = context;
    const store = await openStore(context);
    const [first = '', second = 'latest'] = context.arguments;
    const before = await findSummary(store, first, context);
    // the other one is of the same cluster, whichever was found
    const ofCluster = { ...context, config: { ...config, cluster: before.cluster } };
    const after = await findSummary(store, second, ofCluster);
    if (before.snapshotId === after.snapshotId)
      throw new ConfigError(`both are snapshot ${before.snapshotId} of ${before.cluster}: name two`);
    const found = diff(await read(context, store, before), await read(context, store, after));
    if (config.output === 'json') return write(`${JSON.stringify(found, null, 2)}\n`);
    const workloads = workloadChangesView(found, config.resources);
    if (config.output === 'csv') return write(renderView(workloads, 'csv', table));
    if (config.output === 'none') return;
    const limit = limitOption(options, 20) ?? Number.POSITIVE_INFINITY;
    const parts = [diffHeadline(found), renderView(attributionView(found, config.resources), 'table', table)];
    for (const [title, view] of [
      ['Nodes', nodeChangesView(found)],
      ['Workloads', workloads],
    ] as const) {
      const { rows, columns } = view as { rows: readonly never[]; columns: readonly never[] };
      if (rows.length === 0) continue;
      const more = rows.length > limit ? `... and ${rows.length - limit} more: --limit 0 for all\n` : '';
      parts.push(`${title}\n${renderView({ rows: rows.slice(0, limit), columns }, 'table', table)}${more}`);
    }
    write(parts.join('\n'));
  },
};

async function read(context: Context, store: Store, summary: Summary): Promise<DiffInput> {
  const [nodes, workloads] = await Promise.all([
    readStoredRows(context, store, summary, 'nodes'),
    readStoredRows(context, store, summary, 'workloads'),
  ]);
  return { summary, nodes, workloads };
}
