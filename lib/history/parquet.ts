/** Rows of many snapshots as one file of columns, and back. */
import type { DetailKind } from '../model/snapshot.ts';
import { rowSchemas } from '../store/snapshots.ts';
import { selectJson } from './sql/ask.ts';
import { fieldsOf } from './sql/columns.ts';
import { openDuckDb, quoted } from './sql/duckdb.ts';

const memoryLimit = '2GiB';

/** Rows keep their order: of the files, and in them. */
export async function writeParquet(
  file: string,
  kind: DetailKind,
  jsonFiles: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const duckdb = await openDuckDb(memoryLimit, signal);
  try {
    const rows = selectJson(jsonFiles, fieldsOf(rowSchemas[kind]));
    // small groups, so that those of other snapshots can be passed over
    await duckdb.run(
      `COPY (${rows}) TO ${quoted(file)} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 2048)`,
    );
  } finally {
    duckdb.close();
  }
}

export interface ParquetReader {
  /** The rows of one run of one snapshot, as they were stored; not checked yet. */
  rows(file: string, of: { readonly snapshotId: string; readonly run: string }): Promise<unknown[]>;
  close(): void;
}

export async function openParquetReader(signal: AbortSignal): Promise<ParquetReader> {
  const duckdb = await openDuckDb(memoryLimit, signal);
  return {
    async rows(file, { snapshotId, run }) {
      const { rows } = await duckdb.ask(
        `SELECT to_json(r) FROM read_parquet(${quoted(file)}) AS r WHERE "snapshotId" = ${quoted(snapshotId)} AND run = ${quoted(run)}`,
      );
      return rows.map(([text]) => restored(JSON.parse(String(text)) as Record<string, unknown>));
    },
    close: () => duckdb.close(),
  };
}

/** Columns have no absent fields, only null ones. In constraints, and at the top, none is null for itself. */
function restored(row: Record<string, unknown>): Record<string, unknown> {
  return 'constraints' in row ? { ...row, constraints: withoutNulls(row['constraints']) } : row;
}

function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, field]) => field !== null)
      .map(([name, field]) => [name, withoutNulls(field)]),
  );
}
