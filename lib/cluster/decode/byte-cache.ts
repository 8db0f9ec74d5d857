/**
 * Pods of one workload repeat most of their bytes, and lists show them one after another. What was read once is not
 * read again: the same bytes give the same object, which also makes it cheap to see that two pods are alike.
 */
import type { WireReader } from './wire.ts';

/** Reads the value that the reader is at, and leaves the reader behind it. */
export type CachedRead<T> = (reader: WireReader) => T;

interface Entry<T> {
  readonly bytes: Buffer;
  readonly value: T;
}

export interface CacheOptions {
  /** Whether what was just read may be kept. */
  readonly keep?: () => boolean;
  /** A power of two. Bounds the memory that a cluster of many different values, or a hostile one, can take. */
  readonly slots?: number;
}

/** Above this, bytes are too different to be worth it. */
const maxBytes = 1024;

/**
 * `read` must depend on the bytes alone; what it returns is shared, and so must not be changed. A new value takes the
 * place of whichever has the same hash.
 */
export function cached<T>(
  read: CachedRead<T>,
  { keep = () => true, slots = 128 }: CacheOptions = {},
): CachedRead<T> {
  const entries: (Entry<T> | undefined)[] = Array.from({ length: slots });
  let last: Entry<T> | undefined;
  return (reader) => {
    const { bytes, pos: start, valueEnd: end } = reader;
    if (end - start > maxBytes) return read(reader);
    // the pod before was probably of the same workload
    if (last !== undefined && isAt(bytes, start, end, last.bytes)) return last.value;
    const slot = hashOf(bytes, start, end) & (slots - 1);
    const entry = entries[slot];
    if (entry !== undefined && isAt(bytes, start, end, entry.bytes)) {
      last = entry;
      return entry.value;
    }
    const value = read(reader);
    if (!keep()) return value;
    last = { bytes: copyOf(bytes, start, end), value };
    entries[slot] = last;
    return value;
  };
}

/** In memory of its own: a piece of Node's pool would keep all of the pool's 64 KiB. */
function copyOf(bytes: Buffer, start: number, end: number): Buffer {
  const copy = Buffer.allocUnsafeSlow(end - start);
  bytes.copy(copy, 0, start, end);
  return copy;
}

/** FNV-1a, over at most 64 bytes spread evenly, so that long runs cost no more. */
function hashOf(bytes: Buffer, start: number, end: number): number {
  const stride = Math.max(1, (end - start) >>> 5);
  let hash = 0x811c9dc5 ^ (end - start);
  for (let i = start; i < end; i += stride) hash = Math.imul(hash ^ (bytes[i] as number), 0x01000193);
  return hash ^ (hash >>> 15);
}

/** A call costs as much as some 64 bytes in a loop; from the end, since names that begin alike differ there. */
function isAt(bytes: Buffer, start: number, end: number, expected: Buffer): boolean {
  const { length } = expected;
  if (end - start !== length) return false;
  if (length > 64) return expected.compare(bytes, start, end) === 0;
  for (let i = length - 1; i >= 0; i--) {
    if (bytes[start + i] !== expected[i]) return false;
  }
  return true;
}
