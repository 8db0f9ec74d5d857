import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import type { ListMeta } from '../../../../lib/cluster/decode/body.ts';
import { createJsonDecoder } from '../../../../lib/cluster/decode/json.ts';
import { DecodeError } from '../../../../lib/errors.ts';
import { exchange } from '../../../support/fixtures.ts';

interface Decoded {
  readonly metas: ListMeta[];
  readonly items: unknown[];
}

function decode(chunks: readonly (Buffer | string)[], into: Decoded = { metas: [], items: [] }): Decoded {
  const decoder = createJsonDecoder('PodList', (item) => item, {
    meta: (meta) => into.metas.push(meta),
    item: (item) => into.items.push(item),
  });
  for (const chunk of chunks) decoder.push(Buffer.from(chunk));
  decoder.end();
  return into;
}

function inPieces(body: Buffer | string, size: number): Buffer[] {
  const bytes = Buffer.from(body);
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
    bytes.subarray(i * size, (i + 1) * size),
  );
}

const head =
  '{"kind":"PodList","apiVersion":"v1","metadata":{"resourceVersion":"731","continue":"token","remainingItemCount":9}';
const wholeMeta = { resourceVersion: '731', continueToken: 'token', remainingItemCount: 9 };

suite('a list in JSON', () => {
  test('gives its metadata first and then item by item', () => {
    const seen: Decoded = { metas: [], items: [] };
    assert.throws(() => decode([head, ',"items":[{"a":1},'], seen), DecodeError);
    assert.deepEqual(seen, { metas: [wholeMeta], items: [{ a: 1 }] });
  });

  const bodies: readonly (readonly [name: string, body: string, items: readonly unknown[]])[] = [
    ['no items', `${head},"items":[]}`, []],
    ['null for items, as Go writes an empty slice', `${head},"items":null}`, []],
    ['no word of items', `${head}}`, []],
    ['a newline at its end', `${head},"items":[{}]}\n`, [{}]],
    ['blanks everywhere', `\n ${head} , "items" : [ {"a" : 1}\r\n,\t{} ] } \n`, [{ a: 1 }, {}]],
    [
      'brackets, quotes and backslashes in texts',
      `${head},"items":[{"a":"]}\\"\\\\"},{"\\\\":"[{"}]}`,
      [{ a: ']}"\\' }, { '\\': '[{' }],
    ],
    ['other letters', `${head},"items":[{"a":"é漢😀\\u00e9"}]}`, [{ a: 'é漢😀é' }]],
    [
      'fields that we do not know',
      `{"x":[1,[{"y":"]"}]],${head.slice(1)},"n":null,"t":true,"items":[{}],"z":-1.5e3}`,
      [{}],
    ],
    ['the items before the rest', '{"items":[{"a":1}],"metadata":{},"kind":"PodList"}', [{ a: 1 }]],
  ];
  for (const [name, body, items] of bodies) {
    test(`may have ${name}`, () => {
      assert.deepEqual(decode([body]).items, items);
      for (const size of [1, 2, 3, 7]) assert.deepEqual(decode(inPieces(body, size)), decode([body]));
    });
  }

  test('has a metadata without a token on its last page', () => {
    assert.deepEqual(decode(['{"kind":"PodList","metadata":{"resourceVersion":"731"},"items":[]}']).metas, [
      { resourceVersion: '731', continueToken: '', remainingItemCount: null },
    ]);
  });

  test('whatever its items hold, they are read as JSON.parse reads them, in any pieces', () => {
    const items = fc.array(
      fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue({ stringUnit: 'binary' })),
      { maxLength: 5 },
    );
    fc.assert(
      fc.property(items, fc.integer({ min: 1, max: 50 }), fc.nat(2), (values, size, indent) => {
        const body = JSON.stringify({ kind: 'PodList', items: values }, null, indent);
        assert.deepEqual(decode(inPieces(body, size)).items, (JSON.parse(body) as { items: unknown }).items);
      }),
    );
  });
});

suite('a JSON body that is malformed', () => {
  const cases: readonly (readonly [name: string, body: string, message: string])[] = [
    ['empty', '', 'the body ends early, after 0 items, at byte 0'],
    ['blank', '\n\n', 'the body ends early, after 0 items, at byte 2'],
    ['protobuf', 'k8s\0', 'the body is not a JSON object at byte 0'],
    ['a list', '[]', 'the body is not a JSON object at byte 0'],
    ['HTML', '<html>', 'the body is not a JSON object at byte 0'],
    ['no kind', '{"items":[]}', 'expected a PodList, the body names no kind, at byte 12'],
    [
      'another kind',
      '{"kind":"NodeList","items":[]}',
      'expected a PodList, the body says it is a NodeList at byte 18',
    ],
    [
      'a kind that is a number',
      '{"kind":5}',
      'expected a PodList, the body says it is a nameless kind at byte 9',
    ],
    ['items that are not a list', '{"kind":"PodList","items":{}}', 'the items are not a list at byte 28'],
    ['an item that is a number', '{"kind":"PodList","items":[7]}', 'an item is not an object at byte 28'],
    ['an item that is null', '{"kind":"PodList","items":[null]}', 'an item is not an object at byte 31'],
    ['an item that is not JSON', '{"kind":"PodList","items":[{},{a}]}', 'a value is not JSON at byte 30'],
    ['a comma too much', '{"kind":"PodList","items":[{},]}', 'a value is not JSON at byte 30'],
    [
      'a comma too few',
      '{"kind":"PodList","items":[{}{}]}',
      'expected a comma or the end of the items at byte 29',
    ],
    ['a key without quotes', '{kind:"PodList"}', 'expected a key at byte 1'],
    ['a key without a colon', '{"kind","PodList"}', 'expected a colon at byte 7'],
    ['a key after the last comma', '{"kind":"PodList",}', 'expected a key at byte 18'],
    ['a key without a value', '{"kind":}', 'a value is not JSON at byte 8'],
    [
      'two values without a comma',
      '{"kind":"PodList" "items":[]}',
      'expected a comma or the end of the object at byte 18',
    ],
    ['brackets that do not match', '{"kind":"PodList","x":[}}', 'a value is not JSON at byte 22'],
    ['bytes after its end', '{"kind":"PodList"}{}', 'bytes after the end of the body at byte 18'],
    ['another word for null', '{"kind":"PodList","items":nil}', 'a value is not JSON at byte 26'],
  ];
  for (const [name, body, message] of cases) {
    test(`${name}: ${message}`, () => {
      assert.throws(() => decode([body]), { name: 'DecodeError', message });
      assert.throws(() => decode(inPieces(body, 1)), { name: 'DecodeError', message });
    });
  }

  test('cut short at any byte is an error, not a shorter list', () => {
    const body = Buffer.from(
      `${head},"items":[{"metadata":{"name":"a"},"x":[1,2]},{"metadata":{"name":"b}]}"}}],"last":1.5}`,
    );
    assert.equal(decode([body]).items.length, 2);
    for (let length = 0; length < body.length; length++) {
      assert.throws(() => decode([body.subarray(0, length)]), DecodeError, `cut to ${length} bytes`);
    }
  });

  for (const id of ['wire-nodes-l2', 'nodes-json-l1-ls-p1', 'pretty']) {
    test(`the recorded page ${id} is not whole before its last brace`, () => {
      const body = exchange(id).response.body.toString('utf8').trimEnd();
      let items = 0;
      const decoder = createJsonDecoder('NodeList', () => (items += 1), { meta() {}, item() {} });
      for (const byte of Buffer.from(body)) {
        assert.throws(() => decoder.end(), DecodeError);
        decoder.push(Buffer.from([byte]));
      }
      decoder.end();
      assert.equal(items, (JSON.parse(body) as { items: unknown[] }).items.length);
    });
  }

  test('a value without an end is given up at 32 MiB, not kept', () => {
    const endless = [
      '{"kind":"PodList","items":[{"a":"',
      ...Array.from({ length: 40 }, () => 'x'.repeat(1_048_576)),
    ];
    assert.throws(() => decode(endless), {
      name: 'DecodeError',
      message: 'a value of more than 33554432 bytes at byte 27',
    });
  });

  test('a value nested deeper than any stack is an error or a value', () => {
    const deep = `{"kind":"PodList","items":[{"a":${'['.repeat(200_000)}${']'.repeat(200_000)}}]}`;
    try {
      assert.equal(decode([deep]).items.length, 1);
    } catch (error) {
      assert.ok(error instanceof DecodeError, String(error));
    }
  });
});
