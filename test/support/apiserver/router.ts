import type { IncomingHttpHeaders } from 'node:http';
import { GZIP_FROM_BYTES, buffered, coalesced, gzipped, listWrites, streamed, type Body } from './body.ts';
import type { FaultAction } from './faults.ts';
import { listPage, type Page } from './list.ts';
import {
  contentTypeOf,
  negotiate,
  negotiateJsonOnly,
  takesGzip,
  wantsPretty,
  JSON_TYPE,
} from './negotiate.ts';
import { goJson, type Json, type JsonObject } from './objects.ts';
import { encodeEnvelope } from './protobuf.ts';
import { reviewAccess } from './reviews.ts';
import type { Answer } from './send.ts';
import type { ClusterState, Encoding, Kind } from './state.ts';
import {
  forbidden,
  methodNotAllowed,
  objectNotFound,
  pageNotFound,
  resourceNotFound,
  badRequest,
  NOSNIFF,
  NOT_CACHED,
  PLAIN_TEXT,
} from './status.ts';
import { discovered } from './discovery.ts';
import { ANONYMOUS, authorize, authorizePath, type User } from './users.ts';
import { versionBody } from './version.ts';

export interface RoutedRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly user: User;
  readonly body: Buffer;
  readonly fault: FaultAction | null;
}

export interface RouterOptions {
  readonly release: string;
  readonly chunking: 'recorded' | 'coalesced';
  /** Lists as servers up to 1.30 answer them: read from etcd, encoded in one buffer. */
  readonly legacy: boolean;
  readonly futureRevisionWaitMs: number;
}

const TEXT_HEADERS = { ...NOT_CACHED, ...PLAIN_TEXT, ...NOSNIFF } as const;
const REVIEWS_PATH = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews';

/** Finds the answer to a request whose user is known; throws a Failure for all but success. */
export async function route(
  request: RoutedRequest,
  state: ClusterState,
  options: RouterOptions,
): Promise<Answer> {
  const { path, method, user } = request;
  if (/^\/(healthz|livez|readyz)$/.test(path)) {
    return { status: 200, headers: TEXT_HEADERS, body: streamed([Buffer.from('ok')]) };
  }
  if (path === '/version' || path === '/version/') return version(request, options);
  if (path === REVIEWS_PATH && method === 'POST') return review(request);
  const target = /^\/api\/v1(?:\/namespaces\/([^/]+))?\/([^/]+)(?:\/([^/]+))?\/?$/.exec(path);
  if (target === null) {
    const discovery = user === ANONYMOUS ? null : discovered(path);
    if (discovery !== null) return json(200, [Buffer.from(`${goJson(discovery)}\n`)]);
    authorizePath(user, method.toLowerCase(), path);
    throw pageNotFound();
  }
  const [, namespace, resource = '', name] = target;
  if (method !== 'GET') throw methodNotAllowed();
  const verb = name !== undefined ? 'get' : isTrue(request.query.get('watch')) ? 'watch' : 'list';
  authorize(user, { verb, resource, ...(namespace === undefined ? {} : { namespace }) });
  if (resource !== 'nodes' && resource !== 'pods') throw resourceNotFound();
  if (verb === 'watch') throw badRequest('the simulated API server has no watches');
  if (name !== undefined) return single(request, state, resource, namespace ?? null, name);
  return list(request, state, resource, namespace ?? null, options);
}

function version(request: RoutedRequest, options: RouterOptions): Answer {
  negotiateJsonOnly(request.headers.accept);
  if (request.method !== 'GET') throw methodNotAllowed();
  return json(200, [versionBody(options.release)]);
}

function review(request: RoutedRequest): Answer {
  const { user, headers, body } = request;
  if (user === ANONYMOUS) {
    const resource = 'selfsubjectaccessreviews';
    const group = 'authorization.k8s.io';
    throw forbidden(
      `${resource}.${group} is forbidden: User "${user.name}" cannot create resource "${resource}" in API group "${group}" at the cluster scope`,
      { group, kind: resource },
    );
  }
  const question = { contentType: headers['content-type'], userAgent: headers['user-agent'] ?? '', body };
  return json(201, [Buffer.from(`${goJson(reviewAccess(user, question, new Date()))}\n`)]);
}

function single(
  request: RoutedRequest,
  state: ClusterState,
  kind: Kind,
  namespace: string | null,
  name: string,
): Answer {
  const encoding = negotiate(request.headers.accept);
  const key = namespace === null ? name : `${namespace}/${name}`;
  const found = state.current[kind].find((stored) => stored.key === key);
  if (found === undefined) throw objectNotFound(kind, name);
  const type = { nodes: 'Node', pods: 'Pod' }[kind];
  const whole: JsonObject = { kind: type, apiVersion: 'v1', ...found.object() };
  const bytes =
    encoding === 'json'
      ? Buffer.from(`${goJson(whole)}\n`)
      : encodeEnvelope(type, 'v1', found.bytes('protobuf'));
  return encoded(encoding, buffered([bytes]));
}

async function list(
  request: RoutedRequest,
  state: ClusterState,
  asked: Kind,
  namespace: string | null,
  options: RouterOptions,
): Promise<Answer> {
  const { query, fault, headers } = request;
  const encoding = negotiate(headers.accept);
  if (Number.isNaN(parseTimeout(query.get('timeout')))) {
    const shown = JSON.stringify(query.get('timeout'));
    throw badRequest(`invalid timeout specified in the request URL - time: invalid duration ${shown}`);
  }
  const kind = fault?.kind === 'wrongKind' ? (asked === 'pods' ? 'nodes' : 'pods') : asked;
  const heard = new URLSearchParams(query);
  if (fault?.kind === 'ignoreLimit') heard.delete('limit');
  const answered = await listPage(state, kind, namespace, heard, {
    fromEtcd: options.legacy,
    futureRevisionWaitMs: options.futureRevisionWaitMs,
  });
  const page = falsifiedPage(answered, query, fault);
  const writes = listWrites(page, encoding);
  const bytes = writes.reduce((sum, { length }) => sum + length, 0);
  const mayGzip = takesGzip(headers['accept-encoding']);
  if (mayGzip && bytes >= GZIP_FROM_BYTES) {
    const answer = encoded(encoding, gzipped(writes));
    return { ...answer, headers: { ...answer.headers, 'Content-Encoding': 'gzip', Vary: 'Accept-Encoding' } };
  }
  if (encoding === 'json' && wantsPretty(headers['user-agent'], query)) {
    const indented = goJson(JSON.parse(Buffer.concat(writes).toString()) as Json, 2);
    return encoded(encoding, buffered([Buffer.from(indented)]));
  }
  const body = options.legacy || mayGzip ? buffered(writes) : streamed(writes);
  return encoded(encoding, options.chunking === 'coalesced' ? coalesced(body) : body);
}

function falsifiedPage(page: Page, query: URLSearchParams, fault: FaultAction | null): Page {
  if (fault?.kind === 'repeatContinue') return { ...page, continueToken: query.get('continue') };
  if (fault?.kind === 'loseToken') return { ...page, continueToken: null, remainingItemCount: null };
  if (fault?.kind === 'reverseItems') return { ...page, items: page.items.toReversed() };
  if (fault?.kind === 'repeatItem') return { ...page, items: [...page.items.slice(0, 1), ...page.items] };
  return page;
}

function parseTimeout(text: string | null): number {
  if (text === null || text === '') return 0;
  return /^(\d+(\.\d+)?(ns|us|ms|s|m|h))+$/.test(text) ? 0 : Number.NaN;
}

function isTrue(text: string | null): boolean {
  return text === '1' || text === 'true';
}

function json(status: number, writes: readonly Buffer[]): Answer {
  return { status, headers: { ...NOT_CACHED, 'Content-Type': JSON_TYPE }, body: streamed(writes) };
}

function encoded(encoding: Encoding, body: Body): Answer {
  return { status: 200, headers: { ...NOT_CACHED, 'Content-Type': contentTypeOf(encoding) }, body };
}
