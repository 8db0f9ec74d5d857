/**
 * Local copies of what never changes in a store, under names that say what they hold. Files appear whole (by a rename)
 * and may vanish at any time, so several processes can share one folder.
 */
import { randomBytes } from 'node:crypto';
import { access, mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';

export interface Cache {
  /** null where there is none. What is read is kept longer. */
  read(name: string): Promise<Buffer | null>;
  /** Where the file lies; null where there is none. */
  find(name: string): Promise<string | null>;
  /** Writes it, and says where it lies. */
  write(name: string, bytes: Uint8Array): Promise<string>;
  /** The same, of what `make` puts into the file that it is told. */
  make(name: string, make: (file: string) => Promise<void>): Promise<string>;
  /** Takes away what was not used for longest, until the rest is within the bound. */
  trim(): Promise<void>;
}

const temporary = '.tmp';

/** `directory` is made as it is needed; `maxBytes`: what it holds after a trim, at most. */
export function createCache(directory: string, maxBytes: number): Cache {
  const at = (name: string): string => path.join(directory, name);
  const used = new Set<string>();
  const find = async (name: string): Promise<string | null> => {
    const now = new Date();
    // the least recently used goes first
    const touched = await existing(utimes(at(name), now, now)).catch(() => undefined);
    // another user's file can be read, though not touched
    if (touched === null || (await existing(access(at(name)).then(() => true))) === null) return null;
    used.add(name);
    return at(name);
  };
  const make: Cache['make'] = async (name, work) => {
    await mkdir(directory, { mode: 0o700 }).catch(unlessThere);
    const file = at(`${name}.${randomBytes(6).toString('hex')}${temporary}`);
    try {
      await work(file);
      await rename(file, at(name));
    } catch (error) {
      await rm(file, { force: true });
      throw error;
    }
    used.add(name);
    return at(name);
  };
  return {
    find,
    make,
    async read(name) {
      return (await find(name)) === null ? null : existing(readFile(at(name)));
    },
    write: async (name, bytes) => make(name, async (file) => writeFile(file, bytes, { mode: 0o600 })),
    async trim() {
      const names = (await existing(readdir(directory))) ?? [];
      const files = await Promise.all(
        names.map(async (name) => ({ name, about: await existing(stat(at(name))) })),
      );
      const oldestFirst = files
        .flatMap(({ name, about }) =>
          about === null ? [] : [{ name, bytes: about.size, usedMs: about.mtimeMs }],
        )
        .toSorted((a, b) => a.usedMs - b.usedMs);
      let bytes = oldestFirst.reduce((sum, file) => sum + file.bytes, 0);
      for (const file of oldestFirst) {
        if (bytes <= maxBytes) break;
        // what this run uses stays, however little room there is
        if (used.has(file.name)) continue;
        await rm(at(file.name), { force: true });
        bytes -= file.bytes;
      }
    },
  };
}

function unlessThere(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') throw error;
}

/** null where there is no such file, or no longer. */
async function existing<T>(work: Promise<T>): Promise<T | null> {
  return work.catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
}
