/** Objects <-> bytes: a summary is one line of JSON, details are gzipped lines of JSON. Both ways are checked. */
import { createHash } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import { StoreError } from '../errors.ts';
import * as z from '../model/schema.ts';
import { schemaVersion, summarySchema, type Summary } from '../model/snapshot.ts';

export interface EncodedRows {
  readonly bytes: Buffer;
  readonly rows: number;
  readonly sha256: string;
}

/** Refuses rows that a reader would refuse. */
export function encodeRows<T>(rows: readonly T[], schema: z.ZodType<T>, what: string): EncodedRows {
  const lines = rows.map((row, index) => JSON.stringify(checked(schema, row, `${what}, row ${index}`)));
  const bytes = gzipSync(lines.length > 0 ? `${lines.join('\n')}\n` : '');
  return { bytes, rows: rows.length, sha256: sha256(bytes) };
}

export function decodeRows<T>(bytes: Buffer, schema: z.ZodType<T>, what: string): T[] {
  const lines = unzipped(bytes, what).split('\n');
  return lines
    .filter((line) => line !== '')
    .map((line, index) => checked(schema, parseJson(line, `${what}, row ${index}`), `${what}, row ${index}`));
}

export function encodeSummary(summary: Summary): Buffer {
  return Buffer.from(`${JSON.stringify(checked(summarySchema, summary, 'summary'))}\n`);
}

export function decodeSummary(bytes: Buffer, what: string): Summary {
  const parsed = parseJson(bytes.toString('utf8'), what);
  const version = z.looseObject({ schemaVersion: z.int() }).safeParse(parsed);
  if (version.success && version.data.schemaVersion > schemaVersion) {
    throw new StoreError(
      `${what} was written by a newer kube-binpack (schema ${version.data.schemaVersion}, this one reads up to ${schemaVersion}): update kube-binpack`,
    );
  }
  return checked(summarySchema, parsed, what);
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function checked<T>(schema: z.ZodType<T>, value: unknown, what: string): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new StoreError(`${what} is not valid: ${z.describeIssues(result.error).slice(0, 3).join('; ')}`);
}

function parseJson(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new StoreError(`${what} is damaged: it is not JSON; restore or remove it`, { cause });
  }
}

function unzipped(bytes: Buffer, what: string): string {
  try {
    return gunzipSync(bytes).toString('utf8');
  } catch (cause) {
    throw new StoreError(`${what} is damaged: it cannot be unzipped; restore or remove it`, { cause });
  }
}
