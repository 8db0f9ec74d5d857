/** Through a proxy: HTTP CONNECT by Node's own client, SOCKS5 by the `socks` package. */
import { once } from 'node:events';
import http from 'node:http';
import https from 'node:https';
import type { Socket } from 'node:net';
import { ClusterError } from '../../errors.ts';
import type { Tunnel } from './dial.ts';

export function tunnelThrough(proxyUrl: string): Tunnel {
  const proxy = new URL(proxyUrl);
  return /^socks/.test(proxy.protocol)
    ? (host, port, signal) => socksTunnel(proxy, host, port, signal)
    : (host, port, signal) => connectTunnel(proxy, host, port, signal);
}

async function connectTunnel(proxy: URL, host: string, port: number, signal: AbortSignal): Promise<Socket> {
  const { username, password } = credentials(proxy);
  const authority = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
  const request = (proxy.protocol === 'https:' ? https : http).request({
    method: 'CONNECT',
    host: hostOf(proxy),
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
    throw throughProxy(proxy, cause);
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
  const { SocksClient } = await import('socks');
  const { username, password } = credentials(proxy);
  const established = SocksClient.createConnection({
    command: 'connect',
    destination: { host, port },
    proxy: {
      type: 5,
      host: hostOf(proxy),
      port: Number(proxy.port || 1080),
      ...(username !== '' && { userId: username, password }),
    },
  });
  const { socket } = await established.catch((cause: unknown) => {
    throw throughProxy(proxy, cause);
  });
  if (!signal.aborted) return socket;
  socket.destroy();
  throw signal.reason;
}

function credentials({ username, password }: URL): { readonly username: string; readonly password: string } {
  return { username: decodeURIComponent(username), password: decodeURIComponent(password) };
}

function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/g, '');
}

function throughProxy(proxy: URL, cause: unknown): ClusterError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new ClusterError(`could not connect through the proxy ${proxy.host}: ${why}`, { cause });
}
