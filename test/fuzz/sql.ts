/** SQL given to `query`: it reads the snapshots that it was given, and reaches nothing else. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { ConfigError } from '../../lib/errors.ts';
import { ask, sourcesOf, type AskOptions } from '../../lib/history/sql/ask.ts';
import { encodeSummary } from '../../lib/store/codec.ts';
import { summary } from '../support/snapshots.ts';
import { propertyOf, type Running, type Target } from './target.ts';

const canary = 'canary-5f2c91';

interface Place {
  /** With the canary in it, and nothing that may be read. */
  readonly file: string;
  readonly folder: string;
  readonly url: string;
}

/** Texts with places in them; what stands in braces is filled in. */
const expressions = [
  "read_text('{file}')",
  "read_blob('{file}')",
  "read_csv('{file}')",
  "read_csv_auto('{file}', header = false)",
  "read_json('{file}')",
  "read_json_objects('{file}')",
  "read_ndjson_auto('{file}')",
  "read_parquet('{file}')",
  "parquet_metadata('{file}')",
  "parquet_schema('{file}')",
  "sniff_csv('{file}')",
  "glob('{folder}/*')",
  "read_text('{folder}/*')",
  "read_text(['{allowed}', '{file}'])",
  "read_text('{allowed}/../../{name}')",
  "read_text('{folder}/allowed/../{name}')",
  "read_text('file://{file}')",
  "read_text('{url}')",
  "read_csv('{url}/x.csv')",
  "read_parquet('s3://bucket/x.parquet')",
  "read_duckdb('{folder}/x.duckdb')",
  "'{file}'",
  '"{file}"',
  "query('SELECT * FROM read_text(''{file}'')')",
  "query_table(['{file}'])",
  'duckdb_settings()',
  'duckdb_secrets()',
  'duckdb_extensions()',
  'duckdb_logs()',
  "pragma_show('summaries')",
  'pragma_database_size()',
  "which_secret('s3://x', 's3')",
  'checkpoint()',
  'summaries',
  'snapshots',
  'range(3)',
];
const scalars = [
  "getenv('{secretVariable}')",
  "current_setting('allowed_paths')",
  "getvariable('x')",
  "content('{file}')",
  "write_log('x')",
  '1',
  '*',
  'version()',
  "read_text('{file}')",
  "(SELECT content FROM read_text('{file}'))",
  "nextval('s')",
  "add_parquet_key('k', '0123456789112345')",
  "write_file('{folder}/new', 'x')",
];
const statements = [
  "COPY (SELECT 1) TO '{folder}/new'",
  "COPY summaries TO '{folder}/new' (FORMAT parquet)",
  "COPY t FROM '{file}'",
  'COPY FROM DATABASE memory TO x',
  "EXPORT DATABASE '{folder}/new'",
  "IMPORT DATABASE '{folder}'",
  "ATTACH '{folder}/new' AS x",
  "ATTACH '{url}' AS x",
  'DETACH memory',
  'USE memory',
  'INSTALL httpfs',
  "INSTALL httpfs FROM '{url}'",
  "LOAD '{file}'",
  'LOAD httpfs',
  'PRAGMA enable_external_access',
  "PRAGMA import_database('{folder}')",
  'PRAGMA enable_logging',
  "PRAGMA enable_profiling = 'json'",
  'SET enable_external_access = true',
  'SET lock_configuration = false',
  "SET allowed_paths = ['{file}']",
  "SET GLOBAL log_query_path = '{folder}/new'",
  "SET profile_output = '{folder}/new'",
  "SET temp_directory = '{folder}/new'",
  "SET secret_directory = '{folder}/new'",
  'RESET enable_external_access',
  "SET VARIABLE x = (SELECT content FROM read_text('{file}'))",
  'CALL enable_logging()',
  'CALL dbgen(sf = 0)',
  'CREATE TABLE t AS SELECT 1',
  'CREATE OR REPLACE VIEW summaries AS SELECT 1',
  'CREATE SECRET s (TYPE s3)',
  "CREATE PERSISTENT SECRET s (TYPE s3, KEY_ID 'a', SECRET 'b')",
  "CREATE MACRO m() AS TABLE SELECT * FROM read_text('{file}')",
  'DROP VIEW summaries',
  'INSERT INTO summaries SELECT 1',
  'DELETE FROM summaries',
  'CHECKPOINT',
  "EXPLAIN ANALYZE SELECT * FROM read_text('{file}')",
  'EXPLAIN SELECT 1',
  'BEGIN',
  "PREPARE p AS SELECT * FROM read_text('{file}')",
  'EXECUTE p',
  'VACUUM',
  "DESCRIBE '{file}'",
  "SUMMARIZE '{file}'",
  "FROM '{file}'",
  'SHOW ALL TABLES',
  'TABLE summaries',
  'VALUES (1)',
  '',
  ';',
];

const names = fc.constantFrom(...expressions);
const selects = fc.oneof(
  names.map((from) => `SELECT * FROM ${from}`),
  fc.tuple(fc.constantFrom(...scalars), names).map(([what, from]) => `SELECT ${what} FROM ${from} LIMIT 3`),
  fc.constantFrom(...scalars).map((what) => `SELECT ${what}`),
  names.map((from) => `WITH x AS (SELECT * FROM ${from}) SELECT * FROM x`),
  names.map((from) => `WITH x AS MATERIALIZED (FROM ${from}) SELECT count(*) FROM x, summaries`),
  fc
    .tuple(names, names)
    .map(
      ([left, right]) =>
        `SELECT * FROM summaries, LATERAL (SELECT * FROM ${left}) UNION ALL BY NAME SELECT * FROM ${right}`,
    ),
  names.map((from) => `SELECT (SELECT min(x) FROM ${from} t(x))`),
  names.map((from) => `PIVOT ${from} ON cluster USING count(*)`),
);
const any = fc.oneof(
  { weight: 3, arbitrary: selects },
  { weight: 2, arbitrary: fc.constantFrom(...statements) },
);
const shapes: readonly ((a: string, b: string) => string)[] = [
  (a) => a,
  (a, b) => `${a}; ${b}`,
  (a, b) => `SELECT 1; ${a}; ${b}`,
  (a, b) => `${a} -- ${b}`,
  (a, b) => `/* ${b} */ ${a}`,
  (a, b) => `/* /* */ ${a} */ ${b}`,
  (a, b) => `SELECT '${b.replaceAll("'", "''")}' AS x; ${a}`,
  (a, b) => `SELECT $$${b}$$; ${a}`,
  (a) => a.toLowerCase().replaceAll(' ', '\n\t'),
  (a) => `(${a})`,
  (a) => `'); ${a}; --`,
  (a) => `${a}\u0000`,
  (a) => `\uFEFF${a};`,
];
const questions = fc.tuple(fc.constantFrom(...shapes), any, any).map(([shape, a, b]) => shape(a, b));

interface Grounds extends Place {
  readonly allowed: string;
  readonly files: AskOptions['files'];
  /** What lies there, with what is in it. */
  readonly seen: () => string;
  readonly connections: () => number;
  close(): Promise<void>;
}

async function prepare(): Promise<Grounds> {
  const folder = mkdtempSync(path.join(tmpdir(), 'kube-binpack-fuzz-'));
  const file = path.join(folder, 'secret.csv');
  writeFileSync(file, `${canary}\n`);
  mkdirSync(path.join(folder, 'allowed'));
  const allowed = path.join(folder, 'allowed', 'summaries.json');
  writeFileSync(allowed, encodeSummary(summary()));
  const asked = { count: 0 };
  const server = createServer((socket) => {
    asked.count += 1;
    socket.destroy();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const nothing = { json: [], parquet: [], where: 'true' };
  return {
    folder,
    file,
    allowed,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    files: { summaries: { ...nothing, json: [allowed] }, node_rows: nothing, workload_rows: nothing },
    seen: () =>
      JSON.stringify(
        readdirSync(folder, { recursive: true, encoding: 'utf8' })
          .toSorted()
          .map((name) => [name, name.includes('.') ? readFileSync(path.join(folder, name), 'utf8') : '']),
      ),
    connections: () => asked.count,
    async close() {
      server.close();
      await once(server, 'close');
      rmSync(folder, { recursive: true });
    },
  };
}

function filled(template: string, { file, folder, url, allowed }: Grounds): string {
  const values: Readonly<Record<string, string>> = {
    file,
    folder,
    url,
    allowed,
    name: 'secret.csv',
    secretVariable: 'PATH',
  };
  return template.replaceAll(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole);
}

async function check(template: string, grounds: Grounds): Promise<void> {
  const before = grounds.seen();
  const sql = filled(template, grounds);
  const signal = AbortSignal.timeout(30_000);
  try {
    await sourcesOf(sql, signal);
    const { rows } = await ask(sql, { files: grounds.files, memoryLimit: '256MiB' }, signal);
    const shown = JSON.stringify(rows);
    assert.ok(!shown.includes(canary), `it was read: ${shown.slice(0, 200)}`);
    if (sql.includes('getenv'))
      assert.ok(!shown.includes(process.env['PATH'] ?? canary), 'the environment was read');
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    assert.ok(!error.message.includes(canary), error.message);
  }
  assert.equal(grounds.seen(), before, 'something was written');
  assert.equal(grounds.connections(), 0, 'something was connected to');
}

export const sqlTarget: Target = {
  name: 'sql',
  holds: 'a statement reads snapshots alone: no file, no network, no setting, and writes nothing',
  runs: 50,
  async start(): Promise<Running> {
    const grounds = await prepare();
    return {
      property: propertyOf(questions, async (sql) => check(sql, grounds)),
      stop: async () => grounds.close(),
    };
  },
};
