/** Connections to one API server, of which it keeps track. */
import type { Socket } from 'node:net';
import { createDial, type Dial, type DialOptions } from './dial.ts';
import type { TlsMaterial } from './tls.ts';

export interface Dialer {
  /** Throws what `check` throws of certificates that were not seen before. */
  dialWith(tls: TlsMaterial): Dial;
  /** Destroys what was opened. */
  close(): void;
}

/** A new way to connect only when a certificate changed; what was opened before is left to the requests that use it. */
export function createDialer(target: Omit<DialOptions, 'tls'>, check: (tls: TlsMaterial) => void): Dialer {
  const open = new Set<Socket>();
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
        current = { identity, dial: tracked(createDial({ ...target, tls })) };
      }
      return current.dial;
    },
    close() {
      for (const socket of open) socket.destroy();
    },
  };
}
