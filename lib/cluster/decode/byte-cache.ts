/**
 * Pods of one workload repeat most of their bytes. What was read once is not read again: the same bytes give the
 * same object, which also makes it cheap to see that two pods are alike.
 */
import type { WireReader } from './wire.ts';

type Read<T> = (reader: WireReader, end: number) => T;

interface Entry<T> {
  readonly bytes: Buffer;
  readonly value: T;
  readonly next: Entry<T> | undefined;
}

/** Bounds the memory that a cluster of many different values, or a hostile one, can take. */
const maxEntries = 10_000;
/** Above this, bytes are too different to be worth it. */
const maxBytes = 4096;

/** `read` must depend on the bytes alone; what it returns is shared, and so must not be changed. */
export function cached<T>(read: Read<T>, keep: () => boolean = () => true): Read<T> {
  const entries = new Map<number, Entry<T>>();
  let size = 0;
  return (reader, end) => {
    const { bytes, pos: start } = reader;
    const length = end - start;
    if (length > maxBytes) return read(reader, end);
    const hash = hashOf(bytes, start, end);
    const first = entries.get(hash);
    for (let entry = first; entry !== undefined; entry = entry.next) {
      if (entry.bytes.length === length && isAt(bytes, start, entry.bytes)) return entry.value;
    }
    const copy = Buffer.from(bytes.subarray(start, end));
    const value = read(reader, end);
    if (!keep()) return value;
    if (size >= maxEntries) {
      entries.clear();
      size = 0;
    }
    entries.set(hash, { bytes: copy, value, next: entries.get(hash) });
    size += 1;
    return value;
  };
}

/** FNV-1a, over at most 64 bytes spread evenly, so that long runs cost no more. */
function hashOf(bytes: Buffer, start: number, end: number): number {
  const stride = Math.max(1, (end - start) >>> 6);
  let hash = 0x811c9dc5 ^ (end - start);
  for (let i = start; i < end; i += stride) hash = Math.imul(hash ^ (bytes[i] as number), 0x01000193);
  return hash;
}

function isAt(bytes: Buffer, start: number, expected: Buffer): boolean {
  const { length } = expected;
  if (length > 64) return expected.compare(bytes, start, start + length) === 0;
  for (let i = 0; i < length; i++) {
    if (bytes[start + i] !== expected[i]) return false;
  }
  return true;
}
