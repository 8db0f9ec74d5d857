import { createSecureContext } from 'node:tls';
import { ConfigError } from '../../errors.ts';
import type { Target } from './target.ts';
import { readMaterial } from './user.ts';
import type { Material } from './user.ts';

/** PEM text, one character a byte. */
export type TlsMaterial = Readonly<Record<'ca' | 'cert' | 'key', string | null>>;

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

/** What TLS would only say in the middle of the first request, in OpenSSL's words. */
export function checkTls({ certificateAuthority, user }: Target, { ca, cert, key }: TlsMaterial): void {
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
