import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { ClusterError, DecodeError } from '../../../lib/errors.ts';
import { parseRetryAfter, retryDelayMs, defaultRetryPolicy } from '../../../lib/cluster/retry.ts';
import type { FaultAction, FaultStatus } from '../../support/apiserver/faults.ts';
import {
  errorOf,
  listPods,
  modelNodes,
  namesOf,
  namesSink,
  packingOf,
  packingSink,
  pageOf,
  recordedNodes,
  recordedPods,
  startCluster,
} from '../../support/cluster-under-test.ts';

const undisturbed = packingOf(recordedNodes, recordedPods);
const names = namesOf(recordedPods);
const encodings = ['protobuf', 'json'] as const;

/** Names of what may pass, and what the log says of it. */
const passing: readonly (readonly [what: string, action: FaultAction, said: RegExp])[] = [
  ['429', status(429), /429: Too many requests, please try again later/],
  ['500', status(500), /500: Internal error occurred: simulated/],
  ['502', status(502), /502: <html><body><h1>502 Bad Gateway/],
  ['503', status(503), /503: <html>/],
  [
    '504',
    status(504),
    /504: \{"metadata":\{\},"status":"Failure","message":"Timeout: request did not complete/,
  ],
  ['a reset', { kind: 'reset' }, /the connection was cut/],
  ['a body without any byte', { kind: 'cut', afterBytes: 0 }, /the connection was cut/],
  ['a body cut in its metadata', { kind: 'cut', afterBytes: 60 }, /the connection was cut/],
  ['a body cut before its first item', { kind: 'cut', afterBytes: 500 }, /the connection was cut/],
  ['a body cut in the middle', { kind: 'cut', afterBytes: 120_000 }, /the connection was cut/],
  ['a body cut before its last chunk', { kind: 'cut', afterBytes: 1e9 }, /the connection was cut/],
];

function status(code: FaultStatus): FaultAction {
  return { kind: 'status', code };
}

// of later pages, nodes, and what a reader then sees: docs/faults.md
for (const encoding of encodings) {
  suite(
    `a first page (${encoding}) that fails once is asked for again, and nothing is lost or doubled`,
    () => {
      for (const [what, action, said] of passing) {
        test(what, async (t) => {
          const under = await startCluster(t);
          under.server.faults.next({ match: pageOf('pods', 'first'), action });
          const sink = packingSink(modelNodes(recordedNodes));
          const seen = namesSink();
          const both = {
            restart: () => assert.fail('no restart is due'),
            add(pod: Parameters<typeof sink.add>[0]) {
              sink.add(pod);
              seen.add(pod);
            },
          };
          const { collection, ...result } = await listPods(under, { encoding, sink: both });
          assert.deepEqual(seen.names, names);
          assert.deepEqual(sink.packing(), undisturbed);
          assert.deepEqual(result, { resourceVersion: '731', inconsistent: false, exact: false });
          const { bytes: _bytes, ...rest } = collection;
          assert.deepEqual(rest, {
            resource: 'pods',
            items: 150,
            pages: 3,
            encoding,
            retries: 1,
            restarts: 0,
          });
          assert.equal(under.server.requests.length, 4);
          assert.equal(under.log.lines.length, 1);
          const [line = ''] = under.log.lines;
          assert.ok(line.startsWith(`warn: could not list pods (page 1), trying again in 0.0 s: `), line);
          assert.match(line, said);
        });
      }
    },
  );
}

suite('a page that fails more than once', () => {
  test('each try hands on only what is new', async (t) => {
    const under = await startCluster(t);
    for (const afterBytes of [300_000, 5_000, 200_000, 0]) {
      under.server.faults.next({ match: pageOf('pods', 'later'), action: { kind: 'cut', afterBytes } });
    }
    const sink = namesSink();
    const { collection } = await listPods(under, { sink });
    assert.deepEqual(sink.names, names);
    assert.equal(collection.retries, 4);
    assert.equal(under.server.requests.length, 7);
  });

  test('the tries of a page that went well are given back to the next', async (t) => {
    const under = await startCluster(t);
    for (const page of ['first', 'later'] as const) {
      under.server.faults.next({ match: pageOf('pods', page), times: 2, action: status(500) });
    }
    const { collection } = await listPods(under, { retry: { maxRetries: 2, baseMs: 1, capMs: 1 } });
    assert.equal(collection.retries, 4);
  });

  for (const [what, action, message, statusOf] of [
    ['503', status(503), '503: <html><body><h1>503 Service Temporarily Unavailable</h1></body></html>', 503],
    [
      '429',
      status(429),
      '429: Too many requests, please try again later. (the server asks for fewer requests: see README, Permissions, on giving the job a FlowSchema of its own)',
      429,
    ],
    ['500', status(500), '500: Internal error occurred: simulated', 500],
    ['a reset', { kind: 'reset' }, 'could not reach URL: the connection was cut', null],
    ['a cut', { kind: 'cut', afterBytes: 100_000 }, 'could not reach URL: the connection was cut', null],
  ] as const) {
    for (const [page, where] of [
      ['first', 'page 1'],
      ['later', 'page 2 of about 3'],
    ] as const) {
      test(`${what}, on the ${page} page, until the tries are over: says what, on what page, how often`, async (t) => {
        const under = await startCluster(t);
        under.server.faults.next({ match: pageOf('pods', page), times: 99, action });
        const error = await errorOf(listPods(under, { retry: { maxRetries: 2, baseMs: 1, capMs: 1 } }));
        assert.ok(error instanceof ClusterError);
        const expected = `could not list pods (${where}): ${message} (3 tries)`;
        assert.equal(error.message, expected.replace('URL', under.server.url));
        assert.equal(error.status, statusOf);
        const asked = under.lists('pods').map(({ query }) => query.get('continue'));
        const failing = page === 'first' ? null : asked.find((token) => token !== null);
        assert.equal(asked.filter((token) => token === failing).length, 3);
      });
    }
  }
});

suite('an answer that takes too long', () => {
  for (const encoding of encodings) {
    for (const [what, afterBytes] of [
      ['before its metadata', 20],
      ['in the middle', 100_000],
    ] as const) {
      test(`a body that stalls ${what} is given up after the request timeout (${encoding})`, async (t) => {
        const under = await startCluster(t);
        under.server.faults.next({ match: pageOf('pods', 'first'), action: { kind: 'stall', afterBytes } });
        const sink = namesSink();
        const started = performance.now();
        await listPods(under, { encoding, sink, http: under.http({ requestTimeoutMs: 300 }) });
        const elapsed = performance.now() - started;
        assert.deepEqual(sink.names, names);
        assert.ok(elapsed >= 295 && elapsed < 2_000, `${elapsed} ms`);
        assert.equal(
          under.log.lines[0],
          `warn: could not list pods (page 1), trying again in 0.0 s: no whole answer from ${under.server.url} within 0.3 s (--request-timeout)`,
        );
      });
    }
  }

  test('for good: says so', async (t) => {
    const under = await startCluster(t);
    under.server.faults.next({ times: 2, action: { kind: 'stall', afterBytes: 100 } });
    const http = under.http({ requestTimeoutMs: 100 });
    const retry = { maxRetries: 1, baseMs: 1, capMs: 1 };
    assert.equal(
      (await errorOf(listPods(under, { http, retry }))).message,
      `could not list pods (page 1): no whole answer from ${under.server.url} within 0.1 s (--request-timeout) (2 tries)`,
    );
  });

  test('headers that do not come in time are the same', async (t) => {
    const under = await startCluster(t);
    under.server.faults.next({ action: { kind: 'delay', ms: 1_000 } });
    const { collection } = await listPods(under, { http: under.http({ requestTimeoutMs: 200 }) });
    assert.equal(collection.retries, 1);
  });

  test('a body that comes slowly, but in time, is fine', async (t) => {
    const under = await startCluster(t);
    under.server.faults.next({ times: 3, action: { kind: 'slow', bytes: 20_000, everyMs: 2 } });
    const sink = namesSink();
    const { collection } = await listPods(under, { sink });
    assert.deepEqual(sink.names, names);
    assert.equal(collection.retries, 0);
  });
});

suite('a body that ends as if it were whole', () => {
  const head = '{"kind":"PodList","apiVersion":"v1","metadata":{"resourceVersion":"731"},"items":[';
  for (const [what, body, said] of [
    ['nothing at all', '', 'the body ends early, after 0 items, at byte 0'],
    ['in its items', head, `the body ends early, after 0 items, at byte ${head.length}`],
    [
      'in an item',
      `${head}{"metadata":{"na`,
      `the body ends early, after 0 items, at byte ${head.length + 16}`,
    ],
  ] as const) {
    test(`${what}: a proxy cut it, so it is asked for again`, async (t) => {
      const under = await startCluster(t);
      under.server.faults.next({ match: pageOf('pods', 'first'), action: { kind: 'garbage', body } });
      const sink = namesSink();
      const { collection } = await listPods(under, { encoding: 'json', pageSize: 0, sink });
      assert.deepEqual(sink.names, names);
      assert.equal(collection.retries, 1);
      assert.deepEqual(under.log.lines, [
        `warn: could not list pods (page 1), trying again in 0.0 s: ${said}`,
      ]);
    });
  }

  test('a list without metadata is none', async (t) => {
    const under = await startCluster(t);
    const body = '{"kind":"PodList","apiVersion":"v1","items":[]}';
    under.server.faults.next({ match: pageOf('pods', 'first'), action: { kind: 'garbage', body } });
    assert.equal(
      (await errorOf(listPods(under, { encoding: 'json' }))).message,
      'could not list pods (page 1): the list has no metadata',
    );
  });

  test('a Status with 200 is not a list', async (t) => {
    const under = await startCluster(t);
    const body = '{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure"}';
    under.server.faults.next({ match: pageOf('pods', 'first'), action: { kind: 'garbage', body } });
    assert.equal(
      (await errorOf(listPods(under, { encoding: 'json' }))).message,
      'could not list pods (page 1): expected a PodList, the body says it is a Status at byte 16',
    );
  });
});

suite('an answer that no other try will mend', () => {
  const url = 'is this the address of a Kubernetes API server?';
  const cases: readonly (readonly [what: string, action: FaultAction, protobuf: string, json: string])[] = [
    [
      'another content type',
      { kind: 'contentType', value: 'text/html' },
      `the answer is text/html, neither protobuf nor JSON: ${url}`,
      `the answer is text/html, neither protobuf nor JSON: ${url}`,
    ],
    [
      'no content type',
      { kind: 'contentType', value: '' },
      `the answer is no content type, neither protobuf nor JSON: ${url}`,
      `the answer is no content type, neither protobuf nor JSON: ${url}`,
    ],
    [
      'garbage',
      { kind: 'garbage' },
      'the body is not Kubernetes protobuf at byte 0',
      'the body is not a JSON object at byte 0',
    ],
    [
      'garbage after a good beginning',
      { kind: 'garbage', body: 'k8s\0\x0f rest' },
      'wire type 7 is not expected here at byte 4',
      'the body is not a JSON object at byte 0',
    ],
    [
      'a list of something else',
      { kind: 'wrongKind' },
      'expected a PodList, the body says it is a NodeList at byte 6',
      'expected a PodList, the body says it is a NodeList at byte 18',
    ],
  ];
  for (const [what, action, protobuf, json] of cases) {
    for (const encoding of encodings) {
      test(`${what} (${encoding})`, async (t) => {
        const under = await startCluster(t);
        under.server.faults.next({ match: pageOf('pods', 'first'), times: 9, action });
        const error = await errorOf(listPods(under, { encoding }));
        assert.ok(error instanceof ClusterError);
        assert.equal(
          error.message,
          `could not list pods (page 1): ${encoding === 'protobuf' ? protobuf : json}`,
        );
        assert.equal(error.cause instanceof DecodeError, !what.includes('content type'));
        assert.equal(under.lists('pods').filter(({ query }) => !query.has('continue')).length, 1);
      });
    }
  }

  for (const [code, message] of [
    [
      401,
      '401: Unauthorized (the credentials are missing, wrong or expired: log in again, or check the user of the kubeconfig context)',
    ],
    [
      403,
      '403: pods is forbidden: User "fixture-reader" cannot list resource "pods" in API group "" at the cluster scope (grant list on nodes and pods to this user: see README, Permissions)',
    ],
    [
      404,
      '404: the server could not find the requested resource (is this the address of a Kubernetes API server?)',
    ],
  ] as const) {
    test(`${code} on the first page`, async (t) => {
      const under = await startCluster(t);
      under.server.faults.next({ match: pageOf('pods', 'first'), times: 9, action: status(code) });
      const error = await errorOf(listPods(under));
      assert.ok(error instanceof ClusterError);
      assert.equal(error.message, `could not list pods (page 1): ${message}`);
      assert.equal(error.status, code);
      assert.equal(under.lists('pods').length, 1);
    });
  }
});

suite('how long to wait', () => {
  const delays = (retryAfterSeconds: number | null, random: number): readonly number[] =>
    [0, 1, 2, 5, 6, 7, 20].map((attempt) =>
      retryDelayMs(defaultRetryPolicy, attempt, retryAfterSeconds, random),
    );

  test('half of a doubling wait, and up to the other half by chance, never above the cap', () => {
    assert.deepEqual(delays(null, 0), [125, 250, 500, 4_000, 7_500, 7_500, 7_500]);
    assert.deepEqual(delays(null, 0.5), [188, 375, 750, 6_000, 11_250, 11_250, 11_250]);
  });

  test('what the server asks for is the least', () => {
    assert.deepEqual(delays(30, 0), Array(7).fill(30_000));
    assert.deepEqual(delays(1, 0.5), [1_063, 1_125, 1_250, 3_000, 4_750, 4_750, 4_750]);
  });

  test('Retry-After is whole seconds; anything else is as none', () => {
    assert.deepEqual(['1', '0', '120'].map(parseRetryAfter), [1, 0, 120]);
    assert.deepEqual(
      [undefined, '', 'Fri, 31 Dec 1999 23:59:59 GMT', '-1', '1.5', ' 1', '9999999'].map(parseRetryAfter),
      Array(7).fill(null),
    );
  });

  for (const code of [429, 503] as const) {
    test(`the Retry-After of a ${code} is obeyed`, async (t) => {
      const under = await startCluster(t);
      under.server.faults.next({
        match: pageOf('pods', 'first'),
        action: { kind: 'status', code, retryAfterSeconds: 1 },
      });
      await listPods(under);
      const [refused, again] = under.lists('pods');
      assert.ok(refused && again);
      assert.equal(refused.status, code);
      const waited = again.startedMs - refused.startedMs;
      assert.ok(waited >= 995 && waited < 5_000, `${waited} ms`);
    });
  }
});
