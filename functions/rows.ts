/** What questions about packing are asked of: the cluster as it is now, or a stored snapshot of it. */
import { ConfigError } from '../lib/errors.ts';
import type { NodeRow, Summary, WorkloadRow } from '../lib/model/snapshot.ts';
import { withoutApart } from '../lib/packing/apart.ts';
import { problemLines } from '../lib/report/headline.ts';
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
  /** What they do not tell, one sentence each. */
  readonly notes: readonly string[];
  readonly nodes: readonly NodeRow[];
  readonly workloads: readonly WorkloadRow[];
}

/** Of commands that ask for rows. */
export const rowSettings = [...new Set([...clusterSettings, ...historySettings, 'exclude'] as const)];

/** `reference`: now, or a stored snapshot as `findSummary` knows it. What is excluded is not there. */
export async function rowsAt(context: Context, reference: string): Promise<Rows> {
  const { about, notes, ...rows } = await (reference === 'now'
    ? readNow(context)
    : readStored(context, reference));
  return { about, notes, ...withoutApart(rows, context.config.exclude) };
}

async function readStored(context: Context, reference: string): Promise<Rows> {
  const store = await openStore(context);
  const about = await findSummary(store, reference, context);
  refuseNarrowed(about);
  const [nodes, workloads] = await Promise.all([
    readStoredRows(context, store, about, 'nodes'),
    readStoredRows(context, store, about, 'workloads'),
  ]);
  return { about, notes: notesOn(about), nodes, workloads };
}

async function readNow(context: Context): Promise<Rows> {
  const { log, signal } = context;
  // of a part of the pods nobody can say what room the others leave
  const config = { ...context.config, namespace: '', nodeSelector: '', podFieldSelector: '' };
  const access = openCluster(await openConnection(context), { ...context, config });
  try {
    const now = (): Date => new Date();
    const { summary, nodes, workloads } = await takeSnapshot(
      { cluster: access.cluster, log, now, elapsedMs: () => performance.now() },
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
    for (const line of problemLines(summary)) log.warn(line);
    return { about: summary, notes: [], nodes: [...nodes], workloads: [...workloads] };
  } finally {
    access.close();
  }
}

/** What keeps pods on their node was not read in earlier versions, which knew nothing of packing either. */
export function notesOn({ packing }: Pick<Summary, 'packing'>): string[] {
  if (packing !== null) return [];
  return [
    'this snapshot is of an earlier version: annotations that forbid an eviction, and local storage, are not in it, and count as none',
  ];
}

export function refuseNarrowed(summary: Summary): void {
  const narrowed = narrowedText(summary);
  if (narrowed === null) return;
  throw new ConfigError(`${narrowed}: what room the other pods leave is not in it; choose another with --at`);
}

/** null: of the whole cluster. */
export function narrowedText({ cluster, snapshotId, selectors }: Summary): string | null {
  if (selectors === undefined) return null;
  const narrowed = Object.entries(selectors).map(([name, value]) => `${name} ${value}`);
  return `snapshot ${snapshotId} of ${cluster} is narrowed to ${narrowed.join(', ')}`;
}
