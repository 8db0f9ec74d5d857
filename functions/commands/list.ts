import { atOnce } from '../../lib/at-once.ts';
import { ConfigError, StoreError } from '../../lib/errors.ts';
import type { Summary } from '../../lib/model/snapshot.ts';
import { snapshotsView } from '../../lib/report/views.ts';
import { arrange, renderView } from '../../lib/report/view.ts';
import type { SnapshotKey } from '../../lib/store/keys.ts';
import { listSnapshots, newestSnapshots, readSummary, snapshotsBetween } from '../../lib/store/snapshots.ts';
import type { Store } from '../../lib/store/store.ts';
import type { Command, Context } from '../command.ts';
import { createLeftOut } from '../left-out.ts';
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
    [
      '--limit <n>',
      `the newest n of each cluster, 0: all (${defaultLimit}; all with --from, --to or --search)`,
    ],
    ['--from <instant>', 'taken for this instant or later, such as 2026-11-01 or 2026-11-21T07:45:00Z'],
    ['--to <instant>', 'taken for an earlier instant than this, or until the end of this day'],
    ['--search <words>', 'fuzzy, over every column; !word leaves out'],
    ['--sort <column>', 'a column, with :asc or :desc behind it'],
  ],
  examples: [
    ['kube-binpack list', 'the newest snapshots in ./snapshots'],
    ['kube-binpack list --from 2026-11-01 --to 2026-11-07', 'all of one week'],
    ['kube-binpack list --cluster prod --limit 0 --output csv', 'all of one cluster, for a spreadsheet'],
  ],
  async run(context) {
    const { config, options, log, signal, write, table } = context;
    const store = await openStore(context);
    const keys = await chosenKeys(store, context);
    const summaries: (Summary | null)[] = keys.map(() => null);
    const leftOut = createLeftOut(log);
    await atOnce(readsAtOnce, keys.entries(), async ([index, key]) => {
      try {
        summaries[index] = await readSummary(store, key, signal);
      } catch (error) {
        if (!(error instanceof StoreError)) throw error;
        leftOut.add(error.message);
      }
    });
    const read = summaries.filter((summary) => summary !== null);
    leftOut.assertSome(read.length);
    const { columns, rows } = arrange(snapshotsView(read), {
      search: textOption(options, 'search'),
      sort: null,
    });
    const limit = limitOf(options);
    const kept = newestOfEach(rows, limit);
    const view = arrange({ columns, rows: kept }, { search: null, sort: textOption(options, 'sort') });
    if (kept.length === 0) log.info(nothingFound(context, store, read.length));
    else if (limit === defaultLimit && options['limit'] === undefined && kept.length >= defaultLimit)
      log.info(`the newest ${defaultLimit} of each cluster: --limit 0 for all`);
    if (kept.length > 0 || config.output !== 'table') write(renderView(view, config.output, table));
  },
};

/** Of each cluster; who asks for a range, or searches, wants all that is found. null: all. */
function limitOf(options: Context['options']): number | null {
  const chosen = ['from', 'to', 'search'].some((name) => options[name] !== undefined);
  return limitOption(options, chosen ? null : defaultLimit);
}

function newestOfEach(summaries: readonly Summary[], limit: number | null): Summary[] {
  const ofCluster = Map.groupBy(summaries, ({ cluster }) => cluster);
  return [...ofCluster.values()].flatMap((all) => all.slice(limit === null ? 0 : -limit));
}

function nothingFound({ config, options }: Context, store: Store, read: number): string {
  const which = `no snapshots${config.cluster === '' ? '' : ` of ${config.cluster}`} to list in ${store.location}`;
  if (read > 0)
    return `none of the ${read} snapshots that were read in ${store.location} is found by --search`;
  const ranged = options['from'] !== undefined || options['to'] !== undefined;
  return ranged ? `${which} in that range` : `${which}: take one with kube-binpack snapshot`;
}

/** Those that may be shown; of the history only the days that matter are listed. */
async function chosenKeys(store: Store, { config, options, signal }: Context): Promise<SnapshotKey[]> {
  const cluster = config.cluster || null;
  const [from, to] = [instantOption(options, 'from', 'begin'), instantOption(options, 'to', 'end')];
  if (from !== null && to !== null && from >= to)
    throw new ConfigError('--from lies behind --to: nothing is between them');
  if (from === null && to === null) {
    const limit = options['search'] === undefined ? limitOf(options) : null;
    if (limit !== null) return newestSnapshots(store, cluster, limit, signal);
    return Array.fromAsync(listSnapshots(store, cluster, null, signal));
  }
  return snapshotsBetween(store, cluster, { from, to }, signal);
}
