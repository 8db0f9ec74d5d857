/** One fault between the job and the API server: on one list, in one encoding. */
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { instantOf } from '../../lib/store/keys.ts';
import type { Summary } from '../../lib/model/snapshot.ts';
import type { Connection } from '../../lib/cluster/connect.ts';
import { createDial, type Dial } from '../../lib/cluster/connect/dial.ts';
import type { Encoding } from '../../lib/cluster/page.ts';
import { createCertificateAuthority } from '../support/apiserver/certificates.ts';
import type { SeenRequest } from '../support/apiserver/faults.ts';
import { recordedNodes, recordedPods, startCluster, type UnderTest } from '../support/cluster-under-test.ts';
import { createMemoryStore } from '../support/memory-store.ts';
import {
  contentOf,
  counting,
  createClock,
  runJob,
  seenOf,
  slot,
  slotsOf,
  type Clock,
  type Content,
  type Ended,
} from './job.ts';
import type { Line, Outcome } from './table.ts';

export interface Cell {
  readonly resource: 'nodes' | 'pods' | 'version';
  readonly encoding: Encoding;
}

/** What a fault may lay hands on. */
export interface Subject extends Cell {
  readonly under: UnderTest;
  readonly way: Way;
  readonly clock: Clock;
  /** Sets the clock of the machine ahead, or back. */
  readonly setClock: (byMs: number) => void;
  /** Whether a request is for the second or a later page of the list. */
  readonly isLater: (request: SeenRequest) => boolean;
  readonly isFirst: (request: SeenRequest) => boolean;
}

export interface ClusterRow {
  readonly fault: string;
  /** Both lists, unless only pods can meet it, or it is the first request of all that does. */
  readonly only?: 'pods' | 'version';
  readonly arrange: (subject: Subject) => void;
  /** LIST stands for the resource, SERVER for the URL. A function where it is not the same for all four. */
  readonly expected: Outcome | ((cell: Cell) => Outcome);
  /** The cluster has changed meanwhile, and the snapshot shows it as it is then. */
  readonly asItIsThen?: boolean;
  readonly requestTimeoutMs?: number;
  readonly gzip?: boolean;
}

export const pageSize = 4;
const nodes = recordedNodes;
const pods = recordedPods.slice(0, 12);
const lists = ['nodes', 'pods'] as const;
const encodings = ['protobuf', 'json'] as const;
const kinds = { nodes: 'NodeList', pods: 'PodList', version: 'none' } as const;
const names = { protobuf: 'protobuf', json: 'JSON' } as const;

/** Its lines, as expected. */
export async function checkClusterRow(t: TestContext, row: ClusterRow): Promise<Line[]> {
  const cells = (row.only === undefined ? lists : [row.only]).flatMap((resource) =>
    // of the version there is only JSON
    (resource === 'version' ? (['json'] as const) : encodings).map((encoding) => ({ resource, encoding })),
  );
  const outcomes = await Promise.all(cells.map(async (cell) => measure(t, row, cell, await wholeOnce(t))));
  return cells.map((cell, index) => {
    const { resource, encoding } = cell;
    const expected = typeof row.expected === 'function' ? row.expected(cell) : row.expected;
    assert.deepEqual(outcomes[index], expected, `${resource}, ${encoding}`);
    return { fault: row.fault, on: `${resource}, ${names[encoding]}`, ...expected };
  });
}

let whole: Promise<Content> | null = null;

/** Of the cluster of the matrix, without any fault. */
async function wholeOnce(t: TestContext): Promise<Content> {
  whole ??= startCluster(t, { nodes, pods }).then(undisturbed);
  return whole;
}

async function undisturbed(under: UnderTest): Promise<Content> {
  const store = createMemoryStore();
  const { exit } = await runJob({ cluster: under.reader({ listPageSize: pageSize }), store });
  assert.equal(exit, 0);
  const content = await contentOf(store);
  assert.ok(content !== null);
  return content;
}

async function measure(t: TestContext, row: ClusterRow, cell: Cell, whole: Content): Promise<Outcome> {
  const under = await startCluster(t, { nodes, pods });
  const way = createWay(under.connection);
  const clock = createClock();
  let aheadMs = 0;
  const http = counting(
    under.http({
      connection: way.connection,
      gzip: row.gzip ?? false,
      requestTimeoutMs: row.requestTimeoutMs ?? 60_000,
    }),
  );
  const path = cell.resource === 'version' ? '/version' : `/api/v1/${cell.resource}`;
  const isOf = (request: SeenRequest): boolean => request.path === path;
  row.arrange({
    ...cell,
    under,
    way,
    clock,
    setClock: (byMs) => (aheadMs += byMs),
    isFirst: (request) => isOf(request) && !request.query.has('continue'),
    isLater: (request) => isOf(request) && request.query.has('continue'),
  });
  const store = createMemoryStore();
  const reader = under.reader({ http, pause: clock.pause, listPageSize: pageSize, encoding: cell.encoding });
  const ended = await runJob({
    cluster: reader,
    store,
    now: () => new Date(instantOf(slot.snapshotId).getTime() + aheadMs),
  });
  if ('ran' in ended) assertDuration(ended.ran.summary);
  under.server.faults.clear();
  way.mend();
  const expected = row.asItIsThen === true ? await undisturbed(under) : whole;
  const sees = await seenOf(store, expected);
  const outcome = {
    exit: ended.exit,
    says: saysOf(ended, clock, under, cell),
    requests: http.asked(path),
    sees,
  };
  const again = await runJob({ cluster: reader, store });
  assert.equal(again.exit, 0);
  assert.equal(await seenOf(store, expected), 'the whole snapshot', 'the slot again');
  assert.deepEqual(await slotsOf(store), [`${slot.cluster} ${slot.snapshotId}`]);
  assert.equal(store.objects.size, 3, 'nothing doubled, nothing left over');
  return outcome;
}

/** However the clock was set meanwhile. */
function assertDuration({ durationMs, collection }: Summary): void {
  assert.ok(durationMs >= 0 && durationMs < 60_000, `${durationMs} ms`);
  for (const list of collection) assert.ok(list.durationMs >= 0 && list.durationMs <= durationMs + 1);
}

function saysOf(ended: Ended, clock: Clock, { server }: UnderTest, { resource }: Cell): string {
  const waited = clock.waitedMs === 0 ? [] : [`${(clock.waitedMs / 1000).toFixed(1)} s waited`];
  if ('error' in ended) {
    const sentence = ended.error.message
      .replaceAll(server.url, 'SERVER')
      .replace(`list ${resource} (page`, 'list LIST (page')
      .replace(/ at byte \d+$/, ' at byte N')
      .replace(/\S+ comes twice$/, 'NAME comes twice')
      .replace(`expected a ${kinds[resource]}`, 'expected the kind of LIST');
    return [sentence, ...waited].join('; ');
  }
  const { collection, consistency } = ended.ran.summary;
  const sum = (of: 'retries' | 'restarts'): number => collection.reduce((all, each) => all + each[of], 0);
  const counted = (count: number, one: string, more: string): string[] =>
    count === 0 ? [] : [`${count} ${count === 1 ? one : more}`];
  const facts = [
    ...counted(sum('retries'), 'retry', 'retries'),
    ...counted(sum('restarts'), 'restart of the list', 'restarts of the list'),
    ...(consistency === 'exact' ? [] : [`marked ${consistency}`]),
    ...waited,
  ];
  return facts.length === 0 ? 'as without it' : facts.join(', ');
}

/** The way to the server, which can be broken for new connections. */
export interface Way {
  readonly connection: Connection;
  /** The next `times` connections fail so. */
  fail(kind: keyof typeof brokenWays, times: number): void;
  mend(): void;
}

function withLookup(code: string): Dial {
  return createDial({
    ...plain,
    server: new URL('https://kubernetes.invalid'),
    lookup: (hostname, _options, done) =>
      done(Object.assign(new Error(`getaddrinfo ${code} ${hostname}`), { code }), '', 4),
  });
}

const plain = {
  tls: { ca: null, cert: null, key: null },
  tlsServerName: null,
  insecureSkipTlsVerify: false,
  tunnel: null,
} as const;

const brokenWays = {
  'no such name': () => withLookup('ENOTFOUND'),
  'no name server': () => withLookup('EAI_AGAIN'),
  // a port that is never listened at
  refused: () => createDial({ ...plain, server: new URL('https://127.0.0.1:1') }),
  'another authority': (server: URL) =>
    createDial({ ...plain, server, tls: { ...plain.tls, ca: createCertificateAuthority().certificatePem } }),
} as const;

function createWay(connection: Connection): Way {
  let left = 0;
  let kind: keyof typeof brokenWays = 'refused';
  return {
    connection: {
      ...connection,
      async authorize(signal) {
        const authorized = await connection.authorize(signal);
        if (left === 0) return authorized;
        left -= 1;
        return { ...authorized, dial: brokenWays[kind](connection.server) };
      },
    },
    fail(how, times) {
      [kind, left] = [how, times];
    },
    mend: () => void (left = 0),
  };
}
