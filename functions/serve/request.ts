/** A request as data, and whether it is one that is answered at all. */
import { errorReply, type Reply } from './reply.ts';

export interface Request {
  readonly method: string;
  /** As it came: /api/clusters?x=1. */
  readonly target: string;
  /** Every Host header. */
  readonly hosts: readonly string[];
  /** The address that the request came to, as the socket says it. */
  readonly localAddress: string;
  readonly hasBody: boolean;
}

/** A target in parts, each decoded once; nothing in it climbs. */
export interface Target {
  readonly segments: readonly string[];
  readonly query: URLSearchParams;
}

const maxTargetLength = 2000;

/** null: it may be answered. */
export function refusalOf(request: Request, allowedHosts: readonly string[]): Reply | null {
  const [host, ...more] = request.hosts;
  if (host === undefined || more.length > 0 || !isAllowedHost(host, request.localAddress, allowedHosts))
    return errorReply(
      403,
      'the Host of the request is none that is answered here: use localhost, or start kube-binpack serve with --allow-host',
    );
  if (request.method !== 'GET' && request.method !== 'HEAD')
    return { ...errorReply(405, 'only GET and HEAD are answered'), headers: { Allow: 'GET, HEAD' } };
  if (request.hasBody) return errorReply(400, 'a request with a body is not answered');
  if (request.target.length > maxTargetLength)
    return errorReply(414, `the URL is longer than ${maxTargetLength} characters`);
  return null;
}

/**
 * A name that somebody else's DNS turns to this machine must not be answered, or any web page could read what is here
 * (DNS rebinding). An address cannot be turned: the one that the request came to is what it says it is.
 */
function isAllowedHost(header: string, localAddress: string, allowed: readonly string[]): boolean {
  const name = /^([a-z0-9._-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?$/.exec(header.toLowerCase())?.[1];
  return name !== undefined && [...loopbackHosts, hostOf(localAddress), ...allowed].includes(name);
}

const loopbackHosts = ['localhost', '127.0.0.1', '[::1]'];

/** An address as a Host header writes it. */
export function hostOf(address: string): string {
  const plain = address.toLowerCase().replace(/^::ffff:(?=\d+\.)/, '');
  return plain.includes(':') ? `[${plain}]` : plain;
}

/** null for what is no path of ours, or not encoded as it must be. */
export function parseTarget(target: string): Target | null {
  const [path = '', ...rest] = target.split('?');
  if (!path.startsWith('/')) return null;
  try {
    const segments = path
      .slice(1)
      .split('/')
      .map((segment) => decodeURIComponent(segment));
    return { segments, query: new URLSearchParams(rest.join('?')) };
  } catch (error) {
    if (error instanceof URIError) return null;
    throw error;
  }
}
