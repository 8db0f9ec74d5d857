import { readFile } from 'node:fs/promises';
import { ConfigError } from '../../lib/errors.ts';
import * as z from '../../lib/model/schema.ts';
import type { WorkloadRow } from '../../lib/model/snapshot.ts';
import type { Prices } from '../../lib/packing/repack/prices.ts';
import { drainsView, repackHeadline, staysView } from '../../lib/report/repack.ts';
import { renderView } from '../../lib/report/view.ts';
import { parseYaml } from '../../lib/yaml.ts';
import type { Command } from '../command.ts';
import { limitOption, spanMs, textOption } from '../options.ts';
import { repackRows } from '../repacking.ts';
import { rowsAt, rowSettings } from '../rows.ts';

export const repackCommand: Command = {
  name: 'repack',
  summary:
    'find how few nodes would do: at least so many, so many found; which to drain, and why the others stay',
  settings: rowSettings,
  options: [
    [
      '--at <snapshot>',
      'now for the cluster as it is, a snapshot as list names it, or a time such as "2d ago" (latest)',
    ],
    ['--move-local-storage', 'pods with volumes on their node may move, and lose what is in them'],
    [
      '--prices <file>',
      'YAML or JSON, dollars an hour: instanceTypes: {m6i.xlarge: 0.192}, nodePools: {spot: 0.05}',
    ],
    ['--budget <duration>', 'to search for so long at most; then what was found by then is said (60s)'],
    ['--limit <n>', 'at most n lines of nodes to drain in the table; 0: all (20)'],
  ],
  examples: [
    ['kube-binpack repack', 'of the newest snapshot'],
    [
      'kube-binpack repack --at "2d ago" --output json',
      'for scripts: each node to drain, with where its pods go',
    ],
    ['kube-binpack repack --prices prices.yaml', 'what it would save'],
  ],
  async run(context) {
    const { config, options, log, write, table } = context;
    const prices = await pricesOf(textOption(options, 'prices'));
    const budgetMs = budgetOf(textOption(options, 'budget') ?? '60s');
    const limit = limitOption(options, 20) ?? Number.POSITIVE_INFINITY;
    const rows = await rowsAt(context, textOption(options, 'at') ?? 'latest');
    const workloads =
      options['moveLocalStorage'] === true ? rows.workloads.map(withoutLocalStorage) : rows.workloads;
    const named = repackRows({ ...rows, workloads }, { prices, budgetMs, signal: context.signal });
    context.signal.throwIfAborted();
    if (config.output === 'json') return write(`${JSON.stringify(named, null, 2)}\n`);
    for (const note of named.notes) log.info(note);
    if (named.saving !== null && named.drains.length > 0 && named.saving.unpriced === named.drains.length)
      log.warn('none of the nodes to drain has a price: prices are by instance type, or by node pool');
    const drains = drainsView(named);
    if (config.output !== 'table') return write(renderView(drains, config.output, table));
    const parts = [`${repackHeadline(named)}\n`];
    if (drains.rows.length > 0) {
      const more =
        drains.rows.length > limit ? `... and ${drains.rows.length - limit} more: --limit 0 for all\n` : '';
      parts.push(
        `To drain, in this order\n${renderView({ ...drains, rows: drains.rows.slice(0, limit) }, 'table', table)}${more}`,
      );
    }
    const stays = staysView(named);
    if (stays.rows.length > 0) parts.push(`The others stay\n${renderView(stays, 'table', table)}`);
    write(parts.join('\n'));
  },
};

/** 90, 90s or 2m: seconds where nothing else is said. */
function budgetOf(text: string): number {
  const budgetMs = /^\d{1,6}s?$/.test(text) ? Number.parseInt(text, 10) * 1000 : spanMs(text);
  if (budgetMs === null) throw new ConfigError(`--budget "${text}": must be a duration such as 90s or 2m`);
  return budgetMs;
}

const pricesSchema = z.strictObject({
  instanceTypes: z.optional(z.record(z.string(), z.number().check(z.nonnegative()))),
  nodePools: z.optional(z.record(z.string(), z.number().check(z.nonnegative()))),
});

async function pricesOf(file: string | null): Promise<Prices | null> {
  if (file === null) return null;
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new ConfigError(`could not read the prices ${file}: does it exist, and may you read it?`, {
      cause,
    });
  });
  const parsed = pricesSchema.safeParse(parseYaml(text, file));
  if (!parsed.success) {
    const problems = z.describeIssues(parsed.error).slice(0, 3).join('; ');
    throw new ConfigError(`prices ${file}: ${problems}; it should be instanceTypes: {m6i.xlarge: 0.192}`);
  }
  return { instanceTypes: parsed.data.instanceTypes ?? {}, nodePools: parsed.data.nodePools ?? {} };
}

function withoutLocalStorage({ pins = [], ...row }: WorkloadRow): WorkloadRow {
  return { ...row, pins: pins.filter((pin) => pin !== 'local storage') };
}
