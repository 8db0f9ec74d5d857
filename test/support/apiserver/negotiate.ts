import type { Encoding } from './state.ts';
import { notAcceptable } from './status.ts';

export const JSON_TYPE = 'application/json';
export const PROTOBUF_TYPE = 'application/vnd.kubernetes.protobuf';

/** What the real server names in a 406, although this one cannot write YAML. */
const ALL = [
  JSON_TYPE,
  'application/yaml',
  PROTOBUF_TYPE,
  `${JSON_TYPE};stream=watch`,
  `${PROTOBUF_TYPE};stream=watch`,
];

interface Clause {
  readonly type: string;
  readonly parameters: readonly string[];
  readonly quality: number;
}

/** The encoding of an API object; throws the real server's 406 when the client takes neither. */
export function negotiate(accept: string | undefined): Encoding {
  const encoding = preferred(accept, ['json', 'protobuf']);
  if (encoding === null) throw notAcceptable(ALL);
  return encoding;
}

/** `/version` is only written as JSON. */
export function negotiateJsonOnly(accept: string | undefined): void {
  if (preferred(accept, ['json']) === null) throw notAcceptable([JSON_TYPE]);
}

/** The encoding of a Status: JSON when the client takes nothing we have. */
export function negotiateStatus(accept: string | undefined): {
  readonly encoding: Encoding;
  /** The real server indents a Status for clients whose Accept header matches nothing. */
  readonly matched: boolean;
} {
  const encoding = preferred(accept, ['json', 'protobuf']);
  return { encoding: encoding ?? 'json', matched: encoding !== null };
}

/** Clauses with `as=` (tables, metadata only) are passed over: this server has no such forms. */
function preferred(accept: string | undefined, offered: readonly Encoding[]): Encoding | null {
  if (accept === undefined || accept.trim() === '') return 'json';
  const clauses = accept.split(',').map(parseClause);
  const wanted = clauses
    .filter(({ quality, parameters }) => quality > 0 && !parameters.some((one) => one.startsWith('as=')))
    .sort((a, b) => b.quality - a.quality);
  for (const { type } of wanted) {
    const encoding = encodingOf(type);
    if (encoding !== null && offered.includes(encoding)) return encoding;
  }
  return null;
}

function parseClause(text: string): Clause {
  const [type = '', ...parameters] = text.split(';').map((part) => part.trim());
  const quality = parameters.find((parameter) => parameter.startsWith('q='));
  return { type, parameters, quality: quality === undefined ? 1 : Number(quality.slice(2)) };
}

function encodingOf(type: string): Encoding | null {
  if (type === JSON_TYPE || type === '*/*' || type === 'application/*') return 'json';
  return type === PROTOBUF_TYPE ? 'protobuf' : null;
}

export function contentTypeOf(encoding: Encoding): string {
  return encoding === 'json' ? JSON_TYPE : PROTOBUF_TYPE;
}

/** Does the client take gzip? `gzip;q=0` says no. */
export function takesGzip(acceptEncoding: string | undefined): boolean {
  return (acceptEncoding ?? '')
    .split(',')
    .map(parseClause)
    .some(({ type, quality }) => type === 'gzip' && quality > 0);
}

/** Tools that people read with get indented JSON, as does `?pretty=true`. */
export function wantsPretty(userAgent: string | undefined, query: URLSearchParams): boolean {
  const asked = query.get('pretty');
  if (asked !== null) return asked === 'true' || asked === '1' || asked === '';
  return /^(curl|Wget|Mozilla\/5\.0)/.test(userAgent ?? '');
}
