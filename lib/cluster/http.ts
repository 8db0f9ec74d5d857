/** One GET or POST to the API server over HTTP/1.1, its body handed on as it comes. No retries: see list.ts. */
import { ClusterError, ConfigError } from '../errors.ts';
import type { Connection } from './connect.ts';
import type { Dial } from './connect/dial.ts';
import { describeFailure, PermanentClusterError } from './failure.ts';
import { openChannel, type Channel } from './http/channel.ts';
import type { Take } from './http/framing.ts';
import { gunzipInto, type Flow } from './http/gunzip.ts';
import type { Head } from './http/head.ts';

export interface HttpRequest {
  readonly method?: 'GET' | 'POST';
  /** From the root of the API: /api/v1/nodes. */
  readonly path: string;
  /** Encoded here; null and empty values are left out. */
  readonly query?: Readonly<Record<string, string | number | null>>;
  readonly accept: string;
  readonly json?: unknown;
}

export interface HttpResponse {
  readonly status: number;
  readonly contentType: string;
  readonly retryAfter: string | undefined;
  /** What to do about it, where it is a refusal; null: what is usual. */
  readonly advice: string | null;
  /**
   * Hands on the body, decompressed; once. Until then nothing of it is read, and the request's timeout, which rests
   * after the headers, begins again. Rejects, in our words, with what cut it short, or with what `take` threw.
   */
  read(take: Take): Promise<void>;
  /** For a body that nobody wants. */
  discard(): void;
  /** Bytes of the answer that have come over the network so far. */
  readonly wireBytes: () => number;
}

export interface Http {
  readonly server: URL;
  /** Resolves with the headers. The timeout covers what comes until then, and again the reading of the body. */
  send(request: HttpRequest, signal: AbortSignal): Promise<HttpResponse>;
}

export interface HttpOptions {
  readonly connection: Connection;
  readonly userAgent: string;
  readonly gzip: boolean;
  readonly requestTimeoutMs: number;
}

export function createHttp({ connection, userAgent, gzip, requestTimeoutMs }: HttpOptions): Http {
  const { server, advice } = connection;
  const pool = createPool();
  return {
    server,
    async send(request, signal) {
      const timer = createTimer(requestTimeoutMs);
      const limited = AbortSignal.any([signal, timer.signal]);
      const inWords = (error: unknown): Error =>
        describeFailure(error, server, { signal, timeout: timer.signal, requestTimeoutMs, advice });
      timer.start();
      try {
        const { headers, dial } = await connection.authorize(limited).catch((error: unknown) => {
          throw error instanceof ClusterError
            ? new PermanentClusterError(error.message, { cause: error })
            : error;
        });
        const text = requestText(server, request, {
          ...headers,
          'User-Agent': userAgent,
          Accept: request.accept,
          ...(gzip && { 'Accept-Encoding': 'gzip' }),
        });
        const channel = await pool.take(dial, limited);
        const giveBack = (): void => pool.giveBack(dial, channel);
        return await exchange(channel, text, { advice, timer, signal: limited, inWords, giveBack });
      } catch (error) {
        timer.stop();
        throw inWords(error);
      }
    },
  };
}

interface Pool {
  /** A connection that nobody uses, or a new one. */
  take(dial: Dial, signal: AbortSignal): Promise<Channel>;
  giveBack(dial: Dial, channel: Channel): void;
}

/** Connections that wait for the next request, by the way they were dialled. */
function createPool(): Pool {
  const idle = new WeakMap<Dial, Channel[]>();
  return {
    async take(dial, signal) {
      const channels = idle.get(dial) ?? [];
      for (let channel = channels.pop(); channel !== undefined; channel = channels.pop()) {
        if (channel.usable) return channel;
      }
      return openChannel(dial, signal);
    },
    giveBack(dial, channel) {
      if (channel.usable) idle.set(dial, [...(idle.get(dial) ?? []), channel]);
    },
  };
}

interface ExchangeOptions {
  readonly advice: Connection['advice'];
  readonly timer: Timer;
  readonly signal: AbortSignal;
  readonly inWords: (error: unknown) => Error;
  /** The channel is free again. */
  readonly giveBack: () => void;
}

/** Resolves with the answer's head. */
async function exchange(
  channel: Channel,
  request: string,
  { advice, timer, signal, inWords, giveBack }: ExchangeOptions,
): Promise<HttpResponse> {
  const answered = Promise.withResolvers<Head>();
  const whole = Promise.withResolvers<void>();
  whole.promise.catch(() => undefined); // heard by whoever reads; a page that waits must not end the process
  const before = channel.bytesRead;
  const abort = (): void => channel.destroy(signal.reason);
  const over = (settle: () => void): void => {
    mine = false;
    timer.stop();
    signal.removeEventListener('abort', abort);
    settle();
  };
  let body: Take = () => undefined;
  // once the answer is whole, the channel may be somebody else's
  let mine = true;
  const flow: Flow = {
    pause: () => mine && channel.pause(),
    resume: () => mine && channel.resume(),
    destroy: (error) => mine && channel.destroy(error),
  };
  signal.throwIfAborted();
  signal.addEventListener('abort', abort, { once: true });
  channel.send(request, {
    head: answered.resolve,
    body: (bytes) => body(bytes),
    end: () =>
      over(() => {
        giveBack();
        whole.resolve();
      }),
    fail: (error) =>
      over(() => {
        answered.reject(error);
        whole.reject(error);
      }),
  });
  const { status, headers } = await answered.promise;
  // a page that waits for its turn is not late: its time goes on when it is read
  timer.stop();
  return {
    status,
    contentType: mediaType(headers.get('content-type')),
    retryAfter: headers.get('retry-after'),
    advice: advice[status] ?? null,
    wireBytes: () => channel.bytesRead - before,
    discard: () => flow.destroy(new Error('nobody wants the answer')),
    async read(take) {
      let thrown: { readonly error: unknown } | null = null;
      const guarded: Take = (bytes) => {
        try {
          take(bytes);
        } catch (error) {
          thrown = { error };
          throw error;
        }
      };
      const unzipped = headers.get('content-encoding') === 'gzip' ? gunzipInto(guarded, flow) : null;
      body = unzipped === null ? guarded : (bytes) => unzipped.push(bytes);
      timer.start();
      try {
        flow.resume();
        await whole.promise;
        await unzipped?.end();
      } catch (error) {
        unzipped?.destroy();
        throw thrown === null ? inWords(error) : (thrown as { readonly error: unknown }).error;
      }
    },
  };
}

/** As Node's own client has it, which is not imported: with it come 40 ms and 10 MB of what is not used here. */
const noHeaderValue = /[^\t\x20-\x7e\x80-\xff]/;
const unsendable =
  'the token or the impersonation of the kubeconfig user holds a character that no header may: write it anew';

function requestText(
  server: URL,
  request: HttpRequest,
  headers: Readonly<Record<string, string | readonly string[]>>,
): string {
  const { pathname, search } = urlOf(server, request);
  const body = request.json === undefined ? '' : JSON.stringify(request.json);
  const all = {
    Host: server.host,
    ...headers,
    ...(body !== '' && {
      'Content-Type': 'application/json',
      'Content-Length': String(Buffer.byteLength(body)),
    }),
  };
  const lines = Object.entries(all).flatMap(([name, values]) =>
    [values].flat().map((value) => {
      if (noHeaderValue.test(value)) throw new ConfigError(unsendable);
      return `${name}: ${value}`;
    }),
  );
  return `${request.method ?? 'GET'} ${pathname}${search} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n${body}`;
}

interface Timer {
  readonly signal: AbortSignal;
  readonly start: () => void;
  readonly stop: () => void;
}

function createTimer(timeoutMs: number): Timer {
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const stop = (): void => clearTimeout(timer);
  return {
    signal: controller.signal,
    stop,
    start() {
      stop();
      timer = setTimeout(() => controller.abort(new Error('timed out')), timeoutMs);
    },
  };
}

function urlOf(server: URL, { path, query = {} }: HttpRequest): URL {
  const url = new URL(server);
  url.pathname = url.pathname.replace(/\/$/, '') + path;
  for (const [name, value] of Object.entries(query)) {
    if (value !== null && value !== '') url.searchParams.set(name, String(value));
  }
  return url;
}

function mediaType(header: string | undefined): string {
  return (header ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
}

/** All of a small body; ClusterError above `maxBytes`, or with what cut it short. */
export async function readBody(response: HttpResponse, maxBytes = 1024 * 1024): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  await response.read((bytes) => {
    size += bytes.length;
    if (size > maxBytes)
      throw new ClusterError(`an answer of more than ${maxBytes} bytes where a small one was due`);
    chunks.push(Buffer.from(bytes));
  });
  return Buffer.concat(chunks);
}
