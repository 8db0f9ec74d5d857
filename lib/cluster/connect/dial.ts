/** Opens connections to the API server: TCP or a tunnel, and TLS on top of it where the server's URL is https. */
import { once } from 'node:events';
import { connect as connectTcp, isIP, type OnReadOpts, type Socket, type TcpNetConnectOpts } from 'node:net';
import { checkServerIdentity, connect as connectTls, type ConnectionOptions } from 'node:tls';
import { hostnameOf } from './hostname.ts';
import type { Target } from './target.ts';
import type { TlsMaterial } from './tls.ts';

/** Resolves once requests can be sent. All that comes in is given to `onread`, whose buffer is used again. */
export type Dial = (onread: OnReadOpts, signal: AbortSignal) => Promise<Socket>;

/** A connection to the server that somebody else made, as a proxy does; null: none is needed. */
export type Tunnel = ((host: string, port: number, signal: AbortSignal) => Promise<Socket>) | null;

export interface DialOptions extends Pick<Target, 'server' | 'tlsServerName' | 'insecureSkipTlsVerify'> {
  readonly tls: TlsMaterial;
  readonly tunnel: Tunnel;
  /** Until TLS is established; 15 s, which is four tries of TCP. */
  readonly connectTimeoutMs?: number;
  /** As of node:net. */
  readonly lookup?: TcpNetConnectOpts['lookup'];
}

export function createDial(options: DialOptions): Dial {
  const { server, tunnel, lookup, connectTimeoutMs = 15_000 } = options;
  const secure = server.protocol === 'https:';
  const host = hostnameOf(server);
  const port = Number(server.port || (secure ? 443 : 80));
  return async (onread, outer) => {
    outer.throwIfAborted();
    const signal = AbortSignal.any([outer, AbortSignal.timeout(connectTimeoutMs)]);
    const direct = {
      host,
      port,
      noDelay: true,
      keepAlive: true,
      ...(lookup && { lookup }),
    };
    const secured = secure ? tlsOptions(options, host) : null;
    if (tunnel !== null) {
      const tunnelled = await tunnel(host, port, signal);
      if (secured === null) return handOver(tunnelled, onread);
      const socket = connectTls({ ...secured, socket: tunnelled });
      return handOver(await connected(socket, 'secureConnect', signal), onread);
    }
    if (secured === null) return connected(connectTcp({ ...direct, onread }), 'connect', signal);
    // tls.connect takes all options of net.connect, says Node's documentation; its types forget this one
    const opening: ConnectionOptions & { onread: OnReadOpts } = { ...direct, ...secured, onread };
    return connected(connectTls(opening), 'secureConnect', signal);
  };
}

/** The server proves to be who its URL names, or tls-server-name. */
function tlsOptions(
  { tls, tlsServerName, insecureSkipTlsVerify }: DialOptions,
  host: string,
): ConnectionOptions {
  const name = tlsServerName ?? host;
  const { ca, cert, key } = tls;
  return {
    // the extension for names takes no addresses
    ...(isIP(name) === 0 && { servername: name }),
    checkServerIdentity: (_host, certificate) => checkServerIdentity(name, certificate),
    ALPNProtocols: ['http/1.1'],
    ...(ca !== null && { ca }),
    ...(cert !== null && { cert }),
    ...(key !== null && { key }),
    ...(insecureSkipTlsVerify && { rejectUnauthorized: false }),
  };
}

/** As the errors of sockets it has a code. */
class ConnectTimeoutError extends Error {
  readonly code = 'CONNECT_TIMEOUT';
}

async function connected<S extends Socket>(
  socket: S,
  event: 'connect' | 'secureConnect',
  signal: AbortSignal,
): Promise<S> {
  try {
    await once(socket, event, { signal });
    return socket;
  } catch (error) {
    socket.destroy();
    const { reason }: { reason: unknown } = signal;
    throw reason instanceof DOMException && reason.name === 'TimeoutError'
      ? new ConnectTimeoutError()
      : error;
  }
}

/** A socket that was opened without `onread` cannot read into its buffer: its bytes are copied there. */
function handOver(socket: Socket, onread: OnReadOpts): Socket {
  const { buffer } = onread;
  const into = Buffer.from(typeof buffer === 'function' ? buffer().buffer : buffer.buffer);
  return socket.on('data', (bytes: Buffer) => {
    for (let at = 0; at < bytes.length; at += into.length) {
      const more = onread.callback(bytes.copy(into, 0, at), into);
      if (!more) socket.pause();
    }
  });
}
