import { StoreError } from '../../lib/errors.ts';
import type { Summary } from '../../lib/model/snapshot.ts';
import { fleetView } from '../../lib/report/fleet.ts';
import { arrange, renderView } from '../../lib/report/view.ts';
import { newestSnapshots, readSummary } from '../../lib/store/snapshots.ts';
import type { Command } from '../command.ts';
import { createLeftOut } from '../left-out.ts';
import { placeText } from '../find.ts';
import { clusterFilter, limitOption, textOption } from '../options.ts';
import { storeSettings } from '../settings.ts';
import { openStore } from '../wire.ts';

export const fleetCommand: Command = {
  name: 'fleet',
  summary: 'show the newest snapshot of every cluster, a line for each resource, the most waste first',
  settings: [...storeSettings, 'cluster', 'resources', 'requestTimeout', 'timeout', 'output'],
  options: [
    ['--search <words>', 'fuzzy, over every column; !word leaves out'],
    ['--sort <column>', 'a column, with :asc or :desc behind it (what is not allocated, as a share)'],
    ['--limit <n>', 'at most n lines; 0: all (all)'],
  ],
  examples: [
    ['kube-binpack fleet --store s3://my-bucket/binpack', 'all clusters of a bucket'],
    ['kube-binpack fleet --resources cpu --sort free', 'by free cores'],
  ],
  async run(context) {
    const { config, options, log, signal, write, table } = context;
    const store = await openStore(context);
    const summaries: Summary[] = [];
    const leftOut = createLeftOut(log);
    for (const key of await newestSnapshots(store, clusterFilter(config), 1, signal)) {
      try {
        const summary = await readSummary(store, key, signal);
        if (summary !== null) summaries.push(summary);
      } catch (error) {
        if (!(error instanceof StoreError)) throw error;
        signal.throwIfAborted();
        leftOut.add(error.message);
      }
    }
    leftOut.assertSome(summaries.length);
    if (summaries.length === 0) log.info(`there is no snapshot${placeText(store, config)}`);
    const view = arrange(fleetView(summaries, config.resources), {
      search: textOption(options, 'search'),
      sort: textOption(options, 'sort'),
      limit: limitOption(options, null),
    });
    if (summaries.length > 0 || config.output !== 'table') write(renderView(view, config.output, table));
  },
};
