import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import type { KubeObject } from './apiserver/objects.ts';
import { rawRequest, type RawAnswer } from './apiserver/rawClient.ts';
import { startApiServer, type ApiServer } from './apiserver/server.ts';
import { exchange, exchangeIds, headerOf, type Exchange } from './fixtures.ts';

/** Recorded exchanges that the simulated server does not answer, and why. */
const LEFT_OUT: readonly (readonly [ids: RegExp, reason: string])[] = [
  [/^h2-/, 'HTTP/2 is not simulated: the product speaks HTTP/1.1'],
  [/^http10-plain$/, 'Node answers plain HTTP on a TLS port by closing the connection'],
  [/^(pods-table|pods-pom|nodes-pom)/, 'tables and metadata-only lists: nobody here asks for them'],
  [/^accept-yaml$/, 'YAML answers'],
  [/^watchlist$/, 'watches'],
  [/^api-discovery-core$/, 'discovery'],
  [/^(ssrr-reader|ssr-whoami)$/, 'reviews of rules and of the user'],
  [/^(readyz-verbose|boot-)/, 'a starting server and its list of checks; 403 and 500 come from faults'],
  [/^etcdstop-/, 'etcd suspended: the 504 comes from faults, the rest are ordinary pages'],
  [/^err-429-/, 'load that is shed; compared below, as a fault'],
  [/^truncated-timeout-1ms$/, 'depends on the speed of the machine; cut bodies come from faults'],
  [/^legacy-version$/, 'an emulated version, which only /version shows'],
  [/^legacy-(toolarge-notolder|pods-json-rv0-l50)$/, 'its watch cache lagged behind etcd (868 against 871)'],
];

const COMPARED_HEADERS = [
  'Content-Type',
  'Content-Encoding',
  'Content-Length',
  'Transfer-Encoding',
  'Retry-After',
  'Vary',
  'Cache-Control',
  'Connection',
  'X-Content-Type-Options',
];

const ids = exchangeIds.filter((id) => !LEFT_OUT.some(([pattern]) => pattern.test(id)));

describe('the simulated API server answers as the recorded one', () => {
  let server: ApiServer;
  before(async () => {
    server = await startApiServer({
      nodes: items('nodes-json-l12-p1'),
      pods: items('pods-json-nolimit'),
      resourceVersion: 731,
    });
  });
  after(() => server.close());

  for (const id of ids.filter(
    (id) => exchange(id).server === 'default' && !/^legacy-(?!exact-rv-l2)/.test(id),
  )) {
    test(`${id}: ${exchange(id).description}`, async () => {
      const recorded = exchange(id);
      advance(server, recorded);
      assertSame(await replay(server, recorded), recorded);
    });
  }
});

describe('after its revisions were compacted', () => {
  /** Made between the first and the second page. */
  const NEW_POD = 'zz-new-after-p1';
  let server: ApiServer;
  before(async () => {
    server = await startApiServer({
      nodes: ['gone-0-nodes-p1', 'gone-3-nodes-inconsistent-p1', 'gone-3-nodes-inconsistent-p2'].flatMap(
        items,
      ),
      pods: ['gone-0-pods-p1', 'gone-3-pods-inconsistent-p1', 'gone-3-pods-inconsistent-p2']
        .flatMap(items)
        .filter(({ metadata }) => metadata.name !== NEW_POD),
      resourceVersion: 760,
    });
  });
  after(() => server.close());

  for (const id of ids.filter((id) => id.startsWith('gone-'))) {
    test(`${id}: ${exchange(id).description}`, async () => {
      const recorded = exchange(id);
      if (/^gone-[^01]/.test(id) && server.state.current.number === 760) {
        const late = items('gone-3-pods-inconsistent-p2').find(({ metadata }) => metadata.name === NEW_POD);
        assert.ok(late);
        server.state.mutate(({ put }) => {
          put('pods', late);
        }, 769);
        server.state.compact();
      }
      assertSame(await replay(server, recorded), recorded);
    });
  }
});

describe('as an old server that lists from etcd', () => {
  let server: ApiServer;
  before(async () => {
    server = await startApiServer({
      nodes: ['legacy-nodes-json-l5-p1', 'legacy-nodes-json-l5-p2', 'legacy-nodes-json-l5-p3'].flatMap(items),
      pods: items('legacy-pods-json-rv0-l50'),
      resourceVersion: 871,
      legacy: true,
    });
  });
  after(() => server.close());

  for (const id of ids.filter((id) => exchange(id).server.startsWith('emulated-version'))) {
    test(id, async () => {
      assertSame(await replay(server, exchange(id)), exchange(id));
    });
  }
});

test('every recorded exchange is replayed or left out for a reason', () => {
  for (const id of ids) assert.match(exchange(id).server, /^(default|emulated)/, id);
  for (const [pattern] of LEFT_OUT)
    assert.ok(
      exchangeIds.some((id) => pattern.test(id)),
      String(pattern),
    );
});

describe('faults', () => {
  let server: ApiServer;
  before(async () => {
    server = await startApiServer({ pods: items('pods-json-nolimit'), resourceVersion: 731 });
  });
  after(() => server.close());

  for (const id of ['err-429-apf', 'err-429-apf-pb', 'err-429-inflight']) {
    test(`a 429 is the recorded ${id}`, async () => {
      server.faults.next({ action: { kind: 'status', code: 429, retryAfterSeconds: 1 } });
      assertSame(await replay(server, exchange(id)), exchange(id));
    });
  }

  test('a 504 is the one recorded while etcd hung', async () => {
    server.faults.next({ action: { kind: 'status', code: 504 } });
    const recorded = exchange('etcdstop-pods-pb');
    const answer = await replay(server, recorded);
    assert.equal(answer.status, 504);
    assert.deepEqual(answer.body, recorded.response.body);
  });

  test('a rule meets only matching requests, and as many as asked', async () => {
    server.faults.next({
      match: ({ query }) => query.has('continue'),
      times: 2,
      action: { kind: 'status', code: 503 },
    });
    const statuses: number[] = [];
    for (const id of ['pods-json-l50-p1', 'pods-json-l50-p2', 'pods-json-l50-p3', 'pods-json-l50-p2']) {
      statuses.push((await replay(server, exchange(id))).status);
    }
    assert.deepEqual(statuses, [200, 503, 503, 200]);
    assert.equal(server.faults.pending, 0);
  });

  for (const action of [{ kind: 'reset' }, { kind: 'cut', afterBytes: 5000 }] as const) {
    test(`${action.kind}: the connection ends before the answer does`, async () => {
      server.faults.next({ action });
      await assert.rejects(replay(server, exchange('pods-json-l50-p1')));
    });
  }

  test('a stalled body never ends', async () => {
    server.faults.next({ action: { kind: 'stall', afterBytes: 100 } });
    const first = await Promise.race([
      replay(server, exchange('pods-json-l50-p1')).catch(() => 'ended'),
      new Promise((resolve) => setTimeout(resolve, 100, 'stalled')),
    ]);
    assert.equal(first, 'stalled');
  });

  for (const action of [
    { kind: 'slow', bytes: 200_000, everyMs: 5 },
    { kind: 'delay', ms: 20 },
  ] as const) {
    test(`${action.kind}: the answer is right, later`, async () => {
      server.faults.next({ action });
      assertSame(await replay(server, exchange('pods-json-l50-p1')), exchange('pods-json-l50-p1'));
    });
  }

  test('a repeated token, another kind, another type and garbage are answered with 200', async () => {
    const recorded = exchange('pods-json-l50-p2');
    const token = new URLSearchParams(recorded.request.target.split('?')[1]).get('continue');
    server.faults.next({ action: { kind: 'repeatContinue' } });
    server.faults.next({ action: { kind: 'wrongKind' } });
    server.faults.next({ action: { kind: 'contentType', value: 'text/html' } });
    server.faults.next({ action: { kind: 'garbage' } });
    const repeated = await replay(server, recorded);
    assert.equal(listOf(repeated.body).metadata.continue, token);
    assert.equal(listOf((await replay(server, recorded)).body).kind, 'NodeList');
    assert.equal(headerOf((await replay(server, recorded)).headers, 'content-type'), 'text/html');
    assert.match((await replay(server, recorded)).body.toString(), /^<html>/);
  });
});

test('the log has user, status, bytes and times of each request', async () => {
  const server = await startApiServer({ pods: items('pods-json-nolimit'), resourceVersion: 731 });
  await replay(server, exchange('pods-pb-l50-p1'));
  await replay(server, exchange('err-401-badtoken'));
  await server.close();
  const [first, second] = server.requests;
  assert.equal(first?.user, 'fixture-reader');
  assert.equal(first.status, 200);
  assert.equal(first.bytes, exchange('pods-pb-l50-p1').response.body.length);
  assert.ok(first.endedMs > first.startedMs);
  assert.deepEqual([second?.user, second?.status], [null, 401]);
});

test('a list keeps the revision it began at while the cluster changes', async () => {
  const server = await startApiServer({ pods: items('pods-json-nolimit'), resourceVersion: 731 });
  server.state.mutate(({ remove, put }) => {
    remove('pods', 'web-worker-cjt-2', 'web');
    put('pods', { metadata: { name: 'aaa', namespace: 'aaa' } });
  });
  assertSame(await replay(server, exchange('pods-pb-l50-p3')), exchange('pods-pb-l50-p3'));
  assertSame(await replay(server, exchange('exact-2-pods-l50-p1')), exchange('exact-2-pods-l50-p1'));
  const now = listOf((await replay(server, exchange('pods-json-nolimit'))).body);
  assert.equal(now.metadata.resourceVersion, '732');
  assert.equal(now.items[0]?.metadata.name, 'aaa');
  await server.close();
});

test('coalesced chunks carry the same body', async () => {
  const server = await startApiServer({
    pods: items('pods-json-nolimit'),
    resourceVersion: 731,
    chunking: 'coalesced',
  });
  const answer = await replay(server, exchange('pods-pb-nolimit'));
  assert.deepEqual(answer.body, exchange('pods-pb-nolimit').response.body);
  assert.equal(answer.chunkSizes?.[0], 65_536);
  await server.close();
});

interface List {
  readonly kind: string;
  readonly metadata: { readonly resourceVersion: string; readonly continue?: string };
  readonly items: readonly KubeObject[];
}

function listOf(body: Buffer): List {
  return JSON.parse(body.toString()) as List;
}

function items(id: string): readonly KubeObject[] {
  return listOf(exchange(id).response.body).items;
}

/** Brings the cluster to the resource version that the recorded one had by then. */
function advance(server: ApiServer, recorded: Exchange): void {
  const text = recorded.response.body.toString('latin1', 0, 500);
  const [, version = 0] = (/(?:"resourceVersion":"|current: )(\d+)/.exec(text) ?? []).map(Number);
  if (version <= server.state.current.number || version > 735) return;
  const late = items('pods-json-rv0-l50').find(({ metadata }) => metadata.name === 'zz-late');
  assert.ok(late);
  server.state.mutate(({ put }) => {
    put('pods', late);
    if (version === 735) for (const node of items('trailing-slash')) put('nodes', node);
  }, version);
}

function replay(server: ApiServer, { id, request }: Exchange): Promise<RawAnswer> {
  const identity = id.startsWith('mtls') ? server.clientCertificate('reader') : null;
  return rawRequest(
    {
      port: server.port,
      ca: server.caPem,
      ...(identity === null ? {} : { cert: identity.certificatePem, key: identity.keyPem }),
    },
    request,
  );
}

function assertSame(answer: RawAnswer, { response }: Exchange): void {
  const gzipped = headerOf(response.headers, 'Content-Encoding') === 'gzip';
  const unfold = (body: Buffer): Buffer => (gzipped ? gunzipSync(body) : body);
  const expected = timeless(unfold(response.body));
  const actual = timeless(unfold(answer.body));
  assert.equal(answer.status, response.status);
  for (const name of COMPARED_HEADERS) {
    assert.equal(headerOf(answer.headers, name), headerOf(response.headers, name), name);
  }
  if (!gzipped) assert.deepEqual(answer.chunkSizes, response.chunkSizes);
  if (expected.length < 2000) assert.equal(actual.toString('latin1'), expected.toString('latin1'));
  assert.ok(actual.equals(expected), 'the bodies have the same bytes');
}

/** Access reviews note when they were asked. */
function timeless(body: Buffer): Buffer {
  if (!body.includes('"kind":"SelfSubjectAccessReview"')) return body;
  return Buffer.from(body.toString().replace(/"time":"[^"]*"/, '"time":""'));
}
