/**
 * A statement for Athena: the views that it names stand before it as WITH queries, over the tables of Glue. Of those,
 * only partitions that are asked for are read, and only rows that count: of runs that were committed, and each once.
 */
import { ConfigError } from '../../errors.ts';
import { dateOf, escapeName } from '../../store/keys.ts';
import { parseStatement } from './statement.ts';
import { selectOf, views, type Source, type View } from './views.ts';

export interface ComposeOptions {
  /** Of Glue, with the tables of infra/aws/tables.ts. */
  readonly database: string;
  /** At least one: Athena must be told which partitions there are. */
  readonly clusters: readonly string[];
  /** Snapshots from the first on, and before the second. */
  readonly snapshotIds: readonly [first: string, end: string];
}

/** https://docs.aws.amazon.com/athena/latest/APIReference/API_StartQueryExecution.html */
const maxStatementBytes = 262_144;

export interface Composed {
  readonly sql: string;
  /** Of a line in it, taken away, what gives the line of the statement that was asked. */
  readonly lineShift: number;
}

export function composeStatement(sql: string, options: ComposeOptions): Composed {
  const { withKind, names, tables, text, linesBefore } = parseStatement(sql);
  const named = views.filter(({ name }) => tables.has(name));
  const ours = queriesOf(named, options);
  const twice = ours.map(([name]) => name).filter((name) => names.has(name));
  if (twice.length > 0)
    throw new ConfigError(
      `WITH ${twice.join(', ')}: that is the name of a view or of what a view reads; give it another (Athena knows a name once)`,
    );
  const all = ours.map(([name, query]) => `${name} AS (\n${query}\n)`).join(',\n');
  const word = withKind === 'recursive' ? 'WITH RECURSIVE' : 'WITH';
  const comma = all !== '' && withKind !== null ? ',' : '';
  const before = all === '' && withKind === null ? '' : `${word} ${all}${comma}\n`;
  const whole = before + text;
  if (Buffer.byteLength(whole) > maxStatementBytes)
    throw new ConfigError(
      `the statement is longer than Athena takes (${maxStatementBytes} bytes with its views)`,
    );
  return { sql: whole, lineShift: before.split('\n').length - 1 - linesBefore };
}

type NamedQuery = readonly [name: string, sql: string];

function queriesOf(named: readonly View[], options: ComposeOptions): NamedQuery[] {
  const of = (source: Source): View[] => named.filter((view) => view.source === source);
  const detail = (source: Source, table: 'nodes' | 'workloads'): NamedQuery[] =>
    of(source).length === 0 ? [] : detailQueries(source, table, columnsRead(of(source)), options);
  if (named.length === 0) return [];
  return [
    ['summaries', selectFrom('summaries', columnsRead(of('summaries')), options)],
    ...detail('node_rows', 'nodes'),
    ...detail('workload_rows', 'workloads'),
    ...named.map((view): NamedQuery => [view.name, selectOf('athena', view)]),
  ];
}

const identity = ['cluster', 'snapshotId', 'run'] as const;

/** Those of the source's row that the views name: UNION ALL wants them one by one. */
function columnsRead(read: readonly View[]): string[] {
  const names = read.flatMap((view) =>
    [...selectOf('athena', view).matchAll(/\bs\."?(\w+)/g)].map(([, name = '']) => name),
  );
  return [...new Set<string>([...identity, ...names])];
}

/**
 * What lies in objects of single snapshots, and what was compacted. While a day is compacted its rows are in both, and
 * may be in files of several compactions at once, all of which were checked: one of them is taken.
 */
function detailQueries(
  source: Source,
  table: 'nodes' | 'workloads',
  columns: readonly string[],
  options: ComposeOptions,
): NamedQuery[] {
  const files = `${table}_files`;
  const compacted = `${table}_compacted`;
  const shown = columns.map((name) => `d."${name}"`).join(', ');
  const same = (other: string): string =>
    identity.map((name) => `${other}."${name}" = d."${name}"`).join(' AND ');
  const committed = `JOIN summaries AS c ON ${same('c')}`;
  return [
    [
      files,
      `SELECT ${decoded(identity)}, min("$path") AS "path" FROM ${tableName(options, compacted)}\n` +
        `WHERE ${conditionOf(options)} GROUP BY 1, 2, 3`,
    ],
    [
      source,
      `SELECT ${shown} FROM (${selectFrom(table, columns, options)}) AS d\n${committed}\n` +
        `LEFT JOIN ${files} AS f ON ${same('f')}\nWHERE f."path" IS NULL\n` +
        `UNION ALL\n` +
        `SELECT ${shown} FROM (${selectFrom(compacted, columns, options, ', "$path" AS "path"')}) AS d\n${committed}\n` +
        `JOIN ${files} AS f ON ${same('f')} AND f."path" = d."path"`,
    ],
  ];
}

function selectFrom(table: string, columns: readonly string[], options: ComposeOptions, more = ''): string {
  return `SELECT ${decoded(columns)}${more} FROM ${tableName(options, table)}\nWHERE ${conditionOf(options)}`;
}

/** A partition is named as keys are. Decoded, what a statement asks of it is not taken for a choice of partitions. */
function decoded(columns: readonly string[]): string {
  return columns
    .map((name) => (name === 'cluster' ? 'url_decode("cluster") AS "cluster"' : `"${name}"`))
    .join(', ');
}

/** With its database: the views have names of their own that are alike. */
function tableName({ database }: ComposeOptions, table: string): string {
  return `"${database.replaceAll('"', '""')}"."${table}"`;
}

/** https://docs.aws.amazon.com/athena/latest/ug/partition-projection-dynamic-id-partitioning.html */
function conditionOf({ clusters, snapshotIds: [first, end] }: ComposeOptions): string {
  const names = clusters.map((cluster) => literal(escapeName(cluster)));
  const which = names.length === 1 ? `= ${names[0]}` : `IN (${names.join(', ')})`;
  return (
    `"cluster" ${which} AND "date" BETWEEN ${literal(dateOf(first))} AND ${literal(dateOf(end))} ` +
    `AND "snapshotId" >= ${literal(first)} AND "snapshotId" < ${literal(end)}`
  );
}

function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
