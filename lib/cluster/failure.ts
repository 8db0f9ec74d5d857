/** What went wrong between us and the API server, in words: what failed, on what, what to do. */
import { ClusterError, KubeBinpackError } from '../errors.ts';
import type { Connection } from './connect.ts';

interface Limits {
  readonly signal: AbortSignal;
  readonly timeout: AbortSignal;
  readonly requestTimeoutMs: number;
  readonly advice: Connection['advice'];
}

/** Failures that more tries will not mend; all others may pass. */
export class PermanentClusterError extends ClusterError {}

const unverified =
  'the certificate authority that is given for it (by the kubeconfig, the pod or EKS) did not sign its certificate: check certificate-authority-data, or tls-server-name';

/** Error codes of Node's sockets, DNS and TLS. */
const permanent: Readonly<Record<string, string>> = {
  CONNECT_TIMEOUT: 'there was no connection in time: check the address, and that no firewall is between',
  ENOTFOUND: 'its name does not resolve: check the address and your DNS or VPN',
  ERR_TLS_CERT_ALTNAME_INVALID:
    'its certificate is for another name: check the address, or set tls-server-name',
  CERT_SIGNATURE_FAILURE: unverified,
  CERT_HAS_EXPIRED: 'its certificate has expired',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet: check the clock of this machine',
  DEPTH_ZERO_SELF_SIGNED_CERT: unverified,
  SELF_SIGNED_CERT_IN_CHAIN: unverified,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: unverified,
  UNABLE_TO_GET_ISSUER_CERT: unverified,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: unverified,
  EPROTO: 'it does not speak TLS as expected: check the port and the scheme of the address',
  ERR_SSL_WRONG_VERSION_NUMBER: 'it does not speak TLS: check the port and the scheme of the address',
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED:
    'it demands a client certificate: add one to the kubeconfig user',
};

const transient: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'the connection was refused: check the address, and that the server is running',
  ECONNRESET: 'the connection was cut',
  EPIPE: 'the connection was cut',
  ETIMEDOUT: 'it did not answer in time: check the address, and that no firewall is between',
  EHOSTUNREACH: 'there is no route to it: check your network or VPN',
  ENETUNREACH: 'there is no route to it: check your network or VPN',
  EAI_AGAIN: 'its name could not be looked up just now',
};

/** An error of the socket -> ours. What is ours already, and an abort from outside, pass through. */
export function describeFailure(
  error: unknown,
  server: URL,
  { signal, timeout, requestTimeoutMs, advice }: Limits,
): Error {
  if (error instanceof KubeBinpackError) return error;
  if (signal.aborted) return signal.reason instanceof Error ? signal.reason : new Error('aborted');
  if (timeout.aborted) {
    return new ClusterError(
      `no whole answer from ${server.origin} within ${requestTimeoutMs / 1000} s (--request-timeout)`,
      {
        cause: error,
      },
    );
  }
  const code = codeOf(error);
  const known = (code === 'CONNECT_TIMEOUT' ? advice.noConnection : undefined) ?? permanent[code];
  if (known !== undefined)
    return new PermanentClusterError(`could not reach ${server.origin}: ${known}`, { cause: error });
  const passing = transient[code] ?? (error instanceof Error ? error.message : String(error));
  return new ClusterError(`could not reach ${server.origin}: ${passing}`, { cause: error });
}

/** There was a connection, and it ended before the answer did: a server that restarts, or whatever stands before it. */
export function wasCut(error: unknown): error is ClusterError {
  return error instanceof ClusterError && ['ECONNRESET', 'EPIPE'].includes(codeOf(error.cause));
}

function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
}
