/**
 * Pods of one workload repeat most of their bytes, and lists show them one after another. What was read once is not
 * read again: the same bytes give the same object, which also makes it cheap to see that two pods are alike.
 */
import type { WireReader } from './wire.ts';

/** Reads the value that the reader is at, and leaves the reader behind it. */
export type CachedRead<T> = (reader: WireReader) => T;

export interface CacheOptions {
  /** Whether what was just read may be kept. */
  readonly keep?: () => boolean;
  /** A power of two. Bounds the memory that a cluster of many different values, or a hostile one, can take. */
  readonly slots?: number;
}

/** Longer values are too different to be worth it. */
const slotBytes = 512;

/**
 * `read` must depend on the bytes alone; what it returns is shared, and so must not be changed. A new value takes the
 * place of whichever has the same hash. All bytes lie in one small block, near the processor.
 */
export function cached<T>(
  read: CachedRead<T>,
  { keep = () => true, slots = 128 }: CacheOptions = {},
): CachedRead<T> {
  const kept = new Uint8Array(slots * slotBytes);
  const lengths = new Int32Array(slots).fill(-1);
  const values: (T | undefined)[] = Array.from({ length: slots });
  let last = 0;
  const isAt = (slot: number, bytes: Buffer, start: number, length: number): boolean => {
    if (lengths[slot] !== length) return false;
    const from = slot * slotBytes;
    // from the end: names that begin alike differ there
    for (let i = length - 1; i >= 0; i--) if (bytes[start + i] !== kept[from + i]) return false;
    return true;
  };
  return (reader) => {
    const { bytes, pos: start } = reader;
    const length = reader.valueEnd - start;
    if (length > slotBytes) return read(reader);
    // the pod before was probably of the same workload
    if (isAt(last, bytes, start, length)) return values[last] as T;
    const slot = hashOf(bytes, start, length) & (slots - 1);
    if (!isAt(slot, bytes, start, length)) {
      const value = read(reader);
      if (!keep()) return value;
      for (let i = 0; i < length; i++) kept[slot * slotBytes + i] = bytes[start + i] as number;
      lengths[slot] = length;
      values[slot] = value;
    }
    last = slot;
    return values[slot] as T;
  };
}

/** FNV-1a, over at most 64 bytes spread evenly, so that long runs cost no more. */
function hashOf(bytes: Buffer, start: number, length: number): number {
  const stride = Math.max(1, length >>> 5);
  let hash = 0x811c9dc5 ^ length;
  for (let i = start + length - 1; i >= start; i -= stride)
    hash = Math.imul(hash ^ (bytes[i] as number), 0x01000193);
  return hash ^ (hash >>> 15);
}
