import { readFile } from 'node:fs/promises';
import process from 'node:process';
import { text } from 'node:stream/consumers';
import { ConfigError } from '../../lib/errors.ts';
import { fetchSources, noFiles } from '../../lib/history/sources.ts';
import type { Range } from '../../lib/history/summaries.ts';
import type { QueryResult, QueryValue } from '../../lib/history/sql/query.ts';
import { views } from '../../lib/history/sql/views.ts';
import { renderView, type View } from '../../lib/report/view.ts';
import type { Command, Context } from '../command.ts';
import { askAthena } from '../athena.ts';
import { loadDuckDb, withHistory } from '../history.ts';
import { clusterFilter, rangeOption, textOption } from '../options.ts';
import { engineSettings, historySettings } from '../settings.ts';

export const queryCommand: Command = {
  name: 'query',
  summary:
    'ask the history in SQL, over views of snapshots, resources, groups, nodes, placements and workloads',
  settings: [...historySettings, ...engineSettings],
  arguments: [['[sql]', 'one SELECT; without it, it is read from --file, or from stdin']],
  options: [
    ['--since <span>', 'snapshots of so long until now, such as 24h or 7d (24h)'],
    ['--from <instant>', 'from a day, an instant, or a time such as "7d ago"'],
    ['--to <instant>', 'until before an instant, or the end of a day (now)'],
    ['--file <file>', 'read the statement from a file'],
    ['--memory <size>', 'what DuckDB may take, such as 4GiB (2GiB)'],
    ['--describe', 'list the views with their columns'],
  ],
  examples: [
    ['kube-binpack query --describe', 'what there is to ask'],
    [
      'kube-binpack query "SELECT scheduledAt, utilization FROM resources WHERE resource = \'cpu\' ORDER BY 1"',
      'of a day',
    ],
    [
      'kube-binpack query --since 7d "SELECT nodePool, avg(utilization) FROM node_resources WHERE resource = \'cpu\' GROUP BY 1 ORDER BY 2"',
      'the emptiest node pool of a week',
    ],
    [
      'kube-binpack query --engine athena --cluster prod --since 13w "SELECT nodePool, avg(utilization) FROM node_resources GROUP BY 1"',
      'by Athena, where there is too much for one machine; says what it cost',
    ],
  ],
  async run(context) {
    const { config, options, log, write, table } = context;
    if (options['describe'] === true) return write(renderView(columnsView(), config.output, table));
    const sql = await statementOf(context);
    if (sql.trim() === '')
      throw new ConfigError('there is no statement: give one, or see kube-binpack query --help');
    const memoryLimit = textOption(options, 'memory') ?? '2GiB';
    if (!/^\d{1,6}(?:KiB|MiB|GiB|KB|MB|GB)$/.test(memoryLimit))
      throw new ConfigError(`--memory "${memoryLimit}": must be a size such as 4GiB`);
    const range = { ...rangeOption(options, new Date(), '24h'), cluster: clusterFilter(config) };
    if (config.output === 'table' && !['since', 'from', 'to'].some((name) => options[name] !== undefined))
      log.info('of the last 24 hours: --since 30d asks of more');
    const result =
      config.engine === 'athena'
        ? await askAthena(sql, range, context)
        : await askDuckDb(sql, range, memoryLimit, context);
    write(renderView(resultView(result), config.output, table));
  },
};

async function askDuckDb(
  sql: string,
  range: Range,
  memoryLimit: string,
  context: Context,
): Promise<QueryResult> {
  const { log, signal } = context;
  const { ask, parquet } = await loadDuckDb();
  const wanted = await ask.sourcesOf(sql, signal);
  return withHistory(context, async (ports, leftOut) => {
    const files = await parquet.withConverter(signal, async (convert) =>
      fetchSources(
        { ...ports, convert: async (json, kind, file) => convert([json], kind, file) },
        range,
        wanted,
        signal,
      ),
    );
    if (files === null) {
      leftOut.assertSome(0);
      log.info(
        `there is no snapshot from ${range.from.toISOString()} to ${range.to.toISOString()}: every view is empty`,
      );
    }
    return ask.ask(sql, { files: files ?? noFiles, memoryLimit }, signal);
  });
}

async function statementOf({ options, arguments: [given] }: Context): Promise<string> {
  const file = textOption(options, 'file');
  if (given !== undefined && file !== null) throw new ConfigError('give the statement, or --file, not both');
  if (file !== null)
    return readFile(file, 'utf8').catch((cause: unknown) => {
      throw new ConfigError(`could not read ${file}: does it exist, and may you read it?`, { cause });
    });
  if (given !== undefined && given !== '-') return given;
  if (process.stdin.isTTY)
    throw new ConfigError('there is no statement: give one, or see kube-binpack query --help');
  return text(process.stdin);
}

type Row = Readonly<Record<string, QueryValue>>;

/** Rows as objects; of two columns of one name the second is called name:1. */
function resultView({ columns, rows }: QueryResult): View<Row> {
  const names = columns.map((name, index) => (columns.indexOf(name) === index ? name : `${name}:${index}`));
  return {
    rows: rows.map((row) => Object.fromEntries(names.map((name, index) => [name, row[index] ?? null]))),
    columns: names.map((name, index) => ({
      key: name,
      title: name,
      flexible: true,
      align: rows.every((row) => typeof (row[index] ?? 0) === 'number') ? 'right' : 'left',
      text: (row) => textOfValue(row[name] ?? null),
      value: (row) => {
        const value = row[name] ?? null;
        return typeof value === 'string' || typeof value === 'number' || value === null
          ? value
          : JSON.stringify(value);
      },
    })),
  };
}

function textOfValue(value: QueryValue): string {
  if (value === null) return '-';
  // for people; csv and json have every bit of it
  if (typeof value === 'number') return String(Number(value.toPrecision(12)));
  return typeof value === 'string' ? value : JSON.stringify(value);
}

interface ColumnRow {
  readonly view: string;
  readonly column: string;
  readonly description: string;
}

function columnsView(): View<ColumnRow> {
  return {
    rows: views.flatMap(({ name, columns }) =>
      columns.map((column) => ({ view: name, column: column.name, description: column.description })),
    ),
    columns: [
      { key: 'view', title: 'VIEW', text: ({ view }) => view },
      { key: 'column', title: 'COLUMN', text: ({ column }) => column },
      { key: 'description', title: 'MEANING', flexible: true, text: ({ description }) => description },
    ],
  };
}
