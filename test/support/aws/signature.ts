/** Signature Version 4, recomputed: from its documentation, and with nothing of the SDK. */
import { createHash, createHmac } from 'node:crypto';

export interface Signed {
  readonly method: string;
  readonly host: string;
  readonly path: string;
  /** With all parameters but the signature. */
  readonly query: URLSearchParams;
  /** Values of the signed headers, by their names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** 20261121T074500Z */
  readonly date: string;
  /** 20261121/eu-central-1/sts/aws4_request */
  readonly scope: string;
  readonly secret: string;
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();

/** Of a request without a body, whose parameters are in its query. */
export function presignedSignature({ method, path, query, headers, date, scope, secret }: Signed): string {
  const names = Object.keys(headers).sort();
  const parameters = [...query]
    .map(([name, value]) => `${escapeParameter(name)}=${escapeParameter(value)}`)
    .sort();
  const canonical = [
    method,
    path,
    parameters.join('&'),
    ...names.map((name) => `${name}:${(headers[name] ?? '').trim().replaceAll(/\s+/g, ' ')}`),
    '',
    names.join(';'),
    sha256(''),
  ].join('\n');
  const toSign = ['AWS4-HMAC-SHA256', date, scope, sha256(canonical)].join('\n');
  const key = scope
    .split('/')
    .reduce((derived: string | Buffer, part) => hmac(derived, part), `AWS4${secret}`);
  return hmac(key, toSign).toString('hex');
}

/** RFC 3986: everything but letters, digits, `-`, `.`, `_` and `~`. */
function escapeParameter(text: string): string {
  return encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
