import type { Log } from '../../lib/log.ts';
import type { Command } from '../command.ts';
import { readStoredRows } from '../history.ts';
import { clusterFilter, kindOption, limitOption, textOption } from '../options.ts';
import { readingSettings } from '../settings.ts';
import { watchLive } from '../watch/live.ts';
import { createWatchSource } from '../watch/source.ts';
import { watchStream } from '../watch/stream.ts';
import { openStore } from '../wire.ts';

/** What is shown waits no longer for the store; then it says so, and goes on waiting. */
const patienceMs = 2000;

export const watchCommand: Command = {
  name: 'watch',
  summary: 'the newest snapshot, always: a live table on a terminal, a block for each snapshot in a pipe',
  settings: [...readingSettings, 'resources', 'every', 'output'],
  options: [
    ['--nodes', 'a row for each node (what it shows first)'],
    ['--workloads', 'a row for each workload'],
    ['--groups', 'a row for each value of the label groups'],
    ['--search <words>', 'fuzzy, over every column; !word leaves out'],
    ['--sort <column>', 'a column, with :asc or :desc behind it'],
    ['--limit <n>', 'at most n rows; 0: all (all)'],
  ],
  examples: [
    ['kube-binpack watch', 'the nodes of the newest snapshot in ./snapshots; ? shows the keys, q ends it'],
    ['kube-binpack watch --store s3://my-bucket/binpack --cluster prod --every 1m', 'over a bucket'],
    ['kube-binpack watch --workloads --sort memory', 'what takes the most memory'],
    [
      'kube-binpack watch --sort cpu:asc --limit 20 | tee emptiest.txt',
      'the 20 emptiest nodes, anew with each snapshot',
    ],
  ],
  endless: true,
  async run(context) {
    const { config, options, terminal, table, log, write } = context;
    const { resources, requestTimeout, every, output } = config;
    const kind = kindOption(options) ?? 'nodes';
    const arrangement = {
      search: textOption(options, 'search'),
      sort: textOption(options, 'sort'),
      limit: limitOption(options, null),
    };
    const store = await openStore(context);
    const live = output === 'table' ? terminal : null;
    let say = (text: string): void => log.warn(text);
    // a line of the log would stand amid the table
    const notes: Log = {
      debug() {},
      info() {},
      warn: (text) => say(text),
      error: (text) => say(text),
    };
    const ending = new AbortController();
    const signal = AbortSignal.any([context.signal, ending.signal]);
    const now = (): Date => new Date();
    const source = createWatchSource({
      store,
      cluster: clusterFilter(config),
      readRows: async (summary, tier, limit) =>
        readStoredRows({ ...context, signal: limit, log: live === null ? log : notes }, store, summary, tier),
      freshMs: every,
      patienceMs,
      timeoutMs: requestTimeout,
      now,
      signal,
      failed(problem) {
        // the screen shows it by itself
        if (live === null) log.warn(`${problem}; trying again`);
      },
    });
    const watched = { source, resources };
    try {
      if (live === null)
        await watchStream({ ...watched, kind, arrangement, output, table, log, write }, signal);
      else {
        const { search, sort, limit } = arrangement;
        const sorts = sort === null ? {} : { [kind]: sort };
        await watchLive(
          {
            ...watched,
            terminal: live,
            color: table.color,
            chosen: { kind, filter: search ?? '', sorts, limit, resources },
            now,
            hear: (note) => (say = note),
          },
          signal,
        );
      }
    } finally {
      ending.abort();
    }
  },
};
