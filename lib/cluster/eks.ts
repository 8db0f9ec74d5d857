/**
 * EKS without a kubeconfig: address and certificate authority from DescribeCluster, and for a token a request to STS
 * that is signed but never sent by us. The cluster sends it, and so learns who we are (aws-iam-authenticator).
 */
import { createHash, createHmac, type Hash, type Hmac } from 'node:crypto';
import { DescribeClusterCommand, EKSClient, type Cluster } from '@aws-sdk/client-eks';
import { fromTemporaryCredentials } from '@aws-sdk/credential-providers';
import { SignatureV4 } from '@smithy/signature-v4';
import { awsClientOptions, awsFailureOf, reasonOfFailure, type AwsOptions } from '../aws.ts';
import { ClusterError, ConfigError } from '../errors.ts';
import type { Connection } from './connect.ts';
import type { Tunnel } from './connect/dial.ts';
import { createDialer } from './connect/dialer.ts';

export interface EksOptions extends AwsOptions {
  readonly clusterName: string;
  /** Assumed to describe the cluster and to sign the token; empty: the job is itself. */
  readonly roleArn: string;
  /** The way to the cluster's endpoint, where it leads through a proxy. */
  readonly tunnelTo: (server: URL) => Tunnel;
  readonly now: () => Date;
}

export async function connectEks(options: EksOptions, signal: AbortSignal): Promise<Connection> {
  const { clusterName, tunnelTo } = options;
  const client = new EKSClient({ ...awsClientOptions(options), ...assumed(options) });
  const { server, ca } = await describeCluster(client, options, signal);
  const token = tokenSource(client, options);
  const dialer = createDialer(
    { server, tlsServerName: null, insecureSkipTlsVerify: false, tunnel: tunnelTo(server) },
    () => undefined,
  );
  const dial = dialer.dialWith({ ca, cert: null, key: null });
  return {
    clusterName,
    server,
    advice: adviceFor(options),
    async authorize(within) {
      within.throwIfAborted();
      return { headers: { Authorization: `Bearer ${await token()}` }, dial };
    },
    close: () => dialer.close(),
  };
}

function assumed({ roleArn, region }: EksOptions): {
  credentials?: ReturnType<typeof fromTemporaryCredentials>;
} {
  if (roleArn === '') return {};
  const params = { RoleArn: roleArn, RoleSessionName: 'kube-binpack' };
  return {
    credentials: fromTemporaryCredentials({ params, ...(region !== '' && { clientConfig: { region } }) }),
  };
}

async function describeCluster(
  client: EKSClient,
  options: EksOptions,
  signal: AbortSignal,
): Promise<{ readonly server: URL; readonly ca: string }> {
  const { clusterName } = options;
  const cluster = await client
    .send(new DescribeClusterCommand({ name: clusterName }), { abortSignal: signal })
    .then(
      (answer) => answer.cluster,
      (error: unknown) => {
        signal.throwIfAborted();
        throw describeFailure(error, options);
      },
    );
  const { endpoint, certificateAuthority, status }: Cluster = cluster ?? {};
  if (endpoint === undefined || certificateAuthority?.data === undefined) {
    throw new ClusterError(
      `the EKS cluster ${clusterName} has no endpoint (it is ${status ?? 'in an unknown state'}): wait until it is ACTIVE`,
    );
  }
  return {
    server: new URL(endpoint),
    ca: Buffer.from(certificateAuthority.data, 'base64').toString('latin1'),
  };
}

function describeFailure(error: unknown, { clusterName, region, roleArn }: EksOptions): Error {
  const failure = awsFailureOf(error);
  const where = region === '' ? '' : ` in ${region}`;
  const doing = `could not describe the EKS cluster ${clusterName}${where}`;
  if (failure.code === 'ResourceNotFoundException')
    return new ConfigError(
      `there is no EKS cluster ${clusterName}${where}: check --eks-cluster and --region`,
      { cause: error },
    );
  const reason = reasonOfFailure(failure, 'grant eks:DescribeCluster on the cluster to this role');
  return new ClusterError(`${doing}: ${reason}${roleArn === '' ? '' : ` (as ${roleArn})`}`, { cause: error });
}

function adviceFor({ roleArn }: EksOptions): Connection['advice'] {
  const role = roleArn === '' ? "the job's role" : roleArn;
  return {
    401: `the cluster does not know ${role}: give it an access entry of type STANDARD with the Kubernetes group kube-binpack, see README, Lambda`,
    403: `the access entry of ${role} must have the Kubernetes group kube-binpack, and that group the ClusterRole of infra/kubernetes/eks-access, see README, Lambda`,
    noConnection:
      "there was no connection in time: if the cluster's endpoint is private, run in its network (of the Lambda stack: subnetIds and securityGroupIds), and let the cluster's security group take it in",
  };
}

/** A token lives 15 minutes from the instant that it is signed for, whatever it says itself. */
const renewAfterMs = 14 * 60_000;
/** The authenticator wants one; it does not shorten the life of a token. */
const expiresInSeconds = 60;

/** The token of now; a new one in time before the last one ends. */
function tokenSource(client: EKSClient, { clusterName, now }: EksOptions): () => Promise<string> {
  let current: { readonly token: Promise<string>; readonly signedMs: number } | null = null;
  return async () => {
    const instant = now();
    if (current === null || instant.getTime() - current.signedMs >= renewAfterMs) {
      current = { token: signToken(client, clusterName, instant), signedMs: instant.getTime() };
      current.token.catch(() => (current = null));
    }
    return current.token;
  };
}

async function signToken(client: EKSClient, clusterName: string, signingDate: Date): Promise<string> {
  const region = await client.config.region();
  const host = stsHostOf(client, region);
  const signer = new SignatureV4({
    service: 'sts',
    region,
    credentials: client.config.credentials,
    sha256: Sha256,
  });
  const signed = await signer
    .presign(
      {
        method: 'GET',
        protocol: 'https:',
        hostname: host,
        path: '/',
        query: { Action: 'GetCallerIdentity', Version: '2011-06-15' },
        headers: { host, 'x-k8s-aws-id': clusterName },
      },
      { expiresIn: expiresInSeconds, signingDate, unhoistableHeaders: new Set(['x-k8s-aws-id']) },
    )
    .catch((error: unknown) => {
      const reason = reasonOfFailure(awsFailureOf(error), 'look at the credentials of the job');
      throw new ClusterError(`could not sign a token for ${clusterName}: ${reason}`, { cause: error });
    });
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(signed.query ?? {}))
    if (typeof value === 'string') query.set(name, value);
  return `k8s-aws-v1.${Buffer.from(`https://${host}/?${query.toString()}`).toString('base64url')}`;
}

/** The region's own, in whichever partition it is: beside that of EKS. */
function stsHostOf(client: EKSClient, region: string): string {
  const { url } = client.config.endpointProvider({ Region: region, UseDualStack: false, UseFIPS: false });
  return url.hostname.replace(/^eks\./, 'sts.');
}

/** As the signer wants it. */
class Sha256 {
  private readonly secret: Parameters<typeof createHmac>[1] | undefined;
  private hash: Hash | Hmac;

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.secret = secret === undefined ? undefined : typeof secret === 'string' ? secret : bytesOf(secret);
    this.hash = this.begin();
  }

  update(data: string | ArrayBuffer | ArrayBufferView): void {
    this.hash.update(typeof data === 'string' ? data : bytesOf(data));
  }

  async digest(): Promise<Uint8Array> {
    return this.hash.digest();
  }

  reset(): void {
    this.hash = this.begin();
  }

  private begin(): Hash | Hmac {
    return this.secret === undefined ? createHash('sha256') : createHmac('sha256', this.secret);
  }
}

function bytesOf(data: ArrayBuffer | ArrayBufferView): Uint8Array {
  return ArrayBuffer.isView(data)
    ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    : new Uint8Array(data);
}
