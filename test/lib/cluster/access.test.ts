import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { suite, test } from 'node:test';
import { mayList } from '../../../lib/cluster/access.ts';
import { createHttp } from '../../../lib/cluster/http.ts';
import { ClusterError } from '../../../lib/errors.ts';
import {
  errorOf,
  generous,
  listening,
  plainConnection,
  startCluster,
} from '../../support/cluster-under-test.ts';

suite('may we list?', () => {
  for (const [user, nodes, pods] of [
    ['reader', true, true],
    ['admin', true, true],
    ['nodesOnly', true, false],
    ['namespaceReader', false, false],
    ['nothing', false, false],
  ] as const) {
    test(`${user}: nodes ${nodes}, pods ${pods}`, async (t) => {
      const { http, server } = await startCluster(t, { user });
      assert.equal(await mayList(http(), 'nodes', '', generous()), nodes);
      assert.equal(await mayList(http(), 'pods', '', generous()), pods);
      const [first] = server.requests;
      assert.equal(first?.method, 'POST');
      assert.equal(first.path, '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews');
      assert.equal(first.status, 201);
      assert.equal(first.headers['content-type'], 'application/json');
    });
  }

  test('credentials that are refused are an error, not a no', async (t) => {
    const { http, server } = await startCluster(t);
    server.faults.next({ action: { kind: 'status', code: 401 } });
    const error = await errorOf(mayList(http(), 'pods', '', generous()));
    assert.ok(error instanceof ClusterError);
    assert.equal(
      error.message,
      'could not ask whether listing pods is allowed: 401: Unauthorized (the credentials are missing, wrong or expired: log in again, or check the user of the kubeconfig context)',
    );
  });

  test('an answer without a status is an error, not a no', async (t) => {
    const server = createServer((_request, response) => {
      response
        .writeHead(201, { 'Content-Type': 'application/json' })
        .end('{"kind":"SelfSubjectAccessReview"}');
    });
    const connection = plainConnection(await listening(t, server));
    const http = createHttp({ connection, userAgent: 'test', gzip: false, requestTimeoutMs: 2_000 });
    assert.equal(
      (await errorOf(mayList(http, 'nodes', '', generous()))).message,
      'could not ask whether listing nodes is allowed: the answer has no status',
    );
  });
});
