import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import vm from 'node:vm';
import fc from 'fast-check';
import {
  bytesField,
  fields,
  messageField,
  readMessage,
  readText,
  readVarint,
  textField,
  varintField,
  type Fields,
  type WireReader,
} from '../../../../lib/cluster/decode/wire.ts';
import { DecodeError } from '../../../../lib/errors.ts';
import { ProtobufWriter } from '../../../support/apiserver/protobufWriter.ts';

const readerOf = (bytes: Buffer, base = 0): WireReader => ({ bytes, base, pos: 0 });
const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');

function varintOf(text: string): number {
  const bytes = hex(text);
  return readVarint(readerOf(bytes), bytes.length);
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
    test(`${bytes} is ${number}`, () => assert.equal(varintOf(bytes), number));
  }

  test('whatever is written is read back', () => {
    const writer = new ProtobufWriter();
    const written = fc.oneof(fc.maxSafeInteger(), fc.integer());
    fc.assert(
      fc.property(written, (number) => {
        writer.varint(number);
        const bytes = writer.take();
        const reader = readerOf(bytes);
        assert.equal(readVarint(reader, bytes.length), number);
        assert.equal(reader.pos, bytes.length);
      }),
    );
  });

  test('one that is cut short or too long is an error, with its offset in the body', () => {
    const cut = hex('80 80');
    assert.throws(() => readVarint(readerOf(cut, 100), 2), {
      name: 'DecodeError',
      message: 'a number is cut short at byte 102',
    });
    const long = Buffer.alloc(11, 0x80);
    assert.throws(() => readVarint(readerOf(long, 100), 11), {
      name: 'DecodeError',
      message: 'a number of more than ten bytes at byte 100',
    });
  });

  test('one never reads past the end of its message', () => {
    assert.throws(() => readVarint(readerOf(hex('80 01')), 1), DecodeError);
    assert.throws(() => readVarint(readerOf(hex('01')), 0), DecodeError);
  });
});

interface Seen {
  text: string;
  number: number;
  nested: { text: string };
  raw: string[];
}

const seenFields: Fields<Seen> = fields<Seen>({
  1: textField((seen, text) => (seen.text = text)),
  2: varintField((seen, number) => (seen.number = number)),
  3: messageField(
    fields<Seen['nested']>({ 1: textField((nested, text) => (nested.text = text)) }),
    (seen) => seen.nested,
  ),
  4: bytesField((seen, reader, end) => seen.raw.push(readText(reader, end))),
});

function read(text: string): Seen {
  const bytes = hex(text);
  return readMessage(readerOf(bytes), bytes.length, seenFields, {
    text: '',
    number: 0,
    nested: { text: '' },
    raw: [],
  });
}

suite('messages', () => {
  test('fields are read by their numbers, in any order', () => {
    assert.deepEqual(read('22 01 62 1a 03 0a 01 63 10 05 0a 02 c3 a9 22 00'), {
      text: 'é',
      number: 5,
      nested: { text: 'c' },
      raw: ['b', ''],
    });
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
  });

  const malformed: readonly (readonly [bytes: string, message: string])[] = [
    ['0a 05 61', 'a field runs past its message at byte 2'],
    ['1a 03 0a 05 61 0a 00', 'a field runs past its message at byte 4'],
    ['0a', 'a number is cut short at byte 1'],
    ['10 80', 'a number is cut short at byte 2'],
    ['79 01 02', 'a field runs past its message at byte 1'],
    ['0b', 'wire type 3 is not protobuf at byte 1'],
    ['0c', 'wire type 4 is not protobuf at byte 1'],
    ['0f', 'wire type 7 is not protobuf at byte 1'],
  ];
  for (const [bytes, message] of malformed) {
    test(`${bytes}: ${message}`, () => assert.throws(() => read(bytes), { name: 'DecodeError', message }));
  }

  test('a length below zero is an error, not a way back', () => {
    // field 15, whose length of -11 would lead back to its own tag
    const back = '7a f5 ff ff ff ff ff ff ff ff 01';
    assert.throws(() => vm.runInNewContext('read()', { read: () => read(back) }, { timeout: 5_000 }), {
      name: 'DecodeError',
    });
  });
});
