import { readFile } from 'node:fs/promises';
import { ConfigError } from '../../lib/errors.ts';
import * as z from '../../lib/model/schema.ts';
import type { NodeRow, WorkloadRow } from '../../lib/model/snapshot.ts';
import { withoutApart } from '../../lib/packing/apart.ts';
import type { Prices } from '../../lib/packing/repack/prices.ts';
import { repack, type Repacking } from '../../lib/packing/repack/repack.ts';
import { drainsView, repackHeadline, staysView, type NamedRepacking } from '../../lib/report/repack.ts';
import { renderView } from '../../lib/report/view.ts';
import { parseYaml } from '../../lib/yaml.ts';
import type { Command } from '../command.ts';
import { limitOption, spanMs, textOption } from '../options.ts';
import { rowsAt, rowSettings, type Rows } from '../rows.ts';

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
    const { about, notes, ...stored } = await rowsAt(context, textOption(options, 'at') ?? 'latest');
    // a virtual node is made for its pod, and goes with it
    const { nodes, workloads: all } = withoutApart(stored, ['virtual']);
    const workloads = options['moveLocalStorage'] === true ? all.map(withoutLocalStorage) : all;
    const until = performance.now() + budgetMs;
    const found = repack(
      { nodes, workloads },
      { prices, expired: () => performance.now() > until || context.signal.aborted },
    );
    context.signal.throwIfAborted();
    const named = namesIn({ ...found, notes: [...notes, ...found.notes] }, about, nodes, workloads);
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

/** Positions in the rows -> names, for people and scripts. */
function namesIn(
  found: Repacking,
  { cluster, snapshotId }: Rows['about'],
  nodes: readonly NodeRow[],
  workloads: readonly WorkloadRow[],
): NamedRepacking {
  const nodeName = (index: number): string => nodes[index]?.node ?? '';
  const workloadName = (index: number): string => {
    const row = workloads[index];
    return row === undefined ? '' : `${row.namespace}/${row.name}`;
  };
  const { lowerBoundNodes, repackedNodes, drainedNodes, saving, expired, notes, fresh } = found;
  return {
    cluster,
    snapshotId,
    nodes: found.nodes,
    lowerBoundNodes,
    repackedNodes,
    drainedNodes,
    saving,
    expired,
    notes,
    packedAnew: fresh === null ? null : { score: fresh.score, nodes: fresh.nodes.map(nodeName) },
    drains: found.drains.map(({ node, moves }) => ({
      node: nodeName(node),
      nodePool: nodes[node]?.nodePool ?? null,
      instanceType: nodes[node]?.instanceType ?? null,
      moves: moves.map(({ workload, to, pods }) => ({
        workload: workloadName(workload),
        to: nodeName(to),
        pods,
      })),
    })),
    stays: found.stays.map((stay) =>
      stay.why === 'held'
        ? { node: nodeName(stay.node), why: stay.why, by: stay.by }
        : {
            node: nodeName(stay.node),
            why: stay.why,
            ...(stay.why === 'no place' && { workload: workloadName(stay.workload) }),
          },
    ),
  };
}
