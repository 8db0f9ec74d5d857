/**
 * Athena's part of a test, played by DuckDB: the tables of Glue over a store's objects, as infra/aws/tables.ts has them,
 * and the words of Trino that our views use, in DuckDB's.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { DuckDBInstance, type DuckDBConnection, type Json } from '@duckdb/node-api';
import { duckType, fieldsOf } from '../../lib/history/sql/columns.ts';
import { nodeRowSchema, summarySchema, workloadRowSchema } from '../../lib/model/snapshot.ts';
import type { AthenaResult } from './aws/athena.ts';

/** Name of the table, its folder, what is in it. */
const tables = [
  ['summaries', 'summary', summarySchema, 'json'],
  ['nodes', 'nodes', nodeRowSchema, 'json'],
  ['workloads', 'workloads', workloadRowSchema, 'json'],
  ['nodes_compacted', 'compacted-nodes', nodeRowSchema, 'parquet'],
  ['workloads_compacted', 'compacted-workloads', workloadRowSchema, 'parquet'],
] as const;

export interface Trino {
  ask(sql: string): Promise<AthenaResult>;
  close(): void;
}

/** `objects`: by key, below v1/. `folder`: for copies of them. */
export async function openTrino(
  database: string,
  objects: ReadonlyMap<string, Buffer>,
  folder: string,
): Promise<Trino> {
  for (const [key, bytes] of objects) {
    mkdirSync(path.dirname(path.join(folder, key)), { recursive: true });
    writeFileSync(path.join(folder, key), bytes);
  }
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  await connection.run(`SET TimeZone = 'UTC'; CREATE SCHEMA "${database}"`);
  await connection.run(`
    CREATE MACRO from_iso8601_timestamp(x) AS CAST(x AS TIMESTAMP);
    CREATE MACRO array_join(x, s) AS array_to_string(x, s);`);
  for (const [name, below, schema, format] of tables) {
    const fields = fieldsOf(schema);
    const files = [...objects.keys()].filter((key) => key.startsWith(`v1/${below}/`));
    const list = `[${files.map((key) => `'${path.join(folder, key)}'`).join(', ')}]`;
    const columns = fields.map((field) => `"${field.name}": '${duckType(field.type)}'`).join(', ');
    const from =
      format === 'json'
        ? `read_json(${list}, format = 'newline_delimited', columns = {${columns}}, filename = '$path')`
        : `read_parquet(${list}, filename = '$path', hive_partitioning = false)`;
    const partition = (key: string): string => `regexp_extract("$path", '/${key}=([^/]+)/', 1) AS "${key}"`;
    const rows = `SELECT * EXCLUDE ("cluster"), ${partition('cluster')}, ${partition('date')} FROM ${from}`;
    const empty = [
      ...fields.map((field) => `CAST(NULL AS ${duckType(field.type)}) AS "${field.name}"`),
      `'' AS "date"`,
      `'' AS "$path"`,
    ];
    const select = files.length > 0 ? rows : `SELECT ${empty.join(', ')} WHERE false`;
    await connection.run(`CREATE VIEW "${database}"."${name}" AS ${select}`);
  }
  return {
    ask: async (sql) => ask(connection, sql),
    close() {
      connection.closeSync();
      instance.closeSync();
    },
  };
}

async function ask(connection: DuckDBConnection, sql: string): Promise<AthenaResult> {
  const reader = await connection.runAndReadAll(inDuckDb(sql));
  const types = reader.columnTypes().map(String).map(trinoType);
  return {
    columns: reader.columnNames().map((name, index) => [name.toLowerCase(), types[index] ?? '']),
    rows: reader
      .getRowsJson()
      .map((row) => row.map((value, index) => (value === null ? null : textOf(value, types[index] ?? '')))),
  };
}

function textOf(value: Json, type: string): string {
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
  return type === 'timestamp' ? `${text}.000` : text;
}

function trinoType(type: string): string {
  if (type === 'HUGEINT') return 'bigint';
  return /^(?:BIGINT|INTEGER|DOUBLE|BOOLEAN|TIMESTAMP)$/.test(type) ? type.toLowerCase() : 'varchar';
}

/** What is opened becomes columns, of which Trino says the names. */
function inDuckDb(sql: string): string {
  return sql
    .replaceAll(
      /CROSS JOIN UNNEST\(([^()]*)\) AS (\w+) \(([^()]*)\)/g,
      (_all, of: string, as: string, columns: string) => {
        const opened =
          columns === 'k, v'
            ? `unnest(map_keys(${of})) AS k, unnest(map_values(${of})) AS v`
            : columns === 'e'
              ? `unnest(${of}) AS e`
              : `unnest(${of}, max_depth := 2)`;
        return `CROSS JOIN LATERAL (SELECT ${opened}) AS ${as}`;
      },
    )
    .replaceAll(/date_parse\(([\w.]+), '%Y%m%dT%H%i%sZ'\)/g, "strptime($1, '%Y%m%dT%H%M%SZ')")
    .replaceAll(/element_at\(([\w.]+), ('\w+')\)/g, '$1[$2]');
}
