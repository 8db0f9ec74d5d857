import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { createBodyReader, type BodyReader } from '../../../../lib/cluster/http/framing.ts';
import type { Framing } from '../../../../lib/cluster/http/head.ts';

interface Outcome {
  readonly body: string;
  /** What stands behind the end; null where it did not come. */
  readonly rest: string | null;
}

/** Pieces as they come from the connection, in memory that is used again; what comes behind the end is left. */
function readPieces(framing: Framing, pieces: readonly Buffer[]): Outcome {
  const reader = createBodyReader(framing);
  const memory = Buffer.alloc(Math.max(1, ...pieces.map(({ length }) => length)));
  const taken: Buffer[] = [];
  let behind: Buffer | null = null;
  for (const piece of pieces) {
    if (behind !== null) {
      behind = Buffer.concat([behind, piece]);
      continue;
    }
    piece.copy(memory);
    const rest = reader.push(memory.subarray(0, piece.length), (bytes) => {
      assert.notEqual(bytes.length, 0, 'nothing is not handed on');
      taken.push(Buffer.from(bytes));
    });
    behind = rest && Buffer.from(rest);
  }
  return {
    body: Buffer.concat(taken).toString('latin1'),
    rest: behind && behind.toString('latin1'),
  };
}

const latin = (text: string): Buffer => Buffer.from(text, 'latin1');
const read = (framing: Framing, text: string): Outcome => readPieces(framing, [latin(text)]);
const byByte = (text: string): Buffer[] => Array.from(latin(text), (byte) => Buffer.from([byte]));

/** `text` in pieces of these sizes; the last one is what is left. */
function cut(text: string, sizes: readonly number[]): Buffer[] {
  const pieces: Buffer[] = [];
  let at = 0;
  for (const size of sizes) pieces.push(latin(text.slice(at, (at += size))));
  return [...pieces, latin(text.slice(at))];
}

const chunked: Framing = { kind: 'chunked' };
const untilClose: Framing = { kind: 'untilClose' };
const ofLength = (bytes: number): Framing => ({ kind: 'length', bytes });

const bytes = fc.string({ unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)) });
const sizes = fc.array(fc.nat(12), { maxLength: 20 });

suite('a body in chunks', () => {
  const cases: readonly (readonly [what: string, text: string, outcome: Outcome])[] = [
    ['none', '0\r\n\r\n', { body: '', rest: '' }],
    ['one', '5\r\nhello\r\n0\r\n\r\n', { body: 'hello', rest: '' }],
    ['several', '1\r\na\r\n2\r\nbc\r\n3\r\ndef\r\n0\r\n\r\n', { body: 'abcdef', rest: '' }],
    ['sizes in hexadecimal', `1A\r\n${'x'.repeat(26)}\r\n0\r\n\r\n`, { body: 'x'.repeat(26), rest: '' }],
    ['in small letters', `1f\r\n${'x'.repeat(31)}\r\n0\r\n\r\n`, { body: 'x'.repeat(31), rest: '' }],
    ['with zeros before', '00000000005\r\nhello\r\n0000\r\n\r\n', { body: 'hello', rest: '' }],
    ['data that looks like chunks', '7\r\n0\r\n\r\n\r\n\r\n0\r\n\r\n', { body: '0\r\n\r\n\r\n', rest: '' }],
    ['extensions', '1;a=b\r\na\r\n1 ; q="0"\r\nb\r\n1\t\r\nc\r\n0;z\r\n\r\n', { body: 'abc', rest: '' }],
    ['trailers', '1\r\na\r\n0\r\nDigest: x\r\nB: y\r\n\r\n', { body: 'a', rest: '' }],
    ['an answer behind it', '1\r\na\r\n0\r\n\r\nHTTP/1.1 200 OK', { body: 'a', rest: 'HTTP/1.1 200 OK' }],
    ['no end', '5\r\nhello\r\n', { body: 'hello', rest: null }],
    ['no end of the trailers', '0\r\nA: b\r\n', { body: '', rest: null }],
    ['nothing yet', '', { body: '', rest: null }],
  ];
  for (const [what, text, outcome] of cases) {
    test(`${what}, cut at every byte`, () => {
      assert.deepEqual(read(chunked, text), outcome);
      assert.deepEqual(readPieces(chunked, byByte(text)), outcome);
      for (let at = 0; at <= text.length; at++) {
        assert.deepEqual(readPieces(chunked, cut(text, [at])), outcome, `at ${at}`);
      }
    });
  }

  test('is handed on as it comes, not by whole chunks', () => {
    assert.deepEqual(read(chunked, '5\r\nhel'), { body: 'hel', rest: null });
  });

  test('is not copied', () => {
    const memory = latin('3\r\nabc\r\n0\r\n\r\n');
    let taken: Buffer | null = null;
    createBodyReader(chunked).push(memory, (bytes) => (taken = bytes));
    memory.fill('z');
    assert.deepEqual(taken, latin('zzz'));
  });

  test('of up to 2^44 bytes a chunk', () => {
    assert.deepEqual(read(chunked, 'fffffffffff\r\nab'), { body: 'ab', rest: null });
  });

  test('comes out as it went in, whatever its chunks, extensions, trailers and pieces', () => {
    const extension = fc.constantFrom('', ';', ';a=b', ' ;q="x;y"', '\t');
    const trailer = fc.constantFrom('Digest: x\r\n', 'a:\r\n', 'B: 0\r\n');
    const written = fc.record({
      chunks: fc.array(fc.tuple(bytes, extension, fc.boolean()), { maxLength: 8 }),
      trailers: fc.array(trailer, { maxLength: 2 }),
      behind: bytes,
      sizes,
    });
    fc.assert(
      fc.property(written, ({ chunks, trailers, behind, sizes }) => {
        const sized = chunks.filter(([data]) => data !== '');
        const text = sized.map(([data, extension, large]) => {
          const size = data.length.toString(16);
          return `${large ? size.toUpperCase() : size}${extension}\r\n${data}\r\n`;
        });
        const whole = `${text.join('')}0\r\n${trailers.join('')}\r\n${behind}`;
        const body = sized.map(([data]) => data).join('');
        assert.deepEqual(readPieces(chunked, cut(whole, sizes)), { body, rest: behind });
      }),
      { numRuns: 300 },
    );
  });

  const malformed: readonly (readonly [what: string, text: string, message: string])[] = [
    ['no size', '\r\na\r\n', 'a chunk without a size'],
    ['only an extension', ';a=b\r\n', 'a chunk without a size'],
    ['a space before the size', ' 5\r\nhello\r\n', 'a chunk without a size'],
    ['a size that is no number', 'xyz\r\n', 'a chunk without a size'],
    ['a size that becomes none', '5g\r\nhello\r\n', 'a chunk without a size'],
    ['a sign', '-5\r\nhello\r\n', 'a chunk without a size'],
    ['hexadecimal as in C', '0x5\r\nhello\r\n', 'a chunk without a size'],
    ['a size beyond all numbers', '100000000000\r\n', 'a chunk without a size'],
    ['a size that is only LF', '5\nhello', 'a chunk without a size'],
    ['a CR without LF', '5\rhello', 'a chunk that is not as long as it says'],
    ['a chunk longer than it says', '3\r\nhello\r\n0\r\n\r\n', 'a chunk that is not as long as it says'],
    ['a chunk shorter than it says', '7\r\nhello\r\n0\r\n\r\n', 'a chunk that is not as long as it says'],
    ['a chunk longer by one byte', '5\r\nhello!\n0\r\n\r\n', 'a chunk that is not as long as it says'],
    ['a chunk whose end is cut out', '5\r\nhello0\r\n\r\n', 'a chunk that is not as long as it says'],
    ['a chunk that ends with CR alone', '5\r\nhello\r0\r\n', 'a chunk that is not as long as it says'],
    ['a last chunk that ends with CR alone', '0\r\n\rx', 'a chunk that is not as long as it says'],
  ];
  for (const [what, text, message] of malformed) {
    test(`${what}: ${message}`, () => {
      const expected = { code: 'HTTP_SYNTAX', message };
      assert.throws(() => read(chunked, text), expected);
      assert.throws(() => readPieces(chunked, byByte(text)), expected);
    });
  }

  test('what is not one is an error or a body, never anything else', () => {
    const almost = fc.array(
      fc.constantFrom('0', '1', 'a', '\r', '\n', '\r\n', ';', ' ', '3\r\nabc\r\n', '0\r\n\r\n'),
      {
        maxLength: 12,
      },
    );
    const outcome = (pieces: readonly Buffer[]): unknown => {
      try {
        return readPieces(chunked, pieces);
      } catch (error) {
        assert.equal((error as NodeJS.ErrnoException).code, 'HTTP_SYNTAX');
        return (error as Error).message;
      }
    };
    fc.assert(
      fc.property(almost, sizes, (parts, sizes) => {
        const text = parts.join('');
        assert.deepEqual(outcome(cut(text, sizes)), outcome([latin(text)]));
      }),
      { numRuns: 300 },
    );
  });
});

suite('a body of a known length', () => {
  test('ends there, and what stands behind it is given back', () => {
    assert.deepEqual(read(ofLength(5), 'helloHTTP'), { body: 'hello', rest: 'HTTP' });
    assert.deepEqual(read(ofLength(5), 'hello'), { body: 'hello', rest: '' });
    assert.deepEqual(read(ofLength(5), 'hell'), { body: 'hell', rest: null });
  });

  test('of 0 bytes has ended before anything came', () => {
    assert.deepEqual(read(ofLength(0), ''), { body: '', rest: '' });
    assert.deepEqual(read(ofLength(0), 'HTTP'), { body: '', rest: 'HTTP' });
  });

  test('may come in pieces of any size', () => {
    fc.assert(
      fc.property(bytes, bytes, sizes, (body, behind, sizes) => {
        const pieces = cut(body + behind, sizes);
        assert.deepEqual(readPieces(ofLength(body.length), pieces), { body, rest: behind });
      }),
    );
  });
});

suite('a body of unknown length', () => {
  test('is all there is', () => {
    fc.assert(
      fc.property(bytes, sizes, (body, sizes) => {
        assert.deepEqual(readPieces(untilClose, cut(body, sizes)), { body, rest: null });
      }),
    );
  });

  test('alone is whole when the connection ends', () => {
    const ends = (framing: Framing): BodyReader['endsWithConnection'] =>
      createBodyReader(framing).endsWithConnection;
    assert.deepEqual([ends(untilClose), ends(ofLength(5)), ends(chunked)], [true, false, false]);
  });
});
