/**
 * A whole list by pages: `limit`, then `continue`. The request for a page leaves as soon as its token is read,
 * while the page before is still being decoded; never more than two pages are in flight.
 */
import { ClusterError } from '../errors.ts';
import type { Collection } from '../model/snapshot.ts';
import type { ListMeta } from './decode/body.ts';
import type { HttpRequest } from './http.ts';
import {
  PageChangedError,
  readPage,
  RefusedError,
  sendAhead,
  type Ahead,
  type PageReader,
  type PageResult,
} from './page.ts';

export interface ListRequest<T> {
  readonly resource: Collection['resource'];
  readonly path: string;
  readonly accept: string;
  /** labelSelector, fieldSelector. */
  readonly selectors: Readonly<Record<string, string>>;
  /** Items a page; 0: all in one. */
  readonly pageSize: number;
  /** List at exactly this revision, or at the newest where the server has it no more; null: at the newest. */
  readonly exactAt: string | null;
  readonly maxRestarts: number;
  /** More than any cluster has: the bound of what a server can make us keep. */
  readonly maxItems: number;
  /** The list starts over: forget every item so far. */
  readonly onRestart: () => void;
  readonly onItem: (item: T) => void;
  /** `total` is the server's estimate, null where it gives none. */
  readonly onProgress: (items: number, total: number | null) => void;
}

export interface ListResult {
  readonly resourceVersion: string;
  /** Pages of different revisions: the list expired once too often and was continued all the same. */
  readonly inconsistent: boolean;
  /** All of it at the revision that was asked for. */
  readonly exact: boolean;
  readonly collection: Omit<Collection, 'durationMs'>;
}

/** The server cannot list at the revision asked for. */
class ExactRefusedError extends ClusterError {}

/** Until then the order of names was enough to know that none came twice. */
class OutOfOrderError extends PageChangedError {}

/** Compacted away, or not there yet on this server. */
const exactRefusals = [410, 504];
const expired = 410;
const progressEvery = 100;

/** Nodes and pods alike. */
interface Named {
  readonly name: string;
  readonly namespace?: string;
}

interface Start {
  /** null: the first page. */
  readonly token: string | null;
  readonly items: number;
  readonly pages: number;
  /** The last item that was handed on; the token may stand before it. */
  readonly last: Named | null;
}

const beginning: Start = { token: null, items: 0, pages: 0, last: null };

export async function listAll<T extends Named>(
  reader: PageReader<T>,
  request: ListRequest<T>,
  signal: AbortSignal,
): Promise<ListResult> {
  const spent = { bytes: 0, retries: 0 };
  let restarts = 0;
  let inconsistent = false;
  let { exactAt } = request;
  let start = beginning;
  // by etcd's order nothing can come twice; other stores (k3s' kine of before 2024) have none, and there names are kept
  let seen: Set<string> | null = null;
  for (;;) {
    try {
      const listed = await listFrom(reader, { ...request, exactAt, seen }, start, spent, signal);
      const { items, pages, encoding, resourceVersion } = listed;
      inconsistent ||= listed.mixed;
      return {
        resourceVersion,
        inconsistent,
        exact: exactAt !== null,
        collection: { resource: request.resource, items, pages, encoding, restarts, ...spent },
      };
    } catch (error) {
      if (error instanceof ExactRefusedError) {
        reader.log.warn(`${error.message}; listing ${request.resource} at their newest revision instead`);
        request.onRestart();
        seen?.clear();
        exactAt = null;
        continue;
      }
      if (!(error instanceof BrokenListError)) throw error;
      const { cause, at } = error;
      if (cause instanceof OutOfOrderError) {
        reader.log.warn(`${cause.message}; listing ${request.resource} again from the start, by their names`);
        request.onRestart();
        restarts += 1;
        seen = new Set();
        [start, inconsistent] = [beginning, false];
      } else if (restarts < request.maxRestarts && !inconsistent) {
        restarts += 1;
        const again = `${restarts} of ${request.maxRestarts}`;
        reader.log.warn(`${cause.message}; listing ${request.resource} again from the start (${again})`);
        request.onRestart();
        seen?.clear();
        start = beginning;
      } else if (at.token !== '' && !inconsistent) {
        inconsistent = true;
        reader.log.warn(
          `the list of ${request.resource} expired ${restarts + 1} times; continuing it inconsistently`,
        );
        start = at;
      } else {
        throw cause;
      }
    }
  }
}

/** Why a list must start over, and from where it could go on instead (an empty token: nowhere). */
class BrokenListError extends Error {
  override readonly cause: ClusterError;
  readonly at: Start;

  constructor(cause: ClusterError, at: Start) {
    super(cause.message, { cause });
    this.cause = cause;
    this.at = at;
  }
}

interface Listed extends Omit<PageResult, 'bytes' | 'retries'> {
  readonly items: number;
  readonly pages: number;
  readonly resourceVersion: string;
  readonly mixed: boolean;
}

async function listFrom<T extends Named>(
  reader: PageReader<T>,
  request: ListRequest<T> & { readonly seen: Set<string> | null },
  start: Start,
  spent: { bytes: number; retries: number },
  outer: AbortSignal,
): Promise<Listed> {
  const stop = new AbortController();
  const signal = AbortSignal.any([outer, stop.signal]);
  const seenTokens = new Set<string>();
  const { seen } = request;
  let { token, items, pages, last } = start;
  let resourceVersion: string | null = null;
  let mixed = false;
  let total: number | null = null;
  let ahead: Ahead | null = null;
  try {
    for (;;) {
      // only the first page can repeat what was handed on before the list broke off
      const resumed = pages === start.pages ? start.last : null;
      let next = '';
      let nextAhead: Ahead | null = null;
      const onMeta = (meta: ListMeta): void => {
        resourceVersion ??= meta.resourceVersion;
        mixed ||= meta.resourceVersion !== resourceVersion;
        total = meta.remainingItemCount === null ? total : items + request.pageSize + meta.remainingItemCount;
        next = meta.continueToken;
        if (next === '') return;
        if (seenTokens.has(next))
          throw new ClusterError(repeated(request.resource, pages + 1), { status: 200 });
        seenTokens.add(next);
        nextAhead = sendAhead(reader.http, pageRequest(request, next), signal);
      };
      const isNew = (item: T): boolean => {
        const name = keyOf(item);
        const doing = `could not list ${request.resource} (page ${pages + 1})`;
        if (seen === null) {
          if (resumed !== null && !isBehind(item, resumed)) return false;
          if (last !== null && !isBehind(item, last))
            throw new OutOfOrderError(`${doing}: ${name} comes behind ${keyOf(last)}, twice or out of order`);
          return true;
        }
        if (seen.has(name) && resumed === null) throw new PageChangedError(`${doing}: ${name} comes twice`);
        const before = seen.size;
        return seen.add(name).size > before;
      };
      const onItem = (item: T): void => {
        if (!isNew(item)) return;
        last = item;
        items += 1;
        if (items > request.maxItems)
          throw new ClusterError(
            `could not list ${request.resource}: there are more than ${request.maxItems}, and no cluster has so many`,
            { status: 200 },
          );
        if (items % progressEvery === 0) request.onProgress(items, total);
        request.onItem(item);
      };
      const result = await readPage(
        reader,
        {
          request: pageRequest(request, token),
          doing: `list ${request.resource} (page ${pages + 1}${about(total, request.pageSize)})`,
          answers: token !== null ? [expired] : request.exactAt !== null ? exactRefusals : [],
          ahead,
          onMeta,
          onItem,
        },
        signal,
      ).catch((error: unknown) => {
        throw broken(error, request, { items, pages, last });
      });
      pages += 1;
      spent.bytes += result.bytes;
      spent.retries += result.retries;
      if (next === '') {
        request.onProgress(items, items);
        return { items, pages, encoding: result.encoding, resourceVersion: resourceVersion ?? '', mixed };
      }
      token = next;
      ahead = nextAhead;
    }
  } finally {
    // whatever was asked for ahead of time and is not wanted any more
    stop.abort();
  }
}

function broken(
  error: unknown,
  { exactAt, resource }: Pick<ListRequest<never>, 'exactAt' | 'resource'>,
  at: Omit<Start, 'token'>,
): unknown {
  if (error instanceof RefusedError && exactAt !== null) {
    const text = `the server does not list ${resource} at revision ${exactAt}: ${error.refusal.message}`;
    return new ExactRefusedError(text, { cause: error, status: error.refusal.status });
  }
  if (error instanceof RefusedError)
    return new BrokenListError(error, { ...at, token: error.refusal.continueToken });
  return error instanceof PageChangedError ? new BrokenListError(error, { ...at, token: '' }) : error;
}

/** Whether `item` belongs behind `other`: lists come in the order of their keys in etcd. */
function isBehind(item: Named, other: Named): boolean {
  const { namespace = '' } = item;
  const { namespace: otherNamespace = '' } = other;
  // a slash ends the namespace in the key, and stands behind the hyphen
  return namespace === otherNamespace ? item.name > other.name : `${namespace}/` > `${otherNamespace}/`;
}

function keyOf({ namespace = '', name }: Named): string {
  return namespace === '' ? name : `${namespace}/${name}`;
}

function repeated(resource: string, page: number): string {
  return `could not list ${resource} (page ${page}): the server gave a continue token that it had given before`;
}

function about(total: number | null, pageSize: number): string {
  return total === null || pageSize === 0 ? '' : ` of about ${Math.max(1, Math.ceil(total / pageSize))}`;
}

/** Continue requests carry neither resourceVersion (400) nor resourceVersionMatch (422). */
function pageRequest(request: ListRequest<never>, token: string | null): HttpRequest {
  const { path, accept, selectors, pageSize, exactAt } = request;
  const position =
    token !== null
      ? { continue: token }
      : exactAt !== null
        ? { resourceVersion: exactAt, resourceVersionMatch: 'Exact' }
        : {};
  return { path, accept, query: { ...selectors, limit: pageSize === 0 ? null : pageSize, ...position } };
}
