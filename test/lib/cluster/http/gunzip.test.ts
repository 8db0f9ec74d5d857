import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { gunzipInto, type Gunzip } from '../../../../lib/cluster/http/gunzip.ts';

interface UnderTest {
  readonly gunzip: Gunzip;
  readonly text: () => string;
  readonly digest: () => string;
  /** What the flow was told, in order. */
  readonly told: readonly ('pause' | 'resume')[];
  /** Resolves when the flow is wanted, as a connection would wait for it. */
  readonly wanted: () => Promise<void>;
  /** What the flow was destroyed with. */
  readonly destroyedWith: readonly unknown[];
}

function underTest(): UnderTest {
  const taken: Buffer[] = [];
  const told: ('pause' | 'resume')[] = [];
  const destroyedWith: unknown[] = [];
  let resumed = Promise.withResolvers<void>();
  resumed.resolve();
  const gunzip = gunzipInto((bytes) => void taken.push(Buffer.from(bytes)), {
    pause() {
      told.push('pause');
      resumed = Promise.withResolvers();
    },
    resume() {
      told.push('resume');
      resumed.resolve();
    },
    destroy: (error) => void destroyedWith.push(error),
  });
  return {
    gunzip,
    text: () => Buffer.concat(taken).toString(),
    digest: () => digestOf(Buffer.concat(taken)),
    told,
    destroyedWith,
    wanted: () => resumed.promise,
  };
}

const digestOf = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

function pieces(bytes: Buffer, size: number): Buffer[] {
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
    bytes.subarray(index * size, (index + 1) * size),
  );
}

suite('gzip', () => {
  for (const size of [1, 7, 64, 100_000]) {
    test(`comes out as it went in, in pieces of up to ${size} bytes`, async () => {
      const { gunzip, text, wanted } = underTest();
      const body = 'a line that comes again and again\n'.repeat(500);
      for (const piece of pieces(gzipSync(body), size)) {
        gunzip.push(piece);
        await wanted();
      }
      await gunzip.end();
      assert.equal(text(), body);
    });
  }

  test('is handed on while more is to come', async () => {
    const { gunzip, text } = underTest();
    const body = randomBytes(50_000).toString('hex');
    const zipped = gzipSync(body);
    gunzip.push(zipped.subarray(0, 40_000));
    for (let waited = 0; text() === '' && waited < 2_000; waited += 5) await sleep(5);
    assert.ok(text().length > 10_000 && body.startsWith(text()));
    gunzip.push(zipped.subarray(40_000));
    await gunzip.end();
    assert.equal(text(), body);
  });

  test('of several members is one body', async () => {
    const { gunzip, text } = underTest();
    gunzip.push(Buffer.concat([gzipSync('one '), gzipSync('two')]));
    await gunzip.end();
    assert.equal(text(), 'one two');
  });

  test('is copied: the memory of a piece is used again', async () => {
    const { gunzip, text } = underTest();
    const memory = Buffer.alloc(10);
    for (const piece of pieces(gzipSync('a body of more than one piece'), memory.length)) {
      piece.copy(memory);
      gunzip.push(memory.subarray(0, piece.length));
      memory.fill(0);
    }
    await gunzip.end();
    assert.equal(text(), 'a body of more than one piece');
  });
});

suite('the flow', () => {
  test('is paused while there is enough to do, and resumed each time', async () => {
    const { gunzip, digest, told, wanted } = underTest();
    const body = randomBytes(1_000_000);
    const parts = pieces(gzipSync(body), 32_768);
    for (const part of parts) {
      gunzip.push(part);
      await wanted();
    }
    await gunzip.end();
    assert.equal(digest(), digestOf(body));
    assert.ok(told.length > 2, `${told.length}`);
    const expected = Array.from(told, (_, index) => (index % 2 === 0 ? 'pause' : 'resume'));
    assert.deepEqual(told, expected);
  });

  test('that goes on all the same loses nothing', async () => {
    const { gunzip, digest, told } = underTest();
    const body = randomBytes(250_000);
    for (const part of pieces(gzipSync(body), 32_768)) gunzip.push(part);
    await gunzip.end();
    assert.equal(digest(), digestOf(body));
    assert.equal(told[0], 'pause');
  });

  test('of a small body is never paused', async () => {
    const { gunzip, told } = underTest();
    gunzip.push(gzipSync('small'));
    await gunzip.end();
    assert.deepEqual(told, []);
  });
});

suite('what goes wrong', () => {
  for (const [what, bytes, code] of [
    ['a body that is cut', gzipSync('x'.repeat(1_000)).subarray(0, 20), 'Z_BUF_ERROR'],
    ['a body whose checksum is cut', gzipSync('x'.repeat(1_000)).subarray(0, -1), 'Z_BUF_ERROR'],
    ['a body that is not gzip', Buffer.from('plain text'), 'Z_DATA_ERROR'],
    [
      'a body with a wrong checksum',
      Buffer.concat([gzipSync('text').subarray(0, -8), Buffer.alloc(8)]),
      'Z_DATA_ERROR',
    ],
  ] as const) {
    test(`${what} rejects at its end (${code})`, async () => {
      const { gunzip } = underTest();
      gunzip.push(bytes);
      await assert.rejects(gunzip.end(), { code });
    });
  }

  test('before the end is heard at the end, and what comes in between flows by', async () => {
    const { gunzip, told } = underTest();
    gunzip.push(Buffer.from('plain text'));
    await sleep(20);
    gunzip.push(Buffer.from('and more'));
    assert.deepEqual(told, []);
    await assert.rejects(gunzip.end(), { code: 'Z_DATA_ERROR' });
  });

  test('in `take` rejects with just that, and nothing more is handed on', async () => {
    let calls = 0;
    const error = new Error('of the decoder');
    const destroyedWith: unknown[] = [];
    const flow = { pause() {}, resume() {}, destroy: (why: unknown) => void destroyedWith.push(why) };
    const gunzip = gunzipInto(() => {
      calls += 1;
      throw error;
    }, flow);
    for (const piece of pieces(gzipSync(randomBytes(100_000)), 20_000)) gunzip.push(piece);
    await assert.rejects(gunzip.end(), (thrown) => thrown === error);
    assert.equal(calls, 1);
    assert.deepEqual(destroyedWith, [error]);
  });

  test('a bomb is given up long before its end', async () => {
    const { gunzip, destroyedWith } = underTest();
    const member = gzipSync(Buffer.alloc(4 * 1024 * 1024));
    for (let pushed = 0; pushed < 512 && destroyedWith.length === 0; pushed++) {
      gunzip.push(member);
      await sleep(1);
    }
    await assert.rejects(gunzip.end(), { message: 'the answer unzips to more than 250 times its size' });
  });

  test('what zips well, and is small, is no bomb', async () => {
    const { gunzip, text } = underTest();
    const body = 'x'.repeat(5_000_000);
    gunzip.push(gzipSync(body));
    await gunzip.end();
    assert.equal(text(), body);
  });

  test('an end that nobody waits for is no unhandled rejection', async () => {
    const { gunzip } = underTest();
    gunzip.push(Buffer.from('plain text'));
    await sleep(20);
    gunzip.destroy();
  });

  test('what is destroyed hands on nothing more', async () => {
    const { gunzip, text } = underTest();
    gunzip.push(gzipSync('text'));
    gunzip.destroy();
    gunzip.push(gzipSync('text'));
    await sleep(30);
    assert.equal(text(), '');
  });
});
