/** `show --node`: everything about one node of a stored snapshot. */
import { ConfigError } from '../lib/errors.ts';
import type { NodeRow, Summary } from '../lib/model/snapshot.ts';
import { explainNode } from '../lib/packing/explain/explain.ts';
import { fillsView, renderExplanation } from '../lib/report/explain.ts';
import { formatNumber } from '../lib/report/format.ts';
import { nearestNames } from '../lib/report/search.ts';
import { renderView } from '../lib/report/view.ts';
import type { Store } from '../lib/store/store.ts';
import type { Context } from './command.ts';
import { readStoredRows } from './history.ts';
import { notesOn, refuseNarrowed } from './rows.ts';

export async function showNode(
  context: Context,
  store: Store,
  summary: Summary,
  name: string,
): Promise<void> {
  const { config, log, write, table } = context;
  refuseNarrowed(summary);
  const nodes = await readStoredRows(context, store, summary, 'nodes');
  const node = findNode(nodes, name, summary);
  const workloads = await readStoredRows(context, store, summary, 'workloads');
  const explained = explainNode({ nodes, workloads }, node, summary.scheduledAt);
  switch (config.output) {
    case 'json':
      return write(`${JSON.stringify(explained, null, 2)}\n`);
    case 'table':
      for (const note of [...notesOn(summary), ...explained.emptying.notes]) log.info(note);
      return write(renderExplanation(explained, config.resources, table));
    case 'csv':
    case 'none':
      write(renderView(fillsView(explained.workloads, config.resources), config.output, table));
  }
}

/** Its position, by its name or by a beginning that no other has. */
function findNode(nodes: readonly NodeRow[], wanted: string, { cluster, snapshotId }: Summary): number {
  const exact = nodes.findIndex(({ node }) => node === wanted);
  if (exact >= 0) return exact;
  const found = [...nodes.keys()].filter((at) => nodes[at]?.node.startsWith(wanted) === true);
  const [only] = found;
  if (only !== undefined && found.length === 1) return only;
  const where = `in snapshot ${snapshotId} of ${cluster}`;
  const names = nodes.map(({ node }) => node);
  if (found.length > 1) {
    const some = found.slice(0, 3).map((at) => names[at]);
    throw new ConfigError(
      `--node "${wanted}": the names of ${formatNumber(found.length)} nodes begin so ${where}, such as ${some.join(', ')}: give more of it`,
    );
  }
  const near = nearestNames(names, wanted, 3);
  const hint = near.length > 0 ? `the nearest names are ${near.join(', ')}` : 'see show --nodes';
  throw new ConfigError(`there is no node ${wanted} ${where}: ${hint}`);
}
