/** Rows of many snapshots as one file of columns, and back. */
import type { DetailKind } from '../model/snapshot.ts';
import { rowSchemas } from '../store/snapshots.ts';
import { selectJson } from './sql/ask.ts';
import { fieldsOf, optionalNames } from './sql/columns.ts';
import { openDuckDb, quoted } from './sql/duckdb.ts';

const memoryLimit = '2GiB';

/** Rows keep their order: of the files, and in them. */
export async function writeParquet(
  file: string,
  kind: DetailKind,
  jsonFiles: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  await withConverter(signal, async (convert) => convert(jsonFiles, kind, file));
}

/** One DuckDB for many files; `convert` may be called several times at once. */
export async function withConverter<T>(
  signal: AbortSignal,
  work: (
    convert: (jsonFiles: readonly string[], kind: DetailKind, parquetFile: string) => Promise<void>,
  ) => Promise<T>,
): Promise<T> {
  const duckdb = await openDuckDb(memoryLimit, signal);
  try {
    return await work(async (jsonFiles, kind, file) => {
      const rows = selectJson(jsonFiles, fieldsOf(rowSchemas[kind]));
      await duckdb.run(`COPY (${rows}) TO ${quoted(file)} (FORMAT parquet, COMPRESSION zstd)`);
    });
  } finally {
    duckdb.close();
  }
}

/** Rows as they were stored, not checked yet, in their order: of one run of a snapshot, or (null) all of the file. */
export async function* readParquet(
  file: string,
  of: { readonly snapshotId: string; readonly run: string } | null,
  signal: AbortSignal,
): AsyncGenerator {
  const duckdb = await openDuckDb(memoryLimit, signal);
  try {
    const where =
      of === null ? '' : ` WHERE "snapshotId" = ${quoted(of.snapshotId)} AND run = ${quoted(of.run)}`;
    for await (const text of duckdb.texts(
      `SELECT to_json(r) FROM read_parquet(${quoted(file)}) AS r${where}`,
    ))
      yield restored(JSON.parse(text) as Record<string, unknown>);
  } finally {
    duckdb.close();
  }
}

/** Columns have no absent fields, only null ones. What a row may leave out, and what is in constraints, is never null. */
function restored(row: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(row)
      .filter(([name, field]) => field !== null || !optional.has(name))
      .map(([name, field]) => [name, name === 'constraints' ? withoutNulls(field) : field]),
  );
}

const optional = new Set(Object.values(rowSchemas).flatMap((schema) => optionalNames(schema)));

function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, field]) => field !== null)
      .map(([name, field]) => [name, withoutNulls(field)]),
  );
}
