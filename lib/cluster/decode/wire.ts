/** Reads protobuf's wire format in place: nothing is copied but the strings that are asked for. */
import { DecodeError } from '../../errors.ts';

/** Cursor over one message's bytes. `base` is the offset of `bytes[0]` in the body, for error messages. */
export interface WireReader {
  readonly bytes: Buffer;
  readonly base: number;
  pos: number;
}

/** Reads one field's value. `end` is where a length-delimited value ends; a varint is already in `number`. */
interface Field<T> {
  readonly wireType: 0 | 2;
  /** All fields in a row with this number are read at once, their tags included. */
  readonly run: boolean;
  readonly read: (target: T, reader: WireReader, end: number, number: number) => void;
}

/** By field number. What a table does not name is skipped. */
export type Fields<T> = readonly (Field<T> | undefined)[];

type Entries<T> = Readonly<Record<number, Field<T>>>;

export function fields<T>(entries: Entries<T>): Fields<T> {
  const table: (Field<T> | undefined)[] = [];
  for (const [number, field] of Object.entries(entries)) table[Number(number)] = field;
  return table;
}

/** A length-delimited field: string, bytes, message, map entry. `read` need not move the cursor. */
export function bytesField<T>(read: (target: T, reader: WireReader, end: number) => void): Field<T> {
  return { wireType: 2, run: false, read };
}

/** A varint field: bool, int32, int64 (exact up to 2^53). */
export function varintField<T>(read: (target: T, number: number) => void): Field<T> {
  return { wireType: 0, run: false, read: (target, _reader, _end, number) => read(target, number) };
}

/** A repeated field or a map, whose entries stand in a row: `read` gets all of them, with their tags. */
export function runField<T>(read: (target: T, reader: WireReader, end: number) => void): Field<T> {
  return { wireType: 2, run: true, read };
}

export function textField<T>(set: (target: T, text: string) => void): Field<T> {
  return bytesField((target, reader, end) => set(target, readText(reader, end)));
}

/** A nested message, read by its own table into a target of its own. */
export function messageField<T, M>(table: Fields<M>, create: (target: T) => M): Field<T> {
  return bytesField((target, reader, end) => readMessage(reader, end, table, create(target)));
}

/** Adds a draft to a list and gives it back, to be filled. */
export function pushed<T, D extends T>(into: T[], draft: D): D {
  into.push(draft);
  return draft;
}

/** Reads fields until `end`; leaves the cursor there. */
export function readMessage<T>(reader: WireReader, end: number, table: Fields<T>, target: T): T {
  while (reader.pos < end) {
    const start = reader.pos;
    const tag = readVarint(reader, end);
    const field = table[tag >>> 3];
    const wireType = tag & 7;
    if (wireType === 2) {
      let valueEnd = readLength(reader, end);
      if (field !== undefined && field.wireType === 2) {
        if (field.run) {
          valueEnd = endOfRun(reader, valueEnd, end, tag);
          reader.pos = start;
        }
        field.read(target, reader, valueEnd, 0);
      }
      reader.pos = valueEnd;
    } else if (wireType === 0) {
      const value = readVarint(reader, end);
      if (field !== undefined && field.wireType === 0) field.read(target, reader, reader.pos, value);
    } else {
      skipFixed(reader, wireType, end);
    }
  }
  return target;
}

/** Behind the last field in a row that has this tag. */
function endOfRun(reader: WireReader, from: number, end: number, tag: number): number {
  let runEnd = from;
  while (runEnd < end) {
    reader.pos = runEnd;
    if (readVarint(reader, end) !== tag) break;
    runEnd = readLength(reader, end);
  }
  return runEnd;
}

function skipFixed(reader: WireReader, wireType: number, end: number): void {
  const size = wireType === 1 ? 8 : wireType === 5 ? 4 : 0;
  if (size === 0) throw wireError(reader, `wire type ${wireType} is not protobuf`);
  if (reader.pos + size > end) throw wireError(reader, 'a field runs past its message');
  reader.pos += size;
}

/** The length of a length-delimited value -> where it ends. */
function readLength(reader: WireReader, end: number): number {
  const length = readVarint(reader, end);
  const valueEnd = reader.pos + length;
  if (length < 0 || valueEnd > end) throw wireError(reader, 'a field runs past its message');
  return valueEnd;
}

/** Negative int32 and int64 come as ten bytes: they are read as their two's complement. */
export function readVarint(reader: WireReader, end: number): number {
  const { bytes, pos } = reader;
  // nearly all numbers here are lengths: one byte, or two
  if (pos + 1 < end) {
    const first = bytes[pos] as number;
    if (first < 0x80) {
      reader.pos = pos + 1;
      return first;
    }
    const second = bytes[pos + 1] as number;
    if (second < 0x80) {
      reader.pos = pos + 2;
      return (first & 0x7f) | (second << 7);
    }
  }
  return readLongVarint(reader, end);
}

function readLongVarint(reader: WireReader, end: number): number {
  const start = reader.pos;
  let [low, high] = [0, 0];
  for (let i = 0; i < 10; i++) {
    if (reader.pos >= end) throw wireError(reader, 'a number is cut short');
    const byte = reader.bytes[reader.pos++] ?? 0;
    if (i < 4) low += (byte & 0x7f) * 2 ** (7 * i);
    else high += (byte & 0x7f) * 2 ** (7 * (i - 4));
    if (byte < 0x80) return low + (i < 9 ? high : high - 2 ** 36) * 2 ** 28;
  }
  throw new DecodeError('a number of more than ten bytes', reader.base + start);
}

export function readText(reader: WireReader, end: number): string {
  return reader.bytes.toString('utf8', reader.pos, end);
}

/** Whether a message's field 1 is this short ASCII text: a map entry's key, a condition's type. Leaves the cursor. */
export function firstTextIs(reader: WireReader, end: number, text: Buffer): boolean {
  const { bytes, pos } = reader;
  if (pos >= end) return false;
  // every encoder writes fields in order; one that did not would still be read right
  if (bytes[pos] !== 0x0a) return slowFirstTextIs({ ...reader }, end, text);
  if (bytes[pos + 1] !== text.length || pos + 2 + text.length > end) return false;
  for (let i = 0; i < text.length; i++) {
    if (bytes[pos + 2 + i] !== text[i]) return false;
  }
  return true;
}

function slowFirstTextIs(reader: WireReader, end: number, text: Buffer): boolean {
  const table = fields<{ text: string }>({ 1: textField((target, found) => (target.text = found)) });
  return readMessage(reader, end, table, { text: '' }).text === text.toString();
}

function wireError(reader: WireReader, what: string): DecodeError {
  return new DecodeError(what, reader.base + reader.pos);
}
