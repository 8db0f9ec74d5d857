import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import vm from 'node:vm';
import fc from 'fast-check';
import { WireReader } from '../../../../lib/cluster/decode/wire.ts';
import { DecodeError } from '../../../../lib/errors.ts';
import { ProtobufWriter } from '../../../support/apiserver/protobufWriter.ts';

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');
const readerOf = (text: string): WireReader => new WireReader(hex(text));

/** At its first field. */
function atFirst(text: string): WireReader {
  const reader = readerOf(text);
  assert.equal(reader.next(), true);
  return reader;
}

/** A number as the value of field 1. */
function varintOf(bytes: Buffer): number {
  const reader = new WireReader(Buffer.concat([hex('08'), bytes]));
  assert.equal(reader.next(), true);
  const { field, number } = reader;
  assert.equal(field, -1);
  assert.equal(reader.next(), false);
  return number;
}

/** Code that would never end is stopped, and so fails its test. */
function inTime(work: () => unknown): unknown {
  return vm.runInNewContext('work()', { work }, { timeout: 5_000 });
}

suite('varints', () => {
  const numbers: readonly (readonly [bytes: string, number: number])[] = [
    ['00', 0],
    ['01', 1],
    ['7f', 127],
    ['80 01', 128],
    ['ac 02', 300],
    ['ff ff ff ff 07', 2_147_483_647],
    ['ff ff ff ff 0f', 4_294_967_295],
    ['80 80 80 80 10', 4_294_967_296],
    ['ff ff ff ff ff ff ff 0f', Number.MAX_SAFE_INTEGER],
    ['ff ff ff ff ff ff ff ff ff 01', -1],
    ['98 f8 ff ff ff ff ff ff ff 01', -1_000],
    ['80 80 80 80 f8 ff ff ff ff 01', -2_147_483_648],
    ['80 00', 0],
  ];
  for (const [bytes, number] of numbers) {
    test(`${bytes} is ${number}`, () => assert.equal(varintOf(hex(bytes)), number));
  }

  test('whatever is written is read back', () => {
    const writer = new ProtobufWriter();
    const written = fc.oneof(fc.maxSafeInteger(), fc.integer());
    fc.assert(
      fc.property(written, (number) => {
        writer.varint(number);
        assert.equal(varintOf(writer.take()), number);
      }),
    );
  });

  test('one that is cut short or too long is an error, with its offset in the body', () => {
    assert.throws(() => new WireReader(hex('08 80 80'), 0, 3, 100).next(), {
      name: 'DecodeError',
      message: 'a number is cut short at byte 103',
      offset: 103,
    });
    const long = Buffer.concat([hex('08'), Buffer.alloc(11, 0x80)]);
    assert.throws(() => new WireReader(long, 0, 12, 100).next(), {
      name: 'DecodeError',
      message: 'a number of more than ten bytes at byte 101',
      offset: 101,
    });
  });

  test('one never reads past the end of its message', () => {
    assert.throws(() => new WireReader(hex('08 80 01'), 0, 2).next(), {
      message: 'a number is cut short at byte 2',
    });
    assert.throws(() => new WireReader(hex('08 01'), 0, 1).next(), {
      message: 'a number is cut short at byte 1',
    });
    assert.throws(() => new WireReader(hex('80 01'), 0, 1).next(), {
      message: 'a number is cut short at byte 1',
    });
  });
});

interface Seen {
  text: string;
  number: number;
  nested: { text: string };
  raw: string[];
}

/** As the decoders read: a loop for each message. */
function readSeen(reader: WireReader): Seen {
  const seen: Seen = { text: '', number: 0, nested: { text: '' }, raw: [] };
  while (reader.next()) {
    switch (reader.field) {
      case 1:
        seen.text = reader.text();
        break;
      case -2:
        seen.number = reader.number;
        break;
      case 3:
        readNested(reader, seen.nested);
        break;
      case 4:
        seen.raw.push(reader.text());
        break;
    }
  }
  return seen;
}

function readNested(reader: WireReader, nested: Seen['nested']): void {
  const outer = reader.enter();
  while (reader.next()) if (reader.field === 1) nested.text = reader.text();
  reader.leave(outer);
}

const read = (text: string): Seen => readSeen(readerOf(text));

suite('messages', () => {
  test('fields are read by their numbers, in any order', () => {
    assert.deepEqual(read('22 01 62 1a 03 0a 01 63 10 05 0a 02 c3 a9 22 00'), {
      text: 'é',
      number: 5,
      nested: { text: 'c' },
      raw: ['b', ''],
    });
  });

  test('lengths of one, two and more bytes are alike', () => {
    for (const length of [0, 1, 127, 128, 16_383, 16_384, 40_000]) {
      const writer = new ProtobufWriter();
      writer.varint(7);
      writer.varint(2 << 3);
      writer.text('x'.repeat(length));
      writer.varint((1 << 3) | 2);
      const { text, number } = readSeen(new WireReader(writer.take()));
      assert.deepEqual([text.length, number], [length, 7]);
    }
    assert.equal(read('0a 81 80 80 00 61 10 07').text, 'a');
  });

  test('unknown fields of every wire type are skipped', () => {
    const unknown = [
      '78 96 01',
      '7a 02 ff ff',
      '79 01 02 03 04 05 06 07 08',
      '7d 01 02 03 04',
      'fa ff ff ff 0f 01 00',
    ];
    assert.equal(read(`${unknown.join(' ')} 0a 01 61 ${unknown.join(' ')}`).text, 'a');
  });

  test('a known number of another wire type is skipped', () => {
    assert.deepEqual(read('08 05 12 01 61'), { text: '', number: 0, nested: { text: '' }, raw: [] });
    const fixed = '09 01 02 03 04 05 06 07 08 15 01 02 03 04';
    assert.deepEqual(read(`0a 01 61 ${fixed} 10 05 ${fixed}`), {
      text: 'a',
      number: 5,
      nested: { text: '' },
      raw: [],
    });
  });

  test('a number beyond 15 takes a tag of more bytes', () => {
    const reader = readerOf('82 01 01 61 80 01 05 fa ff ff ff 0f 01 62');
    const fields: number[] = [];
    while (reader.next()) fields.push(reader.field);
    assert.deepEqual(fields, [16, -16, 536_870_911]);
  });

  test('the reader knows where a field and its value stand', () => {
    const reader = readerOf('10 05 82 01 02 61 62');
    reader.next();
    assert.deepEqual([reader.tagStart, reader.valueEnd], [0, 2]);
    reader.next();
    assert.deepEqual([reader.tagStart, reader.pos, reader.valueEnd], [2, 5, 7]);
    assert.equal(reader.next(), false);
    assert.equal(reader.next(), false, 'and again');
  });

  test('one that is left in the middle is passed over, however deep', () => {
    // 3: { 3: { 1: a, 1: b }, 1: c }, 1: d
    const reader = atFirst('1a 0b 1a 06 0a 01 61 0a 01 62 0a 01 63 0a 01 64');
    const outer = reader.enter();
    reader.next();
    const inner = reader.enter();
    reader.next();
    assert.equal(reader.text(), 'a');
    reader.leave(inner);
    reader.next();
    assert.equal(reader.text(), 'c');
    reader.leave(outer);
    reader.next();
    assert.equal(reader.text(), 'd');
    assert.equal(reader.next(), false);
  });

  test('a reader can be set to another message, or to a value that was seen before', () => {
    const reader = atFirst('0a 03 0a 01 61');
    assert.equal(readSeen(reader.reset(hex('ff 0a 01 62 ff'), 1, 4, 0)).text, 'b');
    reader.reset(hex('0a 01 61 12 03 0a 01 63'), 0, 8, 0);
    while (reader.next());
    const nested = { text: '' };
    readNested(reader.at(5, 8), nested);
    assert.equal(nested.text, 'c');
  });

  const malformed: readonly (readonly [bytes: string, message: string])[] = [
    ['0a 05 61', 'a field runs past its message at byte 2'],
    ['1a 03 0a 05 61 0a 00', 'a field runs past its message at byte 4'],
    ['1a 01 0a 0a 00', 'a number is cut short at byte 3'],
    ['0a', 'a number is cut short at byte 1'],
    ['0a 80', 'a number is cut short at byte 2'],
    ['0a 80 80 80', 'a number is cut short at byte 4'],
    ['0a 81 01', 'a field runs past its message at byte 3'],
    ['10 80', 'a number is cut short at byte 2'],
    ['8a', 'a number is cut short at byte 1'],
    ['79 01 02', 'a field runs past its message at byte 1'],
    ['7d 01 02 03', 'a field runs past its message at byte 1'],
    ['0b', 'wire type 3 is not protobuf at byte 1'],
    ['0c', 'wire type 4 is not protobuf at byte 1'],
    ['0e', 'wire type 6 is not protobuf at byte 1'],
    ['0f', 'wire type 7 is not protobuf at byte 1'],
    ['0a ff ff ff ff ff ff ff ff 7f', 'a field runs past its message at byte 10'],
    ['0a ff ff ff ff ff ff ff ff ff 01', 'a field runs past its message at byte 11'],
    ['0a ff ff ff ff ff ff ff ff ff ff 01', 'a number of more than ten bytes at byte 1'],
  ];
  for (const [bytes, message] of malformed) {
    test(`${bytes}: ${message}`, () => assert.throws(() => read(bytes), { name: 'DecodeError', message }));
  }

  test('a length below zero is an error, not a way back', () => {
    // field 15, whose length of -11 would lead back to its own tag
    const back = '7a f5 ff ff ff ff ff ff ff ff 01';
    assert.throws(() => inTime(() => read(back)), { name: 'DecodeError' });
    assert.throws(() => inTime(() => atFirst(`7a 00 ${back}`).run()), { name: 'DecodeError' });
  });
});

suite('fields of one number in a row', () => {
  const entries = (reader: WireReader, number: number): string[] => {
    const texts: string[] = [];
    const outer = reader.enter();
    while (reader.next()) if (reader.field === number) texts.push(reader.text());
    reader.leave(outer);
    return texts;
  };

  test('are taken as one value, tags included, up to the next of another tag', () => {
    const reader = atFirst('0a 01 61 0a 00 0a 01 62 10 05 0a 01 63');
    assert.equal(reader.run(), reader);
    assert.deepEqual([reader.pos, reader.valueEnd], [0, 8]);
    assert.deepEqual(entries(reader, 1), ['a', '', 'b']);
    reader.next();
    assert.deepEqual([reader.field, reader.number], [-2, 5]);
    reader.next();
    assert.deepEqual(entries(reader.run(), 1), ['c']);
    assert.equal(reader.next(), false);
  });

  test('end with their message, whatever stands behind it', () => {
    const reader = atFirst('1a 03 0a 01 61 0a 01 62');
    const outer = reader.enter();
    reader.next();
    assert.deepEqual(entries(reader.run(), 1), ['a']);
    reader.leave(outer);
    reader.next();
    assert.equal(reader.text(), 'b');
  });

  test('may be passed over unread', () => {
    const reader = atFirst('0a 01 61 0a 01 62 10 05');
    reader.run();
    reader.next();
    assert.equal(reader.number, 5);
  });

  test('may have tags and lengths of more bytes', () => {
    const entry = `82 01 80 01 ${'61'.repeat(128)}`;
    const reader = atFirst(`${entry} ${entry} 82 01 00`);
    assert.deepEqual(entries(reader.run(), 16), ['a'.repeat(128), 'a'.repeat(128), '']);
  });

  for (const [bytes, message] of [
    ['0a 00 0a 05 61', 'a field runs past its message at byte 4'],
    ['0a 00 0a', 'a number is cut short at byte 3'],
    ['0a 00 80', 'a number is cut short at byte 3'],
  ] as const) {
    test(`${bytes}: ${message}`, () =>
      assert.throws(() => atFirst(bytes).run(), { name: 'DecodeError', message }));
  }
});

suite('whether the first text of a value', () => {
  const key = Buffer.from('key');
  for (const [what, bytes, expected] of [
    ['is the wanted one', '0a 03 6b 65 79 12 01 76', true],
    ['is another of its length', '0a 03 6b 65 7a', false],
    ['begins like it', '0a 04 6b 65 79 73', false],
    ['is its beginning', '0a 02 6b 65 12 01 79', false],
    ['is cut short', '0a 03 6b 65', false],
    ['is only a tag', '0a', false],
    ['is absent: the value is empty', '', false],
    ['is absent: there are other fields', '12 03 6b 65 79', false],
    ['comes behind other fields', '12 01 76 18 05 0a 03 6b 65 79', true],
    ['comes behind other fields and is another', '12 01 76 0a 03 6b 65 7a', false],
  ] as const) {
    test(`${what}: ${expected}`, () => {
      const value = hex(bytes);
      // what stands behind the value would make it the wanted one
      const behind = hex('0a 03 6b 65 79').subarray(value.length);
      const reader = new WireReader(Buffer.concat([hex('ff'), value, behind])).at(1, 1 + value.length);
      assert.equal(reader.firstTextIs(key), expected);
      assert.deepEqual([reader.pos, reader.valueEnd], [1, 1 + value.length], 'the reader stays');
    });
  }

  test('cannot be told from fields that are malformed', () => {
    assert.throws(() => readerOf('12 05 76').at(0, 3).firstTextIs(key), {
      name: 'DecodeError',
      message: 'a field runs past its message at byte 2',
    });
  });
});

/** Everything that there is to see of a message by one way to walk through it, or its error. */
type Walk = (reader: WireReader, into: unknown[]) => void;

const flat: Walk = (reader, into) => {
  while (reader.next()) {
    into.push(reader.field, reader.number, reader.valueEnd - reader.tagStart);
    if (reader.field > 0) into.push(reader.text(), reader.firstTextIs(Buffer.from('a')));
  }
};

const deep: Walk = (reader, into) => {
  while (reader.next()) {
    into.push(reader.field, reader.number);
    if (reader.field <= 0) continue;
    const outer = reader.enter();
    deep(reader, into);
    reader.leave(outer);
    into.push('left');
  }
};

const byRuns: Walk = (reader, into) => {
  while (reader.next()) {
    if (reader.field > 0) into.push(reader.run().text());
    else into.push(reader.field, reader.number);
  }
};

const nothing: Buffer = Buffer.alloc(0);

/** The bytes of `message` behind `before`, offsets counted from the message's start. */
function outcomeOf(walk: Walk, message: Buffer, before = nothing, behind = nothing): unknown {
  const bytes = Buffer.concat([before, message, behind]);
  const end = before.length + message.length;
  const seen: unknown[] = [];
  try {
    walk(new WireReader(bytes, before.length, end, -before.length), seen);
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    assert.ok(error.offset >= 0 && error.offset <= message.length, error.message);
    seen.push(error.message);
  }
  return seen;
}

suite('any bytes', () => {
  const bytes = (maxLength: number): fc.Arbitrary<Buffer> =>
    fc.uint8Array({ maxLength }).map((array) => Buffer.from(array));
  /** Often enough right to be read to its end; now and then not. */
  const field = fc.oneof(
    fc
      .tuple(fc.constantFrom(0x0a, 0x12, 0x1a), bytes(12))
      .map(([tag, value]) => Buffer.concat([Buffer.from([tag, value.length]), value])),
    fc.tuple(fc.constantFrom(0x08, 0x10), fc.nat(127)).map(([tag, number]) => Buffer.from([tag, number])),
    bytes(3),
  );
  const message = fc.oneof(
    bytes(40),
    fc.array(field, { maxLength: 8 }).map((fields) => Buffer.concat(fields)),
  );
  const around = fc.oneof(
    bytes(20),
    fc.constantFrom(0x00, 0x0a, 0x80, 0xff).map((byte) => Buffer.alloc(12, byte)),
  );

  for (const [how, walk] of Object.entries({ flat, deep, byRuns })) {
    test(`are a message or a DecodeError, whatever stands around them (${how})`, () => {
      const check = (): void =>
        fc.assert(
          fc.property(message, around, around, (message, before, behind) => {
            assert.deepEqual(outcomeOf(walk, message, before, behind), outcomeOf(walk, message));
          }),
          { numRuns: 500 },
        );
      inTime(check);
    });
  }
});
