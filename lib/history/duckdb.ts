/** All that needs DuckDB: loaded as one, by the commands that ask or compact. */
export * as ask from './sql/ask.ts';
export * as compact from './compact.ts';
export * as parquet from './parquet.ts';
