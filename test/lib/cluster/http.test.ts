import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import { suite, test, type TestContext } from 'node:test';
import { gzipSync } from 'node:zlib';
import { createHttp, readBody, type Http, type HttpOptions } from '../../../lib/cluster/http.ts';
import type { Dial } from '../../../lib/cluster/connect/dial.ts';
import { ClusterError } from '../../../lib/errors.ts';
import {
  errorOf,
  generous,
  listening,
  listPods,
  namesOf,
  namesSink,
  plainConnection,
  recordedPods,
  startCluster,
} from '../../support/cluster-under-test.ts';

interface Seen {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** A server that keeps what it was asked, and answers `ok`. */
async function echo(
  t: TestContext,
  options: Partial<HttpOptions> & { readonly path?: string } = {},
): Promise<{ readonly http: Http; readonly seen: readonly Seen[] }> {
  const seen: Seen[] = [];
  const server = createServer((request, response) => {
    const { method, url, headers } = request;
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      seen.push({ method, url, headers, body: Buffer.concat(chunks).toString() });
      response.end('ok');
    });
  });
  const url = await listening(t, server);
  const connection = plainConnection(`${url}${options.path ?? ''}`);
  return {
    http: createHttp({
      connection,
      userAgent: 'kube-binpack/1.2.3',
      gzip: false,
      requestTimeoutMs: 2_000,
      ...options,
    }),
    seen,
  };
}

suite('a request', () => {
  test('has our User-Agent, what we accept, and the headers of the connection', async (t) => {
    const { http, seen } = await echo(t);
    const response = await http.send({ path: '/version', accept: 'application/json' }, generous());
    assert.equal((await readBody(response)).toString(), 'ok');
    const [request] = seen;
    assert.equal(request?.method, 'GET');
    assert.equal(request.url, '/version');
    assert.equal(request.headers['user-agent'], 'kube-binpack/1.2.3');
    assert.equal(request.headers.accept, 'application/json');
    assert.equal(request.headers['accept-encoding'], undefined);
    assert.equal(request.headers['content-type'], undefined);
  });

  test('asks for gzip only where it is wanted', async (t) => {
    const { http, seen } = await echo(t, { gzip: true });
    await readBody(await http.send({ path: '/', accept: '*/*' }, generous()));
    assert.equal(seen[0]?.headers['accept-encoding'], 'gzip');
  });

  test('encodes its query, and leaves out what is empty', async (t) => {
    const { http, seen } = await echo(t);
    const query = {
      limit: 500,
      continue: 'a+b/c=&d',
      fieldSelector: 'status.phase!=Failed',
      labelSelector: '',
      x: null,
    };
    await readBody(await http.send({ path: '/api/v1/pods', accept: '*/*', query }, generous()));
    assert.equal(
      seen[0]?.url,
      '/api/v1/pods?limit=500&continue=a%2Bb%2Fc%3D%26d&fieldSelector=status.phase%21%3DFailed',
    );
  });

  for (const path of ['/k8s/clusters/c-abc12', '/k8s/clusters/c-abc12/']) {
    test(`goes below the path of the server, ${path}, as behind Rancher`, async (t) => {
      const { http, seen } = await echo(t, { path });
      await readBody(
        await http.send({ path: '/api/v1/nodes', accept: '*/*', query: { limit: 1 } }, generous()),
      );
      assert.equal(seen[0]?.url, '/k8s/clusters/c-abc12/api/v1/nodes?limit=1');
    });
  }

  test('may carry JSON', async (t) => {
    const { http, seen } = await echo(t);
    const json = { kind: 'Grüße' };
    await readBody(await http.send({ method: 'POST', path: '/', accept: '*/*', json }, generous()));
    const [request] = seen;
    assert.equal(request?.method, 'POST');
    assert.equal(request.headers['content-type'], 'application/json');
    assert.equal(request.headers['content-length'], '18');
    assert.equal(request.body, '{"kind":"Grüße"}');
  });
});

suite('an answer', () => {
  const answering = async (
    t: TestContext,
    headers: Readonly<Record<string, string>>,
    body: Buffer | string,
    cutAfter: number | null = null,
  ): Promise<Http> => {
    const server = createServer((_request, response) => {
      response.writeHead(200, headers);
      if (cutAfter === null) response.end(body);
      else response.write(Buffer.from(body).subarray(0, cutAfter), () => response.destroy());
    });
    const connection = plainConnection(await listening(t, server));
    return createHttp({ connection, userAgent: 'test', gzip: true, requestTimeoutMs: 2_000 });
  };

  test('is its media type without parameters, in lower case', async (t) => {
    const http = await answering(t, { 'Content-Type': 'Application/JSON; charset=utf-8' }, '{}');
    const response = await http.send({ path: '/', accept: '*/*' }, generous());
    assert.equal(response.contentType, 'application/json');
    await readBody(response);
  });

  test('is unzipped, and its bytes are those of the wire', async (t) => {
    const body = 'the same line again and again\n'.repeat(10_000);
    const zipped = gzipSync(body);
    const http = await answering(t, { 'Content-Encoding': 'gzip' }, zipped);
    const response = await http.send({ path: '/', accept: '*/*' }, generous());
    assert.equal((await readBody(response)).toString(), body);
    assert.ok(response.wireBytes() <= zipped.length + 500);
  });

  for (const [what, body, cutAfter] of [
    ['that is cut', gzipSync('x'.repeat(1_000)), 20],
    ['that is not gzip', Buffer.from('plain text'), null],
  ] as const) {
    test(`in gzip ${what} is an error of its reader`, async (t) => {
      const http = await answering(t, { 'Content-Encoding': 'gzip' }, body, cutAfter);
      const response = await http.send({ path: '/', accept: '*/*' }, generous());
      await assert.rejects(readBody(response));
    });
  }

  test('counts what came over TLS, however small', async (t) => {
    const { http } = await startCluster(t);
    const response = await http().send({ path: '/version', accept: 'application/json' }, generous());
    const { length } = await readBody(response);
    assert.ok(response.wireBytes() >= length, `${response.wireBytes()} of ${length}`);
  });

  test('that is larger than it may be is refused, not kept', async (t) => {
    const http = await answering(t, {}, 'x'.repeat(5_000));
    const response = await http.send({ path: '/', accept: '*/*' }, generous());
    const error = await errorOf(readBody(response, 1_000));
    assert.ok(error instanceof ClusterError);
    assert.equal(error.message, 'an answer of more than 1000 bytes where a small one was due');
  });
});

suite('gzip that zlib cannot keep up with', () => {
  const text = randomBytes(1_000_000).toString('hex');

  async function zippedServer(t: TestContext, chunked: boolean): Promise<Http> {
    const zipped = gzipSync(text);
    const server = createServer((_request, response) => {
      response.setHeader('Content-Encoding', 'gzip');
      if (!chunked) response.setHeader('Content-Length', zipped.length);
      for (let at = 0; at < zipped.length; at += 2_000) response.write(zipped.subarray(at, at + 2_000));
      response.end();
    });
    const connection = plainConnection(await listening(t, server));
    return createHttp({ connection, userAgent: 'test', gzip: true, requestTimeoutMs: 3_000 });
  }

  for (const chunked of [true, false]) {
    test(`comes whole, request after request on one connection (chunked: ${chunked})`, async (t) => {
      const http = await zippedServer(t, chunked);
      for (let request = 1; request <= 5; request++) {
        const response = await http.send({ path: '/', accept: '*/*' }, generous());
        assert.equal((await readBody(response, 4_000_000)).toString(), text, `request ${request}`);
      }
    });
  }

  test('and that its reader refuses fails at once, not at the timeout', async (t) => {
    const http = await zippedServer(t, true);
    const refusal = new Error('of the decoder');
    const startedMs = performance.now();
    const response = await http.send({ path: '/', accept: '*/*' }, generous());
    const refuse = (): void => {
      throw refusal;
    };
    assert.equal(await errorOf(response.read(refuse)), refusal);
    assert.ok(performance.now() - startedMs < 1_500);
  });
});

test('connections are kept from page to page: no more than two for a whole list', async (t) => {
  const under = await startCluster(t);
  let opened = 0;
  const dials = new Map<Dial, Dial>();
  const counted = (dial: Dial): Dial => {
    const known = dials.get(dial);
    if (known !== undefined) return known;
    const counting: Dial = (onread, signal) => {
      opened += 1;
      return dial(onread, signal);
    };
    dials.set(dial, counting);
    return counting;
  };
  const http = createHttp({
    connection: {
      ...under.connection,
      async authorize(signal) {
        const { headers, dial } = await under.connection.authorize(signal);
        return { headers, dial: counted(dial) };
      },
    },
    userAgent: 'test',
    gzip: false,
    requestTimeoutMs: 5_000,
  });
  await listPods(under, { http, pageSize: 7 });
  assert.ok(opened >= 1 && opened <= 2, `${opened}`);
});

for (const encoding of ['protobuf', 'json'] as const) {
  test(`gzip carries the same pods in fewer bytes (${encoding})`, async (t) => {
    const under = await startCluster(t);
    const plain = namesSink();
    const zipped = namesSink();
    const without = await listPods(under, { encoding, sink: plain });
    const withGzip = await listPods(under, { encoding, sink: zipped, http: under.http({ gzip: true }) });
    assert.deepEqual(plain.names, namesOf(recordedPods));
    assert.deepEqual(zipped.names, plain.names);
    assert.ok(withGzip.collection.bytes < without.collection.bytes / 4);
    assert.ok(withGzip.collection.bytes > 0);
    assert.deepEqual(
      under.lists('pods').map(({ headers }) => headers['accept-encoding']),
      [undefined, undefined, undefined, 'gzip', 'gzip', 'gzip'],
    );
  });
}
