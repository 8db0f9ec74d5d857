/** Requests from sockets, answers to them; all bounds that HTTP has. */
import { once } from 'node:events';
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { ConfigError } from '../../lib/errors.ts';
import type { Log } from '../../lib/log.ts';
import { errorReply, type Reply } from './reply.ts';
import { hostOf, type Request } from './request.ts';

export interface ServeOptions {
  readonly listen: { readonly host: string; readonly port: number };
  readonly respond: (request: Request) => Promise<Reply>;
  readonly log: Log;
  /** Told the address that is listened on, once it is. */
  readonly listening: (url: string) => void;
}

/** Of every answer; pages say what of theirs may run. Not to be kept, framed or read by other sites. */
const commonHeaders = {
  'Cache-Control': 'no-store',
  'Content-Security-Policy':
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
} as const;

const limits = {
  maxHeaderSize: 8 * 1024,
  headersTimeout: 10_000,
  requestTimeout: 15_000,
  keepAliveTimeout: 5000,
  connectionsCheckingInterval: 1000,
} as const;
const maxConnections = 128;
/** Without a byte either way: who does not read its answer. */
const idleMs = 60_000;
/** For answers that are under way when it is told to stop. */
const drainMs = 2000;

/** Resolves once it was told to stop, and every connection has ended. */
export async function serve(options: ServeOptions, signal: AbortSignal): Promise<void> {
  const { listen, log } = options;
  const server = createServer(limits, (request, response) => void answer(request, response, options));
  server.maxConnections = maxConnections;
  server.setTimeout(idleMs);
  server.listen(listen.port, listen.host);
  try {
    await once(server, 'listening', { signal });
  } catch (cause) {
    signal.throwIfAborted();
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ConfigError(
      `could not listen on ${hostOf(listen.host)}:${listen.port} (${reason}): choose another address with --listen`,
      { cause },
    );
  }
  server.on('error', (error) => log.warn(`the server goes on after: ${error.message}`));
  options.listening(`http://${hostOf(listen.host)}:${(server.address() as AddressInfo).port}/`);
  if (!signal.aborted) await once(signal, 'abort');
  const closed = once(server, 'close');
  server.close();
  const timer = setTimeout(() => server.closeAllConnections(), drainMs);
  await closed;
  clearTimeout(timer);
}

/** Never rejects. */
async function answer(
  incoming: IncomingMessage,
  response: ServerResponse,
  { respond, log }: ServeOptions,
): Promise<void> {
  const began = performance.now();
  const request = requestOf(incoming);
  // a reader that goes away is no failure
  response.on('error', (error) => log.debug(`an answer was not sent to its end: ${error.message}`));
  const reply = await respond(request).catch((error: unknown) => {
    log.error(`could not answer ${request.method} ${request.target}: ${String(error)}`);
    return errorReply(500, 'unexpected; the log has more');
  });
  const { body, encoding } = encoded(reply, incoming.headers['accept-encoding']);
  response.writeHead(reply.status, {
    ...commonHeaders,
    ...encoding,
    ...reply.headers,
    'Content-Type': reply.contentType,
    'Content-Length': body.length,
    // what was sent behind a request that is refused is not read
    ...(reply.status >= 400 && { Connection: 'close' }),
  });
  response.end(request.method === 'HEAD' ? undefined : body);
  const durationMs = Math.round(performance.now() - began);
  log.debug(`${request.method} ${request.target} ${reply.status}`, { durationMs, bytes: body.length });
}

/** Pages alone are worth it: up to half a megabyte less. Here, and not in a thread, which a store that hangs may hold. */
function encoded(
  { body, contentType }: Reply,
  accepted: IncomingHttpHeaders['accept-encoding'],
): { readonly body: Buffer; readonly encoding: OutgoingHttpHeaders } {
  const bytes = Buffer.from(body);
  if (!contentType.startsWith('text/html')) return { body: bytes, encoding: {} };
  const vary = { Vary: 'Accept-Encoding' };
  if (!acceptsGzip(accepted)) return { body: bytes, encoding: vary };
  return { body: gzipSync(bytes), encoding: { ...vary, 'Content-Encoding': 'gzip' } };
}

/** gzip, deflate;q=0.5: but not gzip;q=0. */
function acceptsGzip(accepted = ''): boolean {
  return accepted.split(',').some((each) => {
    const [name = '', weight = ''] = each.split(';').map((part) => part.trim().toLowerCase());
    return name === 'gzip' && !/^q=0(\.0*)?$/.test(weight);
  });
}

function requestOf(incoming: IncomingMessage): Request {
  const { method = '', url = '', headers, headersDistinct, socket } = incoming;
  return {
    method,
    target: url,
    hosts: headersDistinct['host'] ?? [],
    localAddress: socket.localAddress ?? '',
    hasBody: headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) !== 0,
  };
}
