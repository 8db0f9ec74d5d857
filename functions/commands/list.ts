import { StoreError } from '../../lib/errors.ts';
import type { Summary } from '../../lib/model/snapshot.ts';
import { snapshotsView } from '../../lib/report/views.ts';
import { arrange, renderView } from '../../lib/report/view.ts';
import type { SnapshotKey } from '../../lib/store/keys.ts';
import { listSnapshots, readSummary } from '../../lib/store/snapshots.ts';
import type { Command } from '../command.ts';
import { limitOption, textOption } from '../options.ts';
import { openStore } from '../wire.ts';

const defaultLimit = 50;

export const listCommand: Command = {
  name: 'list',
  summary: 'list the snapshots in the store, newest last',
  settings: ['out', 'cluster', 'timeout', 'output'],
  options: [
    ['--limit <n>', `the newest n of each cluster (${defaultLimit}); 0: all`],
    ['--search <words>', 'fuzzy, over every column; !word leaves out'],
    ['--sort <column>', 'a column, with :asc or :desc behind it'],
  ],
  examples: [
    ['kube-binpack list', 'the newest snapshots in ./snapshots'],
    ['kube-binpack list --cluster prod --limit 0 --output csv', 'all of one cluster, for a spreadsheet'],
  ],
  async run({ config, options, log, signal, write, table }) {
    const store = openStore(config);
    const limit = limitOption(options, defaultLimit);
    const newest = new Map<string, SnapshotKey[]>();
    for await (const key of listSnapshots(store, config.cluster || null, signal)) {
      const keys = newest.get(key.cluster) ?? [];
      keys.push(key);
      if (limit !== null && keys.length > limit) keys.shift();
      newest.set(key.cluster, keys);
    }
    const summaries: Summary[] = [];
    for (const key of [...newest.values()].flat()) {
      try {
        const summary = await readSummary(store, key, signal);
        if (summary !== null) summaries.push(summary);
      } catch (error) {
        if (!(error instanceof StoreError)) throw error;
        log.warn(`${error.message}; it is left out`);
      }
    }
    const view = arrange(snapshotsView(summaries), {
      search: textOption(options, 'search'),
      sort: textOption(options, 'sort'),
    });
    if (view.rows.length === 0)
      log.info(
        `no snapshots${config.cluster === '' ? '' : ` of ${config.cluster}`} to list in ${store.location}: take one with kube-binpack snapshot`,
      );
    if (view.rows.length > 0 || config.output !== 'table') write(renderView(view, config.output, table));
  },
};
