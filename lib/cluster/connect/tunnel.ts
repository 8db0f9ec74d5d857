/** Through a proxy: HTTP CONNECT by Node's own client, SOCKS5 by the `socks` package. */
import { once } from 'node:events';
import http from 'node:http';
import https from 'node:https';
import { connect as connectTcp, type Socket } from 'node:net';
import { SocksClient } from 'socks';
import { ClusterError } from '../../errors.ts';
import { hostnameOf } from './hostname.ts';

/** A connection to `host` that the proxy made for us. */
export async function tunnelThrough(
  proxyUrl: string,
  host: string,
  port: number,
  signal: AbortSignal,
): Promise<Socket> {
  const proxy = new URL(proxyUrl);
  const open = proxy.protocol.startsWith('socks') ? socksTunnel : connectTunnel;
  return open(proxy, host, port, signal);
}

async function connectTunnel(proxy: URL, host: string, port: number, signal: AbortSignal): Promise<Socket> {
  const { username, password } = credentials(proxy);
  const authority = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
  const request = (proxy.protocol === 'https:' ? https : http).request({
    method: 'CONNECT',
    host: hostnameOf(proxy),
    port: proxy.port || (proxy.protocol === 'https:' ? 443 : 80),
    path: authority,
    agent: false,
    signal,
    headers: {
      Host: authority,
      ...(username !== '' && {
        'Proxy-Authorization': `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`,
      }),
    },
  });
  const answered = once(request, 'connect') as Promise<[http.IncomingMessage, Socket, Buffer]>;
  request.end();
  const [{ statusCode = 0 }, socket] = await answered.catch((cause: unknown) => {
    throw signal.aborted ? signal.reason : throughProxy(proxy, cause);
  });
  if (statusCode === 200) return socket;
  socket.destroy();
  const advice = statusCode === 407 ? ': give its user and password in the URL of the proxy' : '';
  throw new ClusterError(
    `the proxy ${proxy.host} refused to connect to ${authority} (${statusCode})${advice}`,
  );
}

/** The proxy resolves the name, as with Go's SOCKS5: that is what a tunnel into a private network is for. */
async function socksTunnel(proxy: URL, host: string, port: number, signal: AbortSignal): Promise<Socket> {
  const { username, password } = credentials(proxy);
  const toProxy = { host: hostnameOf(proxy), port: Number(proxy.port || 1080) };
  const socket = connectTcp(toProxy);
  const abort = (): void => void socket.destroy(signal.reason as Error);
  signal.addEventListener('abort', abort, { once: true });
  try {
    await once(socket, 'connect', { signal });
    const established = await SocksClient.createConnection({
      command: 'connect',
      destination: { host, port },
      proxy: { type: 5, ...toProxy, ...(username !== '' && { userId: username, password }) },
      existing_socket: socket,
    });
    return established.socket;
  } catch (cause) {
    socket.destroy();
    throw signal.aborted ? signal.reason : throughProxy(proxy, cause);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

function credentials({ username, password }: URL): { readonly username: string; readonly password: string } {
  return { username: decodeURIComponent(username), password: decodeURIComponent(password) };
}

function throughProxy(proxy: URL, cause: unknown): ClusterError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new ClusterError(`could not connect through the proxy ${proxy.host}: ${why}`, { cause });
}
