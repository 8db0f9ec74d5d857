/**
 * A kept connection that carries one request and its answer after another. What comes in lands in one buffer that is
 * used again for every read: node:http would allocate for each of the 16 KiB records of TLS and for each chunk, which
 * costs a large list more than all that is done with it (README, Scale).
 */
import type { Socket } from 'node:net';
import type { Dial } from '../connect/dial.ts';
import { createBodyReader, type BodyReader, type Take } from './framing.ts';
import { createHeadReader, type Head, type HeadReader } from './head.ts';
import { HttpSyntaxError } from './syntax.ts';

/** What a request's answer is told to. After `head` nothing comes until `resume`; at last `end` or `fail`, once. */
export interface Receiver {
  head(head: Head): void;
  readonly body: Take;
  end(): void;
  fail(error: unknown): void;
}

export interface Channel {
  send(request: string, receiver: Receiver): void;
  pause(): void;
  resume(): void;
  /** Fails the request that is under way. */
  destroy(error?: unknown): void;
  /** May carry another request. */
  readonly usable: boolean;
  /** Over the network, so far. */
  readonly bytesRead: number;
}

/** Four records of TLS, of which Node reads one at a time; without TLS, what the kernel has ready. */
const readBufferBytes = 64 * 1024;

export async function openChannel(dial: Dial, signal: AbortSignal): Promise<Channel> {
  let receive: (bytes: Buffer) => boolean = () => true;
  const buffer = Buffer.allocUnsafeSlow(readBufferBytes);
  const socket = await dial({ buffer, callback: (length) => receive(buffer.subarray(0, length)) }, signal);
  const exchanges = createExchanges(socket);
  receive = exchanges.receive;
  return exchanges;
}

interface Exchange {
  readonly receiver: Receiver;
  readonly headReader: HeadReader;
  /** The receiver's, until it is over: more may stand in the bytes that are being read. */
  readonly take: Take;
  head: Head | null;
  body: BodyReader | null;
}

function createExchanges(socket: Socket): Channel & { readonly receive: (bytes: Buffer) => boolean } {
  let exchange: Exchange | null = null;
  let paused = false;
  /** Came in while nobody wanted to read; our own copies. */
  let held: Buffer[] = [];
  /** The connection is over; null: by the server, without an error. */
  let over: { readonly error: unknown } | null = null;

  const fail = (error: unknown): void => {
    const failed = exchange;
    exchange = null;
    held = [];
    socket.destroy();
    failed?.receiver.fail(error);
  };

  const finish = (rest: Buffer): void => {
    const finished = exchange;
    exchange = null;
    paused = false;
    if (rest.length > 0 || held.length > 0 || finished?.head?.keepAlive !== true) socket.destroy();
    else socket.resume(); // so that its end is noticed
    finished?.receiver.end();
  };

  /** The connection ended, and all that came of it is read. */
  const settle = (): void => {
    if (exchange === null || over === null) return;
    if (over.error === null && exchange.body?.endsWithConnection === true) finish(Buffer.alloc(0));
    else fail(over.error ?? Object.assign(new Error('the connection was closed'), { code: 'ECONNRESET' }));
  };

  const feed = (current: Exchange, bytes: Buffer): void => {
    if (current.body !== null) {
      const rest = current.body.push(bytes, current.take);
      if (rest !== null && exchange === current) finish(rest);
      return;
    }
    const read = current.headReader.push(bytes);
    if (read === null) return;
    current.head = read.head;
    current.body = createBodyReader(read.head.framing);
    paused = true;
    held.unshift(read.rest);
    current.receiver.head(read.head);
  };

  const feedSafely = (bytes: Buffer): void => {
    if (exchange === null) return;
    try {
      feed(exchange, bytes);
    } catch (error) {
      fail(error);
    }
  };

  const end = (error: unknown): void => {
    over ??= { error };
    if (!paused) settle();
  };
  socket.on('error', end);
  socket.once('end', () => end(null)).once('close', () => end(null));

  return {
    /** Returns whether more is wanted. */
    receive(bytes) {
      if (exchange === null) fail(new HttpSyntaxError('an answer that nobody asked for'));
      else if (paused) held.push(Buffer.from(bytes));
      else feedSafely(bytes);
      return !paused;
    },
    send(request, receiver) {
      const take: Take = (bytes) => {
        if (exchange === started) receiver.body(bytes);
      };
      const started: Exchange = { receiver, headReader: createHeadReader(), take, head: null, body: null };
      exchange = started;
      if (over !== null) settle();
      else socket.write(request);
    },
    pause() {
      paused = true;
      socket.pause();
    },
    resume() {
      paused = false;
      for (let bytes = held.shift(); bytes !== undefined; bytes = held.shift()) {
        feedSafely(bytes);
        if (paused) return;
      }
      if (over === null) socket.resume();
      else settle();
    },
    destroy: fail,
    get usable() {
      return exchange === null && over === null && !socket.destroyed;
    },
    get bytesRead() {
      return socket.bytesRead;
    },
  };
}
