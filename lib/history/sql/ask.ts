/**
 * Questions over snapshots. A statement may read what it was given, and nothing else: no other file, no network, no
 * extension, no setting (https://duckdb.org/docs/stable/operations_manual/securing_duckdb/overview).
 */
import { ConfigError, KubeBinpackError } from '../../errors.ts';
import { nodeRowSchema, summarySchema, workloadRowSchema } from '../../model/snapshot.ts';
import { duckType, fieldsOf, type Field } from './columns.ts';
import { listOf, openDuckDb, quoted, type DuckDb } from './duckdb.ts';
import type { QueryResult } from './query.ts';
import { selectOf, sources, views, type Source } from './views.ts';

/** Where the rows of a source lie. */
export interface SourceFiles {
  /** Of NDJSON, gzipped where its name ends in .gz. */
  readonly json: readonly string[];
  readonly parquet: readonly string[];
  /** Of the rows in them, those that were asked for: a condition in SQL. */
  readonly where: string;
}

export interface AskOptions {
  readonly files: Readonly<Record<Source, SourceFiles>>;
  /** As DuckDB writes it: 2GiB. */
  readonly memoryLimit: string;
}

export async function ask(
  sql: string,
  { files, memoryLimit }: AskOptions,
  signal: AbortSignal,
): Promise<QueryResult> {
  return withDuckDb(memoryLimit, signal, async (duckdb) => {
    await prepare(duckdb, files);
    const { readsOnly } = await duckdb.inspect(sql);
    if (readsOnly.length !== 1) throw new ConfigError(`one statement at a time: this is ${readsOnly.length}`);
    if (readsOnly[0] !== true)
      throw new ConfigError('only a SELECT is answered: snapshots are not changed by SQL');
    return duckdb.ask(sql);
  });
}

/** Which sources a question reads, so that no other object is brought here. */
export async function sourcesOf(sql: string, signal: AbortSignal): Promise<ReadonlySet<Source>> {
  return withDuckDb('256MiB', signal, async (duckdb) => {
    const { rows } = await duckdb.ask(`SELECT json_serialize_sql(${quoted(sql)}::VARCHAR)`);
    const tree = JSON.parse(rows[0]?.[0] as string) as { error: boolean; error_message?: string };
    if (tree.error)
      throw tree.error_message?.startsWith('Only SELECT') === true
        ? new ConfigError('only a SELECT is answered: snapshots are not changed by SQL')
        : new Error(tree.error_message ?? '');
    const names = new Set(tableNames(tree));
    const ofViews = views.filter(({ name }) => names.has(name)).map(({ source }) => source);
    return new Set([...ofViews, ...sources.filter((source) => names.has(source))]);
  });
}

/** Of a tree of syntax; names of WITH are among them, and do no harm. */
function tableNames(tree: unknown): string[] {
  if (typeof tree !== 'object' || tree === null) return [];
  const own =
    'table_name' in tree && typeof tree.table_name === 'string' ? [tree.table_name.toLowerCase()] : [];
  return [...own, ...Object.values(tree).flatMap(tableNames)];
}

/** What DuckDB says of a statement is for the person who wrote it. */
async function withDuckDb<T>(
  memoryLimit: string,
  signal: AbortSignal,
  work: (duckdb: DuckDb) => Promise<T>,
): Promise<T> {
  const duckdb = await openDuckDb(memoryLimit, signal);
  try {
    return await work(duckdb);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof KubeBinpackError || !(error instanceof Error)) throw error;
    const [said = '', ...rest] = error.message.split('\n').filter((line) => line.trim() !== '');
    const candidates = rest.find((line) => line.startsWith('Candidate'));
    throw new ConfigError(
      `the query was not answered: ${said.trim()}${candidates === undefined ? '' : ` (${candidates})`}`,
      {
        cause: error,
      },
    );
  } finally {
    duckdb.close();
  }
}

/** Sources and views; then the door is shut. */
async function prepare(duckdb: DuckDb, files: AskOptions['files']): Promise<void> {
  const all = Object.values(files).flatMap(({ json, parquet }) => [...json, ...parquet]);
  await duckdb.run(`SET allowed_paths = ${listOf(all)}`);
  await duckdb.run('SET enable_external_access = false');
  for (const [source, each] of Object.entries(files))
    await duckdb.run(`CREATE VIEW ${source} AS ${selectFrom(each, columnsOf[source as Source])}`);
  for (const view of views) await duckdb.run(`CREATE VIEW ${view.name} AS ${selectOf('duckdb', view)}`);
  await duckdb.run('SET lock_configuration = true');
}

const columnsOf: Readonly<Record<Source, readonly Field[]>> = {
  summaries: fieldsOf(summarySchema),
  node_rows: fieldsOf(nodeRowSchema),
  workload_rows: fieldsOf(workloadRowSchema),
};

/** A row may be long, where a node has thousands of placements. */
const maxRowBytes = 64 * 2 ** 20;

export function selectJson(files: readonly string[], columns: readonly Field[]): string {
  const typed = columns.map(({ name, type }) => `"${name}": '${duckType(type)}'`);
  return (
    `SELECT ${namesOf(columns)} FROM read_json(${listOf(files)}, format = 'newline_delimited', ` +
    `columns = {${typed.join(', ')}}, maximum_object_size = ${maxRowBytes})`
  );
}

function selectFrom({ json, parquet, where }: SourceFiles, columns: readonly Field[]): string {
  const empty = columns.map(({ name, type }) => `CAST(NULL AS ${duckType(type)}) AS "${name}"`);
  const parts = [
    ...(json.length > 0 ? [`${selectJson(json, columns)} WHERE ${where}`] : []),
    ...(parquet.length > 0
      ? [
          // files of older versions have fewer columns: what they lack is null
          `SELECT ${namesOf(columns)} FROM (SELECT ${empty.join(', ')} WHERE false UNION ALL BY NAME SELECT * FROM read_parquet(${listOf(parquet)}, union_by_name = true)) WHERE ${where}`,
        ]
      : []),
  ];
  return parts.length > 0 ? parts.join(' UNION ALL ') : `SELECT ${empty.join(', ')} WHERE false`;
}

const namesOf = (columns: readonly Field[]): string => columns.map(({ name }) => `"${name}"`).join(', ');
