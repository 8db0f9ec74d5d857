import { posix } from 'node:path';
import { type Failure, badRequest } from './status.ts';

/** Where a list goes on: `revision` -1 means "at the newest", after the revision it began at had expired. */
export interface Continuation {
  readonly revision: number;
  /** First key to show, inclusive; the last one shown plus a zero byte. */
  readonly start: string;
}

/**
 * Unpadded base64url of JSON, as the real server does. Its watch cache writes keys with a leading slash,
 * etcd-backed lists and inconsistent tokens without.
 */
export function encodeContinue({ revision, start }: Continuation, slash: boolean): string {
  const token = { v: 'meta.k8s.io/v1', rv: revision, start: `${slash ? '/' : ''}${start}` };
  // Go escapes control characters as JSON.stringify does, so the text comes out equal.
  return Buffer.from(JSON.stringify(token)).toString('base64url');
}

export function decodeContinue(token: string): Continuation {
  const illegal = token.search(/[^\w-]/);
  if (illegal !== -1) throw invalid(`illegal base64 data at input byte ${illegal}`);
  const bytes = Buffer.from(token, 'base64url');
  const { v, rv, start } = parse(bytes);
  if (v !== 'meta.k8s.io/v1') throw invalid(`server does not recognize this encoded version ${String(v)}`);
  if (typeof rv !== 'number' || rv === 0) {
    throw invalid('incorrect encoded start resourceVersion (version meta.k8s.io/v1)');
  }
  if (typeof start !== 'string' || start === '') {
    throw invalid('encoded start key empty (version meta.k8s.io/v1)');
  }
  const key = start.startsWith('/') ? start : `/${start}`;
  if (posix.normalize(key) !== key) throw invalid(start);
  return { revision: rv, start: key.slice(1) };
}

function parse(bytes: Buffer): { readonly v?: unknown; readonly rv?: unknown; readonly start?: unknown } {
  try {
    return JSON.parse(bytes.toString()) as object;
  } catch {
    const first = bytes[0] ?? 0;
    const shown =
      first >= 0x20 && first < 0x7f
        ? String.fromCharCode(first)
        : `\\u${first.toString(16).padStart(4, '0')}`;
    throw invalid(`invalid character '${shown}' looking for beginning of value`);
  }
}

function invalid(why: string): Failure {
  return badRequest(`invalid continue token: continue key is not valid: ${why}`);
}
