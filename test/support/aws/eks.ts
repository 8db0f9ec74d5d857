/** DescribeCluster of EKS, and AssumeRole of STS: as much as finds a cluster and gives a session. */
import { createAwsError, type AwsAnswer, type Received } from './wire.ts';

export interface EksCluster {
  readonly endpoint: string | null;
  readonly caPem: string;
  readonly status?: string;
}

export interface Session {
  readonly accessKey: string;
  readonly secret: string;
  readonly token: string;
}

export interface EksDouble {
  /** The sessions that were given out, by role. */
  readonly sessions: ReadonlyMap<string, Session>;
  describe(received: Received): AwsAnswer;
  assumeRole(received: Received): AwsAnswer;
}

export interface EksDoubleOptions {
  readonly clusters: Readonly<Record<string, EksCluster>>;
  /** Roles that may be assumed. */
  readonly roles: readonly string[];
}

export function createEksDouble({ clusters, roles }: EksDoubleOptions): EksDouble {
  const sessions = new Map<string, Session>();
  return {
    sessions,
    describe({ path }) {
      const name = decodeURIComponent(path.split('/')[2] ?? '');
      const cluster = clusters[name];
      if (cluster === undefined)
        throw createAwsError(404, 'ResourceNotFoundException', `No cluster found for name: ${name}.`);
      const { endpoint, caPem, status = 'ACTIVE' } = cluster;
      const certificateAuthority = { data: Buffer.from(caPem).toString('base64') };
      const body = { name, status, ...(endpoint !== null && { endpoint, certificateAuthority }) };
      return {
        status: 200,
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ cluster: body }),
      };
    },
    assumeRole({ body }) {
      const role = new URLSearchParams(body.toString('utf8')).get('RoleArn') ?? '';
      if (!roles.includes(role)) {
        throw createAwsError(
          403,
          'AccessDenied',
          `User is not authorized to perform: sts:AssumeRole on resource: ${role}`,
        );
      }
      const session = {
        accessKey: `ASIA${sessions.size}`,
        secret: `hunter2-session-${sessions.size}`,
        token: `token/of+${sessions.size}==`,
      };
      sessions.set(role, session);
      const expiration = new Date(Date.now() + 3_600_000).toISOString();
      return {
        status: 200,
        headers: { 'content-type': 'text/xml' },
        body: `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials><AccessKeyId>${session.accessKey}</AccessKeyId><SecretAccessKey>${session.secret}</SecretAccessKey><SessionToken>${session.token}</SessionToken><Expiration>${expiration}</Expiration></Credentials><AssumedRoleUser><AssumedRoleId>A:kube-binpack</AssumedRoleId><Arn>${role}</Arn></AssumedRoleUser></AssumeRoleResult></AssumeRoleResponse>`,
      };
    },
  };
}
