import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import { suite, test, type TestContext } from 'node:test';
import { describeFailure, PermanentClusterError } from '../../../lib/cluster/failure.ts';
import { createHttp, type Http } from '../../../lib/cluster/http.ts';
import { readVersion } from '../../../lib/cluster/version.ts';
import { ClusterError, ConfigError } from '../../../lib/errors.ts';
import { createCertificateAuthority } from '../../support/apiserver/certificates.ts';
import { exchange } from '../../support/fixtures.ts';
import {
  errorOf,
  generous,
  impatient,
  listening,
  listPods,
  plainConnection,
  recordedLog,
  startCluster,
  unjittered,
} from '../../support/cluster-under-test.ts';

type Way = Parameters<typeof plainConnection>[1];

function over(url: string, way?: Way): Http {
  const connection = plainConnection(url, way);
  return createHttp({ connection, userAgent: 'test', gzip: false, requestTimeoutMs: 1_000 });
}

async function versionFailure(url: string, way?: Way): Promise<Error> {
  return errorOf(readVersion(over(url, way), generous(), unjittered));
}

/** Every name resolves to this, or fails with this code. */
function resolving(outcome: { readonly address: string } | { readonly code: string }, ca: string): Way {
  return {
    ca,
    lookup: (_name, _options, done) => {
      if ('code' in outcome) done(Object.assign(new Error('lookup failed'), outcome), '', 0);
      else done(null, [{ address: outcome.address, family: 4 }]);
    },
  };
}

suite('a server that cannot be reached', () => {
  test('nobody listens', async (t) => {
    const port = await unusedPort(t);
    const error = await versionFailure(`http://127.0.0.1:${port}`);
    assert.ok(error instanceof ClusterError && !(error instanceof PermanentClusterError));
    assert.equal(
      error.message,
      `could not reach http://127.0.0.1:${port}: the connection was refused: check the address, and that the server is running`,
    );
    assert.equal(error.status, null);
    assert.ok(error.cause instanceof Error);
  });

  // kubeadm and EKS give the authorities of all clusters one name, so the signature is what differs
  test('its certificate is of another authority of the same name', async (t) => {
    const { server } = await startCluster(t);
    const ca = createCertificateAuthority().certificatePem;
    const error = await versionFailure(server.url, { ca });
    assert.ok(error instanceof PermanentClusterError);
    assert.equal(
      error.message,
      `could not reach ${server.url}: the certificate authority that is given for it (by the kubeconfig, the pod or EKS) did not sign its certificate: check certificate-authority-data, or tls-server-name`,
    );
  });

  test('its certificate is for another name', async (t) => {
    const { server } = await startCluster(t);
    const way = resolving({ address: '127.0.0.1' }, server.caPem);
    const url = `https://kubernetes.example.com:${server.port}`;
    const error = await versionFailure(url, way);
    assert.ok(error instanceof PermanentClusterError);
    assert.equal(
      error.message,
      `could not reach ${url}: its certificate is for another name: check the address, or set tls-server-name`,
    );
  });

  test('it does not speak TLS', async (t) => {
    const url = (await listening(t, createServer())).replace('http:', 'https:');
    const error = await versionFailure(url);
    assert.ok(error instanceof PermanentClusterError);
    assert.equal(
      error.message,
      `could not reach ${url}: it does not speak TLS: check the port and the scheme of the address`,
    );
  });

  test('it does not speak HTTP', async (t) => {
    const url = await listening(
      t,
      createTcpServer((socket) => void socket.end('SSH-2.0-OpenSSH_9.2\r\n')),
    );
    const error = await versionFailure(url);
    assert.ok(error instanceof ClusterError);
    const beginning = `could not read the version of ${url}: could not reach ${url}: the connection was cut`;
    assert.ok(error.message.startsWith(beginning), error.message);
  });

  for (const [code, permanent, said] of [
    ['ENOTFOUND', true, 'its name does not resolve: check the address and your DNS or VPN'],
    ['EAI_AGAIN', false, 'its name could not be looked up just now'],
    ['ETIMEDOUT', false, 'it did not answer in time: check the address, and that no firewall is between'],
    ['EHOSTUNREACH', false, 'there is no route to it: check your network or VPN'],
    ['ENETUNREACH', false, 'there is no route to it: check your network or VPN'],
  ] as const) {
    test(`${code}: ${said}`, async () => {
      const url = 'https://api.prod.example.com:6443';
      const error = await versionFailure(
        url,
        resolving({ code }, createCertificateAuthority().certificatePem),
      );
      assert.ok(error instanceof ClusterError);
      assert.equal(error instanceof PermanentClusterError, permanent);
      assert.equal(error.message, `could not reach ${url}: ${said}`);
    });
  }

  test('it answers nothing in time', async (t) => {
    const url = await listening(t, createTcpServer());
    const connection = plainConnection(url);
    const http = createHttp({ connection, userAgent: 'test', gzip: false, requestTimeoutMs: 100 });
    assert.equal(
      (await errorOf(readVersion(http, generous(), unjittered))).message,
      `no whole answer from ${url} within 0.1 s (--request-timeout)`,
    );
  });

  test('what is final is not tried again, and a list names what it wanted', async (t) => {
    const url = (await listening(t, createServer())).replace('http:', 'https:');
    const log = recordedLog();
    const error = await errorOf(listPods({ http: () => over(url), log }));
    assert.equal(
      error.message,
      `could not list pods (page 1): could not reach ${url}: it does not speak TLS: check the port and the scheme of the address`,
    );
    assert.deepEqual(log.lines, []);
  });

  test('what may pass is tried again until the tries are over', async (t) => {
    const port = await unusedPort(t);
    const log = recordedLog();
    const error = await errorOf(listPods({ http: () => over(`http://127.0.0.1:${port}`), log }));
    assert.equal(
      error.message,
      `could not list pods (page 1): could not reach http://127.0.0.1:${port}: the connection was refused: check the address, and that the server is running (7 tries)`,
    );
    assert.equal(log.lines.length, 6);
  });
});

suite('whose failure it is', () => {
  const limits = { signal: generous(), timeout: generous(), requestTimeoutMs: 5_000, advice: {} };
  const server = new URL('https://10.0.0.1:6443');

  test('an abort from outside is passed on as it is', () => {
    const reason = new Error('the run is over');
    const signal = AbortSignal.abort(reason);
    assert.equal(describeFailure(new Error('aborted'), server, { ...limits, signal }), reason);
  });

  test('what is said already stays as it is', () => {
    const plugin = new ClusterError('exec plugin "aws" failed');
    assert.equal(describeFailure(plugin, server, limits), plugin);
    const config = new ConfigError('no such file');
    assert.equal(describeFailure(config, server, limits), config);
  });

  test('no connection reads as the way to the server has it', () => {
    const late = Object.assign(new Error(), { code: 'CONNECT_TIMEOUT' });
    assert.equal(
      describeFailure(late, server, limits).message,
      'could not reach https://10.0.0.1:6443: there was no connection in time: check the address, and that no firewall is between',
    );
    assert.equal(
      describeFailure(late, server, { ...limits, advice: { noConnection: 'its endpoint is private' } })
        .message,
      'could not reach https://10.0.0.1:6443: its endpoint is private',
    );
  });

  test('an unknown error keeps its own words', () => {
    assert.equal(
      describeFailure(new Error('a strange thing'), server, limits).message,
      'could not reach https://10.0.0.1:6443: a strange thing',
    );
    assert.equal(
      describeFailure('text', server, limits).message,
      'could not reach https://10.0.0.1:6443: text',
    );
  });
});

suite('a recorded refusal reads as', () => {
  const forbidden = ' (grant list on nodes and pods to this user: see README, Permissions)';
  const notFound = ' (is this the address of a Kubernetes API server?)';
  const encoding = ' (this server cannot answer in that encoding: use --encoding auto)';
  const badToken =
    '401: Unauthorized (the credentials are missing, wrong or expired: log in again, or check the user of the kubeconfig context)';
  const nodesOnly = `403: pods is forbidden: User "fixture-nodes-only" cannot list resource "pods" in API group "" at the cluster scope${forbidden}`;
  const notAcceptable = /^406: Not Acceptable Available representations: application\/json, .*$/;
  for (const [id, expected] of [
    ['err-401-badtoken', badToken],
    ['err-401-badtoken-pb', badToken],
    ['err-403-nodesonly-pods', nodesOnly],
    ['err-403-nodesonly-pods-pb', nodesOnly],
    ['err-404-resource', `404: the server could not find the requested resource${notFound}`],
    ['err-404-path', /^40[34]: /],
    ['err-406-cbor', notAcceptable],
    ['err-406-html', notAcceptable],
  ] as const) {
    test(id, async (t) => {
      const { status, headers, body } = exchange(id).response;
      const server = createServer((_request, response) => {
        const type = headers.find(([name]) => name === 'Content-Type')?.[1] ?? '';
        response.writeHead(status, { 'Content-Type': type }).end(body);
      });
      const http = over(await listening(t, server));
      const error = await errorOf(listPods({ http: () => http, log: recordedLog() }));
      assert.ok(error instanceof ClusterError);
      assert.equal(error.status, status);
      const said = error.message.replace('could not list pods (page 1): ', '');
      if (typeof expected === 'string') assert.equal(said, expected);
      else assert.match(said, expected);
      if (status === 406) assert.ok(said.endsWith(encoding));
    });
  }

  for (const id of ['err-429-apf', 'err-429-apf-pb', 'err-429-inflight']) {
    test(id, async (t) => {
      const { status, headers, body } = exchange(id).response;
      const server = createServer((_request, response) => {
        const type = headers.find(([name]) => name === 'Content-Type')?.[1] ?? '';
        response.writeHead(status, { 'Content-Type': type }).end(body);
      });
      const http = over(await listening(t, server));
      const retry = { ...impatient, maxRetries: 1 };
      const error = await errorOf(listPods({ http: () => http, log: recordedLog() }, { retry }));
      assert.equal(
        error.message,
        'could not list pods (page 1): 429: Too many requests, please try again later. (the server asks for fewer requests: see README, Permissions, on giving the job a FlowSchema of its own) (2 tries)',
      );
    });
  }

  test('a refusal whose body is cut is tried again like any cut', async (t) => {
    let asked = 0;
    const server = createServer((_request, response) => {
      asked += 1;
      response.writeHead(503, { 'Content-Type': 'text/plain', 'Content-Length': '1000' });
      response.write('Service Unav', () => response.destroy());
    });
    const http = over(await listening(t, server));
    const retry = { ...impatient, maxRetries: 2 };
    const error = await errorOf(listPods({ http: () => http, log: recordedLog() }, { retry }));
    assert.ok(error instanceof ClusterError, `${error.name}: ${error.message}`);
    assert.ok(error.message.startsWith('could not list pods (page 1): '), error.message);
    assert.equal(asked, 3);
  });
});

async function unusedPort(t: TestContext): Promise<string> {
  const server = createTcpServer();
  const { port } = new URL(await listening(t, server));
  server.close();
  return port;
}
