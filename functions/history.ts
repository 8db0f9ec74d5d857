/** What commands that read the history have in common: the store, the cache, and how they tell of both. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import path from 'node:path';
import { ConfigError } from '../lib/errors.ts';
import { makeFolder } from '../lib/store/directory.ts';
import { createCache, type Cache } from '../lib/history/cache.ts';
import type * as DuckDbModule from '../lib/history/duckdb.ts';
import { readAllRows, type OpenParquet } from '../lib/history/rows.ts';
import type { HistoryPorts } from '../lib/history/summaries.ts';
import type { DetailKind, Summary } from '../lib/model/snapshot.ts';
import type { RowTypes } from '../lib/store/snapshots.ts';
import type { Store } from '../lib/store/store.ts';
import type { Context } from './command.ts';
import { createLeftOut, type LeftOut } from './left-out.ts';
import { openStore } from './wire.ts';

/** Calls `work` with all it needs, and what it may say was left out; tells afterwards how much was. */
export async function withHistory<T>(
  context: Context,
  work: (ports: HistoryPorts, leftOut: LeftOut) => Promise<T>,
): Promise<T> {
  const { log, progress } = context;
  const store = await openStore(context);
  const { cache, close } = await openCache(context);
  const leftOut = createLeftOut(log);
  try {
    const ports = {
      store,
      cache,
      now: () => new Date(),
      skip: (problem: string) => leftOut.add(problem),
      progress: (done: number, all: number | null, what: string) => progress.report(what, done, all),
    };
    return await work(ports, leftOut);
  } finally {
    if (leftOut.count > 0)
      log.warn(`${leftOut.count} of the objects that were asked for are damaged or missing, and left out`);
    await close();
  }
}

/** A native library of 70 MB, which few commands need, and which the image does without. */
export async function loadDuckDb(): Promise<typeof DuckDbModule> {
  try {
    return await import('../lib/history/duckdb.ts');
  } catch (cause) {
    throw new ConfigError(
      'DuckDB is not installed here, or not for this platform: npm install @duckdb/node-api',
      {
        cause,
      },
    );
  }
}

/** The rows of one snapshot, compacted or not. */
export async function readStoredRows<K extends DetailKind>(
  context: Context,
  store: Store,
  summary: Summary,
  kind: K,
): Promise<RowTypes[K][]> {
  const { cache, close } = await openCache(context);
  try {
    const openParquet = async (): ReturnType<OpenParquet> => (await loadDuckDb()).parquet;
    return await readAllRows({ store, cache, openParquet }, summary, kind, context.signal);
  } finally {
    await close();
  }
}

interface OpenCache {
  readonly cache: Cache;
  /** Keeps it within its bound, or takes it away. */
  readonly close: () => Promise<void>;
}

async function openCache({ config, env, log }: Context): Promise<OpenCache> {
  const home = env['XDG_CACHE_HOME'] || path.join(env['HOME'] || homedir(), '.cache');
  const folder = config.cacheDir || path.join(home, 'kube-binpack');
  if (config.cacheDir === 'none' || !(await isUsable(folder, log))) return temporaryCache();
  const cache = createCache(folder, config.cacheSize);
  return {
    cache,
    async close() {
      // the answer stands, whatever becomes of the copies
      await cache
        .trim()
        .catch((error: Error) => log.warn(`the cache ${folder} could not be trimmed: ${error.message}`));
    },
  };
}

async function temporaryCache(): Promise<OpenCache> {
  const folder = await mkdtemp(path.join(tmpdir(), 'kube-binpack-')).catch((cause: unknown) => {
    throw new ConfigError(`no folder can be made in ${tmpdir()}: set TMPDIR, or give --cache-dir`, { cause });
  });
  return {
    cache: createCache(folder, Number.POSITIVE_INFINITY),
    close: async () => rm(folder, { recursive: true, force: true }),
  };
}

/** By trying; a path that DuckDB would take for a pattern is none either. */
async function isUsable(folder: string, log: Context['log']): Promise<boolean> {
  try {
    if (/[*?[\]{}]/.test(folder)) throw new Error('its name holds one of * ? [ ] { }');
    await makeFolder(path.resolve(folder));
    await createCache(folder, Number.POSITIVE_INFINITY).make('probe', async (file) =>
      writeFile(file, '', { mode: 0o600 }),
    );
    return true;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    log.warn(
      `the cache ${folder} cannot be used (${reason}): nothing is kept; choose another with --cache-dir, or none`,
    );
    return false;
  }
}
