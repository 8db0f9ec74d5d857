import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { createSecureContext } from 'node:tls';
import { ConfigError } from '../../errors.ts';
import type { Target } from './target.ts';
import { readMaterial } from './user.ts';
import type { Material } from './user.ts';

/** PEM text, one character a byte. */
export type TlsMaterial = Readonly<Record<'ca' | 'cert' | 'key', string | null>>;

type ProxyAgent = (target: Target, proxyUrl: string, tls: TlsMaterial) => Promise<HttpAgent>;

/** At most two pages are in flight: more sockets would only idle. */
export const POOL = { keepAlive: true, maxSockets: 2 } as const;

export async function readTls({ certificateAuthority, user }: Target): Promise<TlsMaterial> {
  const read = async (material: Material | null): Promise<string | null> =>
    material === null ? null : readMaterial(material);
  const [ca, cert, key] = await Promise.all([
    read(certificateAuthority),
    read(user.certificate),
    read(user.key),
  ]);
  return { ca, cert, key };
}

/**
 * One agent, so that connections are kept, and a new one when a certificate changed. The one before is left to the
 * requests that may still run on it, until close().
 */
export function agentPool(
  target: Target,
  proxyAgent: ProxyAgent,
): { readonly take: (tls: TlsMaterial) => Promise<HttpAgent>; readonly close: () => void } {
  const made: HttpAgent[] = [];
  let current: { readonly identity: string; readonly agent: Promise<HttpAgent> } | null = null;
  const make = async (tls: TlsMaterial): Promise<HttpAgent> => {
    check(target, tls);
    const { proxyUrl } = target;
    const agent = proxyUrl === null ? directAgent(target, tls) : await proxyAgent(target, proxyUrl, tls);
    made.push(agent);
    return agent;
  };
  return {
    async take(tls) {
      const identity = JSON.stringify(tls);
      if (current?.identity !== identity) current = { identity, agent: make(tls) };
      return current.agent;
    },
    close() {
      for (const agent of made) agent.destroy();
    },
  };
}

function directAgent(target: Target, { ca, cert, key }: TlsMaterial): HttpAgent {
  if (target.server.protocol === 'http:') return new HttpAgent(POOL);
  return new HttpsAgent({
    ...POOL,
    ...(ca === null ? {} : { ca }),
    ...(cert === null ? {} : { cert }),
    ...(key === null ? {} : { key }),
    ...(target.tlsServerName === null ? {} : { servername: target.tlsServerName }),
    ...(target.insecureSkipTlsVerify ? { rejectUnauthorized: false } : {}),
  });
}

/** What TLS would only say in the middle of the first request, in OpenSSL's words. */
function check({ certificateAuthority, user }: Target, { ca, cert, key }: TlsMaterial): void {
  if (ca !== null && !ca.includes('-----BEGIN')) {
    // Node takes such text without a word and then trusts no server at all.
    throw new ConfigError(`${certificateAuthority?.what} holds no PEM certificate: write it anew`);
  }
  if ((cert === null) !== (key === null)) {
    const [has, lacks] = cert === null ? ['key', 'certificate'] : ['certificate', 'key'];
    throw new ConfigError(`${user.what} has a client ${has} without a ${lacks}: add the ${lacks}`);
  }
  if (cert === null || key === null) return;
  try {
    createSecureContext({ cert, key });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new ConfigError(
      `client certificate and key of ${user.what} are not a pair in PEM (${code}): write both anew`,
      {
        cause: error,
      },
    );
  }
}
