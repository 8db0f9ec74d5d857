import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { suite, test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createServer as createTlsServer } from 'node:tls';
import { createDial } from '../../../../lib/cluster/connect/dial.ts';
import { openChannel, type Channel, type Receiver } from '../../../../lib/cluster/http/channel.ts';
import type { Head } from '../../../../lib/cluster/http/head.ts';
import { HttpSyntaxError } from '../../../../lib/cluster/http/syntax.ts';
import { createCertificateAuthority } from '../../../support/apiserver/certificates.ts';
import { generous, listening } from '../../../support/cluster-under-test.ts';

const ca = createCertificateAuthority();
const { certificatePem: cert, keyPem: key } = ca.issueServer();
const schemes = ['http', 'https'] as const;
type Scheme = (typeof schemes)[number];

interface Opened {
  readonly channel: Channel;
  /** The server's end of the connection: what a test writes there is the answer, byte by byte. */
  readonly peer: Peer;
}

interface Peer {
  readonly socket: Socket;
  write(...parts: readonly (string | Buffer)[]): void;
  /** Without a word, as a machine that was switched off. */
  reset(): void;
  /** All requests so far. */
  readonly asked: () => string;
  readonly closed: Promise<void>;
}

async function open(t: TestContext, scheme: Scheme): Promise<Opened> {
  const server: Server = scheme === 'http' ? createServer() : createTlsServer({ cert, key });
  const connected = once(server, 'connection') as Promise<[Socket]>;
  const accepted = scheme === 'http' ? connected : (once(server, 'secureConnection') as Promise<[Socket]>);
  const url = new URL((await listening(t, server)).replace('http', scheme));
  const dial = createDial({
    server: url,
    tls: { ca: ca.certificatePem, cert: null, key: null },
    tlsServerName: null,
    insecureSkipTlsVerify: false,
    tunnel: null,
  });
  const channel = await openChannel(dial, generous());
  t.after(() => channel.destroy(new Error('the test is over')));
  const [[socket], [tcp]] = await Promise.all([accepted, connected]);
  return { channel, peer: peerOf(socket, tcp.setNoDelay()) };
}

function peerOf(socket: Socket, tcp: Socket): Peer {
  let asked = '';
  const closed = Promise.withResolvers<void>();
  socket.on('data', (bytes: Buffer) => (asked += bytes.toString('latin1')));
  socket.on('error', () => socket.destroy()).once('close', () => closed.resolve());
  return {
    socket,
    write(...parts) {
      for (const part of parts) socket.write(part);
    },
    reset: () => void tcp.resetAndDestroy(),
    asked: () => asked,
    closed: closed.promise,
  };
}

interface Recorded extends Receiver {
  /** What the receiver was told, in order: `200`, the body in one piece, `end` or the failure. */
  readonly told: () => readonly string[];
  readonly text: () => string;
  readonly headed: Promise<Head>;
  /** Resolves with null at the end, and with what it failed with. */
  readonly over: Promise<unknown>;
}

function recorder(onBody: (bytes: Buffer) => void = () => undefined): Recorded {
  const told: string[] = [];
  const body: Buffer[] = [];
  const headed = Promise.withResolvers<Head>();
  const over = Promise.withResolvers<unknown>();
  const text = (): string => Buffer.concat(body).toString('latin1');
  return {
    told: () => told.map((each) => (each === 'body' ? text() : each)),
    text,
    headed: headed.promise,
    over: over.promise,
    head(head) {
      told.push(String(head.status));
      headed.resolve(head);
    },
    body(bytes) {
      if (told.at(-1) !== 'body') told.push('body');
      body.push(Buffer.from(bytes));
      onBody(bytes);
    },
    end() {
      told.push('end');
      over.resolve(null);
    },
    fail(error) {
      told.push(codeOf(error));
      over.resolve(error);
    },
  };
}

function codeOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return code ?? message;
}

/** Sends a request, lets `answer` write, and reads all of it. */
async function exchange(
  { channel, peer }: Opened,
  ...answer: readonly (string | Buffer)[]
): Promise<Recorded> {
  const recorded = recorder();
  channel.send(get, recorded);
  peer.write(...answer);
  await Promise.race([recorded.headed, recorded.over]);
  channel.resume();
  await recorded.over;
  return recorded;
}

async function until(what: () => boolean): Promise<void> {
  for (let waited = 0; !what() && waited < 3_000; waited += 2) await sleep(2);
  assert.ok(what(), `it never came to be: ${what.toString()}`);
}

/** Sends a request whose answer is only looked at once all of it is here: its records of TLS come in one go. */
async function inOneGo(
  { channel, peer }: Opened,
  receiver: Recorded,
  parts: readonly string[],
  then: 'more may come' | 'end' = 'more may come',
): Promise<void> {
  channel.send(get, receiver);
  channel.pause();
  await until(() => peer.asked() === get);
  for (const part of parts) {
    peer.write(part);
    await new Promise(setImmediate);
  }
  if (then === 'end') peer.socket.end();
  await aWhile();
  assert.deepEqual(receiver.told(), []);
  channel.resume();
  await receiver.headed;
  await aWhile();
  assert.deepEqual(receiver.told(), ['200']);
}

/** Long enough for what must not happen to have happened. */
const aWhile = async (): Promise<void> => sleep(30);

const get = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n';
const ofLength = (bytes: number): string => `HTTP/1.1 200 OK\r\nContent-Length: ${bytes}\r\n\r\n`;
const inChunks = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n';
const allThereIs = 'HTTP/1.1 200 OK\r\n\r\n';

for (const scheme of schemes) {
  suite(`an answer over ${scheme}`, () => {
    for (const [what, answer, body] of [
      ['a length', `${ofLength(5)}hello`, 'hello'],
      ['a length of 0', ofLength(0), null],
      ['chunks', `${inChunks}3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n`, 'hello'],
      ['no chunks', `${inChunks}0\r\n\r\n`, null],
      ['a head of 1xx before it', `HTTP/1.1 103 Early Hints\r\n\r\n${ofLength(2)}ok`, 'ok'],
    ] as const) {
      const told = body === null ? ['200', 'end'] : ['200', body, 'end'];

      test(`with ${what}: its head, its body, its end`, async (t) => {
        const opened = await open(t, scheme);
        assert.deepEqual((await exchange(opened, answer)).told(), told);
        assert.equal(opened.channel.usable, true);
      });

      test(`with ${what}, byte by byte`, async (t) => {
        const opened = await open(t, scheme);
        const recorded = recorder();
        opened.channel.send(get, recorded);
        void recorded.headed.then(() => opened.channel.resume());
        for (const byte of answer) {
          opened.peer.write(byte);
          await new Promise(setImmediate);
        }
        await recorded.over;
        assert.deepEqual(recorded.told(), told);
      });
    }

    test('without a length ends with the connection, which carries no other', async (t) => {
      const opened = await open(t, scheme);
      const recorded = recorder();
      opened.channel.send(get, recorded);
      opened.peer.write(allThereIs, 'all there is');
      await recorded.headed;
      opened.channel.resume();
      await until(() => recorded.text() === 'all there is');
      await aWhile();
      assert.deepEqual(recorded.told(), ['200', 'all there is'], 'more may come');
      opened.peer.socket.end();
      await recorded.over;
      assert.deepEqual(recorded.told(), ['200', 'all there is', 'end']);
      assert.equal(opened.channel.usable, false);
    });

    test('of many megabytes comes whole, and is counted', async (t) => {
      const opened = await open(t, scheme);
      const body = Buffer.from(Array.from({ length: 4_000_000 }, (_, index) => (index * 7) % 251));
      const recorded = await exchange(opened, ofLength(body.length), body);
      assert.ok(Buffer.from(recorded.text(), 'latin1').equals(body));
      assert.ok(opened.channel.bytesRead >= body.length, `${opened.channel.bytesRead}`);
    });

    test('that is not HTTP fails, and its connection is closed', async (t) => {
      const opened = await open(t, scheme);
      const recorded = await exchange(opened, 'SSH-2.0-OpenSSH_9.2\r\n\r\n');
      assert.deepEqual(recorded.told(), ['HTTP_SYNTAX']);
      assert.ok((await recorded.over) instanceof HttpSyntaxError);
      await opened.peer.closed;
      assert.equal(opened.channel.usable, false);
    });

    test('whose chunks are malformed fails in mid-body', async (t) => {
      const opened = await open(t, scheme);
      const recorded = await exchange(opened, `${inChunks}5\r\nhello!\r\n0\r\n\r\n`);
      assert.deepEqual(recorded.told(), ['200', 'hello', 'HTTP_SYNTAX']);
      await opened.peer.closed;
    });

    test('that its receiver throws at fails with what was thrown', async (t) => {
      const { channel, peer } = await open(t, scheme);
      const thrown = new Error('of the decoder');
      const recorded = recorder(() => {
        throw thrown;
      });
      channel.send(get, recorded);
      peer.write(ofLength(10), 'hello');
      await recorded.headed;
      channel.resume();
      assert.equal(await recorded.over, thrown);
      await peer.closed;
      assert.deepEqual(recorded.told(), ['200', 'hello', 'of the decoder']);
    });
  });

  suite(`the flow over ${scheme}`, () => {
    test('nothing of the body is handed on before it is wanted, neither its end', async (t) => {
      for (const [answer, parts, told] of [
        [ofLength(10), ['hello', 'world'], ['200', 'helloworld', 'end']],
        [ofLength(0), [], ['200', 'end']],
        [inChunks, ['2\r\nab\r\n', '0\r\n\r\n'], ['200', 'ab', 'end']],
      ] as const) {
        const { channel, peer } = await open(t, scheme);
        const recorded = recorder();
        channel.send(get, recorded);
        peer.write(answer + (parts[0] ?? ''));
        await recorded.headed;
        peer.write(...parts.slice(1));
        await aWhile();
        assert.deepEqual(recorded.told(), ['200']);
        assert.equal(channel.usable, false);
        channel.resume();
        await recorded.over;
        assert.deepEqual(recorded.told(), told);
      }
    });

    test('may rest in mid-body, again and again', async (t) => {
      const { channel, peer } = await open(t, scheme);
      const recorded = recorder();
      channel.send(get, recorded);
      peer.write(inChunks, '3\r\none\r\n');
      await recorded.headed;
      channel.resume();
      await until(() => recorded.text() === 'one');
      channel.pause();
      peer.write('3\r\ntwo\r\n');
      await aWhile();
      assert.equal(recorded.text(), 'one');
      channel.resume();
      await until(() => recorded.text() === 'onetwo');
      channel.pause();
      channel.pause();
      peer.write('5\r\nthree\r\n', '0\r\n\r\n');
      await aWhile();
      assert.deepEqual(recorded.told(), ['200', 'onetwo']);
      channel.resume();
      await recorded.over;
      assert.deepEqual(recorded.told(), ['200', 'onetwothree', 'end']);
      assert.equal(channel.usable, true);
    });

    test('may be paused by the receiver itself', async (t) => {
      const { channel, peer } = await open(t, scheme);
      const recorded = recorder(() => channel.pause());
      channel.send(get, recorded);
      peer.write(ofLength(11), 'first');
      await recorded.headed;
      channel.resume();
      await until(() => recorded.text() === 'first');
      peer.write('second');
      await aWhile();
      assert.deepEqual(recorded.told(), ['200', 'first']);
      channel.resume();
      await recorded.over;
      assert.deepEqual(recorded.told(), ['200', 'firstsecond', 'end']);
    });

    test('that rests keeps what was on its way, and gives it piece by piece', async (t) => {
      const { channel, peer } = await open(t, scheme);
      const letters = 'abcdefghijklmnopqrstuvwxyz';
      let rests = true;
      const recorded = recorder(() => {
        assert.equal(rests, false, 'handed on while it rests');
        rests = true;
        channel.pause();
      });
      const answer = [ofLength(letters.length), ...letters.split('')];
      await inOneGo({ channel, peer }, recorded, answer);
      for (let resumes = 0; resumes <= letters.length && recorded.told().at(-1) !== 'end'; resumes++) {
        const before = recorded.text();
        rests = false;
        channel.resume();
        await until(() => recorded.text() !== before || recorded.told().at(-1) === 'end');
      }
      assert.deepEqual(recorded.told(), ['200', letters, 'end']);
    });

    test('that rests holds back the server: it is not kept in memory', async (t) => {
      const { channel, peer } = await open(t, scheme);
      const recorded = recorder();
      const bytes = 32_000_000;
      channel.send(get, recorded);
      peer.write(ofLength(bytes), Buffer.alloc(bytes, 'x'));
      await recorded.headed;
      await aWhile();
      assert.ok(channel.bytesRead < 1_000_000, `${channel.bytesRead} bytes were read`);
      channel.resume();
      await recorded.over;
      assert.equal(recorded.text().length, bytes);
    });
  });

  suite(`a connection over ${scheme}`, () => {
    test('carries one request after another', async (t) => {
      const opened = await open(t, scheme);
      const answers = [
        [`${ofLength(3)}one`, 'one'],
        [`${inChunks}3\r\ntwo\r\n0\r\n\r\n`, 'two'],
        ['HTTP/1.1 204 No Content\r\n\r\n', ''],
        [`${ofLength(4)}four`, 'four'],
      ] as const;
      for (const [answer, body] of answers) {
        assert.equal(opened.channel.usable, true);
        assert.equal((await exchange(opened, answer)).text(), body);
      }
      assert.equal(opened.peer.asked(), get.repeat(4));
    });

    test('carries no other while one is under way', async (t) => {
      const { channel, peer } = await open(t, scheme);
      const recorded = recorder();
      assert.equal(channel.usable, true);
      channel.send(get, recorded);
      assert.equal(channel.usable, false);
      peer.write(ofLength(2), 'o');
      await recorded.headed;
      assert.equal(channel.usable, false);
    });

    for (const [what, head] of [
      ['Connection: close', 'HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\n'],
      ['HTTP/1.0', 'HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\n'],
    ] as const) {
      test(`carries no other after ${what}, and is closed`, async (t) => {
        const opened = await open(t, scheme);
        const recorded = await exchange(opened, `${head}ok`);
        assert.deepEqual(recorded.told(), ['200', 'ok', 'end']);
        assert.equal(opened.channel.usable, false);
        await opened.peer.closed;
      });
    }

    test('is closed by an answer that nobody asked for', async (t) => {
      const { channel, peer } = await open(t, scheme);
      peer.write(`${ofLength(2)}ok`);
      await peer.closed;
      assert.equal(channel.usable, false);
    });

    test('is closed by an answer too many, and its own is as it was', async (t) => {
      const opened = await open(t, scheme);
      const recorded = await exchange(opened, `${ofLength(2)}ok`);
      assert.deepEqual(recorded.told(), ['200', 'ok', 'end']);
      opened.peer.write(`${ofLength(4)}evil`);
      await opened.peer.closed;
      assert.equal(opened.channel.usable, false);
    });

    test('is not used again when more came than the answer, with it or while it was held', async (t) => {
      const inOne = await open(t, scheme);
      assert.deepEqual((await exchange(inOne, `${ofLength(2)}okHTTP/1.1 200`)).told(), ['200', 'ok', 'end']);
      assert.equal(inOne.channel.usable, false);

      const { channel, peer } = await open(t, scheme);
      const recorded = recorder();
      channel.send(get, recorded);
      peer.write(`${inChunks}2\r\nok`);
      await recorded.headed;
      peer.write(`\r\n0\r\n\r\n${ofLength(4)}evil`);
      await aWhile();
      channel.resume();
      await recorded.over;
      assert.deepEqual(recorded.told(), ['200', 'ok', 'end']);
      assert.equal(channel.usable, false);
      await peer.closed;
    });

    test('is not used again when more came right behind the answer', async (t) => {
      const { channel, peer } = await open(t, scheme);
      const recorded = recorder();
      const answer = [ofLength(4), 'wh', 'at', ofLength(4), 'evil'];
      await inOneGo({ channel, peer }, recorded, answer);
      channel.resume();
      await recorded.over;
      assert.deepEqual(recorded.told(), ['200', 'what', 'end']);
      await until(() => !channel.usable);
      await peer.closed;
    });

    test('that the server closes between requests is not usable', async (t) => {
      const opened = await open(t, scheme);
      await exchange(opened, `${ofLength(2)}ok`);
      opened.peer.socket.end();
      await until(() => !opened.channel.usable);
      const late = recorder();
      opened.channel.send(get, late);
      await late.over;
      assert.deepEqual(late.told(), ['ECONNRESET']);
    });
  });

  suite(`a connection over ${scheme} that ends too early`, () => {
    for (const [what, answer, told] of [
      ['before the answer', '', ['ECONNRESET']],
      ['in the head', 'HTTP/1.1 200 OK\r\nConte', ['ECONNRESET']],
      ['behind a head of 1xx', 'HTTP/1.1 100 Continue\r\n\r\n', ['ECONNRESET']],
      ['behind the head', ofLength(5), ['200', 'ECONNRESET']],
      ['in a body with a length', `${ofLength(5)}hell`, ['200', 'hell', 'ECONNRESET']],
      ['in a chunk', `${inChunks}5\r\nhell`, ['200', 'hell', 'ECONNRESET']],
      ['behind a chunk', `${inChunks}5\r\nhello\r\n`, ['200', 'hello', 'ECONNRESET']],
      ['in the trailers', `${inChunks}5\r\nhello\r\n0\r\n`, ['200', 'hello', 'ECONNRESET']],
    ] as const) {
      test(`${what} fails its receiver once: ${told.join(', ')}`, async (t) => {
        const { channel, peer } = await open(t, scheme);
        const recorded = recorder();
        channel.send(get, recorded);
        void recorded.headed.then(() => channel.resume());
        await until(() => peer.asked() === get);
        peer.socket.end(answer);
        await recorded.over;
        await aWhile();
        assert.deepEqual(recorded.told(), told);
        assert.equal(channel.usable, false);
      });
    }

    test('by a reset fails its receiver once', async (t) => {
      const { channel, peer } = await open(t, scheme);
      const recorded = recorder();
      channel.send(get, recorded);
      void recorded.headed.then(() => channel.resume());
      peer.write(ofLength(5), 'hell');
      await until(() => recorded.text() === 'hell');
      peer.reset();
      await recorded.over;
      await aWhile();
      assert.deepEqual(recorded.told(), ['200', 'hell', 'ECONNRESET']);
    });

    for (const [what, answer, told] of [
      ['a whole body', `${ofLength(5)}hello`, ['200', 'hello', 'end']],
      ['a body that is cut', `${ofLength(5)}hell`, ['200', 'hell', 'ECONNRESET']],
      ['all there is', `${allThereIs}hello`, ['200', 'hello', 'end']],
      ['chunks that are cut', `${inChunks}5\r\nhello\r\n`, ['200', 'hello', 'ECONNRESET']],
    ] as const) {
      test(`while it rests: first comes what was held, ${what}`, async (t) => {
        const { channel, peer } = await open(t, scheme);
        const recorded = recorder();
        channel.send(get, recorded);
        await until(() => peer.asked() === get);
        peer.write(answer.slice(0, -4));
        await recorded.headed;
        peer.socket.end(answer.slice(-4));
        await aWhile();
        assert.deepEqual(recorded.told(), ['200']);
        channel.resume();
        await recorded.over;
        assert.deepEqual(recorded.told(), told);
        await until(() => !channel.usable);
      });

      test(`right behind it while it rests: first comes what was held, ${what}`, async (t) => {
        const opened = await open(t, scheme);
        const recorded = recorder();
        const parts = [answer.slice(0, -4), answer.slice(-4, -2), answer.slice(-2)];
        await inOneGo(opened, recorded, parts, 'end');
        opened.channel.resume();
        await recorded.over;
        assert.deepEqual(recorded.told(), told);
      });

      test(`while it rests in mid-body: first comes what was held, ${what}`, async (t) => {
        const { channel, peer } = await open(t, scheme);
        const recorded = recorder();
        channel.send(get, recorded);
        await until(() => peer.asked() === get);
        const begun = answer.indexOf('hell') + 1;
        peer.write(answer.slice(0, begun));
        await recorded.headed;
        channel.resume();
        await until(() => recorded.text() === 'h');
        channel.pause();
        peer.socket.end(answer.slice(begun));
        await aWhile();
        assert.deepEqual(recorded.told(), ['200', 'h']);
        channel.resume();
        await recorded.over;
        assert.deepEqual(recorded.told(), told);
      });
    }
  });

  suite(`a connection over ${scheme} that is given up`, () => {
    test('fails its receiver with the reason, once, and nothing comes after it', async (t) => {
      for (const [written, resumed, told] of [
        ['', false, ['given up']],
        [`${ofLength(10)}hello`, false, ['200', 'given up']],
        [`${ofLength(10)}hello`, true, ['200', 'hello', 'given up']],
      ] as const) {
        const { channel, peer } = await open(t, scheme);
        const recorded = recorder();
        channel.send(get, recorded);
        await until(() => peer.asked() === get);
        peer.write(written);
        if (written !== '') await recorded.headed;
        if (resumed) channel.resume();
        await until(() => recorded.told().length === told.length - 1);
        const reason = new Error('given up');
        channel.destroy(reason);
        channel.destroy(new Error('again'));
        channel.resume();
        assert.equal(await recorded.over, reason);
        await peer.closed;
        await aWhile();
        assert.deepEqual(recorded.told(), told);
        assert.equal(channel.usable, false);
      }
    });

    test('is closed, also while no request is under way', async (t) => {
      const { channel, peer } = await open(t, scheme);
      channel.destroy();
      assert.equal(channel.usable, false);
      await peer.closed;
      const late = recorder();
      channel.send(get, late);
      assert.equal(codeOf(await late.over), 'ECONNRESET');
    });
  });
}

test('no connection is opened for what is over already', async (t) => {
  let opened = 0;
  const url = await listening(
    t,
    createServer(() => (opened += 1)),
  );
  const reason = new Error('stopped');
  const dial = createDial({
    server: new URL(url),
    tls: { ca: null, cert: null, key: null },
    tlsServerName: null,
    insecureSkipTlsVerify: false,
    tunnel: null,
  });
  await assert.rejects(openChannel(dial, AbortSignal.abort(reason)), (error) => error === reason);
  await aWhile();
  assert.equal(opened, 0);
});
