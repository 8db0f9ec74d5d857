import { createGunzip } from 'node:zlib';
import { PermanentClusterError } from '../failure.ts';
import type { Take } from './framing.ts';

export interface Gunzip {
  push(bytes: Buffer): void;
  /** Resolves once all of it is handed on; rejects with what is wrong with it, or with what `take` threw. */
  end(): Promise<void>;
  destroy(): void;
}

/** What the body comes through. */
export interface Flow {
  pause(): void;
  resume(): void;
  /** The rest is not wanted. */
  destroy(error: unknown): void;
}

/**
 * Deflate can make a thousand bytes of one. Of pods it made 12 at the level of API servers (1), and 104 at the highest
 * where all were alike but for their names and uids: what grows more is made to exhaust whoever unzips it.
 */
const mostTimes = 250;
/** Less does no harm, whatever it is made of. */
const freeBytes = 8 * 1024 * 1024;

/** While zlib has enough to do, `flow` is told to pause. */
export function gunzipInto(take: Take, flow: Flow): Gunzip {
  const gunzip = createGunzip();
  const done = Promise.withResolvers<void>();
  done.promise.catch(() => undefined); // heard in end(), which may not come: a body that is cut fails elsewhere
  gunzip.on('end', done.resolve);
  gunzip.on('error', (error) => {
    done.reject(error);
    flow.destroy(error);
  });
  let full = false;
  let [zipped, unzipped] = [0, 0];
  gunzip.on('drain', () => {
    full = false;
    flow.resume();
  });
  gunzip.on('data', (bytes: Buffer) => {
    unzipped += bytes.length;
    try {
      if (unzipped > freeBytes && unzipped > mostTimes * zipped)
        throw new PermanentClusterError(`the answer unzips to more than ${mostTimes} times its size`);
      take(bytes);
    } catch (error) {
      gunzip.destroy(error as Error);
    }
  });
  return {
    push(bytes) {
      if (gunzip.destroyed) return;
      zipped += bytes.length;
      if (gunzip.write(Buffer.from(bytes)) || full) return;
      full = true;
      flow.pause();
    },
    end() {
      gunzip.end();
      return done.promise;
    },
    destroy: () => void gunzip.destroy(),
  };
}
