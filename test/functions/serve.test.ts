/** The server as it is run: a process, its sockets, its store, and its end. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, request, type IncomingHttpHeaders } from 'node:http';
import { connect } from 'node:net';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { suite, test, type TestContext } from 'node:test';
import { createDirectoryStore } from '../../lib/store/directory.ts';
import { instantOf, snapshotIdOf, summaryKey } from '../../lib/store/keys.ts';
import { commitSnapshot } from '../../lib/store/snapshots.ts';
import type { AwsFault } from '../support/aws/faults.ts';
import { startAwsDouble } from '../support/aws/server.ts';
import { listening } from '../support/cluster-under-test.ts';
import { messages, refusal, startCli, type CliOptions, type CliResult } from '../support/cli.ts';
import { readExposition } from '../support/exposition.ts';
import { makeFifo } from '../support/fifo.ts';
import { temporaryFolder } from '../support/kubeconfig.ts';
import { startServing } from '../support/serving.ts';
import { nodeRow, snapshot, workloadRow } from '../support/snapshots.ts';

const minuteMs = 60_000;
const { signal } = new AbortController();

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly tookMs: number;
}

interface Running {
  readonly port: number;
  readonly ask: (
    target: string,
    about?: { method?: string; host?: string; body?: string },
  ) => Promise<Answer>;
  /** Bytes as they are; all that comes back until the server ends the connection. */
  readonly raw: (bytes: string) => Promise<string>;
  readonly stop: (name?: NodeJS.Signals) => Promise<CliResult & { readonly tookMs: number }>;
}

async function serving(t: TestContext, args: readonly string[], options: CliOptions): Promise<Running> {
  const { child, result, port } = await startServing(args, options);
  t.after(() => child.kill('SIGKILL'));
  return {
    port,
    async ask(target, { method = 'GET', host = `127.0.0.1:${port}`, body = '' } = {}) {
      const began = performance.now();
      const sent = request({
        port,
        host: '127.0.0.1',
        path: target,
        method,
        headers: { host },
        agent: false,
      });
      sent.end(body);
      const [response] = await once(sent, 'response');
      const { statusCode, headers } = response;
      const answer = await text(response);
      return { status: statusCode, headers, body: answer, tookMs: performance.now() - began };
    },
    async raw(bytes) {
      const socket = connect(port, '127.0.0.1');
      socket.write(bytes);
      return text(socket);
    },
    async stop(name = 'SIGTERM') {
      const began = performance.now();
      child.kill(name);
      return { ...(await result), tookMs: performance.now() - began };
    },
  };
}

/** The minute that is now, or so many before. */
const idAt = (minutesAgo: number): string =>
  snapshotIdOf(new Date(Math.floor(Date.now() / minuteMs - minutesAgo) * minuteMs));

async function put(directory: string, cluster: string, snapshotId: string): Promise<void> {
  const identity = { cluster, snapshotId };
  const [nodes, workloads] = [[nodeRow(identity)], [workloadRow(identity)]];
  const whole = snapshot({
    summary: { ...identity, scheduledAt: instantOf(snapshotId).toISOString() },
    nodes,
    workloads,
  });
  await commitSnapshot(createDirectoryStore(directory), whole, signal);
}

suite('serve', { concurrency: 2 }, () => {
  test('answers every endpoint, with headers that let nothing else read it', async (t) => {
    const folder = temporaryFolder(t);
    const id = idAt(1);
    await put(folder.at('snapshots'), 'prod', id);
    const { ask, raw, stop } = await serving(t, [], { cwd: folder.at('') });
    const kinds: readonly (readonly [target: string, contentType: string])[] = [
      ['/', 'text/html; charset=utf-8'],
      ['/report/prod/latest', 'text/html; charset=utf-8'],
      ['/metrics', 'text/plain; version=0.0.4; charset=utf-8'],
      ['/healthz', 'text/plain; charset=utf-8'],
      ['/readyz', 'text/plain; charset=utf-8'],
      ['/sync', 'application/json; charset=utf-8'],
      ['/api/clusters', 'application/json; charset=utf-8'],
      ['/api/snapshots?cluster=prod', 'application/json; charset=utf-8'],
      [`/api/snapshots/prod/${id}`, 'application/json; charset=utf-8'],
      [`/api/snapshots/prod/${id}/nodes`, 'application/json; charset=utf-8'],
      [`/api/snapshots/prod/${id}/workloads`, 'application/json; charset=utf-8'],
    ];
    for (const [target, contentType] of kinds) {
      const { status, headers, body } = await ask(target);
      assert.equal(status, 200, `${target}: ${body}`);
      assert.equal(headers['content-type'], contentType);
      assert.equal(headers['x-content-type-options'], 'nosniff');
      assert.equal(headers['cache-control'], 'no-store');
      assert.equal(headers['referrer-policy'], 'no-referrer');
      assert.match(String(headers['content-security-policy']), /^default-src 'none';/);
      assert.equal(headers['access-control-allow-origin'], undefined);
      const head = await ask(target, { method: 'HEAD' });
      assert.deepEqual([head.status, head.body], [200, '']);
      if (contentType.startsWith('application/json')) JSON.parse(body);
    }
    const packed = async (accepted: string): Promise<boolean> =>
      (
        await raw(
          `HEAD / HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: ${accepted}\r\nConnection: close\r\n\r\n`,
        )
      ).includes('\r\nContent-Encoding: gzip\r\n');
    assert.deepEqual(
      [await packed('br, gzip;q=0.8'), await packed('gzip;q=0'), await packed('identity')],
      [true, false, false],
    );
    const families = readExposition((await ask('/metrics')).body);
    const age = families.get('kube_binpacking_cluster_snapshot_age_seconds')?.samples[0]?.value ?? -1;
    assert.ok(age >= 60 && age < 180, `${age} s`);

    const { code, stdout, stderr, tookMs } = await stop();
    assert.equal(code, 0, stderr);
    assert.equal(stdout, '');
    assert.ok(tookMs < 5000, `${tookMs} ms`);
    assert.ok(messages({ stderr }, 'debug').includes('GET /metrics 200'));
    assert.deepEqual(messages({ stderr }, 'warn'), []);
  });

  test('/readyz waits for the first snapshot, and says no when it is stale', async (t) => {
    const folder = temporaryFolder(t);
    const { ask, stop } = await serving(t, ['--stale-after', '10m'], { cwd: folder.at('') });
    const before = await ask('/readyz');
    assert.deepEqual([before.status, before.body], [503, 'not ready: there is no snapshot in ./snapshots\n']);
    await put(folder.at('snapshots'), 'prod', idAt(30));
    // it is looked for every 5 seconds
    const stale = await until(ask, '/readyz', ({ body }) => body.includes('more than'));
    assert.equal(stale.status, 503);
    assert.match(
      stale.body,
      /^not ready: the newest snapshot, \S+ of prod, is 18\d\d s old, more than the 600 s/,
    );
    await put(folder.at('snapshots'), 'prod', idAt(1));
    const ready = await until(ask, '/readyz', ({ status }) => status === 200);
    assert.match(ready.body, /^ready: the newest snapshot/);
    assert.equal((await stop('SIGINT')).code, 0);
  });

  test('refuses what no client of its own asks', async (t) => {
    const { ask, raw, stop } = await serving(t, ['--allow-host', 'binpack.example'], {
      cwd: temporaryFolder(t).at(''),
    });
    assert.equal((await ask('/healthz', { host: 'evil.example' })).status, 403);
    assert.equal((await ask('/healthz', { host: 'binpack.example:80' })).status, 200);
    assert.equal((await ask('/healthz', { host: 'localhost' })).status, 200);
    const posted = await ask('/healthz', { method: 'POST', body: 'x' });
    assert.deepEqual([posted.status, posted.headers.allow], [405, 'GET, HEAD']);
    assert.equal((await ask(`/${'a'.repeat(3000)}`)).status, 414);
    assert.equal((await ask('/../../etc/passwd')).status, 404);
    assert.equal((await ask('/api/snapshots/..%2f..%2f..%2fetc/20261121T074500Z')).status, 404);

    const startOf = async (bytes: string): Promise<string> => (await raw(bytes)).split('\r\n', 1)[0] ?? '';
    const closing = 'Connection: close\r\n\r\n';
    assert.equal(
      await startOf(`GET /${'a'.repeat(20_000)} HTTP/1.1\r\nHost: localhost\r\n${closing}`),
      'HTTP/1.1 431 Request Header Fields Too Large',
    );
    assert.equal(await startOf(`GET / HTTP/1.1\r\n${closing}`), 'HTTP/1.1 400 Bad Request');
    assert.equal(await startOf(`GET / HTTP/1.0\r\n${closing}`), 'HTTP/1.1 403 Forbidden');
    assert.equal(
      await startOf(`GET / HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n${closing}`),
      'HTTP/1.1 403 Forbidden',
    );
    assert.equal(
      await startOf(`GET http://evil.example/ HTTP/1.1\r\nHost: localhost\r\n${closing}`),
      'HTTP/1.1 400 Bad Request',
    );
    assert.equal(
      await startOf(`GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n${closing}abc`),
      'HTTP/1.1 400 Bad Request',
    );
    assert.equal(await startOf('nonsense\r\n\r\n'), 'HTTP/1.1 400 Bad Request');
    assert.equal((await ask('/healthz')).status, 200);
    assert.equal((await stop()).code, 0);
  });

  test('a store that hangs keeps no answer waiting: what was read before is given, with its age', async (t) => {
    let hangs = false;
    const slow: AwsFault = { kind: 'slow', ms: 30_000 };
    const aws = await startAwsDouble({
      faults: [{ when: () => hangs, times: Number.POSITIVE_INFINITY, fault: slow }],
    });
    t.after(() => aws.close());
    const folder = temporaryFolder(t);
    const args = ['--store', `s3://${aws.bucket}/binpack`, '--cache-dir', 'none'];
    const { ask, stop } = await serving(t, args, { cwd: folder.at(''), env: aws.env });
    assert.equal((await ask('/readyz')).status, 503);
    assert.equal((await ask('/metrics')).status, 200);
    hangs = true;
    type Sync = { readonly store: { readonly ageSeconds: number; readonly problem: string | null } };
    const sync = await until(ask, '/sync', ({ body }) => (JSON.parse(body) as Sync).store.problem !== null);
    assert.ok(sync.tookMs < 4000, `${sync.tookMs} ms`);
    const { store } = JSON.parse(sync.body) as Sync;
    assert.match(store.problem ?? '', /^the store has not answered for /);
    assert.ok(store.ageSeconds >= 5, `${store.ageSeconds} s`);
    // who asks now does not wait once more
    const next = await ask('/api/clusters');
    assert.equal(next.status, 200);
    assert.ok(next.tookMs < 1000, `${next.tookMs} ms`);
    const metrics = readExposition((await ask('/metrics')).body);
    assert.equal(metrics.get('kube_binpacking_serve_store_up')?.samples[0]?.value, 0);
    assert.ok((await ask('/healthz')).tookMs < 1000);
    // never asked for before
    const unknown = await ask('/api/snapshots/prod/20261121T074500Z');
    assert.equal(unknown.status, 503);
    assert.ok(unknown.tookMs < 4000, `${unknown.tookMs} ms`);
    assert.equal(unknown.headers['retry-after'], '5');
    const { code, tookMs } = await stop();
    assert.equal(code, 0);
    assert.ok(tookMs < 5000, `${tookMs} ms`);
  });

  test('a directory that hangs holds neither the pages nor the end of the process', async (t) => {
    const folder = temporaryFolder(t);
    const snapshots = folder.at('snapshots');
    await put(snapshots, 'prod', idAt(0));
    // what is read of a dead mount never comes, and takes a thread of four
    const dead = [1, 2, 3, 4].map((minutes) => ({ cluster: 'prod', snapshotId: idAt(minutes) }));
    for (const key of dead) makeFifo(path.join(snapshots, summaryKey(key)));
    const args = ['--out', snapshots, '--cache-dir', 'none'];
    const { ask, raw, stop } = await serving(t, args, { cwd: folder.at('') });
    assert.equal((await ask('/readyz')).status, 200);
    const asked = await Promise.all(
      dead.map(async ({ snapshotId }) => ask(`/api/snapshots/prod/${snapshotId}`)),
    );
    assert.deepEqual(
      asked.map(({ status }) => status),
      [503, 503, 503, 503],
    );
    const page = await raw(
      'GET / HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: gzip\r\nConnection: close\r\n\r\n',
    );
    assert.match(page, /^HTTP\/1\.1 200 OK\r\n[^]*\r\nContent-Encoding: gzip\r\n/);
    const { code, stderr, tookMs } = await stop();
    assert.equal(code, 0, stderr);
    assert.ok(tookMs < 10_000, `${tookMs} ms`);
  });

  test('a store that refuses is told in words, and the process goes on', async (t) => {
    const aws = await startAwsDouble({
      faults: [
        {
          when: () => true,
          times: Number.POSITIVE_INFINITY,
          fault: { kind: 'error', status: 403, code: 'AccessDenied', message: 'no' },
        },
      ],
    });
    t.after(() => aws.close());
    const args = ['--store', `s3://${aws.bucket}/binpack`, '--cache-dir', 'none'];
    const { ask, stop } = await serving(t, args, { cwd: temporaryFolder(t).at(''), env: aws.env });
    const { status, body } = await ask('/readyz');
    assert.equal(status, 503);
    assert.match(body, /^not ready: no snapshot was read yet from s3:\/\/\S+; could not list/);
    assert.equal((await ask('/healthz')).status, 200);
    const { code, stderr } = await stop();
    assert.equal(code, 0);
    assert.match(messages({ stderr }, 'warn')[0] ?? '', /^could not list/);
  });

  test('ends within seconds although somebody keeps a connection and sends nothing', async (t) => {
    const { port, stop } = await serving(t, [], { cwd: temporaryFolder(t).at('') });
    const idle = connect(port, '127.0.0.1');
    const half = connect(port, '127.0.0.1');
    idle.on('error', () => undefined);
    half.on('error', () => undefined);
    await Promise.all([once(idle, 'connect'), once(half, 'connect')]);
    half.write('GET / HTTP/1.1\r\nHost: loc');
    const { code, tookMs, stderr } = await stop();
    assert.equal(code, 0, stderr);
    assert.ok(tookMs < 5000, `${tookMs} ms`);
    assert.equal(messages({ stderr }, 'info').at(-1), 'stopped');
  });

  test('an address that is taken, or is none, is refused in a sentence', async (t) => {
    const cwd = temporaryFolder(t).at('');
    const taken = new URL(await listening(t, createServer()));
    const used = await startCli(['serve', '--listen', taken.host], { cwd }).result;
    assert.match(
      refusal(used, 2),
      new RegExp(`^could not listen on ${taken.host} \\(.*EADDRINUSE.*--listen$`),
    );
    for (const listen of ['9101', 'localhost', '127.0.0.1:99999', '::1:9101', 'http://localhost:1']) {
      const { result } = startCli(['serve', '--listen', listen], { cwd });
      assert.match(refusal(await result, 2), new RegExp(`^--listen "${listen}": `));
    }
    const hosts = await startCli(['serve', '--allow-host', 'ok.example,http://x'], { cwd }).result;
    assert.match(refusal(hosts, 2), /"http:\/\/x" is not a host/);
  });

  test('who listens to others is told that there is no login', async (t) => {
    const cwd = temporaryFolder(t).at('');
    const { child, result } = startCli(['serve', '--listen', '0.0.0.0:0'], { cwd });
    child.stderr?.on('data', (chunk: string) => {
      if (chunk.includes('is served on')) child.kill('SIGTERM');
    });
    assert.match(messages(await result, 'warn')[0] ?? '', /without a login$/);
  });
});

async function until(
  ask: Running['ask'],
  target: string,
  isWanted: (answer: Answer) => boolean,
): Promise<Answer> {
  const patience = AbortSignal.timeout(20_000);
  for (;;) {
    const answer = await ask(target);
    if (isWanted(answer)) return answer;
    patience.throwIfAborted();
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}
