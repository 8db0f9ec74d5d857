import type { JsonObject } from './objects.ts';

/**
 * An answer other than success, thrown by whoever notices it and written by the server in the encoding that
 * was negotiated. `plain` failures are written as text, as the real server's outer layers do.
 */
export class Failure extends Error {
  readonly code: number;
  readonly status: JsonObject;
  readonly headers: Readonly<Record<string, string>>;
  readonly plain: boolean;

  constructor(answer: {
    readonly code: number;
    readonly reason: string;
    readonly message: string;
    readonly details?: JsonObject;
    readonly continueToken?: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly plain?: boolean;
  }) {
    super(answer.message);
    this.name = 'Failure';
    this.code = answer.code;
    this.headers = answer.headers ?? {};
    this.plain = answer.plain ?? false;
    this.status = {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: answer.continueToken === undefined ? {} : { continue: answer.continueToken },
      status: 'Failure',
      message: answer.message,
      reason: answer.reason,
      details: answer.details,
      code: answer.code,
    };
  }
}

/** What the real server adds to answers that a browser could mistake for a page. */
export const NOSNIFF = { 'X-Content-Type-Options': 'nosniff' } as const;
export const NOT_CACHED = { 'Cache-Control': 'no-cache, private' } as const;
export const PLAIN_TEXT = { 'Content-Type': 'text/plain; charset=utf-8' } as const;

export function badRequest(message: string): Failure {
  return new Failure({ code: 400, reason: 'BadRequest', message });
}

export function unauthorized(): Failure {
  return new Failure({ code: 401, reason: 'Unauthorized', message: 'Unauthorized' });
}

export function forbidden(message: string, details: JsonObject): Failure {
  return new Failure({ code: 403, reason: 'Forbidden', message, details, headers: NOSNIFF });
}

export function objectNotFound(kind: string, name: string): Failure {
  return new Failure({
    code: 404,
    reason: 'NotFound',
    message: `${kind} "${name}" not found`,
    details: { name, kind },
  });
}

export function resourceNotFound(): Failure {
  const message = 'the server could not find the requested resource';
  return new Failure({ code: 404, reason: 'NotFound', message, details: {} });
}

/** A path that no handler knows: plain text, whatever the client accepts. */
export function pageNotFound(): Failure {
  return new Failure({
    code: 404,
    reason: 'NotFound',
    message: '404 page not found\n',
    headers: NOSNIFF,
    plain: true,
  });
}

export function methodNotAllowed(): Failure {
  const message = 'the server does not allow this method on the requested resource';
  return new Failure({ code: 405, reason: 'MethodNotAllowed', message, details: {} });
}

export function notAcceptable(available: readonly string[]): Failure {
  const message = `406: Not Acceptable\n\nAvailable representations: ${available.join(', ')}`;
  return new Failure({ code: 406, reason: 'NotAcceptable', message, details: {} });
}

export function unsupportedMediaType(available: readonly string[]): Failure {
  const message = `the body of the request was in an unknown format - accepted media types include: ${available.join(', ')}`;
  return new Failure({ code: 415, reason: 'UnsupportedMediaType', message });
}

/** `group` and `kind` say what was invalid, as in `ListOptions.meta.k8s.io "" is invalid: ...`. */
export function invalid(
  subject: { readonly group: string; readonly kind: string },
  cause: { readonly reason: string; readonly message: string; readonly field: string },
): Failure {
  return new Failure({
    code: 422,
    reason: 'Invalid',
    message: `${subject.kind}.${subject.group} "" is invalid: ${cause.field}: ${cause.message}`,
    details: {
      group: subject.group,
      ...(subject.kind === '' ? {} : { kind: subject.kind }),
      causes: [{ ...cause }],
    },
  });
}

/** A continue token whose revision is gone. The fresh token goes on at the newest revision instead. */
export function continueExpired(continueToken: string): Failure {
  const message =
    'The provided continue parameter is too old to display a consistent list result. You can start a new ' +
    'list without the continue parameter, or use the continue token in this response to retrieve the ' +
    'remainder of the results. Continuing with the provided token results in an inconsistent list - objects ' +
    'that were created, modified, or deleted between the time the first chunk was returned and now may ' +
    'show up in the list.';
  return new Failure({ code: 410, reason: 'Expired', message, continueToken });
}

export function revisionExpired(): Failure {
  const message = 'The resourceVersion for the provided list is too old.';
  return new Failure({ code: 410, reason: 'Expired', message });
}

/** Lists read from etcd (old servers) say so at once and give no delay; the watch cache waits, then does. */
export function revisionTooLarge(asked: number, current: number, retryAfterSeconds: number | null): Failure {
  return new Failure({
    code: 504,
    reason: 'Timeout',
    message: `Timeout: Too large resource version: ${asked}, current: ${current}`,
    details: {
      causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
      ...(retryAfterSeconds === null ? {} : { retryAfterSeconds }),
    },
    ...(retryAfterSeconds === null ? {} : { headers: { 'Retry-After': String(retryAfterSeconds) } }),
  });
}
