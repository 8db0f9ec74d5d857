/** One GET or POST to the API server over node:http(s), its body as a stream. No retries: see list.ts. */
import http from 'node:http';
import https from 'node:https';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { ClusterError } from '../errors.ts';
import type { Connection } from './connect.ts';
import { describeFailure } from './failure.ts';

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
  /** An error of the body in our words. */
  readonly describe: (error: unknown) => Error;
  /** Bytes of the body that have come over the network so far. */
  readonly wireBytes: () => number;
}

export interface Http {
  readonly server: URL;
  /** Resolves with the headers. The timeout of the request covers its body too. */
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
      const timeout = AbortSignal.timeout(requestTimeoutMs);
      const limited = AbortSignal.any([signal, timeout]);
      const limits = { signal, timeout, requestTimeoutMs };
      const { headers, agent } = await connection.authorize(limited).catch((error: unknown) => {
        throw describeFailure(error, server, limits);
      });
      const body = request.json === undefined ? null : JSON.stringify(request.json);
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
      const response = await new Promise<http.IncomingMessage>((resolve, reject) => {
        protocol
          .request(urlOf(server, request), options)
          .once('response', resolve)
          // stays attached: after the response, a failure reaches the body's reader, and here it is heard no more
          .on('error', (error) => reject(describeFailure(error, server, limits)))
          .end(body);
      });
      const readable = decompressed(response);
      // whoever reads it hears of it: a body keeps its error, and a page that waits must not end the process
      readable.on('error', () => undefined);
      return {
        status: response.statusCode ?? 0,
        contentType: mediaType(response.headers['content-type']),
        retryAfter: response.headers['retry-after'],
        body: readable,
        describe: (error) => describeFailure(error, server, limits),
        wireBytes: countBytes(response),
      };
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
export async function readBody({ body, describe }: HttpResponse, maxBytes = 1024 * 1024): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
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
