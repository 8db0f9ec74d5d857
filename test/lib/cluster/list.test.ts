import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { PodSink } from '../../../lib/cluster/cluster.ts';
import { ClusterError } from '../../../lib/errors.ts';
import {
  countingOpen,
  errorOf,
  expireRevisions,
  listPods,
  messageOf,
  namesOf,
  namesSink,
  pageOf,
  recordedPods,
  startCluster,
  untilAnswered,
  whenAsked,
  withinMs,
  type UnderTest,
} from '../../support/cluster-under-test.ts';

const names = namesOf(recordedPods);

function withoutAny(gone: string): readonly string[] {
  return names.filter((name) => name !== gone);
}

/** The query of each list request, but for what its continue token is. */
function queries({ lists }: UnderTest): readonly Readonly<Record<string, string>>[] {
  return lists('pods').map(({ query }) =>
    Object.fromEntries([...query].map(([key, value]) => [key, key === 'continue' ? '...' : value])),
  );
}

suite('pages', () => {
  for (const encoding of ['protobuf', 'json'] as const) {
    for (const [pageSize, pages] of [
      [0, 1],
      [1, 150],
      [7, 22],
      [50, 3],
      [150, 1],
      [500, 1],
    ] as const) {
      test(`${encoding}, ${pageSize} a page: every pod once, in order, by ${pages} requests`, async (t) => {
        const under = await startCluster(t);
        const sink = namesSink();
        const { collection, ...result } = await listPods(under, { encoding, pageSize, sink });
        assert.deepEqual(sink.names, names);
        assert.equal(sink.restarts, 0);
        assert.deepEqual(result, { resourceVersion: '731', inconsistent: false, exact: false });
        const { bytes, ...rest } = collection;
        assert.deepEqual(rest, { resource: 'pods', items: 150, pages, encoding, retries: 0, restarts: 0 });
        const sent = under.server.requests.reduce((sum, request) => sum + request.bytes, 0);
        assert.ok(bytes > sent, `${bytes} bytes on the wire, ${sent} of them bodies`);
        assert.ok(bytes < sent + 1000 * pages + sent / 50);
        const limit = pageSize === 0 ? {} : { limit: String(pageSize) };
        assert.deepEqual(
          queries(under),
          Array.from({ length: pages }, (_, page) => (page === 0 ? limit : { ...limit, continue: '...' })),
        );
      });
    }
  }

  test('an empty list is one page of nothing', async (t) => {
    const under = await startCluster(t, { pods: [] });
    const { collection, resourceVersion } = await listPods(under);
    assert.equal(resourceVersion, '731');
    assert.equal(collection.items, 0);
    assert.equal(collection.pages, 1);
  });

  test('the next page is asked for while this one is still coming, and never a third', async (t) => {
    const under = await startCluster(t);
    under.server.faults.next({ action: { kind: 'slow', bytes: 20_000, everyMs: 3 } });
    under.server.faults.next({ times: 2, action: { kind: 'slow', bytes: 10_000, everyMs: 8 } });
    const http = countingOpen(under.http());
    let pods = 0;
    await listPods(under, { http, sink: { restart() {}, add: () => (pods += 1) } });
    await untilAnswered(under.server, 3);
    const [first, second, third] = under.lists('pods');
    assert.ok(first && second && third);
    assert.ok(second.startedMs < first.endedMs);
    assert.ok(third.startedMs < second.endedMs);
    assert.equal(http.most, 2);
    assert.equal(pods, 150);
  });

  test('progress counts towards the estimate of the server, page by page', async (t) => {
    const under = await startCluster(t);
    const progress: unknown[] = [];
    await listPods(under, { pageSize: 60, onProgress: (...about) => progress.push(about) });
    assert.deepEqual(progress, [
      [100, 150],
      [150, 150],
    ]);
  });

  test('with a selector there is no estimate until the end', async (t) => {
    const under = await startCluster(t);
    const progress: unknown[] = [];
    const selectors = { fieldSelector: 'status.phase!=Succeeded,status.phase!=Failed' };
    const { collection } = await listPods(under, {
      selectors,
      onProgress: (...about) => progress.push(about),
    });
    assert.equal(collection.items, 133);
    assert.deepEqual(progress, [
      [100, null],
      [133, 133],
    ]);
    assert.deepEqual(queries(under), [
      { ...selectors, limit: '50' },
      { ...selectors, limit: '50', continue: '...' },
      { ...selectors, limit: '50', continue: '...' },
    ]);
  });
});

suite('at one revision', () => {
  test('the first page asks for it exactly, the following ones by their tokens alone', async (t) => {
    const under = await startCluster(t);
    under.server.state.mutate(({ remove }) => remove('pods', 'web-worker-cjt-2', 'web'));
    const sink = namesSink();
    const { resourceVersion } = await listPods(under, { exactAt: '731', sink });
    assert.equal(resourceVersion, '731');
    assert.deepEqual(sink.names, names);
    assert.deepEqual(queries(under), [
      { limit: '50', resourceVersion: '731', resourceVersionMatch: 'Exact' },
      { limit: '50', continue: '...' },
      { limit: '50', continue: '...' },
    ]);
  });

  for (const [what, exactAt, said] of [
    ['compacted', '731', 'The resourceVersion for the provided list is too old.'],
    ['not there yet', '999', 'Timeout: Too large resource version: 999, current: 732'],
  ] as const) {
    for (const encoding of ['protobuf', 'json'] as const) {
      test(`a revision that is ${what} is refused at once, and the newest taken instead (${encoding})`, async (t) => {
        const under = await startCluster(t);
        expireRevisions(under.server);
        const sink = namesSink();
        const listed = await listPods(under, { exactAt, encoding, sink });
        assert.equal(listed.exact, false);
        assert.equal(listed.resourceVersion, '732');
        assert.deepEqual(sink.names, names);
        assert.deepEqual(under.log.lines, [
          `warn: the server does not list pods at revision ${exactAt}: ${said}; listing pods at their newest revision instead`,
        ]);
        assert.equal(under.lists('pods')[1]?.query.has('resourceVersion'), false);
      });
    }
  }

  for (const [what, exactAt, status] of [
    ['not a number', 'x', 400],
    ['zero', '0', 422],
  ] as const) {
    test(`a revision that is ${what} is an error`, async (t) => {
      const under = await startCluster(t);
      const error = await errorOf(listPods(under, { exactAt }));
      assert.ok(error instanceof ClusterError);
      assert.equal(error.status, status);
    });
  }
});

suite('a list that expires', () => {
  for (const encoding of ['protobuf', 'json'] as const) {
    test(`begins again, and shows one newer revision (${encoding})`, async (t) => {
      const under = await startCluster(t);
      whenAsked(under.server, pageOf('pods', 'later'), () => {
        under.server.state.mutate(({ remove }) => remove('pods', 'web-worker-cjt-2', 'web'));
        under.server.state.compact();
      });
      const sink = namesSink();
      const { collection, ...result } = await listPods(under, { encoding, sink });
      assert.deepEqual(result, { resourceVersion: '732', inconsistent: false, exact: false });
      assert.equal(sink.restarts, 1);
      assert.deepEqual(sink.names, withoutAny('web/web-worker-cjt-2'));
      const { bytes: _bytes, ...rest } = collection;
      assert.deepEqual(rest, {
        resource: 'pods',
        items: 149,
        pages: 3,
        encoding,
        retries: 0,
        restarts: 1,
      });
      assert.equal(under.server.requests.length, 5);
      assert.equal(under.log.lines.length, 1);
      assert.match(
        under.log.lines[0] ?? '',
        /^warn: could not list pods \(page 2 of about 3\): 410: The provided continue parameter is too old .*; listing pods again from the start \(1 of 3\)$/,
      );
    });
  }

  test('again and again: after the last restart it is continued by the token of the server, and says so', async (t) => {
    const under = await startCluster(t);
    whenAsked(under.server, pageOf('pods', 'later'), () => expireRevisions(under.server), 3);
    const sink = namesSink();
    const { collection, ...result } = await listPods(under, { maxRestarts: 2, sink });
    assert.equal(result.inconsistent, true);
    assert.equal(sink.restarts, 2);
    assert.deepEqual(sink.names, names);
    const { bytes: _bytes, ...rest } = collection;
    assert.deepEqual(rest, {
      resource: 'pods',
      items: 150,
      pages: 3,
      encoding: 'protobuf',
      retries: 0,
      restarts: 2,
    });
    const revisions = under.lists('pods').map(({ query }) => {
      const token = query.get('continue');
      return token === null
        ? null
        : (JSON.parse(Buffer.from(token, 'base64url').toString()) as { rv: number }).rv;
    });
    assert.deepEqual(revisions, [null, 731, null, 732, null, 733, -1, 734]);
    assert.equal(
      under.log.lines.at(-1),
      'warn: the list of pods expired 3 times; continuing it inconsistently',
    );
  });

  test('once more after that, it is given up', async (t) => {
    const under = await startCluster(t);
    const expire = (): void => expireRevisions(under.server);
    whenAsked(under.server, ({ query }) => query.has('continue') && revisionOf(query) !== -1, expire, 9);
    assert.match(
      await messageOf(listPods(under, { maxRestarts: 0 })),
      /^could not list pods \(page 3 of about 3\): 410: The provided continue parameter is too old/,
    );
  });

  test('without a token to go on by it is given up after the last restart', async (t) => {
    const under = await startCluster(t);
    under.server.faults.next({
      match: pageOf('pods', 'later'),
      times: 2,
      action: { kind: 'status', code: 410 },
    });
    const error = await errorOf(listPods(under, { maxRestarts: 1 }));
    assert.equal(
      error.message,
      'could not list pods (page 2 of about 3): 410: The resourceVersion for the provided list is too old.',
    );
    assert.equal(under.server.requests.length, 4);
  });

  test('in the middle of a page that is read again: no pod is counted twice', async (t) => {
    const under = await startCluster(t);
    let asked = 0;
    const secondTry = ({ query }: { readonly query: URLSearchParams }): boolean =>
      query.has('continue') && ++asked === 2;
    whenAsked(under.server, secondTry, () => expireRevisions(under.server));
    under.server.faults.next({
      match: pageOf('pods', 'later'),
      action: { kind: 'cut', afterBytes: 100_000 },
    });
    const sink = namesSink();
    const { collection } = await listPods(under, { maxRestarts: 0, sink });
    assert.equal(new Set(sink.names).size, sink.names.length);
    assert.deepEqual(sink.names, names);
    assert.equal(collection.items, 150);
  });
});

suite('a page that comes back at another revision', () => {
  const late = { metadata: { name: 'aaa', namespace: 'aaa' }, spec: {}, status: { phase: 'Pending' } };
  for (const [when, afterBytes] of [
    ['after some of its items', 100_000],
    ['after its metadata, before its first item', 500],
  ] as const) {
    test(`${when}: the list begins again, and shows one revision`, async (t) => {
      const under = await startCluster(t);
      let asked = 0;
      const secondTry = ({ query }: { readonly query: URLSearchParams }): boolean =>
        !query.has('continue') && ++asked === 2;
      whenAsked(under.server, secondTry, () => {
        under.server.state.mutate(({ put }) => put('pods', late));
      });
      under.server.faults.next({ match: pageOf('pods', 'first'), action: { kind: 'cut', afterBytes } });
      const sink = namesSink();
      const { resourceVersion, inconsistent } = await listPods(under, { sink });
      assert.equal(inconsistent, false);
      assert.deepEqual(sink.names, resourceVersion === '731' ? names : ['aaa/aaa', ...names]);
    });
  }
});

suite('lists that are not what they should be', () => {
  for (const namespaces of [
    ['a', 'a'],
    ['a', 'a-b'],
  ] as const) {
    test(`names in the order of etcd are in order (${namespaces.join(', ')})`, async (t) => {
      const pods = namespaces.map((namespace, index) => ({
        metadata: { name: `x${index}`, namespace },
        spec: {},
        status: { phase: 'Pending' },
      }));
      const under = await startCluster(t, { pods });
      const sink = namesSink();
      await listPods(under, { sink });
      assert.deepEqual(sink.names, namesOf(pods));
    });
  }

  test('in another order than that of names each item is there once, though no restart is allowed', async (t) => {
    const under = await startCluster(t);
    under.server.faults.next({ times: Infinity, action: { kind: 'reverseItems' } });
    const sink = namesSink();
    const { collection, inconsistent } = await listPods(under, { sink, maxRestarts: 0 });
    assert.deepEqual(sink.names.toSorted(), names.toSorted());
    assert.deepEqual([collection.items, collection.restarts, inconsistent], [names.length, 1, false]);
    assert.match(
      under.log.lines.join(),
      /^warn: could not list pods \(page 1\): \S+ comes behind \S+, twice or out of order; listing pods again from the start, by their names$/,
    );
  });

  test('in no order, and continued after it expired: no item is there twice', async (t) => {
    const under = await startCluster(t);
    whenAsked(under.server, pageOf('pods', 'later'), () => expireRevisions(under.server), 2);
    under.server.faults.next({ times: Infinity, action: { kind: 'reverseItems' } });
    const sink = namesSink();
    const { inconsistent } = await listPods(under, { sink, maxRestarts: 0 });
    assert.equal(inconsistent, true);
    assert.equal(new Set(sink.names).size, sink.names.length);
    assert.deepEqual(sink.names.toSorted(), names.toSorted());
  });

  test('more items than any cluster has are an error, not a memory that fills up', async (t) => {
    const under = await startCluster(t);
    assert.equal(
      await messageOf(listPods(under, { maxItems: 100 })),
      'could not list pods: there are more than 100, and no cluster has so many',
    );
  });

  test('a continue token that comes again is an error, not a list without end', async (t) => {
    const under = await startCluster(t);
    under.server.faults.next({ match: pageOf('pods', 'later'), action: { kind: 'repeatContinue' } });
    const error = await errorOf(listPods(under));
    assert.ok(error instanceof ClusterError);
    assert.equal(
      error.message,
      'could not list pods (page 2): the server gave a continue token that it had given before',
    );
    assert.ok(under.server.requests.length <= 3);
  });
});

suite('the page asked for ahead', () => {
  for (const gzip of [false, true]) {
    for (const [what, action] of [
      ['is cut', { kind: 'cut', afterBytes: 5_000 }],
      ['is reset', { kind: 'reset' }],
      ['is refused', { kind: 'status', code: 503 }],
    ] as const) {
      test(`${what} while it waits for its turn (${gzip ? 'gzip' : 'no gzip'}): it is asked for again`, async (t) => {
        const under = await startCluster(t);
        under.server.faults.next({
          match: pageOf('pods', 'first'),
          action: { kind: 'slow', bytes: gzip ? 2_000 : 20_000, everyMs: 5 },
        });
        under.server.faults.next({ match: pageOf('pods', 'later'), action });
        const sink = namesSink();
        const list = listPods(under, { encoding: 'json', http: under.http({ gzip }), sink });
        const result = await withinMs(list, 2_500);
        assert.notEqual(result, 'hangs');
        assert.deepEqual(sink.names, names);
      });
    }
  }

  test('times out while it waits for its turn: it is asked for again', async (t) => {
    const under = await startCluster(t);
    under.server.faults.next({
      match: pageOf('pods', 'later'),
      action: { kind: 'slow', bytes: 100_000, everyMs: 1 },
    });
    const sink = namesSink();
    // a sink that is slow by itself, so that page 1 takes as long as page 2 may
    const slow = { restart: sink.restart.bind(sink), add: blocking(sink.add.bind(sink), 50) };
    const list = listPods(under, { http: under.http({ requestTimeoutMs: 400 }), sink: slow });
    assert.notEqual(await withinMs(list, 5_000), 'hangs');
    assert.deepEqual(sink.names, names);
  });
});

/** `add`, and for the 50th of them a wait that blocks everything for 500 ms. */
function blocking<T>(add: (item: T) => void, at: number): (item: T) => void {
  let added = 0;
  return (item) => {
    add(item);
    added += 1;
    if (added === at) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500);
  };
}

suite('a signal', () => {
  const reason = new Error('the run is over');

  test('that is aborted already: no request is made', async (t) => {
    const under = await startCluster(t);
    assert.equal(await errorOf(listPods(under, { signal: AbortSignal.abort(reason) })), reason);
    assert.equal(under.server.requests.length, 0);
  });

  test('in the middle of two pages: the list rejects with its reason, and both connections are closed', async (t) => {
    const under = await startCluster(t);
    const controller = new AbortController();
    whenAsked(under.server, pageOf('pods', 'later'), () => setTimeout(() => controller.abort(reason), 20));
    under.server.faults.next({ times: 2, action: { kind: 'slow', bytes: 5_000, everyMs: 5 } });
    const failed = await withinMs(errorOf(listPods(under, { signal: controller.signal })), 10_000);
    assert.equal(failed, reason);
    await untilAnswered(under.server, 2);
  });

  test('while a page waits for its next try: it does not wait on', async (t) => {
    const under = await startCluster(t);
    under.server.faults.next({ action: { kind: 'status', code: 429, retryAfterSeconds: 30 } });
    const controller = new AbortController();
    setTimeout(() => controller.abort(reason), 50);
    assert.equal(await withinMs(errorOf(listPods(under, { signal: controller.signal })), 1_000), reason);
  });

  test('while the server says nothing: it does not wait on', async (t) => {
    const under = await startCluster(t);
    under.server.faults.next({ action: { kind: 'stall', afterBytes: 10 } });
    const controller = new AbortController();
    setTimeout(() => controller.abort(reason), 50);
    assert.equal(await withinMs(errorOf(listPods(under, { signal: controller.signal })), 1_000), reason);
  });

  test('while the page asked for ahead is cut: it is heard all the same', async (t) => {
    const under = await startCluster(t);
    under.server.faults.next({
      match: pageOf('pods', 'first'),
      action: { kind: 'slow', bytes: 20_000, everyMs: 5 },
    });
    under.server.faults.next({ match: pageOf('pods', 'later'), action: { kind: 'cut', afterBytes: 5_000 } });
    under.server.faults.next({ times: 99, action: { kind: 'stall', afterBytes: 10 } });
    const controller = new AbortController();
    setTimeout(() => controller.abort(reason), 400);
    assert.equal(await withinMs(errorOf(listPods(under, { signal: controller.signal })), 1_500), reason);
  });
});

function revisionOf(query: URLSearchParams): number {
  const token = Buffer.from(query.get('continue') ?? '', 'base64url').toString();
  return (JSON.parse(token) as { readonly rv: number }).rv;
}

test('a list that fails takes back the page that it asked for ahead', async (t) => {
  const under = await startCluster(t);
  const slow = { kind: 'slow', bytes: 20_000, everyMs: 5 } as const;
  under.server.faults.next({ match: pageOf('pods', 'first'), action: slow });
  under.server.faults.next({ match: pageOf('pods', 'later'), action: { kind: 'stall', afterBytes: 0 } });
  let added = 0;
  const failing: PodSink = {
    restart: () => assert.fail('restarted'),
    add() {
      added += 1;
      if (added === 30) throw new Error('enough');
    },
  };
  assert.equal((await errorOf(listPods(under, { sink: failing }))).message, 'enough');
  // the server notes a request when it is over: the one that stalls is, because it was given up
  await untilAnswered(under.server, 2);
});
