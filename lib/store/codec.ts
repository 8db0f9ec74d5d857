/** Objects <-> bytes: a summary is one line of JSON, details are gzipped lines of JSON. Both ways are checked. */
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { createGzip, gunzipSync } from 'node:zlib';
import { StoreError } from '../errors.ts';
import * as z from '../model/schema.ts';
import { schemaVersion, summarySchema, type Summary } from '../model/snapshot.ts';

export interface EncodedRows {
  readonly bytes: Buffer;
  readonly rows: number;
  readonly sha256: string;
}

/** Refuses rows that a reader would refuse. Compresses while rows are made; never holds them all. */
export async function encodeRows<T>(
  rows: Iterable<T>,
  schema: z.ZodType<T>,
  what: string,
): Promise<EncodedRows> {
  // generated code checks a row in a third of the time; what it refuses is read again, for the words
  const compiled = z.compile(schema);
  let count = 0;
  function* lines(): Generator<string> {
    let text = '';
    for (const row of rows) {
      text += `${JSON.stringify(checked(compiled, row, `${what}, row ${count}`))}\n`;
      count += 1;
      if (text.length < batchChars) continue;
      yield text;
      text = '';
    }
    if (text !== '') yield text;
  }
  const bytes = await pipeline(Readable.from(lines(), { highWaterMark: 1 }), createGzip(), buffer);
  return { bytes, rows: count, sha256: sha256(bytes) };
}

/** Rows of the largest cluster take a fifth of it; what was made to grow without end is not unzipped to its end. */
const maxRowBytes = 256 * 2 ** 20;

/** What is handed to zlib at a time. */
const batchChars = 16 * 1024;

export function decodeRows<T>(bytes: Buffer, schema: z.ZodType<T>, what: string): T[] {
  return checkRows(parseRows(bytes, what), schema, what);
}

/** With whatever else a newer version has put into them. */
export function parseRows(bytes: Buffer, what: string, maxBytes = maxRowBytes): unknown[] {
  const lines = unzipped(bytes, what, maxBytes).split('\n');
  return lines.filter((line) => line !== '').map((line, index) => parseJson(line, `${what}, row ${index}`));
}

export function encodeChecked<T>(value: T, schema: z.ZodType<T>, what: string): Buffer {
  return Buffer.from(`${JSON.stringify(checked(schema, value, what))}\n`);
}

export function decodeChecked<T>(bytes: Buffer, schema: z.ZodType<T>, what: string): T {
  return checked(schema, parseJson(bytes.toString('utf8'), what), what);
}

/** Rows that came another way than as lines. */
export function checkRows<T>(rows: readonly unknown[], schema: z.ZodType<T>, what: string): T[] {
  return rows.map((row, index) => checked(schema, row, `${what}, row ${index}`));
}

export function encodeSummary(summary: Summary): Buffer {
  return encodeChecked(summary, summarySchema, 'summary');
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

function unzipped(bytes: Buffer, what: string, maxBytes: number): string {
  try {
    return gunzipSync(bytes, { maxOutputLength: maxBytes }).toString('utf8');
  } catch (cause) {
    if (cause instanceof RangeError)
      throw new StoreError(
        `${what} are larger than ${maxBytes} bytes unzipped, which no snapshot is: remove them`,
        { cause },
      );
    throw new StoreError(`${what} is damaged: it cannot be unzipped; restore or remove it`, { cause });
  }
}
