import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { ListMeta } from '../../../../lib/cluster/decode/body.ts';
import { createProtobufDecoder, readStatus } from '../../../../lib/cluster/decode/protobuf.ts';
import { DecodeError } from '../../../../lib/errors.ts';
import {
  encodeEnvelope,
  encodeMessage,
  envelopeHead,
  ENVELOPE_TAIL,
  messageHead,
} from '../../../support/apiserver/protobuf.ts';
import { exchange } from '../../../support/fixtures.ts';

interface Decoded {
  readonly metas: ListMeta[];
  readonly items: string[];
}

/** Decodes a page whose items are taken as texts. */
function decode(chunks: readonly Buffer[], into: Decoded = { metas: [], items: [] }): Decoded {
  const decoder = createProtobufDecoder('PodList', (reader) => reader.at(reader.pos, reader.end).text(), {
    meta: (meta) => into.metas.push(meta),
    item: (item) => into.items.push(item),
  });
  for (const chunk of chunks) decoder.push(chunk);
  decoder.end();
  return into;
}

const field = (number: number, value: Buffer | string): Buffer => {
  const bytes = Buffer.from(value);
  return Buffer.concat([messageHead(number, bytes.length), bytes]);
};
const meta = field(
  1,
  encodeMessage('ListMeta', { resourceVersion: '731', continue: 'token', remainingItemCount: 9 }),
);
const page = (...parts: Buffer[]): Buffer => encodeEnvelope('PodList', 'v1', Buffer.concat(parts));
const byByte = (body: Buffer): Buffer[] => Array.from(body, (byte) => Buffer.from([byte]));

suite('a list in protobuf', () => {
  test('gives its metadata first and then item by item', () => {
    assert.deepEqual(decode([page(meta, field(2, 'one'), field(2, ''), field(2, 'three'))]), {
      metas: [{ resourceVersion: '731', continueToken: 'token', remainingItemCount: 9 }],
      items: ['one', '', 'three'],
    });
  });

  test('may come in pieces of any size', () => {
    const body = page(meta, field(2, 'one'), field(2, 'x'.repeat(500)));
    assert.deepEqual(decode(byByte(body)), decode([body]));
    assert.deepEqual(decode([Buffer.alloc(0), body, Buffer.alloc(0)]), decode([body]));
  });

  test('hands on each item as soon as its last byte is here', () => {
    const seen: Decoded = { metas: [], items: [] };
    const body = page(meta, field(2, 'one'), field(2, 'two'));
    const afterOne = body.indexOf('one') + 3;
    assert.throws(() => decode([body.subarray(0, afterOne)], seen), DecodeError);
    assert.deepEqual(seen.items, ['one']);
    assert.equal(seen.metas[0]?.continueToken, 'token');
  });

  test('may be empty, with metadata or without', () => {
    assert.deepEqual(decode([page(meta)]).items, []);
    assert.deepEqual(decode([page()]), { metas: [], items: [] });
  });

  test('has a metadata without a token on its last page', () => {
    const last = field(1, encodeMessage('ListMeta', { resourceVersion: '731' }));
    assert.deepEqual(decode([page(last)]).metas, [
      { resourceVersion: '731', continueToken: '', remainingItemCount: null },
    ]);
  });

  test('may hold fields that we do not know, in the list and in the envelope', () => {
    const list = Buffer.concat([field(9, 'new'), Buffer.from([15 << 3, 1]), field(2, 'one'), field(31, '')]);
    const body = Buffer.concat([
      envelopeHead('PodList', 'v1', list.length),
      list,
      field(7, 'new'),
      ENVELOPE_TAIL,
    ]);
    assert.deepEqual(decode([body]).items, ['one']);
  });
});

suite('a protobuf body that is malformed', () => {
  // 4 bytes of magic, 15 of the kind, 2 before the list, which has 18 of metadata and 5 of an item
  const list = Buffer.concat([meta, field(2, 'one')]);
  const head = envelopeHead('PodList', 'v1', list.length);
  const cases: readonly (readonly [name: string, body: Buffer, message: string])[] = [
    ['JSON', Buffer.from('{"kind":"PodList"}'), 'the body is not Kubernetes protobuf at byte 0'],
    ['empty', Buffer.alloc(0), 'the body ends early, after 0 items, at byte 0'],
    [
      'another kind',
      encodeEnvelope('NodeList', 'v1', list),
      'expected a PodList, the body says it is a NodeList at byte 6',
    ],
    [
      'no kind',
      encodeEnvelope('', 'v1', list),
      'expected a PodList, the body says it is a nameless kind at byte 6',
    ],
    [
      'bytes after its end',
      Buffer.concat([page(list), field(1, '')]),
      'bytes after the end of the envelope at byte 48',
    ],
    [
      'a second list',
      Buffer.concat([head, list, field(2, list)]),
      'the envelope holds a second list at byte 44',
    ],
    [
      'an envelope field that is a number',
      Buffer.concat([head, list, Buffer.from([0x18, 0x01])]),
      'the envelope has a field that is not bytes at byte 44',
    ],
    [
      'an item that is longer than the list',
      page(Buffer.from([0x12, 0x09, 0x61])),
      'a field runs past the list at byte 21',
    ],
    [
      'a wire type that no list has',
      page(Buffer.from([0x15, 0, 0, 0, 0])),
      'wire type 5 is not expected here at byte 21',
    ],
    ['a number without an end', page(Buffer.alloc(12, 0xff)), 'a number of more than ten bytes at byte 21'],
    [
      'an item above any size',
      Buffer.concat([envelopeHead('PodList', 'v1', 99_000_000), messageHead(2, 50_000_000)]),
      'a field of 50000000 bytes at byte 24',
    ],
    [
      'an item of 2^60 bytes',
      Buffer.concat([head, Buffer.from('12ffffffffffffffff0f', 'hex')]),
      'a field runs past the list at byte 21',
    ],
  ];
  for (const [name, body, message] of cases) {
    test(`${name}: ${message}`, () => {
      assert.throws(() => decode([body]), { name: 'DecodeError', message });
      assert.throws(() => decode(byByte(body)), { name: 'DecodeError', message });
    });
  }

  test('cut short at any byte is an error, not a shorter list', () => {
    const { body } = exchange('wire-pods-pb-l3').response;
    assert.equal(decode([body]).items.length, 3);
    for (let length = 0; length < body.length; length++) {
      assert.throws(() => decode([body.subarray(0, length)]), DecodeError, `cut to ${length} bytes`);
    }
  });

  test('cut short names the items that came before, and where it ends', () => {
    const { body } = exchange('wire-pods-pb-l3').response;
    assert.throws(() => decode([body.subarray(0, body.length - 1)]), {
      message: `the body ends early, after 3 items, at byte ${body.length - 1}`,
    });
  });
});

suite('a Status in protobuf', () => {
  test('of an expired list has a message, a reason and a token to go on with', () => {
    const status = readStatus(exchange('gone-2-pods-410-pb').response.body);
    assert.equal(status.reason, 'Expired');
    assert.match(status.message, /^The provided continue parameter is too old/);
    assert.ok(status.continueToken.length > 0);
  });

  test('of a refusal has no token', () => {
    const status = readStatus(exchange('err-403-nodesonly-pods-pb').response.body);
    assert.equal(status.reason, 'Forbidden');
    assert.match(status.message, /^pods is forbidden: User "/);
    assert.equal(status.continueToken, '');
  });
});
