/** Objects as files below a directory. */
import { randomBytes } from 'node:crypto';
import type { Dirent } from 'node:fs';
import { link, mkdir, open, readdir, readFile, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { StoreError } from '../errors.ts';
import type { Store } from './store.ts';

/** Of files that are not whole yet: hidden, and never listed. */
const temporary = /^\..*\.tmp$/;

export function createDirectoryStore(directory: string): Store {
  const root = path.resolve(directory);

  const fileOf = (key: string): string => {
    const file = path.resolve(root, ...key.split('/'));
    if (!file.startsWith(root.endsWith(path.sep) ? root : root + path.sep))
      throw new StoreError(`the key "${key}" lies outside of ${directory}`);
    return file;
  };

  const failed = (doing: string, error: unknown): Error => {
    const code = codeOf(error);
    if (code === 'ENOTDIR' || code === 'EEXIST') {
      return new StoreError(
        `could not ${doing}: ${directory} is, or runs through, a file: name a directory with --out`,
        {
          cause: error,
        },
      );
    }
    const advice = advices[code] ?? (error instanceof Error ? error.message : String(error));
    return new StoreError(`could not ${doing}: ${advice}`, { cause: error });
  };

  return {
    location: directory,
    identity: path.resolve(directory),

    async create(key, bytes, signal) {
      signal.throwIfAborted();
      const file = fileOf(key);
      const folder = path.dirname(file);
      const draft = path.join(folder, `.${path.basename(file)}.${randomBytes(6).toString('hex')}.tmp`);
      try {
        await makeFolder(folder);
        await writeDurably(draft, bytes, signal);
        // link, unlike rename, fails where the name exists: the first to commit wins
        const created = await link(draft, file).then(
          () => true,
          (error: unknown) => {
            if (codeOf(error) === 'EEXIST') return false;
            throw error;
          },
        );
        if (created) await syncFolders(folder, root);
        return created;
      } catch (error) {
        signal.throwIfAborted();
        throw failed(`write ${key} below ${directory}`, error);
      } finally {
        // at worst a hidden file stays behind, which no reader lists; the error that matters is the one above
        await rm(draft, { force: true }).catch(() => undefined);
      }
    },

    async read(key, signal) {
      try {
        return await readFile(fileOf(key), { signal });
      } catch (error) {
        signal.throwIfAborted();
        if (codeOf(error) === 'ENOENT' || codeOf(error) === 'EISDIR') return null;
        throw failed(`read ${key} below ${directory}`, error);
      }
    },

    async *list(prefix, signal) {
      const folder = prefix === '' ? root : fileOf(prefix);
      yield* walk(folder, prefix, signal, (error) => failed(`list ${directory}`, error));
    },

    async *folders(prefix, signal) {
      signal.throwIfAborted();
      const folder = prefix === '' ? root : fileOf(prefix);
      const entries = await sortedEntries(folder, (error) => failed(`list ${directory}`, error));
      for (const { entry } of entries) if (entry.isDirectory()) yield entry.name;
    },

    async remove(key, signal) {
      signal.throwIfAborted();
      try {
        await rm(fileOf(key), { force: true });
      } catch (error) {
        if (codeOf(error) === 'ERR_FS_EISDIR') return;
        throw failed(`remove ${key} below ${directory}`, error);
      }
    },
  };
}

const advices: Readonly<Record<string, string>> = {
  EACCES: 'permission denied: choose a directory you may write to with --out',
  EPERM: 'the file system does not allow it (it must support hard links)',
  ENOENT: 'no directory can be made there: choose another with --out',
  EROFS: 'the file system is read-only: choose another directory with --out',
  ENAMETOOLONG: 'its name is too long for the file system: shorten the name of the cluster (--cluster)',
  ENOSPC: 'the disk is full: free some space; nothing was committed',
  EDQUOT: 'the quota is used up: free some space; nothing was committed',
};

/** Level by level: the recursive form of Node goes on for ever where a file system takes no folders, as /proc. */
export async function makeFolder(folder: string): Promise<void> {
  const make = async (): Promise<string> => mkdir(folder).then(() => '', codeOf);
  let code = await make();
  if (code === 'ENOENT' && path.dirname(folder) !== folder) {
    await makeFolder(path.dirname(folder));
    code = await make();
  }
  // what stands there may be a file: whoever writes below it finds out
  if (code !== '' && code !== 'EEXIST') throw Object.assign(new Error(code), { code });
}

async function writeDurably(file: string, bytes: Uint8Array, signal: AbortSignal): Promise<void> {
  const handle = await open(file, 'wx');
  try {
    await handle.writeFile(bytes, { signal });
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** The new names themselves must survive a crash: every folder from the file's up to the root. */
async function syncFolders(folder: string, root: string): Promise<void> {
  for (let current = folder; current.startsWith(root); current = path.dirname(current)) {
    const handle = await open(current, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  }
}

/** As S3 sorts: by the whole key, in which a folder's name ends with a slash. */
async function sortedEntries(
  folder: string,
  failed: (error: unknown) => Error,
): Promise<{ readonly entry: Dirent; readonly name: string }[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(async (error: unknown) => {
    // nothing was ever stored here; but a file in the place of a directory is a mistake
    if (codeOf(error) === 'ENOENT' && !(await hasFileAbove(folder))) return [];
    throw failed(error);
  });
  const named = entries.map((entry) => ({
    entry,
    name: entry.isDirectory() ? `${entry.name}/` : entry.name,
  }));
  return named.sort((a, b) => (a.name < b.name ? -1 : 1));
}

async function* walk(
  folder: string,
  prefix: string,
  signal: AbortSignal,
  failed: (error: unknown) => Error,
): AsyncGenerator<string> {
  signal.throwIfAborted();
  for (const { entry, name } of await sortedEntries(folder, failed)) {
    const key = prefix + name;
    if (entry.isDirectory()) yield* walk(path.join(folder, entry.name), key, signal, failed);
    else if (entry.isFile() && !temporary.test(entry.name)) yield key;
  }
}

async function hasFileAbove(folder: string): Promise<boolean> {
  for (let current = folder; ; current = path.dirname(current)) {
    const found = await stat(current).catch((error: unknown) => {
      if (codeOf(error) === 'ENOENT') return null;
      throw error;
    });
    if (found !== null) return !found.isDirectory();
    if (path.dirname(current) === current) return false;
  }
}

function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
}
