/**
 * Reads protobuf's wire format in place: nothing is copied but the strings that are asked for. Messages are read by
 * loops over their fields, `while (reader.next()) switch (reader.field)`: of some 200 fields of a pod two dozen are
 * wanted, so what counts is how fast the others are passed over, and loops of their own can be compiled to do that
 * well where one loop over tables for all messages cannot (twice the time, measured).
 */
import { DecodeError } from '../../errors.ts';

/** 29 bits of field number, 3 of wire type. */
const maxTag = 2 ** 32 - 1;

export class WireReader {
  bytes: Buffer;
  /** Offset of `bytes[0]` in the body, for error messages. */
  base: number;
  /** Where the value of the field stands. */
  pos: number;
  /** Behind the value of the field. */
  valueEnd: number;
  /** Behind the message that is being read. */
  end: number;
  /** The number of the field: as it is for one of bytes (text, message, map entry), negative for a varint. */
  field = 0;
  /** The value of a varint; int64 is exact up to 2^53. */
  number = Number.NaN;
  /** Where the field's tag stands. */
  tagStart = 0;
  private tag = 0;

  constructor(bytes: Buffer, start = 0, end = bytes.length, base = 0) {
    this.bytes = bytes;
    this.base = base;
    this.pos = start;
    this.valueEnd = start;
    this.end = end;
  }

  /** Begins anew with the message between `start` and `end`. */
  reset(bytes: Buffer, start: number, end: number, base: number): this {
    this.bytes = bytes;
    this.base = base;
    this.pos = start;
    this.valueEnd = start;
    this.end = end;
    return this;
  }

  /** Moves on to the next field of the message; false at its end. */
  next(): boolean {
    const { bytes, end } = this;
    let pos = this.valueEnd;
    if (pos >= end) {
      this.pos = end;
      return false;
    }
    this.tagStart = pos;
    let tag = bytes[pos++] as number;
    if (tag >= 0x80) {
      tag = this.varintAt(pos - 1);
      ({ pos } = this);
      if (tag > maxTag || tag < 0) throw this.error('a field number that is not protobuf');
    }
    this.tag = tag;
    if ((tag & 7) !== 2) return this.scalar(pos, tag);
    // nearly all lengths take one byte, or two; a byte behind the end is caught below
    let length = bytes[pos++] as number;
    if (length >= 0x80) {
      const high = bytes[pos++] as number;
      length = (length & 0x7f) | (high << 7);
      if (high >= 0x80 || pos > end) {
        length = this.varintAt(pos - 2);
        ({ pos } = this);
      }
    }
    if (pos > end) length = this.varintAt(end);
    this.pos = pos;
    this.valueEnd = pos + length;
    if (length < 0 || this.valueEnd > end) throw this.error('a field runs past its message');
    this.field = tag >>> 3;
    return true;
  }

  /** The fields of the value come next, until `leave`. Returns what `leave` needs. */
  enter(): number {
    const outer = this.end;
    this.end = this.valueEnd;
    this.valueEnd = this.pos;
    return outer;
  }

  leave(outer: number): void {
    this.valueEnd = this.end;
    this.pos = this.end;
    this.end = outer;
  }

  /** Takes all fields in a row with this tag as one value, tags included: entries of a map, items of a list. */
  run(): this {
    const { end } = this;
    let runEnd = this.valueEnd;
    while (runEnd < end) {
      if (this.varintAt(runEnd) !== this.tag) break;
      const length = this.varintAt(this.pos);
      if (length < 0 || this.pos + length > end) throw this.error('a field runs past its message');
      runEnd = this.pos + length;
    }
    this.pos = this.tagStart;
    this.valueEnd = runEnd;
    return this;
  }

  /** The bytes between the two are the value. */
  at(start: number, end: number): this {
    this.pos = start;
    this.valueEnd = end;
    return this;
  }

  text(): string {
    return this.bytes.toString('utf8', this.pos, this.valueEnd);
  }

  /** Whether field 1 of the value is this short ASCII text: a map entry's key, a condition's type. */
  firstTextIs(text: Buffer): boolean {
    const { bytes, pos, valueEnd } = this;
    if (pos >= valueEnd) return false;
    // every encoder writes fields in order; one that did not would still be read right
    if (bytes[pos] !== 0x0a) return this.slowFirstTextIs(text);
    if (bytes[pos + 1] !== text.length || pos + 2 + text.length > valueEnd) return false;
    for (let i = 0; i < text.length; i++) {
      if (bytes[pos + 2 + i] !== text[i]) return false;
    }
    return true;
  }

  private slowFirstTextIs(text: Buffer): boolean {
    const inner = new WireReader(this.bytes, this.pos, this.valueEnd, this.base);
    let found = '';
    while (inner.next()) if (inner.field === 1) found = inner.text();
    return found === text.toString();
  }

  /** A field that is not of bytes: a varint, or what no API object has and is passed over. */
  private scalar(pos: number, tag: number): boolean {
    const wireType = tag & 7;
    if (wireType === 0) {
      this.number = this.varintAt(pos);
      this.field = -(tag >>> 3);
    } else {
      const size = wireType === 1 ? 8 : wireType === 5 ? 4 : 0;
      this.pos = pos;
      if (size === 0) throw this.error(`wire type ${wireType} is not protobuf`);
      if (pos + size > this.end) throw this.error('a field runs past its message');
      this.pos = pos + size;
      this.field = 0;
    }
    this.valueEnd = this.pos;
    return true;
  }

  /** Moves the cursor behind the number. Negative int32 and int64 come as ten bytes: as their two's complement. */
  private varintAt(start: number): number {
    const { bytes, end } = this;
    let [low, high] = [0, 0];
    this.pos = start;
    let scale = 1;
    for (let i = 0; i < 10; i++) {
      if (this.pos >= end) throw this.error('a number is cut short');
      const byte = bytes[this.pos++] as number;
      if (i < 4) low += (byte & 0x7f) * scale;
      else high += (byte & 0x7f) * scale;
      // bit 63 is the sign
      if (byte < 0x80) return low + (high < 2 ** 35 ? high : high - 2 ** 36) * 2 ** 28;
      scale = i === 3 ? 1 : scale * 128;
    }
    throw new DecodeError('a number of more than ten bytes', this.base + start);
  }

  private error(what: string): DecodeError {
    return new DecodeError(what, this.base + this.pos);
  }
}
