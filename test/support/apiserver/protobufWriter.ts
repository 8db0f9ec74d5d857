import { keepBytes } from './slab.ts';

/**
 * Writes protobuf from the last byte to the first, so that the length of a nested message is known when its
 * prefix is written and nothing has to be measured or copied twice.
 */
export class ProtobufWriter {
  #bytes = Buffer.allocUnsafeSlow(64 * 1024);
  #start = this.#bytes.length;

  /** Bytes written so far; the difference of two readings is the length of what was written in between. */
  get length(): number {
    return this.#bytes.length - this.#start;
  }

  /** Hands out a copy of what was written and begins anew. */
  take(): Buffer {
    const result = keepBytes(this.#bytes.subarray(this.#start));
    this.reset();
    return result;
  }

  reset(): void {
    this.#start = this.#bytes.length;
  }

  varint(value: number): void {
    // Two's complement of 64 bits: only negative numbers need big integers, and they are always ten bytes long.
    const digits: number[] = [];
    if (value < 0) {
      for (let rest = BigInt.asUintN(64, BigInt(value)); rest > 0n; rest >>= 7n) {
        digits.push(Number(rest & 0x7fn));
      }
    } else {
      let rest = value;
      do {
        digits.push(rest % 0x80);
        rest = Math.floor(rest / 0x80);
      } while (rest > 0);
    }
    const at = this.#room(digits.length);
    for (const [i, digit] of digits.entries()) {
      this.#bytes[at + i] = digit | (i < digits.length - 1 ? 0x80 : 0);
    }
  }

  /** The length prefix of a message or text; never above 2^31, so without big integers. */
  size(value: number): void {
    let width = 1;
    for (let rest = value >>> 7; rest > 0; rest >>>= 7) width += 1;
    const at = this.#room(width);
    for (let i = 0; i < width; i += 1) {
      this.#bytes[at + i] = ((value >>> (7 * i)) & 0x7f) | (i < width - 1 ? 0x80 : 0);
    }
  }

  text(value: string): void {
    const length = Buffer.byteLength(value);
    const at = this.#room(length); // which may take another buffer
    this.#bytes.write(value, at, length, 'utf8');
    this.size(length);
  }

  #room(length: number): number {
    if (length > this.#start) this.#grow(length);
    this.#start -= length;
    return this.#start;
  }

  #grow(length: number): void {
    const used = this.length;
    const larger = Buffer.allocUnsafe(2 * (this.#bytes.length + length));
    this.#bytes.copy(larger, larger.length - used, this.#start);
    this.#bytes = larger;
    this.#start = larger.length - used;
  }
}
