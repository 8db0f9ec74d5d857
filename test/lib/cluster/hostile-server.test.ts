/** An API server that means harm: it gets a refusal, and no more of us than the request. */
import assert from 'node:assert/strict';
import { createServer, type RequestListener } from 'node:http';
import process from 'node:process';
import { suite, test, type TestContext } from 'node:test';
import { gzipSync } from 'node:zlib';
import { createHttp, type Http } from '../../../lib/cluster/http.ts';
import {
  errorOf,
  listening,
  listPods,
  plainConnection,
  recordedLog,
} from '../../support/cluster-under-test.ts';

async function answering(t: TestContext, listener: RequestListener): Promise<Http> {
  const connection = plainConnection(await listening(t, createServer(listener)));
  return createHttp({ connection, userAgent: 'kube-binpack/test', gzip: true, requestTimeoutMs: 10_000 });
}

const listFailure = async (http: Http): Promise<Error> =>
  errorOf(
    listPods(
      { http: () => http, log: recordedLog() },
      { encoding: 'json', retry: { maxRetries: 0, baseMs: 1, capMs: 1 } },
    ),
  );

suite('a hostile API server', () => {
  test('that sends us elsewhere: nobody is asked there, and no token goes there', async (t) => {
    let asked = 0;
    const elsewhere = await listening(
      t,
      createServer((_request, response) => {
        asked += 1;
        response.end();
      }),
    );
    for (const status of [301, 302, 303, 307, 308]) {
      const http = await answering(t, (_request, response) => {
        response.writeHead(status, { Location: `${elsewhere}/api/v1/pods` }).end();
      });
      assert.match(
        (await listFailure(http)).message,
        new RegExp(`^could not list pods \\(page 1\\): ${status}`),
      );
    }
    assert.equal(asked, 0);
  });

  test('whose few bytes of gzip become a value without an end: it is given up at 250 times its size, in bounded memory', async (t) => {
    const bomb = gzipSync(
      Buffer.concat([Buffer.from('{"kind":"PodList","items":[{"a":"'), Buffer.alloc(96 * 2 ** 20, 'x')]),
    );
    const http = await answering(t, (_request, response) => {
      response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Encoding': 'gzip' }).end(bomb);
    });
    const before = process.memoryUsage().arrayBuffers;
    const { message } = await listFailure(http);
    assert.match(message, /the answer unzips to more than 250 times its size/);
    const grown = process.memoryUsage().arrayBuffers - before;
    assert.ok(grown < 160 * 2 ** 20, `${grown} bytes`);
  });
});
