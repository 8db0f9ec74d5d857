/** Columns of a day as bytes, for the cache: a line of JSON says what they are, and their numbers follow as they lie in memory. */
import * as z from '../model/schema.ts';
import type { Columns } from '../packing/columns.ts';
import { parsed } from './parsed.ts';

const nullable = z.nullable(z.string());
const headerSchema = z.object({
  cluster: z.string(),
  snapshotIds: z.readonly(z.array(z.string())),
  columns: z.array(z.object({ measure: z.string(), resource: nullable, labels: nullable, group: nullable })),
});
type Header = z.infer<typeof headerSchema>;

const newline = 0x0a;
const bytesPerNumber = Float64Array.BYTES_PER_ELEMENT;

export function encodeColumns({ cluster, snapshotIds, scheduledAtMs, columns }: Columns): Buffer {
  const header: Header = {
    cluster,
    snapshotIds,
    columns: columns.map(({ values: _values, ...about }) => about),
  };
  const text = JSON.stringify(header);
  // numbers begin where such a number may lie
  const padding = bytesPerNumber - ((Buffer.byteLength(text) + 1) % bytesPerNumber);
  const arrays = [scheduledAtMs, ...columns.map(({ values }) => values)];
  return Buffer.concat([
    Buffer.from(`${text}${' '.repeat(padding)}\n`),
    ...arrays.map(({ buffer, byteOffset, byteLength }) => Buffer.from(buffer, byteOffset, byteLength)),
  ]);
}

/** null: not whole. */
export function decodeColumns(bytes: Buffer): Columns | null {
  const end = bytes.indexOf(newline);
  if (end < 0) return null;
  const header = headerSchema.safeParse(parsed(bytes.toString('utf8', 0, end)));
  if (!header.success) return null;
  const { cluster, snapshotIds, columns } = header.data;
  const rows = snapshotIds.length;
  const numbers = Uint8Array.from(bytes.subarray(end + 1));
  if (numbers.length !== (columns.length + 1) * rows * bytesPerNumber) return null;
  const at = (column: number): Float64Array =>
    new Float64Array(numbers.buffer, column * rows * bytesPerNumber, rows);
  return {
    cluster,
    snapshotIds,
    scheduledAtMs: at(0),
    columns: columns.map((about, index) => ({ ...about, values: at(index + 1) })),
  };
}
