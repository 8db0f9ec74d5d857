/** What questions about packing are asked of: the cluster as it is now, or a stored snapshot of it. */
import type { NodeRow, Summary, WorkloadRow } from '../lib/model/snapshot.ts';
import { withoutApart } from '../lib/packing/apart.ts';
import { snapshotIdOf } from '../lib/store/keys.ts';
import { takeSnapshot } from '../lib/take.ts';
import type { Context } from './command.ts';
import { openConnection } from './connection.ts';
import { findSummary } from './find.ts';
import { readStoredRows } from './history.ts';
import { clusterSettings, historySettings } from './settings.ts';
import { toolVersion } from './version.ts';
import { openCluster, openStore, requireClusterName } from './wire.ts';

export interface Rows {
  readonly about: Pick<Summary, 'cluster' | 'snapshotId' | 'kubernetesVersion'>;
  readonly nodes: readonly NodeRow[];
  readonly workloads: readonly WorkloadRow[];
}

/** Of commands that ask for rows. */
export const rowSettings = [...new Set([...clusterSettings, ...historySettings, 'exclude'] as const)];

/** `reference`: now, or a stored snapshot as `findSummary` knows it. What is excluded is not there. */
export async function rowsAt(context: Context, reference: string): Promise<Rows> {
  const { about, ...rows } = await (reference === 'now' ? readNow(context) : readStored(context, reference));
  return { about, ...withoutApart(rows, context.config.exclude) };
}

async function readStored(context: Context, reference: string): Promise<Rows> {
  const store = await openStore(context);
  const about = await findSummary(store, reference, context);
  const [nodes, workloads] = await Promise.all([
    readStoredRows(context, store, about, 'nodes'),
    readStoredRows(context, store, about, 'workloads'),
  ]);
  return { about, nodes, workloads };
}

async function readNow(context: Context): Promise<Rows> {
  const { log, signal } = context;
  const access = openCluster(await openConnection(context), context);
  try {
    const now = (): Date => new Date();
    const { summary, nodes, workloads } = await takeSnapshot(
      { cluster: access.cluster, log, now },
      {
        clusterName: requireClusterName(access.clusterName),
        snapshotId: snapshotIdOf(now()),
        run: 'now',
        toolVersion,
        labelGroups: [],
        readinessRules: [],
        podRows: false,
        selectors: {},
        exclude: [],
        repackBudgetMs: 0,
      },
      signal,
    );
    return { about: summary, nodes: [...nodes], workloads: [...workloads] };
  } finally {
    access.close();
  }
}
