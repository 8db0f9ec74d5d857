/** One GET or POST to the API server over node:http(s), its body as a stream. No retries: see list.ts. */
import http from 'node:http';
import https from 'node:https';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { ClusterError } from '../errors.ts';
import type { Connection } from './connect.ts';
import { describeFailure, PermanentClusterError } from './failure.ts';

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
  /** Decompressed. Errors with what went wrong where it is cut short; paused until somebody reads. */
  readonly body: Readable;
  /** The request's timeout, which rests after the headers, begins again. */
  readonly startReading: () => void;
  /** An error of the body in our words. */
  readonly describe: (error: unknown) => Error;
  /** Bytes of the body that have come over the network so far. */
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
  const { server } = connection;
  const protocol = server.protocol === 'http:' ? http : https;

  return {
    server,
    async send(request, signal) {
      const timer = createTimer(requestTimeoutMs);
      const limited = AbortSignal.any([signal, timer.signal]);
      const inWords = (error: unknown): Error =>
        describeFailure(error, server, { signal, timeout: timer.signal, requestTimeoutMs });
      timer.start();
      const body = request.json === undefined ? null : JSON.stringify(request.json);
      const { headers, agent } = await connection.authorize(limited).catch((error: unknown) => {
        throw error instanceof ClusterError
          ? new PermanentClusterError(error.message, { cause: error })
          : inWords(error);
      });
      const options: https.RequestOptions = {
        method: request.method ?? 'GET',
        agent,
        signal: limited,
        headers: {
          ...headers,
          'User-Agent': userAgent,
          Accept: request.accept,
          ...(gzip && { 'Accept-Encoding': 'gzip' }),
          ...(body !== null && {
            'Content-Type': 'application/json',
            'Content-Length': Buffer.byteLength(body),
          }),
        },
      };
      const response = await responseTo(
        () => protocol.request(urlOf(server, request), options),
        body,
        limited,
      ).catch((error: unknown) => {
        throw inWords(error);
      });
      // a page that waits for its turn is not late: its time goes on when it is read
      timer.stop();
      const readable = decompressed(response).once('close', timer.stop);
      // whoever reads it hears of it: a body keeps its error, and a page that waits must not end the process
      readable.on('error', () => undefined);
      return {
        status: response.statusCode ?? 0,
        contentType: mediaType(response.headers['content-type']),
        retryAfter: response.headers['retry-after'],
        body: readable,
        startReading: timer.start,
        describe: inWords,
        wireBytes: countBytes(response),
      };
    },
  };
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

/** Rejects on an abort by itself: a request that waits for a proxy's socket is not told of one. */
async function responseTo(
  request: () => http.ClientRequest,
  body: string | null,
  signal: AbortSignal,
): Promise<http.IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<http.IncomingMessage>();
  const abort = (): void => reject(signal.reason);
  signal.throwIfAborted();
  signal.addEventListener('abort', abort, { once: true });
  try {
    // the listener stays: after the response, a failure reaches the body's reader, and here it is heard no more
    request().once('response', resolve).on('error', reject).end(body);
    return await promise;
  } finally {
    signal.removeEventListener('abort', abort);
  }
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

function decompressed(response: http.IncomingMessage): Readable {
  if (response.headers['content-encoding'] !== 'gzip') return response;
  const gunzip = createGunzip();
  // not pipeline(): it would read ahead of a page that waits for its turn, and hide the cause of a cut
  response.on('error', (error) => gunzip.destroy(error));
  gunzip.on('close', () => response.destroy());
  return response.pipe(gunzip);
}

function countBytes(response: http.IncomingMessage): () => number {
  const { socket } = response;
  const before = socket.bytesRead;
  return () => socket.bytesRead - before;
}

/** All of a small body; ClusterError above `maxBytes`, or with what cut it short. */
export async function readBody(
  { body, describe, startReading }: HttpResponse,
  maxBytes = 1024 * 1024,
): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  startReading();
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > maxBytes) break; // which destroys the body
      chunks.push(chunk);
    }
  } catch (error) {
    throw describe(error);
  }
  if (size <= maxBytes) return Buffer.concat(chunks);
  throw new ClusterError(`an answer of more than ${maxBytes} bytes where a small one was due`);
}
