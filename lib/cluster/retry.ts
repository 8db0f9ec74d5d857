/** When to try again, purely: no clock, no randomness of its own. */

export interface RetryPolicy {
  /** Tries after the first, for one page. */
  readonly maxRetries: number;
  readonly baseMs: number;
  readonly capMs: number;
}

export const defaultRetryPolicy: RetryPolicy = { maxRetries: 6, baseMs: 250, capMs: 15_000 };

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
