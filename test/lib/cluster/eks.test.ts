import assert from 'node:assert/strict';
import { suite, test, type TestContext } from 'node:test';
import { connectEks, type EksOptions } from '../../../lib/cluster/eks.ts';
import { createHttp } from '../../../lib/cluster/http.ts';
import { readVersion } from '../../../lib/cluster/version.ts';
import type { Connection } from '../../../lib/cluster/connect.ts';
import { ClusterError, ConfigError } from '../../../lib/errors.ts';
import { startApiServer, type ApiServer } from '../../support/apiserver/server.ts';
import { verifyToken } from '../../support/aws/authenticator.ts';
import type { AwsDouble, AwsDoubleOptions } from '../../support/aws/server.ts';
import { useAwsDouble } from '../../support/aws/use.ts';
import { errorOf, recordedLog } from '../../support/cluster-under-test.ts';

const { signal } = new AbortController();
const role = 'arn:aws:iam::210987654321:role/binpack-reader';

interface UnderTest {
  readonly aws: AwsDouble;
  readonly server: ApiServer;
  readonly open: (about?: Partial<EksOptions>) => Promise<Connection>;
  /** What the authenticator said of tokens that were refused. */
  readonly refusals: string[];
}

async function start(t: TestContext, about: Partial<AwsDoubleOptions> = {}): Promise<UnderTest> {
  const refusals: string[] = [];
  const late: { aws: AwsDouble | null } = { aws: null };
  const server = await startApiServer({
    reviewToken(token) {
      try {
        verifyToken(token, {
          clusterName: 'prod',
          nowMs: Date.now(),
          secretOf: (key) => late.aws?.secretOf(key) ?? null,
        });
        return 'reader';
      } catch (error) {
        refusals.push((error as Error).message);
        return null;
      }
    },
  });
  t.after(() => server.close());
  const clusters = {
    prod: { endpoint: server.url, caPem: server.caPem },
    other: { endpoint: server.url, caPem: server.caPem },
    young: { endpoint: null, caPem: '', status: 'CREATING' },
  };
  const aws = await useAwsDouble(t, { eks: { clusters, roles: [role] }, ...about });
  process.env['AWS_ENDPOINT_URL_STS'] = aws.endpoint;
  late.aws = aws;
  const open = async (options: Partial<EksOptions> = {}): Promise<Connection> => {
    const connection = await connectEks(
      {
        clusterName: 'prod',
        roleArn: '',
        region: 'eu-central-1',
        requestTimeoutMs: 5_000,
        maxAttempts: 2,
        tunnelTo: () => null,
        now: () => new Date(),
        ...options,
      },
      signal,
    );
    t.after(() => connection.close());
    return connection;
  };
  return { aws, server, open, refusals };
}

function version(connection: Connection): Promise<unknown> {
  const http = createHttp({
    connection,
    userAgent: 'kube-binpack/test',
    gzip: false,
    requestTimeoutMs: 5_000,
  });
  return readVersion(http, signal, { log: recordedLog(), random: () => 0 });
}

async function tokenOf(connection: Connection): Promise<string> {
  const { headers } = await connection.authorize(signal);
  return String(headers['Authorization']).replace(/^Bearer /, '');
}

suite('EKS without a kubeconfig', () => {
  test('the cluster is found, its certificate authority pinned, and the token taken', async (t) => {
    const { open, refusals } = await start(t);
    const connection = await open();
    assert.equal(connection.clusterName, 'prod');
    assert.deepEqual(await version(connection), { gitVersion: 'v1.36.2', minor: 36 });
    assert.deepEqual(refusals, []);
  });

  test('with a role: its session describes the cluster and signs the token', async (t) => {
    const { open, aws } = await start(t);
    const connection = await open({ roleArn: role });
    assert.deepEqual(await version(connection), { gitVersion: 'v1.36.2', minor: 36 });
    const session = aws.sessions.get(role);
    assert.ok(session !== undefined);
    const url = new URL(
      Buffer.from((await tokenOf(connection)).slice('k8s-aws-v1.'.length), 'base64url').toString(),
    );
    assert.match(url.searchParams.get('X-Amz-Credential') ?? '', new RegExp(`^${session.accessKey}/`));
    assert.equal(url.searchParams.get('X-Amz-Security-Token'), session.token);
    assert.ok(!(await tokenOf(connection)).includes('='), 'no padding');
  });

  for (const [region, host] of [
    ['eu-central-1', 'sts.eu-central-1.amazonaws.com'],
    ['us-east-1', 'sts.us-east-1.amazonaws.com'],
    ['us-gov-west-1', 'sts.us-gov-west-1.amazonaws.com'],
    ['cn-north-1', 'sts.cn-north-1.amazonaws.com.cn'],
    ['us-iso-east-1', 'sts.us-iso-east-1.c2s.ic.gov'],
    ['us-isob-east-1', 'sts.us-isob-east-1.sc2s.sgov.gov'],
    ['eusc-de-east-1', 'sts.eusc-de-east-1.amazonaws.eu'],
  ] as const) {
    test(`the token of ${region} is for ${host}, and verified`, async (t) => {
      const { open, aws } = await start(t);
      const token = await tokenOf(await open({ region }));
      const url = new URL(Buffer.from(token.slice('k8s-aws-v1.'.length), 'base64url').toString());
      assert.equal(url.host, host);
      assert.deepEqual(
        verifyToken(token, { clusterName: 'prod', nowMs: Date.now(), secretOf: aws.secretOf }).region,
        region,
      );
    });
  }

  test('a token is for one cluster only, and for 15 minutes', async (t) => {
    const { open, aws } = await start(t);
    const token = await tokenOf(await open());
    const verify = (clusterName: string, nowMs: number): unknown =>
      verifyToken(token, { clusterName, nowMs, secretOf: aws.secretOf });
    assert.ok(verify('prod', Date.now()));
    assert.ok(verify('prod', Date.now() + 14.9 * 60_000));
    assert.throws(() => verify('other', Date.now()), /SignatureDoesNotMatch/);
    assert.throws(() => verify('prod', Date.now() + 15.1 * 60_000), /expired/);
  });

  test('a token is used again for 14 minutes, and then renewed in time', async (t) => {
    const { open } = await start(t);
    const begin = Date.now();
    const clock = { ms: begin };
    const connection = await open({ now: () => new Date(clock.ms) });
    const first = await tokenOf(connection);
    clock.ms = begin + 13.9 * 60_000;
    assert.equal(await tokenOf(connection), first);
    clock.ms = begin + 14 * 60_000;
    const second = await tokenOf(connection);
    assert.notEqual(second, first);
    assert.equal(await tokenOf(connection), second);
  });

  test('another certificate authority is not trusted', async (t) => {
    const stranger = await startApiServer();
    t.after(() => stranger.close());
    const { server } = await start(t);
    const { open } = await start(t, {
      eks: { clusters: { prod: { endpoint: server.url, caPem: stranger.caPem } }, roles: [] },
    });
    const error = await errorOf(version(await open()));
    assert.ok(error instanceof ClusterError);
    assert.match(error.message, /certificate/);
  });
});

suite('when EKS refuses', () => {
  test('a cluster that is not there', async (t) => {
    const { open } = await start(t);
    const error = await errorOf(open({ clusterName: 'nowhere' }));
    assert.ok(error instanceof ConfigError);
    assert.equal(
      error.message,
      'there is no EKS cluster nowhere in eu-central-1: check --eks-cluster and --region',
    );
  });

  test('a cluster that is being made', async (t) => {
    const { open } = await start(t);
    const error = await errorOf(open({ clusterName: 'young' }));
    assert.ok(error instanceof ClusterError);
    assert.equal(
      error.message,
      'the EKS cluster young has no endpoint (it is CREATING): wait until it is ACTIVE',
    );
  });

  test('DescribeCluster is not allowed', async (t) => {
    const fault = { kind: 'error', status: 403, code: 'AccessDeniedException' } as const;
    const { open } = await start(t, {
      faults: [{ when: ({ service }) => service === 'eks', times: 9, fault }],
    });
    const error = await errorOf(open());
    assert.ok(error instanceof ClusterError);
    assert.match(
      error.message,
      /^could not describe the EKS cluster prod in eu-central-1: .*grant eks:DescribeCluster/,
    );
  });

  test('the role may not be assumed', async (t) => {
    const { open } = await start(t);
    const stranger = 'arn:aws:iam::210987654321:role/stranger';
    const error = await errorOf(open({ roleArn: stranger }));
    assert.ok(error instanceof ClusterError);
    assert.match(
      error.message,
      /the role may not be assumed .*sts:AssumeRole on resource: arn:aws:iam::210987654321:role\/stranger.*allow sts:AssumeRole to this job/,
    );
  });

  test('no access entry: 401 with what to create', async (t) => {
    const { open } = await start(t);
    const error = await errorOf(version(await open({ clusterName: 'other' })));
    assert.ok(error instanceof ClusterError);
    assert.equal(error.status, 401);
    assert.match(
      error.message,
      /the cluster does not know the job's role: give it an access entry of type STANDARD with the Kubernetes group kube-binpack/,
    );
  });
});
