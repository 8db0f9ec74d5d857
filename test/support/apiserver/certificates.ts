import { generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto';

/**
 * A certificate authority small enough to read: Node can check X.509 certificates but not issue them, and an
 * openssl binary is not on every machine. DER is tag, length, content; each function below writes one form.
 */
export interface Identity {
  readonly certificatePem: string;
  readonly keyPem: string;
}

export interface CertificateAuthority {
  readonly certificatePem: string;
  /** A server certificate for `localhost` and 127.0.0.1. */
  readonly issueServer: () => Identity;
  /** A client certificate as Kubernetes reads it: CN is the user, each O a group. */
  readonly issueClient: (user: string, groups: readonly string[]) => Identity;
}

interface Subject {
  readonly name: string;
  readonly groups?: readonly string[];
}

const DAY_MS = 86_400_000;
const OID = {
  commonName: '550403',
  organization: '55040a',
  ecdsaWithSha256: '2a8648ce3d040302',
  basicConstraints: '551d13',
  keyUsage: '551d0f',
  extendedKeyUsage: '551d25',
  subjectAltName: '551d11',
  serverAuth: '2b06010505070301',
  clientAuth: '2b06010505070302',
} as const;

export function createCertificateAuthority(now: Date = new Date()): CertificateAuthority {
  const subject: Subject = { name: 'kube-binpack-simulated-ca' };
  const keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const issue = (to: Subject, publicKey: KeyObject, extensions: Buffer): string =>
    pem(certificate({ issuer: subject, signer: keys.privateKey, subject: to, publicKey, extensions, now }));
  const identity = (to: Subject, extensions: Buffer): Identity => {
    const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    return {
      certificatePem: issue(to, pair.publicKey, extensions),
      keyPem: pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    };
  };
  const caExtensions = sequence(
    extension(OID.basicConstraints, sequence(der(0x01, Buffer.from([0xff])))),
    extension(OID.keyUsage, bits(Buffer.from([0x06]), 1)),
  );
  return {
    certificatePem: issue(subject, keys.publicKey, caExtensions),
    issueServer: () =>
      identity(
        { name: 'kube-apiserver' },
        sequence(
          extension(OID.extendedKeyUsage, sequence(oid(OID.serverAuth))),
          extension(
            OID.subjectAltName,
            sequence(der(0x82, Buffer.from('localhost')), der(0x87, Buffer.from([127, 0, 0, 1]))),
          ),
        ),
      ),
    issueClient: (user, groups) =>
      identity(
        { name: user, groups },
        sequence(extension(OID.extendedKeyUsage, sequence(oid(OID.clientAuth)))),
      ),
  };
}

function certificate(about: {
  readonly issuer: Subject;
  readonly signer: KeyObject;
  readonly subject: Subject;
  readonly publicKey: KeyObject;
  readonly extensions: Buffer;
  readonly now: Date;
}): Buffer {
  const algorithm = sequence(oid(OID.ecdsaWithSha256));
  const toBeSigned = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.concat([Buffer.from([0x01]), randomBytes(15)])),
    algorithm,
    distinguishedName(about.issuer),
    sequence(time(about.now.getTime() - DAY_MS), time(about.now.getTime() + 365 * DAY_MS)),
    distinguishedName(about.subject),
    about.publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, about.extensions),
  );
  return sequence(toBeSigned, algorithm, bits(sign('sha256', toBeSigned, about.signer), 0));
}

function distinguishedName({ name, groups = [] }: Subject): Buffer {
  const part = (type: string, value: string): Buffer =>
    der(0x31, sequence(oid(type), der(0x0c, Buffer.from(value))));
  return sequence(...groups.map((group) => part(OID.organization, group)), part(OID.commonName, name));
}

function extension(id: string, content: Buffer): Buffer {
  return sequence(oid(id), der(0x04, content));
}

/** UTCTime, `YYMMDDHHMMSSZ`: enough until 2049. */
function time(ms: number): Buffer {
  const digits = new Date(ms).toISOString().replaceAll(/[-:T]/g, '').slice(2, 14);
  return der(0x17, Buffer.from(`${digits}Z`));
}

function bits(content: Buffer, unused: number): Buffer {
  return der(0x03, Buffer.concat([Buffer.from([unused]), content]));
}

function oid(hex: string): Buffer {
  return der(0x06, Buffer.from(hex, 'hex'));
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return der(0x30, Buffer.concat(parts));
}

function der(tag: number, content: Buffer): Buffer {
  return Buffer.concat([Buffer.from([tag]), derLength(content.length), content]);
}

function derLength(length: number): Buffer {
  if (length < 0x80) return Buffer.from([length]);
  if (length < 0x100) return Buffer.from([0x81, length]);
  return Buffer.from([0x82, length >> 8, length & 0xff]);
}

function pem(content: Buffer): string {
  const lines = content.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}
