/** Faults between the job and the API server. The list has three pages of four; what goes wrong does so at the second. */
import { expireRevisions, whenAsked } from '../support/cluster-under-test.ts';
import type { FaultAction, FaultStatus } from '../support/apiserver/faults.ts';
import type { Cell, ClusterRow, Subject } from './cluster-cell.ts';
import type { Outcome } from './table.ts';

const always = Number.POSITIVE_INFINITY;
const gib = 1024 ** 3;

/** The second page meets `action`, so many times. */
const later =
  (action: FaultAction, times = 1) =>
  ({ under, isLater }: Subject): void =>
    under.server.faults.next({ match: isLater, times, action });

const status = (code: FaultStatus, retryAfterSeconds?: number): FaultAction => ({
  kind: 'status',
  code,
  ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
});

/** The next connection after the first page's fails, and so many more. */
const broken =
  (kind: Parameters<Subject['way']['fail']>[0], times: number) =>
  ({ under, way, isFirst }: Subject): void =>
    whenAsked(under.server, isFirst, () => way.fail(kind, times));

const whole = (requests: number, says: string): Outcome => ({
  exit: 0,
  says,
  requests,
  sees: 'the whole snapshot',
});
const refused = (requests: number, says: string): Outcome => ({ exit: 3, says, requests, sees: 'none' });
const page2 = 'could not list LIST (page 2 of about 3)';
/** 0.125 s, twice as long each time. */
const expiredForGood = `${page2}: 410: The resourceVersion for the provided list is too old.`;
const expiredAgain =
  'could not list LIST (page 3 of about 3): 410: The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects t';
const allWaits = '7.9 s waited';
const once = whole(4, '1 retry, 0.1 s waited');

const words = {
  500: 'Internal error occurred: simulated',
  502: '<html><body><h1>502 Bad Gateway</h1></body></html>',
  503: '<html><body><h1>503 Service Temporarily Unavailable</h1></body></html>',
  504: '{"metadata":{},"status":"Failure","message":"Timeout: request did not complete within the allotted timeout","reason":"Timeout","details":{},"code":504}',
} as const;

/** Pods are first listed at the revision of the nodes: where that is gone, at the newest, which is no restart. */
const byResource =
  (ofNodes: Outcome, ofPods: Outcome) =>
  ({ resource }: Cell): Outcome =>
    resource === 'nodes' ? ofNodes : ofPods;
const byEncoding =
  (inProtobuf: Outcome, inJson: Outcome) =>
  ({ encoding }: Cell): Outcome =>
    encoding === 'protobuf' ? inProtobuf : inJson;

/** The last of the list is gone; and its earlier revisions too, with `compacting`. */
const shrink =
  (compacting: boolean) =>
  ({ under: { server }, resource, isLater }: Subject): void =>
    whenAsked(server, isLater, () => {
      if (resource === 'version') throw new Error('a version does not shrink');
      const { name, namespace } = server.state.current[resource].at(-1)?.object().metadata ?? { name: '' };
      server.state.mutate(({ remove }) => remove(resource, name, namespace));
      if (compacting) server.state.compact();
    });

/** It is gone until the job has waited twice. */
function restart({ under: { server }, clock, isLater }: Subject): void {
  let gone: Promise<void> = Promise.resolve();
  const match: typeof isLater = (request) => {
    if (!isLater(request)) return false;
    gone = server.down();
    return true;
  };
  server.faults.next({ match, action: { kind: 'reset' } });
  clock.afterPause = async (count) => {
    if (count !== 2) return;
    await gone;
    await server.up();
  };
}

/** The first request of all meets `action`. */
const atFirst =
  (action: FaultAction, times = 1) =>
  ({ under, isFirst }: Subject): void =>
    under.server.faults.next({ match: isFirst, times, action });
const version = 'could not read the version of SERVER';
const shortWaits = '0.4 s waited';

const versionRows: readonly ClusterRow[] = (
  [
    ['none', () => undefined, whole(1, 'as without it')],
    [
      'DNS: no such name',
      ({ way }) => way.fail('no such name', always),
      refused(1, 'could not reach SERVER: its name does not resolve: check the address and your DNS or VPN'),
    ],
    [
      'connection refused',
      ({ way }) => way.fail('refused', always),
      refused(
        1,
        'could not reach SERVER: the connection was refused: check the address, and that the server is running',
      ),
    ],
    ['connection reset before an answer, once', atFirst({ kind: 'reset' }), whole(2, '0.1 s waited')],
    [
      'connection reset before an answer, for good',
      atFirst({ kind: 'reset' }, always),
      refused(3, `${version}: could not reach SERVER: the connection was cut (3 tries); ${shortWaits}`),
    ],
    ['body cut in the middle, once', atFirst({ kind: 'cut', afterBytes: 100 }), whole(2, '0.1 s waited')],
    ['503, once', atFirst(status(503)), whole(2, '0.1 s waited')],
    [
      '503, for good',
      atFirst(status(503), always),
      refused(3, `${version}: 503: ${words[503]} (3 tries); ${shortWaits}`),
    ],
    ['429 with Retry-After: 2, once', atFirst(status(429, 2)), whole(2, '2.0 s waited')],
  ] satisfies readonly (readonly [string, ClusterRow['arrange'], Outcome])[]
).map(([fault, arrange, expected]) => ({ fault, only: 'version', arrange, expected }));

const gzip = { kind: 'flood', bytes: 2 * gib, of: 'padding', gzip: true } as const;
const endless = { kind: 'flood', bytes: 2 * gib, of: 'item', gzip: false } as const;
const middle = { kind: 'cut', afterBytes: 6000 } as const;

export const clusterRows: readonly ClusterRow[] = [
  { fault: 'none', arrange: () => undefined, expected: whole(3, 'as without it') },
  {
    fault: 'DNS: no such name',
    arrange: broken('no such name', 1),
    expected: refused(
      2,
      `${page2}: could not reach SERVER: its name does not resolve: check the address and your DNS or VPN`,
    ),
  },
  { fault: 'DNS: no answer, once', arrange: broken('no name server', 1), expected: once },
  {
    fault: 'DNS: no answer, for good',
    arrange: broken('no name server', always),
    expected: refused(
      8,
      `${page2}: could not reach SERVER: its name could not be looked up just now (7 tries); ${allWaits}`,
    ),
  },
  { fault: 'connection refused, once', arrange: broken('refused', 1), expected: once },
  {
    fault: 'connection refused, for good',
    arrange: broken('refused', always),
    expected: refused(
      8,
      `${page2}: could not reach SERVER: the connection was refused: check the address, and that the server is running (7 tries); ${allWaits}`,
    ),
  },
  {
    fault: 'TLS: a certificate of another authority',
    arrange: broken('another authority', 1),
    expected: refused(
      2,
      `${page2}: could not reach SERVER: the certificate authority that is given for it (by the kubeconfig, the pod or EKS) did not sign its certificate: check certificate-authority-data, or tls-server-name`,
    ),
  },
  {
    fault: '401',
    arrange: later(status(401)),
    expected: refused(
      2,
      `${page2}: 401: Unauthorized (the credentials are missing, wrong or expired: log in again, or check the user of the kubeconfig context)`,
    ),
  },
  {
    fault: '403',
    arrange: later(status(403)),
    expected: refused(
      2,
      `${page2}: 403: pods is forbidden: User "fixture-reader" cannot list resource "pods" in API group "" at the cluster scope (grant get and list on nodes and pods to this user: see README, Permissions)`,
    ),
  },
  {
    fault: '404',
    arrange: later(status(404)),
    expected: refused(
      2,
      `${page2}: 404: the server could not find the requested resource (is this the address of a Kubernetes API server?)`,
    ),
  },
  {
    fault: '410 on a continue, once',
    arrange: ({ under, isLater }) => whenAsked(under.server, isLater, () => expireRevisions(under.server)),
    expected: byResource(whole(5, '1 restart of the list'), whole(5, 'marked per-resource')),
  },
  {
    fault: '410 on every continue; the fresh token that comes with it is good',
    arrange: ({ under, isLater, resource }) =>
      whenAsked(under.server, isLater, () => expireRevisions(under.server), resource === 'nodes' ? 4 : 5),
    expected: byResource(
      whole(10, '3 restarts of the list, marked inconsistent'),
      whole(12, '3 restarts of the list, marked inconsistent'),
    ),
  },
  {
    fault: '410 on every continue, and again behind the fresh token',
    arrange: ({ under, isLater }) =>
      whenAsked(under.server, isLater, () => expireRevisions(under.server), always),
    expected: byResource(refused(10, expiredAgain), refused(12, expiredAgain)),
  },
  {
    fault: '410 on every continue, without a token',
    arrange: later(status(410), always),
    expected: byResource(refused(8, expiredForGood), refused(10, expiredForGood)),
  },
  {
    fault: '410 on a list at an exact revision',
    only: 'pods',
    arrange: ({ under, isFirst }) => whenAsked(under.server, isFirst, () => expireRevisions(under.server)),
    expected: whole(4, 'marked per-resource'),
  },
  {
    fault: '504 on a list at an exact revision',
    only: 'pods',
    arrange: ({ under, isFirst }) => under.server.faults.next({ match: isFirst, action: status(504) }),
    expected: whole(4, 'marked per-resource'),
  },
  { fault: '429, once', arrange: later(status(429)), expected: once },
  {
    fault: '429 with Retry-After: 2, once',
    arrange: later(status(429, 2)),
    expected: whole(4, '1 retry, 2.0 s waited'),
  },
  {
    fault: '429, for good',
    arrange: later(status(429), always),
    expected: refused(
      8,
      `${page2}: 429: Too many requests, please try again later. (the server asks for fewer requests: see README, Permissions, on giving the job a FlowSchema of its own) (7 tries); ${allWaits}`,
    ),
  },
  {
    fault: '429 with Retry-After: 600',
    arrange: later(status(429, 600)),
    expected: refused(
      2,
      `${page2}: 429: Too many requests, please try again later. (the server asks for fewer requests: see README, Permissions, on giving the job a FlowSchema of its own) (it asks to wait 600 s)`,
    ),
  },
  ...([500, 502, 503, 504] as const).flatMap((code): ClusterRow[] => [
    { fault: `${code}, once`, arrange: later(status(code)), expected: once },
    {
      fault: `${code}, for good`,
      arrange: later(status(code), always),
      expected: refused(8, `${page2}: ${code}: ${words[code]} (7 tries); ${allWaits}`),
    },
  ]),
  {
    fault: '503 with Retry-After: 5, once',
    arrange: later(status(503, 5)),
    expected: whole(4, '1 retry, 5.0 s waited'),
  },
  { fault: 'connection reset before an answer, once', arrange: later({ kind: 'reset' }), expected: once },
  { fault: 'body cut at its start, once', arrange: later({ kind: 'cut', afterBytes: 0 }), expected: once },
  { fault: 'body cut in the middle, once', arrange: later(middle), expected: once },
  {
    fault: 'body cut before its last chunk, once',
    arrange: later({ kind: 'cut', afterBytes: 1e9 }),
    expected: once,
  },
  {
    fault: 'body cut at its start, for good',
    arrange: later({ kind: 'cut', afterBytes: 0 }, always),
    expected: refused(8, `${page2}: could not reach SERVER: the connection was cut (7 tries); ${allWaits}`),
  },
  {
    fault: 'body cut in the middle, for good',
    arrange: later(middle, always),
    expected: refused(9, `${page2}: could not reach SERVER: the connection was cut (7 tries); ${allWaits}`),
  },
  {
    fault: 'body that stalls, once',
    arrange: later({ kind: 'stall', afterBytes: 6000 }),
    requestTimeoutMs: 4000,
    expected: once,
  },
  {
    fault: 'content type text/html',
    arrange: later({ kind: 'contentType', value: 'text/html' }),
    expected: refused(
      2,
      `${page2}: the answer is text/html, neither protobuf nor JSON: is this the address of a Kubernetes API server?`,
    ),
  },
  {
    fault: 'a list of the other kind',
    arrange: later({ kind: 'wrongKind' }),
    expected: ({ resource }) =>
      refused(
        2,
        `${page2}: expected the kind of LIST, the body says it is a ${resource === 'nodes' ? 'PodList' : 'NodeList'} at byte N`,
      ),
  },
  {
    fault: 'a body that is neither',
    arrange: later({ kind: 'garbage' }),
    expected: byEncoding(
      refused(2, `${page2}: the body is not Kubernetes protobuf at byte N`),
      refused(2, `${page2}: the body is not a JSON object at byte N`),
    ),
  },
  {
    fault: 'gzip bomb: 2 GiB in 2 MiB',
    arrange: later(gzip),
    gzip: true,
    expected: refused(2, `${page2}: the answer unzips to more than 250 times its size`),
  },
  {
    fault: 'a page of 2 GiB in one item',
    arrange: later(endless),
    expected: byEncoding(
      refused(2, `${page2}: a field of 2147483648 bytes at byte N`),
      refused(2, `${page2}: a value of more than 33554432 bytes at byte N`),
    ),
  },
  {
    fault: 'all items in the first page, though four were asked for',
    arrange: ({ under, isFirst }) =>
      under.server.faults.next({ match: isFirst, action: { kind: 'ignoreLimit' } }),
    expected: whole(1, 'as without it'),
  },
  {
    fault: 'a continue token that came before',
    arrange: later({ kind: 'repeatContinue' }),
    expected: refused(
      2,
      'could not list LIST (page 2): the server gave a continue token that it had given before',
    ),
  },
  {
    fault: 'an item twice, once',
    arrange: later({ kind: 'repeatItem' }),
    expected: whole(6, '1 restart of the list'),
  },
  {
    fault: 'an item twice, for good',
    arrange: later({ kind: 'repeatItem' }, always),
    expected: refused(12, 'could not list LIST (page 2): NAME comes behind NAME, twice or out of order'),
  },
  {
    fault: 'a page without its continue token, and cut; then with it',
    arrange: later({ kind: 'loseToken', afterBytes: 6000 }),
    expected: whole(6, '1 restart of the list, 0.1 s waited'),
  },
  { fault: 'the list shrinks midway', arrange: shrink(false), expected: whole(3, 'as without it') },
  {
    fault: 'the list shrinks midway, and its revision is compacted away',
    arrange: shrink(true),
    asItIsThen: true,
    expected: byResource(whole(5, '1 restart of the list'), whole(5, 'marked per-resource')),
  },
  ...(
    [
      ['back', -3_600_000],
      ['ahead', 3_600_000],
    ] as const
  ).map(([way, byMs]): ClusterRow => ({
    fault: `the clock is set ${way} by an hour midway`,
    arrange: ({ under, isLater, setClock }) => whenAsked(under.server, isLater, () => setClock(byMs)),
    expected: whole(3, 'as without it'),
  })),
  { fault: 'the server restarts midway', arrange: restart, expected: whole(5, '2 retries, 0.4 s waited') },
  ...versionRows,
];
