/**
 * Keeps many small byte strings in few large buffers. One ArrayBuffer for each of 300,000 encoded objects would
 * make the collector run over all of them again and again.
 */
const SLAB_BYTES = 8 * 1024 * 1024;
/** Beyond this a byte string gets memory of its own. */
const LARGE_BYTES = SLAB_BYTES / 16;

let slab = Buffer.alloc(0);
let used = 0;

export function keepText(text: string): Buffer {
  const length = Buffer.byteLength(text);
  const kept = reserve(length);
  kept.write(text, 0, length, 'utf8');
  return kept;
}

export function keepBytes(bytes: Buffer): Buffer {
  const kept = reserve(bytes.length);
  bytes.copy(kept);
  return kept;
}

function reserve(length: number): Buffer {
  if (length > LARGE_BYTES) return Buffer.allocUnsafeSlow(length);
  if (used + length > slab.length) {
    slab = Buffer.allocUnsafeSlow(SLAB_BYTES);
    used = 0;
  }
  used += length;
  return slab.subarray(used - length, used);
}
