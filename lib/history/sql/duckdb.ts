/** DuckDB, in this process and in memory, with nothing of it showing: texts in, rows out. */
import { DuckDBInstance, DuckDBTypeId, StatementType, type DuckDBConnection } from '@duckdb/node-api';
import type { QueryResult, QueryValue } from './query.ts';

export interface DuckDb {
  run(sql: string): Promise<void>;
  ask(sql: string): Promise<QueryResult>;
  /** Of a question for one column of texts: one after the other, never all at once. */
  texts(sql: string): AsyncIterable<string>;
  /** The statements of a text: how many, and whether each only reads. */
  inspect(sql: string): Promise<{ readonly readsOnly: readonly boolean[] }>;
  close(): void;
}

/** `memoryLimit` as DuckDB writes it: 2GiB. An abort interrupts what is running. */
export async function openDuckDb(memoryLimit: string, signal: AbortSignal): Promise<DuckDb> {
  signal.throwIfAborted();
  const instance = await DuckDBInstance.create(':memory:', { memory_limit: memoryLimit, temp_directory: '' });
  const connection = await instance.connect();
  const interrupt = (): void => connection.interrupt();
  signal.addEventListener('abort', interrupt, { once: true });
  // an interrupted statement says so in DuckDB's words; why it was interrupted is ours to say
  const told = async <T>(work: () => Promise<T>): Promise<T> => {
    signal.throwIfAborted();
    try {
      return await work();
    } catch (error) {
      signal.throwIfAborted();
      throw error;
    }
  };
  await connection.run("SET TimeZone = 'UTC'");
  return {
    run: async (sql) => told(async () => void (await connection.run(sql))),
    ask: async (sql) => told(async () => ask(connection, sql)),
    async *texts(sql) {
      const result = await told(async () => connection.stream(sql));
      for (;;) {
        const chunk = await told(async () => result.fetchChunk());
        if (chunk === null || chunk.rowCount === 0) return;
        for (const value of chunk.getColumnValues(0)) yield String(value);
      }
    },
    async inspect(sql) {
      const statements = await connection.extractStatements(sql);
      const readsOnly: boolean[] = [];
      for (let index = 0; index < statements.count; index++)
        readsOnly.push((await statements.prepare(index)).statementType === StatementType.SELECT);
      return { readsOnly };
    },
    close() {
      signal.removeEventListener('abort', interrupt);
      connection.closeSync();
      instance.closeSync();
    },
  };
}

async function ask(connection: DuckDBConnection, sql: string): Promise<QueryResult> {
  const reader = await connection.runAndReadAll(sql);
  const integers = reader.columnTypes().map(({ typeId }) => integerTypes.has(typeId));
  return {
    columns: reader.columnNames(),
    rows: (reader.getRowsJson() as QueryValue[][]).map((row) =>
      row.map((value, index) => (integers[index] === true ? asNumber(value) : value)),
    ),
  };
}

const integerTypes: ReadonlySet<DuckDBTypeId> = new Set([
  DuckDBTypeId.BIGINT,
  DuckDBTypeId.HUGEINT,
  DuckDBTypeId.UBIGINT,
  DuckDBTypeId.DECIMAL,
]);

/** The library gives what might pass 2^53 as text. */
function asNumber(value: QueryValue): QueryValue {
  const number = Number(value);
  const exact = !Number.isInteger(number) || Number.isSafeInteger(number);
  return typeof value === 'string' && exact ? number : value;
}

/** As a literal of SQL. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

export function listOf(texts: readonly string[]): string {
  return `[${texts.map(quoted).join(', ')}]`;
}
