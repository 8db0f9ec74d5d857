import { atOnce } from '../../lib/at-once.ts';
import { StoreError } from '../../lib/errors.ts';
import type { Summary } from '../../lib/model/snapshot.ts';
import { snapshotsView } from '../../lib/report/views.ts';
import { arrange, renderView } from '../../lib/report/view.ts';
import { dateOf, snapshotIdOf, type SnapshotKey } from '../../lib/store/keys.ts';
import { listSnapshots, newestSnapshots, readSummary } from '../../lib/store/snapshots.ts';
import type { Store } from '../../lib/store/store.ts';
import type { Command, Context } from '../command.ts';
import { instantOption, limitOption, textOption } from '../options.ts';
import { storeSettings } from '../settings.ts';
import { openStore } from '../wire.ts';

const defaultLimit = 50;
/** A store far away answers each in tens of milliseconds. */
const readsAtOnce = 16;

export const listCommand: Command = {
  name: 'list',
  summary: 'list the snapshots in the store, newest last',
  settings: [...storeSettings, 'cluster', 'requestTimeout', 'timeout', 'output'],
  options: [
    ['--limit <n>', `the newest n of each cluster (${defaultLimit}); 0: all`],
    ['--from <instant>', 'taken for this instant or later, such as 2026-11-01 or 2026-11-21T07:45:00Z'],
    ['--to <instant>', 'taken for an earlier instant than this'],
    ['--search <words>', 'fuzzy, over every column; !word leaves out'],
    ['--sort <column>', 'a column, with :asc or :desc behind it'],
  ],
  examples: [
    ['kube-binpack list', 'the newest snapshots in ./snapshots'],
    ['kube-binpack list --from 2026-11-01 --to 2026-11-08 --limit 0', 'all of one week'],
    ['kube-binpack list --cluster prod --limit 0 --output csv', 'all of one cluster, for a spreadsheet'],
  ],
  async run(context) {
    const { config, options, log, signal, write, table } = context;
    const store = await openStore(context);
    const keys = await chosenKeys(store, context);
    const summaries: (Summary | null)[] = keys.map(() => null);
    await atOnce(readsAtOnce, keys.entries(), async ([index, key]) => {
      try {
        summaries[index] = await readSummary(store, key, signal);
      } catch (error) {
        if (!(error instanceof StoreError)) throw error;
        log.warn(`${error.message}; it is left out`);
      }
    });
    const view = arrange(snapshotsView(summaries.filter((summary) => summary !== null)), {
      search: textOption(options, 'search'),
      sort: textOption(options, 'sort'),
    });
    if (view.rows.length === 0) {
      const which = `no snapshots${config.cluster === '' ? '' : ` of ${config.cluster}`} to list in ${store.location}`;
      const ranged = options['from'] !== undefined || options['to'] !== undefined;
      log.info(ranged ? `${which} in that range` : `${which}: take one with kube-binpack snapshot`);
    }
    if (view.rows.length > 0 || config.output !== 'table') write(renderView(view, config.output, table));
  },
};

/** The newest of each cluster, of those in the range; only the days that matter are listed. */
async function chosenKeys(store: Store, { config, options, signal }: Context): Promise<SnapshotKey[]> {
  const limit = limitOption(options, defaultLimit);
  const cluster = config.cluster || null;
  const [from, to] = [instantOption(options, 'from'), instantOption(options, 'to')];
  if (from === null && to === null && limit !== null) return newestSnapshots(store, cluster, limit, signal);
  const first = from === null ? '' : snapshotIdOf(from);
  const end = to === null ? '~' : snapshotIdOf(to);
  const days = (date: string): boolean =>
    (from === null || date >= dateOf(first)) && (to === null || date <= dateOf(end));
  const ofCluster = new Map<string, SnapshotKey[]>();
  for await (const key of listSnapshots(store, cluster, from === null && to === null ? null : days, signal)) {
    if (key.snapshotId < first || key.snapshotId >= end) continue;
    const keys = ofCluster.get(key.cluster) ?? [];
    keys.push(key);
    if (limit !== null && keys.length > limit) keys.shift();
    ofCluster.set(key.cluster, keys);
  }
  return [...ofCluster.values()].flat();
}
