import { setTimeout as sleep } from 'node:timers/promises';
import { decodeContinue, encodeContinue } from './continueToken.ts';
import { fieldSelector, labelSelector, type Predicate } from './selectors.ts';
import type { ClusterState, Kind, Revision, StoredObject } from './state.ts';
import { badRequest, continueExpired, invalid, revisionExpired, revisionTooLarge } from './status.ts';

/** What one LIST answers, before it is written in an encoding. */
export interface Page {
  readonly kind: Kind;
  readonly items: readonly StoredObject[];
  readonly resourceVersion: number;
  readonly continueToken: string | null;
  readonly remainingItemCount: number | null;
}

export interface ListOptions {
  /** Servers up to 1.30: lists come from etcd. Tokens differ, and future revisions are refused at once. */
  readonly fromEtcd: boolean;
  /** How long a request for a future revision waits for it; the real server takes three seconds. */
  readonly futureRevisionWaitMs: number;
}

interface Start {
  readonly revision: Revision;
  readonly start: string;
}

/** Answers a LIST as kube-apiserver 1.36 does; throws a Failure for what that refuses. */
export async function listPage(
  state: ClusterState,
  kind: Kind,
  namespace: string | null,
  query: URLSearchParams,
  options: ListOptions,
): Promise<Page> {
  const limit = parseLimit(query.get('limit'));
  validate(query);
  const selected = selectors(kind, query);
  const { revision, start } = await findStart(state, query, limit, options);
  const prefix = namespace === null ? '' : `${namespace}/`;
  const all = namespace === null ? revision[kind] : within(revision[kind], prefix);
  const rest = all.slice(lowerBound(all, prefix + start));
  const matching = selected === null ? rest : rest.filter((stored) => selected(stored.object()));
  const unlimited = limit <= 0 || query.get('resourceVersion') === '0';
  const items = unlimited ? matching : matching.slice(0, limit);
  const more = matching.length - items.length;
  const last = items.at(-1);
  return {
    kind,
    items,
    resourceVersion: revision.number,
    continueToken:
      more === 0 || last === undefined
        ? null
        : encodeContinue(
            { revision: revision.number, start: `${last.key.slice(prefix.length)}\0` },
            !options.fromEtcd,
          ),
    remainingItemCount: more === 0 || selected !== null ? null : more,
  };
}

async function findStart(
  state: ClusterState,
  query: URLSearchParams,
  limit: number,
  options: ListOptions,
): Promise<Start> {
  const token = query.get('continue') ?? '';
  const asked = query.get('resourceVersion') ?? '';
  const match = query.get('resourceVersionMatch') ?? '';
  if (token !== '') {
    const { revision, start } = decodeContinue(token);
    if (asked !== '' && asked !== '0') {
      throw badRequest('specifying resource version is not allowed when using continue');
    }
    if (revision < 0) return { revision: state.current, start };
    await reach(state, revision, options, options.fromEtcd);
    const old = state.at(revision);
    if (old === null) throw continueExpired(encodeContinue({ revision: -1, start }, false));
    // The list keeps the revision of its token, also where nothing changed since an earlier one.
    return { revision: { ...old, number: revision }, start };
  }
  const number = parseRevision(asked);
  if (number === 0) return { revision: state.current, start: '' };
  // A version with a limit and no match means Exact: a rule kept for clients older than the parameter.
  const exact = match === 'Exact' || (match === '' && limit > 0);
  await reach(state, number, options, options.fromEtcd && exact);
  if (!exact) return { revision: state.current, start: '' };
  const old = state.at(number);
  if (old === null) throw revisionExpired();
  return { revision: { ...old, number }, start: '' };
}

/** Waits for a revision that does not exist yet. */
async function reach(
  state: ClusterState,
  revision: number,
  options: ListOptions,
  atOnce: boolean,
): Promise<void> {
  if (revision <= state.current.number) return;
  if (atOnce) throw revisionTooLarge(revision, state.current.number, null);
  await sleep(options.futureRevisionWaitMs);
  if (revision > state.current.number) throw revisionTooLarge(revision, state.current.number, 1);
}

function validate(query: URLSearchParams): void {
  const match = query.get('resourceVersionMatch') ?? '';
  const version = query.get('resourceVersion') ?? '';
  const fail = (reason: string, message: string): never => {
    throw invalid(
      { group: 'meta.k8s.io', kind: 'ListOptions' },
      { reason, message, field: 'resourceVersionMatch' },
    );
  };
  const forbid = (why: string): never => fail('FieldValueForbidden', `Forbidden: ${why}`);
  if (match !== '') {
    if ((query.get('continue') ?? '') !== '') {
      forbid('resourceVersionMatch is forbidden when continue is provided');
    }
    if (version === '') forbid('resourceVersionMatch is forbidden unless resourceVersion is provided');
    if (match !== 'Exact' && match !== 'NotOlderThan') {
      const supported = '"Exact", "NotOlderThan", ""';
      fail('FieldValueNotSupported', `Unsupported value: "${match}": supported values: ${supported}`);
    }
    if (match === 'Exact' && version === '0') {
      forbid('resourceVersionMatch "exact" is forbidden for resourceVersion "0"');
    }
  }
}

function selectors(kind: Kind, query: URLSearchParams): Predicate | null {
  const fields = query.get('fieldSelector') ?? '';
  const labels = query.get('labelSelector') ?? '';
  const predicates = [
    ...(fields === '' ? [] : [fieldSelector(kind, fields)]),
    ...(labels === '' ? [] : [labelSelector(labels)]),
  ];
  return predicates.length === 0 ? null : (object) => predicates.every((holds) => holds(object));
}

function parseLimit(text: string | null): number {
  if (text === null || text === '') return 0;
  const quoted = JSON.stringify(text);
  if (!/^[+-]?\d+$/.test(text)) throw badRequest(`strconv.ParseInt: parsing ${quoted}: invalid syntax`);
  if (BigInt.asIntN(64, BigInt(text)) !== BigInt(text)) {
    throw badRequest(`strconv.ParseInt: parsing ${quoted}: value out of range`);
  }
  return Number(text);
}

function parseRevision(text: string): number {
  if (text === '') return 0;
  if (/^\d+$/.test(text)) return Number(text);
  const quoted = JSON.stringify(text);
  throw badRequest(
    `invalid resource version: resourceVersion: Invalid value: ${quoted}: strconv.ParseUint: parsing ${quoted}: invalid syntax`,
  );
}

function within(objects: readonly StoredObject[], prefix: string): readonly StoredObject[] {
  // '0' follows '/', so this is the first key after all that begin with the prefix.
  return objects.slice(lowerBound(objects, prefix), lowerBound(objects, `${prefix.slice(0, -1)}0`));
}

function lowerBound(objects: readonly StoredObject[], key: string): number {
  let low = 0;
  let high = objects.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((objects[middle]?.key ?? '') < key) low = middle + 1;
    else high = middle;
  }
  return low;
}
