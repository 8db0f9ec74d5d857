import type { CertificateAuthority } from './certificates.ts';
import { TOKENS, userNamed, type TokenName } from './users.ts';

export interface KubeconfigOptions {
  /** Whose credentials; the reader's when left out. */
  readonly user?: TokenName;
  /** A client certificate instead of a bearer token. */
  readonly clientCertificate?: boolean;
  /** Name of the context and the cluster; `simulated` when left out. */
  readonly context?: string;
}

/** A kubeconfig file's text. It is JSON, which every reader of YAML takes. */
export function kubeconfig(
  server: { readonly url: string; readonly authority: CertificateAuthority },
  { user = 'reader', clientCertificate = false, context = 'simulated' }: KubeconfigOptions,
): string {
  const { name, groups } = userNamed(user);
  const credentials = clientCertificate
    ? certificateData(server.authority, name, groups)
    : { token: TOKENS[user] };
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': context,
    clusters: [
      {
        name: context,
        cluster: {
          server: server.url,
          'certificate-authority-data': base64(server.authority.certificatePem),
        },
      },
    ],
    users: [{ name, user: credentials }],
    contexts: [{ name: context, context: { cluster: context, user: name } }],
  };
  return `${JSON.stringify(config, null, 2)}\n`;
}

function certificateData(
  authority: CertificateAuthority,
  name: string,
  groups: readonly string[],
): Readonly<Record<string, string>> {
  const { certificatePem, keyPem } = authority.issueClient(name, groups);
  return { 'client-certificate-data': base64(certificatePem), 'client-key-data': base64(keyPem) };
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
