/**
 * What EKS does with a token: the rules of aws-iam-authenticator, and then STS, which recomputes the signature. Of the
 * rules: a prefix, base64 without padding, https, a host of STS, known parameters only and each once, GetCallerIdentity,
 * the cluster's header among the signed ones, and 15 minutes from X-Amz-Date.
 */
import { presignedSignature } from './signature.ts';

const prefix = 'k8s-aws-v1.';
const maxTokenBytes = 4096;
const maxAgeMs = 15 * 60_000;
const clusterHeader = 'x-k8s-aws-id';
const known = new Set([
  'action',
  'version',
  'x-amz-algorithm',
  'x-amz-credential',
  'x-amz-date',
  'x-amz-expires',
  'x-amz-security-token',
  'x-amz-signature',
  'x-amz-signedheaders',
]);
/** Regional hosts of STS, of any partition. */
const stsHost =
  /^sts\.([a-z]{2,}(?:-[a-z]+)+-\d)\.(?:amazonaws\.com(?:\.cn)?|amazonaws\.eu|c2s\.ic\.gov|sc2s\.sgov\.gov|cloud\.adc-e\.uk|csp\.hci\.ic\.gov)$/;

export interface Verification {
  readonly clusterName: string;
  readonly nowMs: number;
  /** Of an access key; null where nobody has it. `token`: that its session must show, or null. */
  readonly secretOf: (accessKey: string) => { readonly secret: string; readonly token: string | null } | null;
}

/** The access key and the region that it was signed for. Throws with the rule that the token breaks. */
export function verifyToken(
  token: string,
  { clusterName, nowMs, secretOf }: Verification,
): { readonly accessKey: string; readonly region: string } {
  if (token.length > maxTokenBytes) throw new Error('token is too large');
  if (!token.startsWith(prefix)) throw new Error(`token is missing expected "${prefix}" prefix`);
  const encoded = token.slice(prefix.length);
  if (!/^[A-Za-z0-9_-]+$/.test(encoded)) throw new Error('token is not base64url without padding');
  const url = new URL(Buffer.from(encoded, 'base64url').toString('utf8'));
  if (url.protocol !== 'https:') throw new Error(`unexpected scheme ${url.protocol}`);
  const region = stsHost.exec(url.hostname)?.[1];
  if (region === undefined || url.host !== url.hostname) throw new Error(`unexpected hostname "${url.host}"`);
  if (url.pathname !== '/') throw new Error('unexpected path in pre-signed URL');
  const parameters = new Map<string, string>();
  for (const [name, value] of url.searchParams) {
    const lower = name.toLowerCase();
    if (parameters.has(lower)) throw new Error(`duplicate query parameter "${name}"`);
    if (!known.has(lower)) throw new Error(`non-whitelisted query parameter "${name}"`);
    parameters.set(lower, value);
  }
  const of = (name: string): string => parameters.get(name) ?? '';
  if (of('action') !== 'GetCallerIdentity') throw new Error('unexpected action parameter in pre-signed URL');
  const signedHeaders = of('x-amz-signedheaders').split(';');
  if (!signedHeaders.includes(clusterHeader))
    throw new Error(`client did not sign the ${clusterHeader} header`);
  const expires = of('x-amz-expires');
  if (!/^\d+$/.test(expires) || Number(expires) > 900) throw new Error(`invalid X-Amz-Expires "${expires}"`);
  const date = of('x-amz-date');
  const at = Date.parse(date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
  if (!(nowMs <= at + maxAgeMs)) throw new Error('X-Amz-Date parameter is expired (15 minute expiration)');

  const [accessKey = '', ...scope] = of('x-amz-credential').split('/');
  const session = secretOf(accessKey);
  if (session === null) throw new Error(`InvalidClientTokenId: ${accessKey}`);
  if (session.token !== (parameters.get('x-amz-security-token') ?? null))
    throw new Error('InvalidClientTokenId: security token');
  if (scope[1] !== region || scope[2] !== 'sts')
    throw new Error(`SignatureDoesNotMatch: credential scope ${scope.join('/')}`);
  const query = new URLSearchParams(
    [...url.searchParams].filter(([name]) => name.toLowerCase() !== 'x-amz-signature'),
  );
  const values: Readonly<Record<string, string>> = { host: url.host, [clusterHeader]: clusterName };
  const headers = Object.fromEntries(signedHeaders.map((name) => [name, values[name] ?? '']));
  const expected = presignedSignature({
    method: 'GET',
    host: url.host,
    path: '/',
    query,
    headers,
    date,
    scope: scope.join('/'),
    secret: session.secret,
  });
  if (of('x-amz-signature') !== expected) throw new Error('SignatureDoesNotMatch');
  return { accessKey, region };
}
