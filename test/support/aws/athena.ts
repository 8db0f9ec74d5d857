/**
 * Queries in Amazon Athena, in AWS JSON 1.1: they are queued, run, and end; results come by pages, names of columns
 * first. What a statement answers is the test's affair.
 */
import { createAwsError, type AwsAnswer, type AwsError, type Received } from './wire.ts';

export interface AthenaResult {
  readonly columns: readonly (readonly [name: string, type: string])[];
  readonly rows: readonly (readonly (string | null)[])[];
  readonly scannedBytes?: number;
}

/** What comes of a statement. */
export type AthenaOutcome =
  | AthenaResult
  | { readonly failed: string; readonly category?: number }
  | { readonly cancelled: string }
  /** It runs until it is stopped, and has read so much each time it is asked after. */
  | { readonly endless: true; readonly scannedBytes: readonly number[] };

export interface AthenaDoubleOptions {
  readonly workgroups: readonly string[];
  readonly answer: (sql: string, database: string) => AthenaOutcome | Promise<AthenaOutcome>;
}

export interface AthenaExecution {
  readonly id: string;
  readonly sql: string;
  readonly database: string;
  readonly workgroup: string;
  readonly state: 'QUEUED' | 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'CANCELLED';
}

export interface AthenaDouble {
  /** In order. */
  readonly executions: readonly AthenaExecution[];
  answer(received: Received): Promise<AwsAnswer>;
}

type Execution = { -readonly [K in keyof AthenaExecution]: AthenaExecution[K] } & {
  readonly token: string;
  readonly outcome: AthenaOutcome;
  polls: number;
};

interface Input {
  readonly QueryString?: unknown;
  readonly ClientRequestToken?: unknown;
  readonly QueryExecutionContext?: { readonly Database?: string; readonly Catalog?: string };
  readonly WorkGroup?: string;
  readonly QueryExecutionId?: unknown;
  readonly NextToken?: string;
  readonly MaxResults?: unknown;
}

export function createAthenaDouble({ workgroups, answer }: AthenaDoubleOptions): AthenaDouble {
  const executions: Execution[] = [];

  async function start(input: Input): Promise<object> {
    const { QueryString: sql, ClientRequestToken: token, QueryExecutionContext: context, WorkGroup } = input;
    if (typeof sql !== 'string' || sql === '' || Buffer.byteLength(sql) > 262_144)
      throw invalid('queryString');
    if (typeof token !== 'string' || token.length < 32 || token.length > 128)
      throw invalid('clientRequestToken');
    const workgroup = WorkGroup ?? 'primary';
    if (!workgroups.includes(workgroup)) throw invalid(`WorkGroup ${workgroup} is not found.`);
    if (context?.Catalog !== 'AwsDataCatalog') throw invalid('the catalog is not AwsDataCatalog');
    const again = executions.find((execution) => execution.token === token);
    if (again !== undefined && again.sql !== sql) throw invalid('Idempotent parameters do not match');
    if (again !== undefined) return { QueryExecutionId: again.id };
    const database = context.Database ?? '';
    const id = `00000000-0000-0000-0000-${String(executions.length).padStart(12, '0')}`;
    const outcome = await answer(sql, database);
    executions.push({ id, sql, database, workgroup, token, outcome, state: 'QUEUED', polls: 0 });
    return { QueryExecutionId: id };
  }

  function find({ QueryExecutionId: id }: Input): Execution {
    const found = executions.find((execution) => execution.id === id);
    if (found === undefined) throw invalid(`QueryExecution ${String(id)} was not found`);
    return found;
  }

  function poll(execution: Execution): object {
    const { outcome } = execution;
    if (execution.state === 'RUNNING' && !('endless' in outcome))
      execution.state = 'failed' in outcome ? 'FAILED' : 'cancelled' in outcome ? 'CANCELLED' : 'SUCCEEDED';
    if (execution.state === 'QUEUED') execution.state = execution.polls > 0 ? 'RUNNING' : 'QUEUED';
    // of one that ends, as if it read all at the last moment
    const read = 'endless' in outcome || execution.state === 'SUCCEEDED';
    const scanned = read && 'scannedBytes' in outcome ? outcome.scannedBytes : 0;
    const bytes = typeof scanned === 'object' ? (scanned[execution.polls] ?? scanned.at(-1)) : scanned;
    execution.polls += 1;
    const reason =
      'failed' in outcome ? outcome.failed : 'cancelled' in outcome ? outcome.cancelled : undefined;
    const ended = execution.state === 'FAILED' || execution.state === 'CANCELLED';
    return {
      QueryExecution: {
        QueryExecutionId: execution.id,
        Query: execution.sql,
        Status: {
          State: execution.state,
          ...(ended && reason !== undefined && { StateChangeReason: reason }),
          ...('category' in outcome && { AthenaError: { ErrorCategory: outcome.category } }),
        },
        Statistics: execution.state === 'QUEUED' ? {} : { DataScannedInBytes: bytes },
      },
    };
  }

  function results(execution: Execution, { MaxResults = 1000, NextToken }: Input): object {
    const { outcome, state } = execution;
    if (state !== 'SUCCEEDED' || !('rows' in outcome))
      throw invalid(`Query has not yet finished. Current state: ${state}`);
    if (typeof MaxResults !== 'number' || MaxResults < 1 || MaxResults > 1000) throw invalid('maxResults');
    const begin = NextToken === undefined ? 0 : Number(/^page-(\d+)$/.exec(NextToken)?.[1]);
    if (!Number.isInteger(begin)) throw invalid('nextToken');
    const all = [outcome.columns.map(([name]) => name), ...outcome.rows];
    const end = begin + MaxResults;
    return {
      ResultSet: {
        ResultSetMetadata: { ColumnInfo: outcome.columns.map(([Name, Type]) => ({ Name, Type })) },
        Rows: all.slice(begin, end).map((row) => ({
          Data: row.map((value) => (value === null ? {} : { VarCharValue: value })),
        })),
      },
      ...(end < all.length && { NextToken: `page-${end}` }),
    };
  }

  return {
    executions,
    async answer(received) {
      if (received.headers['content-type'] !== 'application/x-amz-json-1.1') throw invalid('content type');
      const input = JSON.parse(received.body.toString('utf8')) as Input;
      switch (received.headers['x-amz-target'] ?? '') {
        case 'AmazonAthena.StartQueryExecution':
          return answerOf(await start(input));
        case 'AmazonAthena.GetQueryExecution':
          return answerOf(poll(find(input)));
        case 'AmazonAthena.GetQueryResults':
          return answerOf(results(find(input), input));
        case 'AmazonAthena.StopQueryExecution': {
          const execution = find(input);
          if (execution.state === 'QUEUED' || execution.state === 'RUNNING') execution.state = 'CANCELLED';
          return answerOf({});
        }
        default:
          throw createAwsError(400, 'UnknownOperationException', '');
      }
    },
  };
}

function invalid(message: string): AwsError {
  return createAwsError(400, 'InvalidRequestException', message);
}

function answerOf(body: object, status = 200): AwsAnswer {
  return { status, headers: { 'content-type': 'application/x-amz-json-1.1' }, body: JSON.stringify(body) };
}

export function athenaErrorAnswer({ status, code, message }: AwsError): AwsAnswer {
  return answerOf({ __type: code, Message: message, message }, status);
}
