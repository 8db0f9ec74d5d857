/** Requests to `serve`, as any page in a browser and anybody on the network may send them. */
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import fc from 'fast-check';
import type { Request } from '../../functions/serve/request.ts';
import { respond } from '../../functions/serve/router.ts';
import { serve } from '../../functions/serve/server.ts';
import type { Site } from '../../functions/serve/site.ts';
import type { Log } from '../../lib/log.ts';
import { createSite, filled, hostile } from '../support/site.ts';
import { edited, edits } from './bytes.ts';
import { propertyOf, type Target } from './target.ts';

const id = '20261121T074500Z';
const statuses = new Set([200, 303, 400, 403, 404, 405, 414, 503]);

async function site(signal: AbortSignal): Promise<Site> {
  const failed = (problem: string, error: unknown): never => assert.fail(`${problem}: ${String(error)}`);
  return createSite({ store: await filled(), patienceMs: 5_000, signal, failed });
}

const segments = fc.oneof(
  fc.constantFrom(
    '',
    'metrics',
    'healthz',
    'readyz',
    'sync',
    'api',
    'clusters',
    'snapshots',
    'report',
    'compare',
    'latest',
    'prod',
    id,
    'nodes',
    'workloads',
  ),
  fc.constantFrom(
    '..',
    '.',
    '%2e%2e',
    '%2f',
    '%00',
    '%',
    '%zz',
    '%ff',
    '%c0%ae',
    '\\',
    '..%5c',
    '__proto__',
    'constructor',
    encodeURIComponent(hostile),
    '00000000T000000Z',
    '99999999T999999Z',
  ),
  fc.string({ maxLength: 8 }),
);
const instants = fc.oneof(
  fc.constantFrom(
    '2026-11-21',
    '2026-11-21T07:45:00Z',
    '7d ago',
    '99999999999d ago',
    '-1d ago',
    '1e9h ago',
    '0',
    '+275760-09-13',
    '-000001-01-01',
    '9999-12-31',
    '0000-01-01',
    '2026-02-30',
  ),
  fc.string({ maxLength: 12 }),
);
const queries = fc.array(
  fc.tuple(
    fc.constantFrom(
      ...['cluster', 'from', 'to', 'x', '__proto__', '', 'cluster', 'from', 'to'],
      ...['id', 'at', 'since', 'before', 'after'],
    ),
    fc.oneof(instants, fc.constantFrom('prod', hostile, '', '..', '\u0000')),
  ),
  { maxLength: 4 },
);
const paths = fc.oneof(
  fc.constantFrom(
    ...['/api/snapshots', '/api/clusters', '/', '/metrics', `/api/snapshots/prod/${id}/nodes`],
    ...['/report', '/compare', '/report/prod/latest', `/compare/prod/20261121T074000Z/${id}`],
  ),
  fc.array(segments, { maxLength: 7 }).map((parts) => `/${parts.join('/')}`),
  fc.constantFrom('*', 'http://evil.example/', '//evil.example/', '', '?', '/?', '/#', 'localhost:80'),
);
const targets = fc
  .tuple(paths, queries, fc.constantFrom('', '&', '&&=', '?', `&x=${'y'.repeat(2_000)}`))
  .map(([path, query, end]) =>
    query.length === 0 && end === '' ? path : `${path}?${new URLSearchParams(query).toString()}${end}`,
  );
const hosts = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(['localhost'], ['127.0.0.1:9101'], ['[::1]:1']) },
  {
    weight: 1,
    arbitrary: fc.array(
      fc.oneof(
        fc.constantFrom('evil.example', 'localhost.evil.example', 'localhost@evil', 'localhost '),
        fc.string({ maxLength: 20 }),
      ),
      { maxLength: 2 },
    ),
  },
);
const methods = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom('GET', 'HEAD') },
  {
    weight: 1,
    arbitrary: fc.constantFrom('POST', 'PUT', 'DELETE', 'OPTIONS', 'TRACE', 'CONNECT', 'get', ''),
  },
);

const requests: fc.Arbitrary<Request> = fc.record({
  method: methods,
  target: targets,
  hosts,
  localAddress: fc.constantFrom('127.0.0.1', '::1', '::ffff:10.0.0.1', ''),
  hasBody: fc.oneof(
    { weight: 9, arbitrary: fc.constant(false) },
    { weight: 1, arbitrary: fc.constant(true) },
  ),
});

const types = /^(?:text\/html|text\/plain(?:; version=0\.0\.4)?|application\/json); charset=utf-8$/;

export const requestTarget: Target = {
  name: 'request',
  holds: 'every request has an answer of a known status and type, and none from another site has data',
  runs: 600,
  async start() {
    const controller = new AbortController();
    const about = await site(controller.signal);
    const property = propertyOf(requests, async (request) => {
      const { status, contentType, body, headers = {} } = await respond(request, about, ['binpack.example']);
      assert.ok(statuses.has(status), `${status}: ${body}`);
      assert.match(contentType, types);
      const isPage = contentType.startsWith('text/html');
      assert.deepEqual(Object.keys(headers).toSorted(), headersOf(status, isPage));
      // to nowhere but here
      if (status === 303) assert.match(headers['Location'] ?? '', /^\/(?:(?:report|compare)\/[^/].*)?$/);
      if (contentType.startsWith('application/json')) JSON.parse(body);
      // markup in a name is text on the page; elsewhere it is no HTML
      if (isPage)
        assert.doesNotMatch(body, /<script(?! type="(?:module">the script<|text\/plain" id="data">))/);
      const isOurs =
        request.hosts.length === 1 &&
        /^(?:localhost|127\.0\.0\.1|\[::1\]|10\.0\.0\.1|binpack\.example)(?::\d{1,5})?$/i.test(
          request.hosts[0] ?? '',
        );
      if (!isOurs) assert.equal(status, 403);
      else if (request.method !== 'GET' && request.method !== 'HEAD') assert.equal(status, 405);
    });
    return { property, stop: async () => controller.abort() };
  },
};

function headersOf(status: number, isPage: boolean): string[] {
  const ofStatus: Readonly<Record<number, string>> = { 303: 'Location', 405: 'Allow', 503: 'Retry-After' };
  return [...(isPage ? ['Content-Security-Policy'] : []), ...(ofStatus[status] ?? '').split(' ')].filter(
    (name) => name !== '',
  );
}

/** What is no HTTP is refused by Node itself, with nothing in it. */
const empty =
  /^(?:|HTTP\/1\.1 (?:100 Continue|4\d\d [\w ]+)\r\n(?:[\w-]+: [^\r\n]*\r\n)*\r\n(?:0\r\n\r\n)?)$/;
const strict =
  /^HTTP\/1\.1 (?:200|303|400|403|404|405|414|503) [^]*\r\nContent-Security-Policy: default-src 'none';/;
const isOurs = (reply: string): boolean => reply.includes('\r\nCache-Control: no-store\r\n');

const heads = fc
  .tuple(
    fc.constantFrom('GET', 'HEAD', 'POST', 'PRI', 'get', ''),
    targets,
    fc.constantFrom('HTTP/1.1', 'HTTP/1.0', 'HTTP/2.0', 'HTTP/1.1 ', ''),
    fc.array(
      fc.constantFrom(
        'Host: localhost',
        'Host: localhost',
        'Host: evil.example',
        'Content-Length: 5',
        'Content-Length: -1',
        'Transfer-Encoding: chunked',
        'Transfer-Encoding: chunked, chunked',
        'Upgrade: h2c',
        'Connection: keep-alive, Upgrade',
        'Expect: 100-continue',
        'Expect: x',
        'Origin: https://evil.example',
        'Range: bytes=0-1',
        `X: ${'y'.repeat(9_000)}`,
        ' folded',
        'no colon',
        'X:\u0000',
      ),
    ),
  )
  .map(([method, target, version, lines]) =>
    Buffer.from(`${method} ${target} ${version}\r\n${[...lines, 'Connection: close'].join('\r\n')}\r\n\r\n`),
  );
const wires = fc.oneof(
  { weight: 3, arbitrary: heads },
  { weight: 2, arbitrary: fc.tuple(heads, edits).map(([bytes, changes]) => edited(bytes, changes)) },
  { weight: 1, arbitrary: fc.tuple(heads, heads).map((both) => Buffer.concat(both)) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)) },
);

const silent: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: (message) => assert.fail(message),
};

export const socketTarget: Target = {
  name: 'socket',
  holds: 'whatever bytes come, the server answers in HTTP or hangs up, and goes on',
  runs: 150,
  async start() {
    const controller = new AbortController();
    const about = await site(controller.signal);
    const listening = Promise.withResolvers<string>();
    const done = serve(
      {
        listen: { host: '127.0.0.1', port: 0 },
        respond: async (request) => respond(request, about, []),
        log: silent,
        listening: listening.resolve,
      },
      controller.signal,
    );
    const port = Number(new URL(await listening.promise).port);
    const property = propertyOf(wires, async (bytes) => {
      const answer = await said(port, bytes);
      for (const reply of answer.split(/(?=^HTTP\/1\.1 )/m))
        assert.match(reply, isOurs(reply) ? strict : empty);
      assert.match(
        await said(
          port,
          Buffer.from('GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n'),
        ),
        /\r\n\r\nok\n$/,
      );
    });
    return {
      property,
      async stop() {
        controller.abort();
        await done;
      },
    };
  },
};

/** All that comes back until the server hangs up, or nothing more can come. */
async function said(port: number, bytes: Buffer): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  socket.on('error', () => undefined);
  socket.end(bytes);
  try {
    return await text(socket);
  } catch {
    return '';
  }
}
