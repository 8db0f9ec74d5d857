/** Connections to one API server, of which it keeps track. */
import type { Socket } from 'node:net';
import { createDial, type Dial, type DialOptions, type Tunnel } from './dial.ts';
import type { TlsMaterial } from './tls.ts';

/** Few go through a proxy, and what speaks to one takes longer to load than all the rest of us. */
function tunnelOnDemand(proxyUrl: string): Tunnel {
  return async (host, port, signal) => {
    const { tunnelThrough } = await import('./tunnel.ts');
    return tunnelThrough(proxyUrl, host, port, signal);
  };
}

export interface DialerOptions extends Omit<DialOptions, 'tls' | 'tunnel'> {
  readonly proxyUrl: string | null;
}

export interface Dialer {
  /** Throws what `check` throws of certificates that were not seen before. */
  dialWith(tls: TlsMaterial): Dial;
  /** Destroys what was opened. */
  close(): void;
}

/** A new way to connect only when a certificate changed; what was opened before is left to the requests that use it. */
export function createDialer(
  target: DialerOptions,
  check: (tls: TlsMaterial) => void,
): Dialer {
  const open = new Set<Socket>();
  const tunnel = target.proxyUrl === null ? null : tunnelOnDemand(target.proxyUrl);
  let current: { readonly identity: string; readonly dial: Dial } | null = null;
  const tracked =
    (dial: Dial): Dial =>
    async (onread, signal) => {
      const socket = await dial(onread, signal);
      open.add(socket);
      return socket.once('close', () => open.delete(socket));
    };
  return {
    dialWith(tls) {
      const identity = JSON.stringify(tls);
      if (current?.identity !== identity) {
        check(tls);
        current = { identity, dial: tracked(createDial({ ...target, tls, tunnel })) };
      }
      return current.dial;
    },
    close() {
      for (const socket of open) socket.destroy();
    },
  };
}
