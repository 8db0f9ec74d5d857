/** Bytes spoiled at some places, and cut into pieces. */
import fc from 'fast-check';

export interface Edit {
  /** Of the length, so that it means something for bytes of any. */
  readonly at: number;
  readonly removed: number;
  readonly put: Uint8Array;
}

/** Lengths and numbers of protobuf at their ends, and what opens and closes in JSON. */
const words = [
  '00',
  'ff',
  '80',
  '7f',
  'ffffffff0f',
  'ffffffffffffffffff01',
  'f5ffffffffffffffff01',
  '0a',
  '12',
  '1a',
]
  .map((hex) => Uint8Array.from(Buffer.from(hex, 'hex')))
  .concat(
    ['"', '{', '}', '[', ']', '\\', ',', 'null', '1e400', '"__proto__":'].map((text) =>
      Uint8Array.from(Buffer.from(text)),
    ),
  );

/** Evenly from 0 to below 1; a double of fast-check's own is evenly of its bits, and so nearly always nearly 0. */
export const share: fc.Arbitrary<number> = fc.nat(999_999).map((n) => n / 1_000_000);

const edit: fc.Arbitrary<Edit> = fc.record({
  at: share,
  removed: fc.oneof(fc.nat(2), fc.nat(40)),
  put: fc.oneof(fc.constantFrom(...words), fc.uint8Array({ maxLength: 11 })),
});

export const edits: fc.Arbitrary<Edit[]> = fc.array(edit, { maxLength: 4 });

export function edited(bytes: Buffer, changes: readonly Edit[]): Buffer {
  return changes.reduce((spoiled, { at, removed, put }) => {
    const start = Math.floor(at * spoiled.length);
    return Buffer.concat([spoiled.subarray(0, start), put, spoiled.subarray(start + removed)]);
  }, bytes);
}

/** Of these sizes, over and over; a size of 0 is an empty piece. */
export function pieces(bytes: Buffer, sizes: readonly number[]): Buffer[] {
  const cut: Buffer[] = [];
  const whole = sizes.some((size) => size > 0) ? sizes : [1];
  for (let start = 0, index = 0; start < bytes.length; index++) {
    const size = whole[index % whole.length] ?? 1;
    cut.push(bytes.subarray(start, start + size));
    start += size;
  }
  return cut;
}
