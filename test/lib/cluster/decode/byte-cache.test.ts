import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { cached, type CachedRead, type CacheOptions } from '../../../../lib/cluster/decode/byte-cache.ts';
import { WireReader } from '../../../../lib/cluster/decode/wire.ts';

interface Value {
  readonly text: string;
}

interface UnderTest {
  /** Of bytes that stand somewhere in a buffer. */
  readonly read: (bytes: Buffer | string, start?: number) => Value;
  /** How often it was not enough to look. */
  readonly reads: () => number;
}

const textAt = (reader: WireReader): Value => ({
  text: reader.bytes.toString('latin1', reader.pos, reader.valueEnd),
});

function caching(options?: CacheOptions): UnderTest {
  let reads = 0;
  const read: CachedRead<Value> = cached((reader) => {
    reads += 1;
    return textAt(reader);
  }, options);
  return {
    read(value, start = 0) {
      const bytes = Buffer.from(value);
      const around = Buffer.concat([Buffer.alloc(start, 'x'), bytes, Buffer.from('behind')]);
      return read(new WireReader(around).at(start, start + bytes.length));
    },
    reads: () => reads,
  };
}

suite('the same bytes', () => {
  test('give the same object, wherever they stand, and are read once', () => {
    const { read, reads } = caching();
    const first = read('same', 0);
    assert.deepEqual(first, { text: 'same' });
    assert.equal(read('same', 3), first);
    read('other');
    assert.equal(read('same', 17), first);
    assert.equal(reads(), 2);
  });

  test('may be none', () => {
    const { read, reads } = caching();
    assert.equal(read(''), read('', 5));
    assert.deepEqual([read('').text, reads()], ['', 1]);
  });

  test('are known by a copy: their buffer is used for something else', () => {
    const read = cached(textAt);
    const buffer = Buffer.from('before');
    const reader = new WireReader(buffer);
    const before = read(reader.at(0, 6));
    buffer.write('behind');
    assert.deepEqual(read(reader.at(0, 6)), { text: 'behind' });
    buffer.write('before');
    assert.equal(read(reader.at(0, 6)), before);
  });

  test('of up to 512 are kept; longer ones are read anew', () => {
    const { read, reads } = caching();
    const longest = 'x'.repeat(512);
    assert.equal(read(longest), read(longest));
    assert.equal(reads(), 1);
    const tooLong = 'x'.repeat(513);
    assert.notEqual(read(tooLong), read(tooLong));
    assert.equal(read(tooLong).text, tooLong);
    assert.equal(reads(), 4);
    assert.equal(read(longest).text, longest);
    assert.equal(reads(), 4);
  });

  test('are read anew once another value has taken their place', () => {
    const { read, reads } = caching({ slots: 1 });
    for (const text of ['one', 'two', 'one', 'one', 'two']) assert.equal(read(text).text, text);
    assert.equal(reads(), 4);
  });
});

suite('what is read', () => {
  test('is not kept where it may not be, until it may', () => {
    let keep = false;
    const { read, reads } = caching({ keep: () => keep });
    assert.notEqual(read('value'), read('value'));
    assert.equal(reads(), 2);
    keep = true;
    assert.equal(read('value'), read('value'));
    assert.equal(reads(), 3);
    keep = false;
    read('value');
    assert.equal(reads(), 3, 'what is kept stays');
  });

  test('is decided on afterwards: by what reading it brought to light', () => {
    const problems: string[] = [];
    const read = cached(
      (reader) => {
        const { text } = textAt(reader);
        if (text === 'bad') problems.push(text);
        return text;
      },
      { keep: () => problems.length === 0 },
    );
    for (let i = 0; i < 3; i++) read(new WireReader(Buffer.from('bad')).at(0, 3));
    assert.deepEqual(problems, ['bad', 'bad', 'bad']);
  });

  test('and throws is not kept', () => {
    let fails = true;
    const read = cached((reader) => {
      if (fails) throw new Error('not yet');
      return textAt(reader);
    });
    const reader = new WireReader(Buffer.from('value')).at(0, 5);
    assert.throws(() => read(reader), { message: 'not yet' });
    fails = false;
    assert.deepEqual(read(reader), { text: 'value' });
  });

  test('may leave the reader anywhere within the value', () => {
    const read = cached((reader) => {
      const outer = reader.enter();
      const texts: string[] = [];
      while (reader.next()) texts.push(reader.text());
      reader.leave(outer);
      return texts.join();
    });
    // 1: { 1: a, 1: b }, 1: { 1: a, 1: b }, 2: c
    const entry = '0a060a01610a0162';
    const reader = new WireReader(Buffer.from(`${entry}${entry}120163`, 'hex'));
    const seen: string[] = [];
    while (reader.next()) seen.push(reader.field === 1 ? read(reader) : reader.text());
    assert.deepEqual(seen, ['a,b', 'a,b', 'c']);
  });
});

suite('different bytes', () => {
  test('never give the same object: what comes is what was read without a cache', () => {
    const text = fc.oneof(
      fc.constantFrom('a', 'b', 'aa', 'ab', 'ba', ''),
      fc.string({ maxLength: 4, unit: fc.constantFrom('a', 'b', '\0') }),
      fc
        .tuple(fc.constantFrom(63, 64, 65, 511, 512, 513), fc.nat(64))
        .map(([length, at]) => `${'x'.repeat(Math.min(at, length - 1))}y`.padEnd(length, 'x')),
    );
    fc.assert(
      fc.property(
        fc.array(fc.tuple(text, fc.nat(5)), { maxLength: 60 }),
        fc.constantFrom(1, 2, 4),
        (values, slots) => {
          const { read } = caching({ slots });
          for (const [value, start] of values) assert.deepEqual(read(value, start), { text: value });
        },
      ),
      { numRuns: 300 },
    );
  });

  test('are told apart by any one of them, also by those that the hash leaves out', () => {
    const { read } = caching();
    for (let at = 0; at < 512; at++) {
      const bytes = Buffer.alloc(512, 'x');
      bytes[at] = 0;
      assert.equal(read(bytes).text, bytes.toString('latin1'));
    }
  });

  test('have room beside each other', () => {
    const { read, reads } = caching();
    const names = Array.from({ length: 16 }, (_, index) => `workload-${index}`);
    for (let round = 0; round < 100; round++) for (const name of names) read(name);
    assert.ok(reads() < 16 * 100 * 0.5, `${reads()} of 1600 were read`);
  });
});
