/** S3, CloudWatch, Athena, EKS and STS at one address, over real HTTP, for the SDK as it is. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  bodyText,
  cloudWatchErrorAnswer,
  createCloudWatchDouble,
  type CloudWatchDouble,
  type PublishedMetric,
} from './cloudwatch.ts';
import {
  athenaErrorAnswer,
  createAthenaDouble,
  type AthenaDouble,
  type AthenaDoubleOptions,
} from './athena.ts';
import { createEksDouble, type EksDouble, type EksDoubleOptions } from './eks.ts';
import { createFaults, type AwsFault, type AwsFaultRule, type AwsRequest } from './faults.ts';
import { createS3Double, s3ErrorAnswer, type S3Double } from './s3.ts';
import { assertNoSecrets, assertNoSecretsIn } from '../secrets.ts';
import {
  createAwsError,
  flatHeaders,
  isAwsError,
  type AwsAnswer,
  type AwsError,
  type Received,
} from './wire.ts';

export interface AwsDoubleOptions {
  readonly faults?: readonly AwsFaultRule[];
  /** How far the server's clock is ahead of this machine's. */
  readonly clockAheadMs?: number;
  /** Keys a page of a list, at most. */
  readonly pageSize?: number;
  /** Metrics that CloudWatch does not take, for whatever reason. */
  readonly refuseMetric?: (metric: PublishedMetric) => boolean;
  readonly eks?: EksDoubleOptions;
  readonly athena?: AthenaDoubleOptions;
}

export interface AwsDouble {
  readonly endpoint: string;
  readonly bucket: string;
  readonly objects: S3Double['objects'];
  readonly published: CloudWatchDouble['published'];
  /** Metrics of each request that CloudWatch accepted. */
  readonly metricRequests: CloudWatchDouble['requests'];
  /** Queries that were started in Athena, in order. */
  readonly executions: AthenaDouble['executions'];
  /** Everything that was asked for, in order. */
  readonly requests: readonly AwsRequest[];
  /** Sessions of assumed roles. */
  readonly sessions: EksDouble['sessions'];
  /** The secret of an access key, and the token that its session must show; null where nobody has it. */
  readonly secretOf: (accessKey: string) => { readonly secret: string; readonly token: string | null } | null;
  /** For a process that is to use it. */
  readonly env: Readonly<Record<string, string>>;
  /** Forgets what was asked and published so far: for tests whose memory is measured. */
  forget(): void;
  close(): Promise<void>;
}

const bucket = 'test-bucket';
export const bucketOwner = '123456789012';
const credentials = { id: 'AKIDEXAMPLEDOUBLE', secret: 'hunter2-of-the-double' };
/** S3 and CloudWatch alike. */
const maxSkewMs = 15 * 60_000;

export async function startAwsDouble({
  faults = [],
  clockAheadMs = 0,
  pageSize = 1000,
  refuseMetric,
  eks = { clusters: {}, roles: [] },
  athena = { workgroups: [], answer: () => ({ failed: 'nobody answers' }) },
}: AwsDoubleOptions = {}): Promise<AwsDouble> {
  const s3 = createS3Double({ bucket, owner: bucketOwner, pageSize });
  const cloudWatch = createCloudWatchDouble(refuseMetric);
  const eksDouble = createEksDouble(eks);
  const athenaDouble = createAthenaDouble(athena);
  const faultOf = createFaults(faults);
  const secretOf: AwsDouble['secretOf'] = (accessKey) => {
    if (accessKey === credentials.id) return { secret: credentials.secret, token: null };
    return [...eksDouble.sessions.values()].find((session) => session.accessKey === accessKey) ?? null;
  };
  const requests: AwsRequest[] = [];
  const now = (): number => Date.now() + clockAheadMs;

  const answerTo = async (
    received: Received,
    service: AwsRequest['service'],
    fault: AwsFault | null,
  ): Promise<AwsAnswer> => {
    const inWords = errorAnswers[service];
    try {
      checkSignature(received, service, now(), (key) => secretOf(key) !== null);
      if (fault?.kind === 'error')
        throw createAwsError(fault.status, fault.code, fault.message ?? fault.code);
      switch (service) {
        case 's3':
          return s3.answer(received, fault?.kind === 'staleList' ? fault : {});
        case 'cloudwatch':
          return cloudWatch.answer(received, now());
        case 'athena':
          return await athenaDouble.answer(received);
        case 'eks':
          return eksDouble.describe(received);
        case 'sts':
          return eksDouble.assumeRole(received);
      }
    } catch (error) {
      if (!isAwsError(error)) throw error;
      return inWords(error);
    }
  };

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? '/', 'http://double');
    const received: Received = {
      method: request.method ?? '',
      path: url.pathname,
      query: url.searchParams,
      headers: flatHeaders(request.headers),
      body: await buffer(request),
    };
    const asked = { ...askedOf(received, s3), zipped: received.headers['content-encoding'] === 'gzip' };
    requests.push(asked);
    const fault = faultOf(asked);
    if (fault?.kind === 'slow') await sleep(fault.ms, undefined, { ref: false });
    if (fault?.kind === 'reset') return void request.socket.destroy();
    const { status, headers, body } = await answerTo(received, asked.service, fault);
    if (fault?.kind === 'resetAfter') return void request.socket.destroy();
    const bytes = Buffer.from(body);
    response.writeHead(status, {
      date: new Date(now()).toUTCString(),
      'content-length': bytes.length,
      ...headers,
    });
    if (fault?.kind === 'stall') return void response.write(bytes.subarray(0, fault.afterBytes));
    if (fault?.kind !== 'cut') return void response.end(bytes);
    response.write(bytes.subarray(0, fault.afterBytes), () => request.socket.destroy());
  };

  const server: Server = createServer((request, response) => {
    handle(request, response).catch((error: unknown) => {
      console.error('the AWS double failed', error);
      response.destroy();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const endpoint = `http://127.0.0.1:${port}`;
  return {
    endpoint,
    bucket,
    objects: s3.objects,
    published: cloudWatch.published,
    metricRequests: cloudWatch.requests,
    executions: athenaDouble.executions,
    requests,
    sessions: eksDouble.sessions,
    secretOf,
    env: awsEnvironment(endpoint),
    forget() {
      requests.splice(0);
      cloudWatch.forget();
    },
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
      for (const [key, { bytes }] of s3.objects) assertNoSecretsIn(key, bytes);
      for (const { service, operation, text } of requests)
        assertNoSecrets({ [`${service} ${operation}`]: text });
    },
  };
}

/** Of a stand-in; what is set on this machine has no say. */
export function awsEnvironment(endpoint: string): Record<string, string> {
  return {
    AWS_ENDPOINT_URL: endpoint,
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: credentials.id,
    AWS_SECRET_ACCESS_KEY: credentials.secret,
    AWS_EC2_METADATA_DISABLED: 'true',
  };
}

/** Which service it is for stands in its signature. */
function askedOf(received: Received, s3: S3Double): Omit<AwsRequest, 'zipped'> {
  const authorization = received.headers['authorization'] ?? '';
  if (authorization.includes('/eks/aws4_request'))
    return { service: 'eks', operation: 'DescribeCluster', key: received.path.split('/')[2] ?? '', text: '' };
  if (authorization.includes('/sts/aws4_request'))
    return { service: 'sts', operation: 'AssumeRole', key: '', text: received.body.toString('utf8') };
  const target = received.headers['x-amz-target'];
  if (target === undefined) return { service: 's3', ...s3.operationOf(received), text: '' };
  const service = target.startsWith('AmazonAthena.') ? 'athena' : 'cloudwatch';
  return { service, operation: target.split('.')[1] ?? '', key: '', text: bodyText(received) };
}

const scopes: Readonly<Record<AwsRequest['service'], string>> = {
  s3: '/s3/aws4_request',
  cloudwatch: '/monitoring/aws4_request',
  athena: '/athena/aws4_request',
  eks: '/eks/aws4_request',
  sts: '/sts/aws4_request',
};

const errorAnswers: Readonly<Record<AwsRequest['service'], (error: AwsError) => AwsAnswer>> = {
  s3: s3ErrorAnswer,
  cloudwatch: cloudWatchErrorAnswer,
  athena: athenaErrorAnswer,
  eks: ({ status, code, message }) => ({
    status,
    headers: { 'content-type': 'application/json', 'x-amzn-errortype': code },
    body: JSON.stringify({ message }),
  }),
  sts: ({ status, code, message }) => ({
    status,
    headers: { 'content-type': 'text/xml' },
    body: `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error></ErrorResponse>`,
  }),
};

/** That there is one, of somebody who is known and for this hour; what it is made of is the SDK's affair. */
function checkSignature(
  { headers }: Received,
  service: AwsRequest['service'],
  nowMs: number,
  isKnown: (accessKey: string) => boolean,
): void {
  const authorization = headers['authorization'] ?? '';
  const accessKey = /^AWS4-HMAC-SHA256 Credential=([^/]+)\//.exec(authorization)?.[1] ?? '';
  if (!isKnown(accessKey) || !authorization.includes(scopes[service]))
    throw createAwsError(403, 'AccessDenied', `not signed for ${scopes[service]}`);
  const at = (headers['x-amz-date'] ?? '').replace(
    /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/,
    '$1-$2-$3T$4:$5:$6Z',
  );
  if (Math.abs(Date.parse(at) - nowMs) <= maxSkewMs) return;
  const code = service === 's3' ? 'RequestTimeTooSkewed' : 'InvalidSignatureException';
  throw createAwsError(
    403,
    code,
    'the difference between the request time and the current time is too large',
  );
}
