import { ConfigError } from '../../lib/errors.ts';
import { groupsView, nodesView, resourcesView, workloadsView } from '../../lib/report/views.ts';
import { arrange, renderView, type View } from '../../lib/report/view.ts';
import type { Command, Context } from '../command.ts';
import { showNode } from '../explain.ts';
import { findSummary } from '../find.ts';
import { readStoredRows } from '../history.ts';
import { warnOfResources } from '../resources.ts';
import { kindOption, limitOption, textOption } from '../options.ts';
import { historySettings } from '../settings.ts';
import { openStore } from '../wire.ts';
import { renderSummary } from './snapshot.ts';

export const showCommand: Command = {
  name: 'show',
  summary: 'show a stored snapshot: its summary, its nodes, workloads or groups, or all about one node',
  settings: [...historySettings, 'resources'],
  arguments: [
    ['[id]', 'a snapshot as list names it, the beginning of one, or a time such as "2d ago" (the newest)'],
  ],
  options: [
    ['--nodes', 'a row for each node'],
    ['--workloads', 'a row for each workload'],
    ['--groups', 'a row for each value of the label groups'],
    [
      '--node <name>',
      'one node, by its name or the beginning of it: what fills it, what is stranded there and why, what would have to move to empty it',
    ],
    ['--search <words>', 'fuzzy, over every column; !word leaves out'],
    ['--sort <column>', 'a column, with :asc or :desc behind it'],
    ['--limit <n>', 'at most n rows; 0: all (all)'],
  ],
  examples: [
    ['kube-binpack show', 'the newest snapshot'],
    ['kube-binpack show --nodes --sort cpu:asc --limit 20', 'the 20 emptiest nodes'],
    ['kube-binpack show --nodes --search "general !spot"', 'nodes of a pool that are not spot'],
    ['kube-binpack show --node ip-10-64-0-7.ec2.internal', 'all about one node'],
    ['kube-binpack show 20261121T0745 --workloads --sort memory', 'what took the most memory then'],
  ],
  async run(context) {
    const { config, options, write, table } = context;
    const kind = kindOption(options);
    const node = nodeOption(options, kind);
    const store = await openStore(context);
    const summary = await findSummary(store, context.arguments[0] ?? '', context);
    warnOfResources(summary.resources, context);
    if (node !== null) return showNode(context, store, summary, node);
    const arrangement = {
      search: textOption(options, 'search'),
      sort: textOption(options, 'sort'),
      limit: limitOption(options, null),
    };
    const show = <Row>(view: View<Row>): void => {
      write(renderView(arrange(view, arrangement), config.output, table));
    };
    switch (kind) {
      case 'nodes':
        return show(nodesView(await readStoredRows(context, store, summary, 'nodes'), config.resources));
      case 'workloads':
        return show(
          workloadsView(await readStoredRows(context, store, summary, 'workloads'), config.resources),
        );
      case 'groups':
        if (summary.groups.length === 0) {
          throw new ConfigError(
            `snapshot ${summary.snapshotId} has no groups: take snapshots with --label-group`,
          );
        }
        return show(groupsView(summary.groups, config.resources));
      case null:
        if (Object.values(arrangement).every((each) => each === null)) write(renderSummary(summary, context));
        else show(resourcesView(summary, config.resources));
    }
  },
};

/** The name of the one node to tell all about; null where it is not asked for. */
function nodeOption(options: Context['options'], kind: string | null): string | null {
  const node = textOption(options, 'node');
  if (node === null) return null;
  if (node === '') throw new ConfigError('--node "": must be the name of a node');
  if (kind !== null) throw new ConfigError(`choose one of --${kind} and --node`);
  const other = ['search', 'sort', 'limit'].find((name) => options[name] !== undefined);
  if (other !== undefined)
    throw new ConfigError(`--${other} has no meaning with --node, which tells all about one node`);
  return node;
}
