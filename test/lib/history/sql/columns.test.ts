/** Two engines read the same rows: their columns are the same, type by type, and the views name no other. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { DuckDBInstance } from '@duckdb/node-api';
import { duckType, fieldsOf, hiveType } from '../../../../lib/history/sql/columns.ts';
import { selectOf, views, type Source } from '../../../../lib/history/sql/views.ts';
import {
  nodeRowSchema,
  podRowSchema,
  summarySchema,
  workloadRowSchema,
} from '../../../../lib/model/snapshot.ts';

const sources: Readonly<
  Record<Source, typeof summarySchema | typeof nodeRowSchema | typeof workloadRowSchema>
> = {
  summaries: summarySchema,
  node_rows: nodeRowSchema,
  workload_rows: workloadRowSchema,
};

/** Of Hive, and what DuckDB calls the same. */
const equivalent: Readonly<Record<string, string>> = {
  string: 'VARCHAR',
  bigint: 'BIGINT',
  double: 'DOUBLE',
  boolean: 'BOOLEAN',
};

/** `array<map<string,bigint>>` -> `MAP(VARCHAR, BIGINT)[]`, with names in lower case. */
function inDuckDb(hive: string): string {
  const [, kind, inner = ''] = /^(array|map|struct)<(.*)>$/.exec(hive) ?? [];
  if (kind === 'array') return `${inDuckDb(inner)}[]`;
  if (kind === 'map') {
    assert.ok(inner.startsWith('string,'), hive);
    return `MAP(VARCHAR, ${inDuckDb(inner.slice('string,'.length))})`;
  }
  if (kind === 'struct') {
    const fields = partsOf(inner).map((part) => {
      const colon = part.indexOf(':');
      return `"${part.slice(0, colon)}" ${inDuckDb(part.slice(colon + 1))}`;
    });
    return `STRUCT(${fields.join(', ')})`;
  }
  return equivalent[hive] ?? assert.fail(`${hive} has no equivalent`);
}

/** At commas that are not within angles. */
function partsOf(text: string): string[] {
  const parts = [''];
  let depth = 0;
  for (const character of text) {
    if (character === '<') depth += 1;
    if (character === '>') depth -= 1;
    if (character === ',' && depth === 0) parts.push('');
    else parts[parts.length - 1] += character;
  }
  return parts;
}

suite('columns of both engines', () => {
  for (const [name, schema] of Object.entries({ ...sources, pod_rows: podRowSchema }))
    test(`${name}: Hive's types and DuckDB's agree, column by column`, async () => {
      const connection = await (await DuckDBInstance.create(':memory:')).connect();
      for (const field of fieldsOf(schema)) {
        // both pass through DuckDB, which writes a type in one way only
        const [mine, theirs] = [duckType(field.type), inDuckDb(hiveType(field.type))].map(async (type) =>
          String((await connection.runAndReadAll(`SELECT CAST(NULL AS ${type}) AS x`)).columnTypes()[0]),
        );
        assert.equal((await theirs)?.toLowerCase(), (await mine)?.toLowerCase(), field.name);
      }
      connection.closeSync();
    });
});

suite('views', () => {
  for (const view of views) {
    const columns = new Set(fieldsOf(sources[view.source]).map(({ name }) => name));
    for (const engine of ['duckdb', 'athena'] as const)
      test(`${view.name} names columns of ${view.source} only: ${engine}`, () => {
        const opened = new Set<string>(view.unnest.map(({ as }) => as));
        const named = [...selectOf(engine, view).matchAll(/\bs\."?(\w+)/g)].map(([, name = '']) => name);
        assert.ok(named.length > 0);
        assert.deepEqual(
          named.filter((name) => !columns.has(name) && !opened.has(name)),
          [],
        );
      });
  }
});
