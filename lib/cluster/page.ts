/** One page of a list, however many tries it takes; what was handed on once is not handed on again. */
import { ClusterError, DecodeError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { ListDecoder, ListMeta, ListVisitor } from './decode/body.ts';
import { PermanentClusterError } from './failure.ts';
import { asRetryable, readRefusal, refusalError, type Refusal } from './refusal.ts';
import type { Http, HttpRequest, HttpResponse } from './http.ts';
import { PassingError, withRetries, type Pause, type RetryPolicy } from './retry.ts';

export type Encoding = 'protobuf' | 'json';

export interface PageReader<T> {
  readonly http: Http;
  readonly log: Log;
  readonly retry: RetryPolicy;
  /** Before a page is asked for again; real time where it is left out. */
  readonly pause?: Pause | undefined;
  /** In [0, 1): the jitter of retries. */
  readonly random: () => number;
  readonly createDecoder: (encoding: Encoding, visitor: ListVisitor<T>) => ListDecoder;
}

export interface PageRequest<T> {
  readonly request: HttpRequest;
  /** "list pods (page 3 of about 80)", for errors. */
  readonly doing: string;
  /** Statuses that the caller takes as an answer: they throw RefusedError at once. */
  readonly answers: readonly number[];
  /** A response that was asked for ahead of time. */
  readonly ahead: Ahead | null;
  /** Called once per page, as soon as the metadata is read; the items follow. */
  readonly onMeta: (meta: ListMeta) => void;
  readonly onItem: (item: T) => void;
}

export interface PageResult {
  readonly encoding: Encoding;
  readonly bytes: number;
  readonly retries: number;
}

/** A request under way whose failure is looked at only when its turn comes. */
export type Ahead = Promise<{ readonly response: HttpResponse } | { readonly error: unknown }>;

export function sendAhead(http: Http, request: HttpRequest, signal: AbortSignal): Ahead {
  return http.send(request, signal).then(
    (response) => ({ response }),
    (error: unknown) => ({ error }),
  );
}

/** The server answered with a status that the caller knows what to do about. */
export class RefusedError extends ClusterError {
  readonly refusal: Refusal;

  constructor(refusal: Refusal, doing: string) {
    super(refusalError(refusal, doing).message, { status: refusal.status });
    this.refusal = refusal;
  }
}

/** A page that does not go with what came before it: the list must start over. */
export class PageChangedError extends ClusterError {}

export async function readPage<T>(
  reader: PageReader<T>,
  page: PageRequest<T>,
  signal: AbortSignal,
): Promise<PageResult> {
  const { http, log, random, pause, retry: policy } = reader;
  const { doing } = page;
  const delivered: Delivered = { items: 0, meta: null };
  let bytes = 0;
  const attemptPage = async (attempt: number): Promise<PageResult> => {
    const ahead = attempt === 0 ? page.ahead : null;
    const response = await (ahead === null ? http.send(page.request, signal) : settled(ahead));
    const encoding = await readResponse(reader, page, response, delivered).finally(() => {
      bytes += response.wireBytes();
    });
    return { encoding, bytes, retries: attempt };
  };
  const attemptOrPass = async (attempt: number): Promise<PageResult> =>
    attemptPage(attempt).catch((error: unknown) => {
      throw asPassing(error);
    });
  return withRetries(attemptOrPass, { policy, pause, random, log, doing }, signal).catch((error: unknown) => {
    throw inContext(error, doing);
  });
}

const finalErrors = [PermanentClusterError, PageChangedError, PassingError];

/** What a server refused, or said wrongly, stays as it is (it has a status); a failure to reach it may pass. */
function asPassing(error: unknown): unknown {
  const isFinal = finalErrors.some((kind) => error instanceof kind);
  return error instanceof ClusterError && !isFinal && error.status === null ? new PassingError(error) : error;
}

async function settled(ahead: Ahead): Promise<HttpResponse> {
  const outcome = await ahead;
  if ('error' in outcome) throw outcome.error;
  return outcome.response;
}

function inContext(error: unknown, doing: string): unknown {
  if (error instanceof DecodeError)
    return new ClusterError(`could not ${doing}: ${error.message}`, { cause: error });
  if (error instanceof PermanentClusterError)
    return new PermanentClusterError(`could not ${doing}: ${error.message}`, { cause: error });
  return error;
}

/** By all tries of a page so far. */
interface Delivered {
  items: number;
  meta: ListMeta | null;
}

/** The list goes on, or ends, as the first try had it: its token is in use, or the page was taken for the last. */
function goesOnAs(meta: ListMeta, before: ListMeta): boolean {
  return (
    meta.resourceVersion === before.resourceVersion &&
    (meta.continueToken === '') === (before.continueToken === '')
  );
}

async function readResponse<T>(
  reader: PageReader<T>,
  page: PageRequest<T>,
  response: HttpResponse,
  delivered: Delivered,
): Promise<Encoding> {
  if (response.status !== 200) throw await refusedError(response, page);
  const encoding = encodingOf(response);
  let seen = 0;
  let metaSeen = false;
  const decoder = reader.createDecoder(encoding, {
    meta(meta) {
      metaSeen = true;
      if (delivered.meta === null) page.onMeta(meta);
      else if (!goesOnAs(meta, delivered.meta)) {
        throw new PageChangedError(`could not ${page.doing}: the list changed while a page was read again`);
      }
      delivered.meta ??= meta;
    },
    item(item) {
      seen += 1;
      if (seen <= delivered.items) return;
      delivered.items = seen;
      page.onItem(item);
    },
  });
  await response.read((bytes) => decoder.push(bytes));
  try {
    decoder.end();
  } catch (error) {
    // the bytes were right as far as they went: a proxy may end a cut body as if it were whole
    throw error instanceof DecodeError && error.cutShort ? new PassingError(error) : error;
  }
  if (!metaSeen) throw new ClusterError(`could not ${page.doing}: the list has no metadata`, { status: 200 });
  return encoding;
}

async function refusedError<T>(response: HttpResponse, page: PageRequest<T>): Promise<ClusterError> {
  const refusal = await readRefusal(response);
  if (page.answers.includes(refusal.status)) return new RefusedError(refusal, page.doing);
  return asRetryable(refusalError(refusal, page.doing), response);
}

function encodingOf(response: HttpResponse): Encoding {
  const { contentType } = response;
  if (contentType === 'application/vnd.kubernetes.protobuf') return 'protobuf';
  if (contentType === 'application/json') return 'json';
  response.discard();
  const what = contentType === '' ? 'no content type' : contentType;
  throw new PermanentClusterError(
    `the answer is ${what}, neither protobuf nor JSON: is this the address of a Kubernetes API server?`,
  );
}
