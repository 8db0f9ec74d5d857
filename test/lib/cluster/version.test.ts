import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { suite, test, type TestContext } from 'node:test';
import { createHttp, type Http } from '../../../lib/cluster/http.ts';
import { readVersion } from '../../../lib/cluster/version.ts';
import { ClusterError } from '../../../lib/errors.ts';
import {
  errorOf,
  generous,
  listening,
  plainConnection,
  startCluster,
  unjittered,
} from '../../support/cluster-under-test.ts';

/** A server that answers everything with this. */
async function answering(
  t: TestContext,
  body: string,
  status = 200,
  type = 'application/json',
): Promise<Http> {
  const server = createServer((_request, response) => {
    response.writeHead(status, { 'Content-Type': type }).end(body);
  });
  const connection = plainConnection(await listening(t, server));
  return createHttp({ connection, userAgent: 'test', gzip: false, requestTimeoutMs: 2_000 });
}

suite('the version of a server', () => {
  for (const [release, gitVersion, minor] of [
    ['1.36.2', 'v1.36.2', 36],
    ['v1.33.4-eks-1a2b3c4', 'v1.33.4-eks-1a2b3c4', 33],
    ['v1.31.9-gke.1044000', 'v1.31.9-gke.1044000', 31],
    ['v1.29.0+k3s1', 'v1.29.0+k3s1', 29],
    ['v1.37.0-beta.0', 'v1.37.0-beta.0', 37],
  ] as const) {
    test(`${release} is minor ${minor}`, async (t) => {
      const { http, server } = await startCluster(t, { kubernetesVersion: release });
      assert.deepEqual(await readVersion(http(), generous(), unjittered), { gitVersion, minor });
      const [request] = server.requests;
      assert.equal(request?.target, '/version');
      assert.equal(request.headers.accept, 'application/json');
    });
  }

  test('is read of gitVersion, also where the minor has a plus sign or is missing', async (t) => {
    const eks = await answering(t, '{"major":"1","minor":"36+","gitVersion":"v1.36.2-eks-3"}');
    assert.deepEqual(await readVersion(eks, generous(), unjittered), {
      gitVersion: 'v1.36.2-eks-3',
      minor: 36,
    });
    const bare = await answering(t, '{"gitVersion":"v1.40.1"}');
    assert.deepEqual(await readVersion(bare, generous(), unjittered), { gitVersion: 'v1.40.1', minor: 40 });
  });

  for (const [what, body, type] of [
    ['a page of HTML', '<html><body>It works!</body></html>', 'text/html'],
    ['JSON of something else', '{"version":"8.15.0","name":"elasticsearch"}', 'application/json'],
    ['JSON that is no object', '["v1.36.2"]', 'application/json'],
    ['a version that is no text', '{"gitVersion":1.36}', 'application/json'],
    ['a Kubernetes to come', '{"gitVersion":"v2.0.0"}', 'application/json'],
    ['nothing', '', 'application/json'],
  ] as const) {
    test(`${what} is not the answer of a Kubernetes API server`, async (t) => {
      const http = await answering(t, body, 200, type);
      const error = await errorOf(readVersion(http, generous(), unjittered));
      assert.ok(error instanceof ClusterError);
      assert.equal(
        error.message,
        `${http.server.origin} does not answer /version as a Kubernetes API server does: check the address`,
      );
    });
  }

  test('a server without /version says what it answered instead', async (t) => {
    const http = await answering(t, 'Not here\n', 404, 'text/plain');
    const error = await errorOf(readVersion(http, generous(), unjittered));
    assert.ok(error instanceof ClusterError);
    assert.equal(error.status, 404);
    assert.equal(
      error.message,
      `could not read the version of ${http.server.origin}: 404: Not here (is this the address of a Kubernetes API server?)`,
    );
  });

  test('a token that the server does not know is a 401 here already', async (t) => {
    const { http, server } = await startCluster(t);
    server.faults.next({ action: { kind: 'status', code: 401 } });
    const error = await errorOf(readVersion(http(), generous(), unjittered));
    assert.equal(
      error.message,
      `could not read the version of ${server.url}: 401: Unauthorized (the credentials are missing, wrong or expired: log in again, or check the user of the kubeconfig context)`,
    );
  });
});
