/** The first part of an HTTP/1.1 message from a server: status line and headers (RFC 9112, sections 2 to 5). */
import { HttpSyntaxError } from './syntax.ts';

export interface Head {
  readonly status: number;
  /** By name in lower case; values of one name are joined by a comma. */
  readonly headers: ReadonlyMap<string, string>;
  readonly framing: Framing;
  /** Whether the connection may carry another request after this answer. */
  readonly keepAlive: boolean;
}

/** How the end of a body is known (RFC 9112, section 6.3). */
export type Framing =
  | { readonly kind: 'length'; readonly bytes: number }
  | { readonly kind: 'chunked' }
  | { readonly kind: 'untilClose' };

/** Far more than an API server and the proxies before it send. */
const maxHeadBytes = 64 * 1024;
const endOfHead = Buffer.from('\r\n\r\n');
const statusLine = /^HTTP\/1\.([01]) (\d{3})(?: .*)?$/;
const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

export interface HeadReader {
  /** The head once it is whole, and what came behind it; null until then. Throws HttpSyntaxError. */
  push(bytes: Buffer): { readonly head: Head; readonly rest: Buffer } | null;
}

/** Reads one head; heads of 1xx (which announce another) are passed over. */
export function createHeadReader(): HeadReader {
  let seen = Buffer.alloc(0);
  return {
    push(bytes) {
      seen = Buffer.concat([seen, bytes]);
      for (;;) {
        const end = seen.indexOf(endOfHead);
        if (end === -1 ? seen.length > maxHeadBytes : end > maxHeadBytes)
          throw new HttpSyntaxError(`headers of more than ${maxHeadBytes} bytes`);
        if (end === -1) return null;
        const head = parseHead(seen.toString('latin1', 0, end));
        seen = seen.subarray(end + endOfHead.length);
        if (head.status >= 200) return { head, rest: seen };
      }
    },
  };
}

function parseHead(text: string): Head {
  const [first = '', ...lines] = text.split('\r\n');
  const [, minor, status] = statusLine.exec(first) ?? [];
  if (minor === undefined) throw new HttpSyntaxError('an answer that does not begin as HTTP/1.1 does');
  const headers = parseHeaders(lines);
  const connection = (headers.get('connection') ?? '').toLowerCase();
  const framing = framingOf(Number(status), headers);
  return {
    status: Number(status),
    headers,
    framing,
    keepAlive:
      minor === '1' && !/(?:^|,)\s*close\s*(?:,|$)/.test(connection) && framing.kind !== 'untilClose',
  };
}

function parseHeaders(lines: readonly string[]): Map<string, string> {
  const headers = new Map<string, string>();
  for (const line of lines) {
    const colon = line.indexOf(':');
    const name = line.slice(0, Math.max(0, colon)).toLowerCase();
    if (!token.test(name)) throw new HttpSyntaxError('a header without a name');
    const value = line.slice(colon + 1).replaceAll(/^[ \t]+|[ \t]+$/g, '');
    const before = headers.get(name);
    headers.set(name, before === undefined ? value : `${before}, ${value}`);
  }
  return headers;
}

function framingOf(status: number, headers: ReadonlyMap<string, string>): Framing {
  if (status === 204 || status === 304) return { kind: 'length', bytes: 0 };
  const coding = headers.get('transfer-encoding');
  const length = headers.get('content-length');
  // both at once is how requests are smuggled: no server means it
  if (coding !== undefined && length !== undefined)
    throw new HttpSyntaxError('an answer with Transfer-Encoding and Content-Length');
  if (coding !== undefined) {
    if (coding.toLowerCase() !== 'chunked')
      throw new HttpSyntaxError(`an answer in Transfer-Encoding ${coding}`);
    return { kind: 'chunked' };
  }
  if (length === undefined) return { kind: 'untilClose' };
  if (!/^\d{1,15}$/.test(length)) throw new HttpSyntaxError(`an answer with Content-Length ${length}`);
  return { kind: 'length', bytes: Number(length) };
}
