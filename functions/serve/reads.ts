/**
 * What is read of the store, and remembered: a slow store, or one that fails, keeps no answer waiting for longer than
 * our patience, and what was read before stands in for what could not be read now.
 */

export interface Known<T> {
  /** null: not there, or never read, which `problem` tells. */
  readonly value: T | null;
  /** When it was read; null: never. */
  readonly readAt: Date | null;
  /** Why it is not newer, in words; null: it is as new as it has to be. */
  readonly problem: string | null;
}

export interface Reads<T> {
  /** `read` is told what was known before; null of it is nothing, and is not remembered. */
  get(key: string, read: (signal: AbortSignal, before: T | null) => Promise<T | null>): Promise<Known<T>>;
}

export interface ReadsOptions {
  /** How many values are remembered: those that were asked for last. */
  readonly max: number;
  /** For so long a value is given without asking the store; Infinity for what never changes. */
  readonly freshMs: number;
  /** After a failure the store is left alone for so long. */
  readonly retryMs: number;
  /** How long an answer waits for the store. */
  readonly patienceMs: number;
  /** A read that takes longer is given up. */
  readonly timeoutMs: number;
  readonly now: () => Date;
  /** Ends every read. */
  readonly signal: AbortSignal;
  /** Told of each read that failed. */
  readonly failed: (problem: string, error: unknown) => void;
}

interface Entry<T> {
  value: T | null;
  readAt: Date | null;
  failure: { readonly at: Date; readonly problem: string } | null;
  underWay: { readonly since: Date; readonly done: Promise<void> } | null;
}

/** Of different keys at a time, those that were given up and hang on counted too. */
const maxUnderWay = 8;

/** `isFinal`: a value that will never change, and is given without asking the store for good. */
export function createReads<T>({
  isFinal = () => false,
  ...options
}: ReadsOptions & { readonly isFinal?: (value: T) => boolean }): Reads<T> {
  const { max, freshMs, retryMs, patienceMs, timeoutMs, now, signal, failed } = options;
  const entries = new Map<string, Entry<T>>();
  let underWay = 0;
  const since = (instant: Date): number => now().getTime() - instant.getTime();
  const isFresh = ({ value, readAt }: Entry<T>): boolean =>
    readAt !== null && (since(readAt) < freshMs || (value !== null && isFinal(value)));
  const isDue = (entry: Entry<T>): boolean =>
    !isFresh(entry) && (entry.failure === null || since(entry.failure.at) >= retryMs);

  const begin = (key: string, entry: Entry<T>, read: Parameters<Reads<T>['get']>[1]): void => {
    const settle = async (): Promise<void> => {
      underWay += 1;
      const limit = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
      const work = read(limit, entry.value);
      // one that is given up may hang on, and holds a thread for as long
      const ended = (): void => void (underWay -= 1);
      void work.then(ended, ended);
      try {
        const value = await unlessAborted(work, limit);
        Object.assign(entry, { value, readAt: now(), failure: null });
        if (value === null) entries.delete(key);
      } catch (error) {
        const problem = wordsOf(error, timeoutMs);
        entry.failure = { at: now(), problem };
        if (!signal.aborted) failed(problem, error);
      } finally {
        entry.underWay = null;
      }
    };
    entry.underWay = { since: now(), done: settle() };
  };

  return {
    async get(key, read) {
      const entry = entries.get(key) ?? { value: null, readAt: null, failure: null, underWay: null };
      remember(entries, key, entry, max);
      const due = entry.underWay === null && isDue(entry);
      if (due && underWay >= maxUnderWay)
        return { ...entry, problem: `${underWay} reads of the store are under way: try again in a moment` };
      if (due) begin(key, entry, read);
      if (entry.underWay !== null)
        await within(entry.underWay.done, patienceMs - since(entry.underWay.since));
      const { value, readAt } = entry;
      const slow =
        entry.underWay === null
          ? null
          : `the store has not answered for ${(since(entry.underWay.since) / 1000).toFixed(1)} s`;
      return { value, readAt, problem: slow ?? entry.failure?.problem ?? null };
    },
  };
}

/** The one that was not asked for longest makes room. */
export function remember<T>(entries: Map<string, T>, key: string, entry: T, max: number): void {
  entries.delete(key);
  entries.set(key, entry);
  const oldest = entries.keys().next();
  if (entries.size > max && oldest.done !== true) entries.delete(oldest.value);
}

/** Rejects when the signal says so, also where the work hears none: a file on a dead mount. */
async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const stop = (): void => reject(signal.reason as Error);
  signal.addEventListener('abort', stop, { once: true });
  try {
    if (signal.aborted) stop();
    return await Promise.race([promise, work]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

async function within(work: Promise<void>, ms: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, Math.max(0, ms));
  try {
    await Promise.race([work, promise]);
  } finally {
    clearTimeout(timer);
  }
}

function wordsOf(error: unknown, timeoutMs: number): string {
  if (error instanceof DOMException && error.name === 'TimeoutError')
    return `the store did not answer within ${timeoutMs / 1000} s`;
  return error instanceof Error ? error.message : String(error);
}
