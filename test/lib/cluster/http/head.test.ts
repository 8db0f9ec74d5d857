import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { createHeadReader, type Framing, type Head } from '../../../../lib/cluster/http/head.ts';

interface Read {
  readonly head: Head;
  readonly rest: string;
}

/** Pieces as they come from the connection; null while the head is not whole. */
function readPieces(pieces: readonly Buffer[]): Read | null {
  const reader = createHeadReader();
  let read: Read | null = null;
  for (const piece of pieces) {
    assert.equal(read, null, 'pushed on behind the head');
    const pushed = reader.push(piece);
    if (pushed !== null) read = { head: pushed.head, rest: pushed.rest.toString('latin1') };
  }
  return read;
}

function read(text: string): Read {
  const whole = readPieces([Buffer.from(text, 'latin1')]);
  assert.ok(whole !== null, 'the head is not whole');
  return whole;
}

/** Headers without the empty line behind them. */
const headOf = (...lines: readonly string[]): Head =>
  read(['HTTP/1.1 200 OK', ...lines, '', ''].join('\r\n')).head;
const headersOf = (...lines: readonly string[]): Readonly<Record<string, string>> =>
  Object.fromEntries(headOf(...lines).headers);

suite('the head of an answer', () => {
  test('is its status, its headers, and how its body ends', () => {
    const text = [
      'HTTP/1.1 200 OK',
      'Audit-Id: 6e8f2c1e-8a9f-4a58-a6b5-0f1d3c4b5a69',
      'Cache-Control: no-cache, private',
      'Content-Type: application/vnd.kubernetes.protobuf',
      'Date: Tue, 21 Nov 2023 13:12:00 GMT',
      'Transfer-Encoding: chunked',
      '',
      'b',
    ].join('\r\n');
    const { head, rest } = read(text);
    assert.deepEqual(head, {
      status: 200,
      headers: new Map([
        ['audit-id', '6e8f2c1e-8a9f-4a58-a6b5-0f1d3c4b5a69'],
        ['cache-control', 'no-cache, private'],
        ['content-type', 'application/vnd.kubernetes.protobuf'],
        ['date', 'Tue, 21 Nov 2023 13:12:00 GMT'],
        ['transfer-encoding', 'chunked'],
      ]),
      framing: { kind: 'chunked' },
      keepAlive: true,
    });
    assert.equal(rest, 'b');
  });

  test('may be cut at every byte, and in pieces of any size', () => {
    const text =
      'HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 404 Not Found\r\nA: b\r\nContent-Length: 3\r\n\r\n';
    const whole = read(text);
    const bytes = Buffer.from(text);
    for (let cut = 0; cut < bytes.length; cut++) {
      assert.equal(readPieces([bytes.subarray(0, cut)]), null, `of ${cut} bytes`);
      assert.deepEqual(readPieces([bytes.subarray(0, cut), bytes.subarray(cut)]), whole, `at ${cut}`);
    }
    assert.deepEqual(readPieces(Array.from(bytes, (byte) => Buffer.from([byte]))), whole);
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 30 }), { maxLength: 20 }),
        fc.string(),
        (sizes, body) => {
          const pieces: Buffer[] = [];
          let at = 0;
          for (const size of sizes) pieces.push(bytes.subarray(at, Math.min((at += size), bytes.length - 1)));
          const last = Buffer.concat([bytes.subarray(Math.min(at, bytes.length - 1)), Buffer.from(body)]);
          const expected = { ...whole, rest: Buffer.from(body).toString('latin1') };
          assert.deepEqual(readPieces([...pieces, last]), expected);
        },
      ),
    );
  });

  test('does not change when the memory of its pieces is used again', () => {
    const reader = createHeadReader();
    const memory = Buffer.from('HTTP/1.1 200 OK\r\nA: one\r\n');
    assert.equal(reader.push(memory), null);
    memory.fill('x');
    const end = Buffer.from('Content-Length: 4\r\n\r\nbo');
    const pushed = reader.push(end);
    end.fill('x');
    assert.equal(pushed?.head.headers.get('a'), 'one');
    assert.equal(pushed.rest.toString(), 'bo');
  });

  for (const [line, status] of [
    ['HTTP/1.1 200 OK', 200],
    ['HTTP/1.1 429 Too Many Requests', 429],
    ['HTTP/1.1 200 ', 200],
    ['HTTP/1.1 200', 200],
    ['HTTP/1.0 503 Nächster Versuch', 503],
  ] as const) {
    test(`"${line}" is ${status}`, () => assert.equal(read(`${line}\r\n\r\n`).head.status, status));
  }

  test('behind one of 1xx is another, however many there are', () => {
    const informational =
      'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nContent-Length: 7\r\nX: y\r\n\r\n';
    const { head, rest } = read(`${informational.repeat(3)}HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok`);
    assert.deepEqual([...head.headers], [['content-length', '2']]);
    assert.equal(rest, 'ok');
    assert.equal(readPieces([Buffer.from(informational)]), null);
  });
});

suite('a header', () => {
  test('is found by its name in lower case', () => {
    assert.deepEqual(headersOf('CONTENT-type: Text/Plain'), { 'content-type': 'Text/Plain' });
  });

  test('may have spaces and tabs around its value, or none, or no value', () => {
    assert.deepEqual(headersOf('a:b', 'c: \t d e \t', 'f:', 'g: '), { a: 'b', c: 'd e', f: '', g: '' });
  });

  test('may have a colon in its value, and any byte of Latin-1', () => {
    assert.deepEqual(headersOf('location: http://host:1/', 'x: caf\xe9'), {
      location: 'http://host:1/',
      x: 'caf\xe9',
    });
  });

  test('that stands several times is joined in order, as a list', () => {
    assert.deepEqual(headersOf('Warning: 299 - "a"', 'B: 1', 'warning: 299 - "b"', 'WARNING: c'), {
      warning: '299 - "a", 299 - "b", c',
      b: '1',
    });
  });

  test('may have any name that is a token', () => {
    const name = "!#$%&'*+-.^_`|~09az";
    assert.deepEqual(headersOf(`${name}: x`), { [name]: 'x' });
  });

  test('of a name that objects have is nothing special', () => {
    const { headers } = headOf('__proto__: a', 'constructor: b');
    assert.deepEqual(
      [...headers],
      [
        ['__proto__', 'a'],
        ['constructor', 'b'],
      ],
    );
  });
});

suite('how the body ends', () => {
  const cases: readonly (readonly [what: string, text: string, framing: Framing])[] = [
    ['Content-Length', '200 OK\r\nContent-Length: 12', { kind: 'length', bytes: 12 }],
    ['Content-Length of none', '200 OK\r\nContent-Length: 0', { kind: 'length', bytes: 0 }],
    ['chunks', '200 OK\r\nTransfer-Encoding: chunked', { kind: 'chunked' }],
    ['chunks, in any case', '200 OK\r\ntransfer-encoding: Chunked', { kind: 'chunked' }],
    ['neither', '200 OK', { kind: 'untilClose' }],
    ['204 has no body', '204 No Content', { kind: 'length', bytes: 0 }],
    [
      '304 has no body, whatever it says',
      '304 Not Modified\r\nContent-Length: 9',
      { kind: 'length', bytes: 0 },
    ],
    [
      '304 has no chunks either',
      '304 Not Modified\r\nTransfer-Encoding: chunked',
      { kind: 'length', bytes: 0 },
    ],
  ];
  for (const [what, text, framing] of cases) {
    test(`${what}: ${JSON.stringify(framing)}`, () =>
      assert.deepEqual(read(`HTTP/1.1 ${text}\r\n\r\n`).head.framing, framing));
  }
});

suite('whether the connection may carry another request', () => {
  for (const [what, text, keepAlive] of [
    ['as HTTP/1.1 has it', '1.1 200 OK\r\nContent-Length: 0', true],
    ['Connection: keep-alive', '1.1 200 OK\r\nContent-Length: 0\r\nConnection: keep-alive', true],
    ['Connection: close', '1.1 200 OK\r\nContent-Length: 0\r\nConnection: close', false],
    ['in any case', '1.1 200 OK\r\nContent-Length: 0\r\nCONNECTION: Close', false],
    ['among others', '1.1 200 OK\r\nContent-Length: 0\r\nConnection: x, close ,y', false],
    [
      'in a header of its own',
      '1.1 200 OK\r\nContent-Length: 0\r\nConnection: x\r\nConnection: close',
      false,
    ],
    ['a name that only holds the word', '1.1 200 OK\r\nContent-Length: 0\r\nConnection: not-close', true],
    ['HTTP/1.0', '1.0 200 OK\r\nContent-Length: 0', false],
    ['HTTP/1.0, even if it says so', '1.0 200 OK\r\nContent-Length: 0\r\nConnection: keep-alive', false],
    ['a body that ends with the connection', '1.1 200 OK', false],
    ['204', '1.1 204 No Content', true],
    ['an error with a body', '1.1 410 Gone\r\nTransfer-Encoding: chunked', true],
  ] as const) {
    test(`${what}: ${keepAlive}`, () => assert.equal(read(`HTTP/${text}\r\n\r\n`).head.keepAlive, keepAlive));
  }
});

suite('what is not the head of an answer', () => {
  const ok = 'HTTP/1.1 200 OK';
  const cases: readonly (readonly [what: string, text: string, message: string])[] = [
    ['nothing but an end', '', 'an answer that does not begin as HTTP/1.1 does'],
    ['another protocol', 'SSH-2.0-OpenSSH_9.2', 'an answer that does not begin as HTTP/1.1 does'],
    ['HTTP/2', 'HTTP/2 200 OK', 'an answer that does not begin as HTTP/1.1 does'],
    ['HTTP/1.2', 'HTTP/1.2 200 OK', 'an answer that does not begin as HTTP/1.1 does'],
    ['small letters', 'http/1.1 200 OK', 'an answer that does not begin as HTTP/1.1 does'],
    ['a request', 'GET / HTTP/1.1', 'an answer that does not begin as HTTP/1.1 does'],
    ['a status of two digits', 'HTTP/1.1 20 OK', 'an answer that does not begin as HTTP/1.1 does'],
    ['a status of four digits', 'HTTP/1.1 2000', 'an answer that does not begin as HTTP/1.1 does'],
    ['a line before it', `\r\n${ok}`, 'an answer that does not begin as HTTP/1.1 does'],
    ['a header without a colon', `${ok}\r\nserver`, 'a header without a name'],
    ['a header without a name', `${ok}\r\n: value`, 'a header without a name'],
    ['a space before the colon', `${ok}\r\nContent-Length : 5`, 'a header without a name'],
    ['a name that is no token', `${ok}\r\na(b): c`, 'a header without a name'],
    ['a folded line', `${ok}\r\na: b\r\n c`, 'a header without a name'],
    ['a folded line with a colon', `${ok}\r\na: b\r\n\tc: d`, 'a header without a name'],
    [
      'Transfer-Encoding and Content-Length',
      `${ok}\r\nTransfer-Encoding: chunked\r\nContent-Length: 5`,
      'an answer with Transfer-Encoding and Content-Length',
    ],
    [
      'Content-Length and Transfer-Encoding',
      `${ok}\r\nContent-Length: 5\r\nTransfer-Encoding: chunked`,
      'an answer with Transfer-Encoding and Content-Length',
    ],
    ['an unknown coding', `${ok}\r\nTransfer-Encoding: gzip`, 'an answer in Transfer-Encoding gzip'],
    [
      'an unknown coding below the chunks',
      `${ok}\r\nTransfer-Encoding: gzip, chunked`,
      'an answer in Transfer-Encoding gzip, chunked',
    ],
    [
      'chunks twice',
      `${ok}\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked`,
      'an answer in Transfer-Encoding chunked, chunked',
    ],
    ['an empty coding', `${ok}\r\nTransfer-Encoding:`, 'an answer in Transfer-Encoding '],
    ['two lengths', `${ok}\r\nContent-Length: 5\r\nContent-Length: 6`, 'an answer with Content-Length 5, 6'],
    [
      'a length twice',
      `${ok}\r\nContent-Length: 5\r\nContent-Length: 5`,
      'an answer with Content-Length 5, 5',
    ],
    ['an empty length', `${ok}\r\nContent-Length:`, 'an answer with Content-Length '],
    ['a negative length', `${ok}\r\nContent-Length: -1`, 'an answer with Content-Length -1'],
    ['a length with a sign', `${ok}\r\nContent-Length: +1`, 'an answer with Content-Length +1'],
    ['a length in hexadecimal', `${ok}\r\nContent-Length: 0x10`, 'an answer with Content-Length 0x10'],
    ['half a length', `${ok}\r\nContent-Length: 1.5`, 'an answer with Content-Length 1.5'],
    [
      'a length beyond all numbers',
      `${ok}\r\nContent-Length: 9999999999999999`,
      'an answer with Content-Length 9999999999999999',
    ],
  ];
  for (const [what, text, message] of cases) {
    test(`${what}: ${message}`, () =>
      assert.throws(() => read(`${text}\r\n\r\n`), { code: 'HTTP_SYNTAX', message }));
  }

  test('headers larger than 64 KiB, whether they end or not', () => {
    const message = 'headers of more than 65536 bytes';
    const header = (length: number): string => `${ok}\r\na: ${'x'.repeat(length - ok.length - 5)}`;
    assert.equal(read(`${header(65_536)}\r\n\r\n`).head.headers.get('a')?.length, 65_516);
    assert.throws(() => read(`${header(65_537)}\r\n\r\n`), { code: 'HTTP_SYNTAX', message });
    const endless = createHeadReader();
    const push = (): unknown => endless.push(Buffer.alloc(32_768, 'x'));
    assert.equal(push(), null);
    assert.equal(push(), null);
    assert.throws(push, { code: 'HTTP_SYNTAX', message });
  });

  test('a large body behind a head is none of its bytes', () => {
    const { rest } = read(`${ok}\r\nContent-Length: 100000\r\n\r\n${'x'.repeat(100_000)}`);
    assert.equal(rest.length, 100_000);
  });
});
