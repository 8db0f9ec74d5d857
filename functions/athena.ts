/** SQL over the history by Athena: which database, which partitions, and what it cost. */
import { awsMaxAttempts } from '../lib/aws.ts';
import { ConfigError } from '../lib/errors.ts';
import { composeStatement } from '../lib/history/sql/compose.ts';
import { dollarsPerTerabyte, scanDollars } from '../lib/history/sql/price.ts';
import type { QueryResult } from '../lib/history/sql/query.ts';
import type { Range } from '../lib/history/summaries.ts';
import { formatBytes } from '../lib/report/format.ts';
import { snapshotIdOf } from '../lib/store/keys.ts';
import { nameForSql, slugOf } from '../lib/store/slug.ts';
import { clustersOf } from '../lib/store/snapshots.ts';
import type { Context } from './command.ts';
import { openStore } from './wire.ts';

export async function askAthena(sql: string, range: Range, context: Context): Promise<QueryResult> {
  const { config, log, signal } = context;
  const { region, requestTimeout, maxScan } = config;
  const place = placeOf(range.cluster, config);
  const statement = composeStatement(sql, {
    database: place.database,
    clusters: await clustersToAsk(range.cluster, context),
    snapshotIds: [snapshotIdOf(range.from), snapshotIdOf(range.to)],
  });
  // its client is large, and few need it
  const { createAthena } = await import('../lib/history/sql/athena.ts');
  const athena = createAthena({
    ...place,
    region,
    requestTimeoutMs: requestTimeout,
    maxAttempts: awsMaxAttempts,
    maxScanBytes: maxScan,
    warn: (message) => log.warn(message),
    bill: billOf,
  });
  const { scannedBytes, ...result } = await athena.ask(statement, signal);
  const price = `list price: $${dollarsPerTerabyte} a TB, 10 MB at least`;
  log.info(`Athena read ${billOf(scannedBytes)} (${price})`);
  if (scannedBytes > maxScan)
    log.warn(
      `that is more than --max-scan allows (${billOf(maxScan)}), but it was done before it could be stopped`,
    );
  return result;
}

/** 12 GiB, about $0.064 */
function billOf(bytes: number): string {
  const dollars = scanDollars(bytes);
  return `${formatBytes(bytes)}, about $${dollars >= 1 ? dollars.toFixed(2) : String(Number(dollars.toPrecision(2)))}`;
}

/** What the stack of a cluster has, unless something else is named. */
function placeOf(
  cluster: string | null,
  { athenaWorkgroup, athenaDatabase }: Context['config'],
): { readonly workgroup: string; readonly database: string } {
  if (cluster === null && (athenaWorkgroup === '' || athenaDatabase === ''))
    throw new ConfigError(
      'which database is Athena to ask? Give --cluster for that of its stack, or --athena-database and --athena-workgroup',
    );
  const ofStack = cluster === null ? '' : nameForSql(slugOf(cluster));
  return { workgroup: athenaWorkgroup || ofStack, database: athenaDatabase || ofStack };
}

/** Athena has to be told each: it does not look which partitions there are. */
async function clustersToAsk(cluster: string | null, context: Context): Promise<readonly string[]> {
  if (cluster !== null) return [cluster];
  const store = await openStore(context);
  const clusters = await clustersOf(store, null, context.signal);
  if (clusters.length === 0)
    throw new ConfigError(
      `there is no cluster in ${store.location}: name one with --cluster, or the store with --store`,
    );
  return clusters;
}
