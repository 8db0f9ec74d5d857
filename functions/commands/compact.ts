import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { atOnce } from '../../lib/at-once.ts';
import { ConfigError, StoreError } from '../../lib/errors.ts';
import { createCache } from '../../lib/history/cache.ts';
import type { Compacted } from '../../lib/history/compact.ts';
import { hasEnded, settledAfterMs } from '../../lib/history/settled.ts';
import type { Summary } from '../../lib/model/snapshot.ts';
import { formatBytes, formatNumber } from '../../lib/report/format.ts';
import { renderView, type View } from '../../lib/report/view.ts';
import { detailDayPrefix } from '../../lib/store/keys.ts';
import { clusterDays, readSummary, snapshotsOfDay, type ClusterDay } from '../../lib/store/snapshots.ts';
import type { Store } from '../../lib/store/store.ts';
import type { Command } from '../command.ts';
import { loadDuckDb } from '../history.ts';
import { clusterFilter, limitOption, spanMs, textOption } from '../options.ts';
import { storeSettings } from '../settings.ts';
import { openStore } from '../wire.ts';

export const compactCommand: Command = {
  name: 'compact',
  summary: 'put the details of past days into one Parquet file a day and kind, checked row by row',
  settings: [...storeSettings, 'cluster', 'requestTimeout', 'timeout', 'output'],
  options: [
    ['--older-than <span>', 'days that ended so long ago (2d, which is the least)'],
    ['--limit <n>', 'at most n days; 0: all (all)'],
    ['--dry-run', 'say which days, and change nothing'],
  ],
  examples: [
    ['kube-binpack compact --dry-run', 'which days there are to compact'],
    [
      'kube-binpack compact --store s3://my-bucket/binpack --cluster prod --timeout 1h',
      'once a day, after midnight',
    ],
  ],
  async run(context) {
    const { config, options, log, progress, signal, write, table } = context;
    const ageMs = spanMs(textOption(options, 'olderThan') ?? '2d');
    if (ageMs === null || ageMs < settledAfterMs)
      throw new ConfigError('--older-than must be a span of 2d or more: late runs may add to a younger day');
    const limit = limitOption(options, null) ?? Number.POSITIVE_INFINITY;
    const store = await openStore(context);
    const now = new Date();
    const days = (await clusterDays(store, clusterFilter(config), signal)).filter((day) =>
      hasEnded(day, now, ageMs),
    );
    const { compact } = await loadDuckDb();
    const done: Compacted[] = [];
    const failures: StoreError[] = [];
    const folder = await mkdtemp(path.join(tmpdir(), 'kube-binpack-compact-'));
    try {
      for (const [index, day] of days.entries()) {
        if (done.length >= limit) break;
        progress.report(`${day.cluster} ${day.date}, days`, index, days.length);
        try {
          if (!(await hasDetails(store, day, signal))) continue;
          const summaries = await readDay(store, day, signal);
          if (options['dryRun'] === true) {
            done.push(planned(day, summaries));
            continue;
          }
          const scratch = path.join(folder, String(index));
          const cache = createCache(scratch, Number.POSITIVE_INFINITY);
          const run = randomBytes(4).toString('hex');
          const ports = { store, cache, run, scratch: (name: string) => path.join(scratch, name) };
          const compacted = await compact.compactDay(ports, day, summaries, signal);
          if (compacted !== null) done.push(compacted);
          await rm(scratch, { recursive: true, force: true });
        } catch (error) {
          signal.throwIfAborted();
          if (!(error instanceof StoreError)) throw error;
          // one day that cannot be compacted must not keep the others
          log.warn(`${error.message}; ${day.date} of ${day.cluster} is left as it is`);
          failures.push(error);
        }
      }
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
    if (done.length === 0 && failures.length === 0)
      log.info(`there is no day to compact in ${store.location}`);
    else if (options['dryRun'] === true) log.info('nothing was changed (--dry-run)');
    if (done.length > 0 || config.output !== 'table') write(renderView(viewOf(done), config.output, table));
    const [first] = failures;
    if (first !== undefined)
      throw new StoreError(`${failures.length} of ${days.length} days could not be compacted`, {
        cause: first,
      });
  },
};

async function readDay(store: Store, day: ClusterDay, signal: AbortSignal): Promise<Summary[]> {
  const keys = await Array.fromAsync(snapshotsOfDay(store, day, signal));
  const summaries: (Summary | null)[] = keys.map(() => null);
  await atOnce(16, keys.entries(), async ([index, key]) => {
    summaries[index] = await readSummary(store, key, signal);
  });
  return summaries.filter((summary) => summary !== null);
}

/** Whether anything of the day still lies in objects of its own. */
async function hasDetails(
  store: Store,
  { cluster, date }: ClusterDay,
  signal: AbortSignal,
): Promise<boolean> {
  for (const kind of ['nodes', 'workloads', 'pods'] as const)
    for await (const key of store.list(detailDayPrefix(kind, cluster, date), signal)) return key !== '';
  return false;
}

function planned(day: ClusterDay, summaries: readonly Summary[]): Compacted {
  const objects = summaries.flatMap((summary) => summary.objects);
  return {
    ...day,
    snapshots: summaries.length,
    rows: objects.reduce((sum, { rows }) => sum + rows, 0),
    bytesBefore: objects.reduce((sum, { bytes }) => sum + bytes, 0),
    bytesAfter: 0,
  };
}

function viewOf(rows: readonly Compacted[]): View<Compacted> {
  const number = (key: 'snapshots' | 'rows', title: string): View<Compacted>['columns'][number] => ({
    key,
    title,
    align: 'right',
    text: (row) => formatNumber(row[key]),
    value: (row) => row[key],
  });
  const bytes = (key: 'bytesBefore' | 'bytesAfter', title: string): View<Compacted>['columns'][number] => ({
    key,
    title,
    align: 'right',
    text: (row) => (row[key] === 0 ? '-' : formatBytes(row[key])),
    value: (row) => row[key],
  });
  return {
    rows,
    columns: [
      { key: 'cluster', title: 'CLUSTER', flexible: true, text: ({ cluster }) => cluster },
      { key: 'date', title: 'DAY', text: ({ date }) => date },
      number('snapshots', 'SNAPSHOTS'),
      number('rows', 'ROWS'),
      bytes('bytesBefore', 'BEFORE'),
      bytes('bytesAfter', 'AFTER'),
    ],
  };
}
