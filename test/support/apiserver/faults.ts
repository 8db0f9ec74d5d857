import type { IncomingHttpHeaders } from 'node:http';
import { Failure, NOSNIFF, forbidden, resourceNotFound, revisionExpired, unauthorized } from './status.ts';

/** What a fault may look at to decide whether it is meant. */
export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
}

export type FaultAction =
  /** Refuse with this status, in the words of the real server or of the proxy that would send it. */
  | { readonly kind: 'status'; readonly code: FaultStatus; readonly retryAfterSeconds?: number }
  /** Close the connection before any answer. */
  | { readonly kind: 'reset' }
  /** Send the headers and this much of the body, then close the connection in the middle of a chunk. */
  | { readonly kind: 'cut'; readonly afterBytes: number }
  /** Send the headers and this much of the body, then nothing more, and keep the connection. */
  | { readonly kind: 'stall'; readonly afterBytes: number }
  /** Send the body in pieces. */
  | { readonly kind: 'slow'; readonly bytes: number; readonly everyMs: number }
  /** Answer well, but only after a while. */
  | { readonly kind: 'delay'; readonly ms: number }
  /** Call the right body something else. */
  | { readonly kind: 'contentType'; readonly value: string }
  /** A 200 whose body is not what its Content-Type says. */
  | { readonly kind: 'garbage'; readonly body?: string }
  /** Give the token of the request as the token of the next page: a list that never ends. */
  | { readonly kind: 'repeatContinue' }
  /** An item of the page twice: the first, one behind the other. */
  | { readonly kind: 'repeatItem' }
  /** The items of a page the other way round, as a store without an order may have them. */
  | { readonly kind: 'reverseItems' }
  /** As if there were no more items, and then a cut after so many bytes. */
  | { readonly kind: 'loseToken'; readonly afterBytes: number }
  /** All items in one page, whatever limit was asked for. */
  | { readonly kind: 'ignoreLimit' }
  /** A list that begins as it should and goes on for so many bytes: one item without end, or what is passed over. */
  | {
      readonly kind: 'flood';
      readonly bytes: number;
      readonly of: 'item' | 'padding';
      readonly gzip: boolean;
    }
  /** Nodes for pods, and pods for nodes. */
  | { readonly kind: 'wrongKind' };

export type FaultStatus = 401 | 403 | 404 | 410 | 429 | 500 | 502 | 503 | 504;

export interface FaultRule {
  /** All requests when left out. */
  readonly match?: (request: SeenRequest) => boolean;
  /** How many matching requests it meets; one when left out. */
  readonly times?: number;
  readonly action: FaultAction;
}

/** Faults to come, in the order they were asked for; each request meets at most one. */
export class Faults {
  #rules: { readonly rule: FaultRule; left: number }[] = [];

  next(rule: FaultRule): void {
    this.#rules.push({ rule, left: rule.times ?? 1 });
  }

  clear(): void {
    this.#rules = [];
  }

  /** How many faults are still waiting for their request. */
  get pending(): number {
    return this.#rules.reduce((sum, { left }) => sum + left, 0);
  }

  take(request: SeenRequest): FaultAction | null {
    const found = this.#rules.find(({ rule, left }) => left > 0 && (rule.match?.(request) ?? true));
    if (found === undefined) return null;
    found.left -= 1;
    return found.rule.action;
  }
}

/** The answer of a `status` fault, worded as recorded where there is a recording. */
export function refusal(code: FaultStatus, retryAfterSeconds: number | undefined): Failure {
  const known = REFUSALS[code];
  if (known !== undefined) return known();
  return new Failure({
    code,
    reason: 'Simulated',
    message: PLAIN[code] ?? '',
    plain: true,
    headers: {
      ...(code === 504 ? {} : NOSNIFF),
      ...(retryAfterSeconds === undefined ? {} : { 'Retry-After': String(retryAfterSeconds) }),
    },
  });
}

/** Refusals that come as a Status, in the encoding of the client. */
const REFUSALS: { readonly [code in FaultStatus]?: () => Failure } = {
  401: unauthorized,
  403: () =>
    forbidden(
      'pods is forbidden: User "fixture-reader" cannot list resource "pods" in API group "" at the cluster scope',
      { kind: 'pods' },
    ),
  404: resourceNotFound,
  410: revisionExpired,
  500: () =>
    new Failure({
      code: 500,
      reason: 'InternalError',
      message: 'Internal error occurred: simulated',
      details: { causes: [{ message: 'simulated' }] },
    }),
};

/** Refusals of the layers around the API, and of load balancers: text, whatever the client accepts. */
const PLAIN: { readonly [code in FaultStatus]?: string } = {
  429: 'Too many requests, please try again later.\n',
  502: '<html><body><h1>502 Bad Gateway</h1></body></html>\n',
  503: '<html><body><h1>503 Service Temporarily Unavailable</h1></body></html>\n',
  504: '{"metadata":{},"status":"Failure","message":"Timeout: request did not complete within the allotted timeout","reason":"Timeout","details":{},"code":504}\n',
};
