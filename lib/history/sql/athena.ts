/** Amazon Athena: a statement is started, asked after until it is done, and its rows are fetched by pages. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  AthenaClient,
  GetQueryExecutionCommand,
  GetQueryResultsCommand,
  StartQueryExecutionCommand,
  StopQueryExecutionCommand,
  type QueryExecution,
} from '@aws-sdk/client-athena';
import { awsClientOptions, type AwsOptions } from '../../aws.ts';
import { ConfigError, StoreError } from '../../errors.ts';
import { refusalOf, requestFailure, type AthenaPlace } from './athena-failure.ts';
import { athenaRow, columnNamesOf } from './athena-rows.ts';
import type { Composed } from './compose.ts';
import type { QueryResult, QueryValue } from './query.ts';

export interface AthenaOptions extends AwsOptions, AthenaPlace {
  /** A query that has read more is stopped. */
  readonly maxScanBytes: number;
  readonly warn: (message: string) => void;
  /** Of so many bytes, in words. */
  readonly bill: (bytes: number) => string;
}

export interface AthenaAnswer extends QueryResult {
  readonly scannedBytes: number;
}

export interface Athena {
  ask(statement: Composed, signal: AbortSignal): Promise<AthenaAnswer>;
}

/** Most queries take a second or two; a long one is not asked after more often than every two. */
const [firstPauseMs, longestPauseMs, pauseGrowth] = [100, 2000, 1.5];
/** https://docs.aws.amazon.com/athena/latest/APIReference/API_GetQueryResults.html */
const rowsAPage = 1000;
/** Whoever stops us does not wait for long. */
const stopTimeoutMs = 5000;

export function createAthena(options: AthenaOptions): Athena {
  const { workgroup, database, maxScanBytes, warn, bill } = options;
  const client = new AthenaClient(awsClientOptions(options));
  const failed = (action: string, error: unknown): Error => requestFailure(action, error, options);

  /** Not aborted: a query whose id never came could not be stopped. */
  async function start(sql: string): Promise<string> {
    const command = new StartQueryExecutionCommand({
      QueryString: sql,
      // tries of one request start one query
      ClientRequestToken: randomUUID(),
      QueryExecutionContext: { Database: database, Catalog: 'AwsDataCatalog' },
      WorkGroup: workgroup,
    });
    const { QueryExecutionId: id } = await client.send(command).catch((error: unknown) => {
      throw failed('StartQueryExecution', error);
    });
    if (id === undefined)
      throw new StoreError('Athena started the query, but did not say which it is: try again');
    return id;
  }

  /** Its execution, at the end of it, however that came. */
  async function untilDone(id: string, signal: AbortSignal): Promise<QueryExecution> {
    for (let pauseMs: number = firstPauseMs; ; pauseMs = Math.min(longestPauseMs, pauseMs * pauseGrowth)) {
      signal.throwIfAborted();
      const { QueryExecution: execution = {} } = await client
        .send(new GetQueryExecutionCommand({ QueryExecutionId: id }), { abortSignal: signal })
        .catch((error: unknown) => {
          signal.throwIfAborted();
          throw failed('GetQueryExecution', error);
        });
      if (isDone(execution)) return execution;
      const scanned = scannedBytesOf(execution);
      if (scanned > maxScanBytes)
        throw new ConfigError(
          `the query was stopped when it had read ${bill(scanned)}, which is more than --max-scan allows (${bill(maxScanBytes)}): ask for less time or one cluster, or allow more`,
        );
      // an abort ends the pause, and is looked at above
      await sleep(pauseMs, undefined, { signal }).catch(() => undefined);
    }
  }

  async function stop(id: string): Promise<void> {
    const command = new StopQueryExecutionCommand({ QueryExecutionId: id });
    await client
      .send(command, { abortSignal: AbortSignal.timeout(stopTimeoutMs) })
      .catch((error: unknown) =>
        warn(`the query ${id} may go on in Athena: ${failed('StopQueryExecution', error).message}`),
      );
  }

  async function fetchRows(id: string, signal: AbortSignal): Promise<QueryResult> {
    const rows: QueryValue[][] = [];
    let columns: readonly string[] = [];
    let token: string | undefined;
    do {
      const command = new GetQueryResultsCommand({
        QueryExecutionId: id,
        MaxResults: rowsAPage,
        ...(token !== undefined && { NextToken: token }),
      });
      const page = await client.send(command, { abortSignal: signal }).catch((error: unknown) => {
        signal.throwIfAborted();
        throw failed('GetQueryResults', error);
      });
      const about = page.ResultSet?.ResultSetMetadata?.ColumnInfo ?? [];
      const read = (page.ResultSet?.Rows ?? []).map((row) => athenaRow(row, about));
      if (token === undefined) columns = columnNamesOf(about);
      // the first row of all has the names of the columns
      for (const row of token === undefined ? read.slice(1) : read) rows.push(row);
      if (page.NextToken !== undefined && page.NextToken === token)
        throw new StoreError(
          'could not read the result from Athena: it does not go on, though it says it does',
        );
      token = page.NextToken;
    } while (token !== undefined);
    return { columns, rows };
  }

  return {
    async ask({ sql, lineShift }, signal) {
      signal.throwIfAborted();
      const id = await start(sql);
      let running = true;
      try {
        const execution = await untilDone(id, signal);
        running = false;
        if (execution.Status?.State !== 'SUCCEEDED') throw refusalOf(execution, lineShift, options);
        return { ...(await fetchRows(id, signal)), scannedBytes: scannedBytesOf(execution) };
      } finally {
        if (running) await stop(id);
      }
    },
  };
}

function isDone({ Status }: QueryExecution): boolean {
  return Status?.State === 'SUCCEEDED' || Status?.State === 'FAILED' || Status?.State === 'CANCELLED';
}

function scannedBytesOf({ Statistics }: QueryExecution): number {
  return Statistics?.DataScannedInBytes ?? 0;
}
