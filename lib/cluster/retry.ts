/** When to try again, and doing so. */
import { setTimeout as delay } from 'node:timers/promises';
import { ClusterError, type DecodeError } from '../errors.ts';
import type { Log } from '../log.ts';

export interface RetryPolicy {
  /** Tries after the first, for one page. */
  readonly maxRetries: number;
  readonly baseMs: number;
  readonly capMs: number;
}

export const defaultRetryPolicy: RetryPolicy = { maxRetries: 6, baseMs: 250, capMs: 15_000 };

/** A server that asks for more than this is not coming back within a run. */
const maxRetryAfterSeconds = 120;

/**
 * Milliseconds before try `attempt + 1` (attempt counts from 0). What the server asks for is a floor; a
 * jitter of up to half is added, so that many clients do not come back together. `random` is in [0, 1).
 */
export function retryDelayMs(
  policy: RetryPolicy,
  attempt: number,
  retryAfterSeconds: number | null,
  random: number,
): number {
  const backoffMs = Math.min(policy.baseMs * 2 ** attempt, policy.capMs);
  const floorMs = retryAfterSeconds === null ? backoffMs / 2 : retryAfterSeconds * 1000;
  return Math.round(floorMs + random * (backoffMs / 2));
}

/** Retry-After in seconds; an HTTP date is not what an API server sends, and counts as absent. */
export function parseRetryAfter(header: string | undefined): number | null {
  return header !== undefined && /^\d{1,6}$/.test(header) ? Number(header) : null;
}

/** 429 and every 5xx but 501 may pass; 504 too, except where the caller knows better. */
export function isRetryableStatus(status: number): boolean {
  return status === 429 || (status >= 500 && status !== 501);
}

/** Worth another try, with what the server asks us to wait. */
export class PassingError extends ClusterError {
  readonly retryAfterSeconds: number | null;

  constructor(error: ClusterError | DecodeError, retryAfterSeconds: number | null = null) {
    super(error.message, { cause: error });
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** Resolves after so long; rejects with the reason of the signal when that comes first. */
export type Pause = (ms: number, signal: AbortSignal) => Promise<void>;

const sleep: Pause = async (ms, signal) =>
  delay(ms, undefined, { signal }).catch((aborted: unknown) => {
    throw signal.reason ?? aborted;
  });

export interface Retrying {
  readonly policy: RetryPolicy;
  /** Between tries; real time where it is left out. */
  readonly pause?: Pause | undefined;
  /** In [0, 1): the jitter. */
  readonly random: () => number;
  readonly log: Log;
  /** "list pods (page 3 of about 80)", for the log and the error. */
  readonly doing: string;
}

/** Tries again after each PassingError, as long as the policy lets it. `work` is told how often it was tried. */
export async function withRetries<T>(
  work: (attempt: number) => Promise<T>,
  { policy, pause = sleep, random, log, doing }: Retrying,
  signal: AbortSignal,
): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await work(attempt);
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof PassingError)) throw error;
      const asked = error.retryAfterSeconds ?? 0;
      if (asked > maxRetryAfterSeconds) throw final(error, doing, `it asks to wait ${asked} s`);
      if (attempt >= policy.maxRetries) throw final(error, doing, `${attempt + 1} tries`);
      const delayMs = retryDelayMs(policy, attempt, error.retryAfterSeconds, random());
      log.warn(`could not ${doing}, trying again in ${(delayMs / 1000).toFixed(1)} s: ${error.message}`);
      await pause(delayMs, signal);
    }
  }
}

function final(error: PassingError, doing: string, why: string): ClusterError {
  const { cause } = error;
  const status = cause instanceof ClusterError ? cause.status : null;
  const text = status === null ? `could not ${doing}: ${error.message}` : error.message;
  return new ClusterError(`${text} (${why})`, { cause, ...(status !== null && { status }) });
}
