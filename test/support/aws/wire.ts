/** What both services have in common: a request that was read, an answer to it, an error. */
import type { IncomingHttpHeaders } from 'node:http';

export interface Received {
  readonly method: string;
  /** As it was sent, escaped. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Buffer;
}

export interface AwsAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
}

export interface AwsError extends Error {
  readonly status: number;
  readonly code: string;
}

export function createAwsError(status: number, code: string, message: string): AwsError {
  return Object.assign(new Error(message), { status, code });
}

export function isAwsError(error: unknown): error is AwsError {
  return error instanceof Error && 'status' in error && 'code' in error;
}

export function flatHeaders(headers: IncomingHttpHeaders): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(',') : value]),
  );
}
