/** The simulated API server with our own reader before it, over HTTPS and a kubeconfig, as in real use. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo, Server as NetServer, Socket } from 'node:net';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { inspect } from 'node:util';
import { connect, type Connection } from '../../lib/cluster/connect.ts';
import { createDial, type Dial, type DialOptions } from '../../lib/cluster/connect/dial.ts';
import { createHttp, type Http, type HttpOptions } from '../../lib/cluster/http.ts';
import { nodeFromJson, podFromJson } from '../../lib/cluster/decode/json-objects.ts';
import { listAll, type ListRequest, type ListResult } from '../../lib/cluster/list.ts';
import type { Encoding } from '../../lib/cluster/page.ts';
import { createPodDecoder } from '../../lib/cluster/decode/protobuf-pod.ts';
import { createQuantityReader } from '../../lib/cluster/decode/quantities.ts';
import { createClusterReader, decoderOf, type ReaderOptions } from '../../lib/cluster/reader.ts';
import type { Retrying, RetryPolicy } from '../../lib/cluster/retry.ts';
import type { Cluster, PodSink } from '../../lib/cluster/cluster.ts';
import type { Log } from '../../lib/log.ts';
import type { Node } from '../../lib/model/node.ts';
import type { Pod } from '../../lib/model/pod.ts';
import { createCollector } from '../../lib/packing/collector.ts';
import type { Packing } from '../../lib/packing/fold.ts';
import { semanticsFor } from '../../lib/scheduler/semantics.ts';
import type { SeenRequest } from './apiserver/faults.ts';
import type { KubeObject } from './apiserver/objects.ts';
import {
  startApiServer,
  type ApiServer,
  type ApiServerOptions,
  type LoggedRequest,
} from './apiserver/server.ts';
import type { TokenName } from './apiserver/users.ts';
import { exchange } from './fixtures.ts';
import { temporaryFolder } from './kubeconfig.ts';
import { assertNoSecrets } from './secrets.ts';

/** `warn: message`, one entry each. */
export interface RecordedLog extends Log {
  readonly lines: readonly string[];
}

export interface UnderTest {
  readonly server: ApiServer;
  readonly log: RecordedLog;
  readonly connection: Connection;
  readonly http: (options?: Partial<HttpOptions>) => Http;
  /** Auto encoding, pages of 50, no jitter, unless told otherwise. */
  readonly reader: (options?: Partial<ReaderOptions>) => Cluster;
  /** The list requests that the server saw, in the order they arrived. */
  readonly lists: (resource: 'nodes' | 'pods') => readonly LoggedRequest[];
}

/** Of a real kube-apiserver v1.36.2. */
export const recordedRevision = 731;
export const recordedNodes: readonly KubeObject[] = itemsOf('nodes-json-l12-p1');
export const recordedPods: readonly KubeObject[] = itemsOf('pods-json-nolimit');

/** Retries at once: what is tested is that there are retries, not how long they wait. */
export const impatient: RetryPolicy = { maxRetries: 6, baseMs: 1, capMs: 4 };

/** The recorded cluster of 12 nodes and 150 pods, unless other objects are given. */
export async function startCluster(
  t: TestContext,
  { user = 'reader', ...options }: ApiServerOptions & { readonly user?: TokenName } = {},
): Promise<UnderTest> {
  const server = await startApiServer({
    nodes: recordedNodes,
    pods: recordedPods,
    resourceVersion: recordedRevision,
    ...options,
  });
  t.after(() => server.close());
  const log = recordedLog();
  const kubeconfig = temporaryFolder(t).write('config', server.kubeconfig({ user }));
  const connection = await connect({ kubeconfig, context: null, env: {}, log });
  t.after(() => connection.close());
  const http = (about: Partial<HttpOptions> = {}): Http =>
    createHttp({
      connection,
      userAgent: 'kube-binpack/test',
      gzip: false,
      requestTimeoutMs: 10_000,
      ...about,
    });
  return {
    server,
    log,
    connection,
    http,
    reader: (about = {}) =>
      createClusterReader({
        http: http(),
        log,
        progress: { report() {} },
        random: () => 0,
        listPageSize: 50,
        encoding: 'auto',
        maxListRestarts: 3,
        nodeSelector: '',
        podFieldSelector: '',
        namespace: '',
        ...about,
      }),
    lists: (resource) =>
      server.requests
        .filter(({ path }) => path.endsWith(`/${resource}`))
        .toSorted((a, b) => a.startedMs - b.startedMs),
  };
}

export function recordedLog(): RecordedLog {
  const lines: string[] = [];
  const at =
    (level: string) =>
    (message: string, fields?: unknown): void => {
      assertNoSecrets({ 'the log': `${message} ${inspect(fields)}` });
      lines.push(`${level}: ${message}`);
    };
  return { lines, debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

export interface ListAbout extends Partial<
  Pick<ListRequest<Pod>, 'pageSize' | 'exactAt' | 'maxRestarts' | 'maxItems' | 'selectors' | 'onProgress'>
> {
  readonly encoding?: Encoding | 'auto';
  readonly retry?: RetryPolicy;
  readonly http?: Http;
  readonly signal?: AbortSignal;
  readonly sink?: PodSink;
  /** After which the test fails; three seconds. */
  readonly patienceMs?: number;
}

/** One list of pods by pages, below the reader, so that retries need not wait. */
export async function listPods(
  under: Pick<UnderTest, 'http' | 'log'>,
  about: ListAbout = {},
): Promise<ListResult> {
  const { encoding = 'protobuf', retry = impatient, http = under.http(), sink } = about;
  const signal = about.signal ?? AbortSignal.timeout(about.patienceMs ?? 10_000);
  const quantities = createQuantityReader();
  const decoder = decoderOf('PodList', createPodDecoder(quantities), (json) => podFromJson(json, quantities));
  const accept = encoding === 'json' ? 'application/json' : 'application/vnd.kubernetes.protobuf';
  const list = listAll(
    { http, log: under.log, retry, random: () => 0, createDecoder: decoder },
    {
      resource: 'pods',
      path: '/api/v1/pods',
      accept,
      selectors: about.selectors ?? {},
      pageSize: about.pageSize ?? 50,
      exactAt: about.exactAt ?? null,
      maxRestarts: about.maxRestarts ?? 3,
      maxItems: about.maxItems ?? 1_000_000,
      onRestart: () => sink?.restart(),
      onItem: (pod) => sink?.add(pod),
      onProgress: about.onProgress ?? (() => {}),
    },
    signal,
  );
  const result = await withinMs(list, about.patienceMs ?? 3_000);
  if (result === 'hangs') throw new Error('the list hangs');
  return result;
}

/** No list of a test takes this long; one that hangs fails by it. */
export function generous(): AbortSignal {
  return AbortSignal.timeout(10_000);
}

/** Keeps what a list adds, as `namespace/name`, in order; and how often it began again. */
export interface NamesSink extends PodSink {
  readonly names: readonly string[];
  readonly restarts: number;
}

export function namesSink(): NamesSink {
  let names: string[] = [];
  let restarts = 0;
  return {
    restart() {
      restarts += 1;
      names = [];
    },
    add: ({ namespace, name }) => void names.push(`${namespace}/${name}`),
    get names() {
      return names;
    },
    get restarts() {
      return restarts;
    },
  };
}

/** As a list shows them: by key. */
export function namesOf(pods: readonly KubeObject[]): readonly string[] {
  return pods
    .map(({ metadata: { name, namespace = '' } }) => `${namespace}/${name}`)
    .sort((a, b) => (a < b ? -1 : 1));
}

/** A sink that packs, with the packing so far. */
export function packingSink(
  nodes: readonly Node[],
  minor = 36,
): PodSink & { readonly packing: () => Packing; readonly problems: () => unknown } {
  const collector = createCollector(nodes, semanticsFor(minor).semantics, {
    podRows: false,
    someNodes: false,
  });
  return {
    restart: () => collector.restart(),
    add: (pod) => collector.add(pod),
    packing() {
      const packing = collector.fold.result();
      return { ...packing, nodes: [...packing.nodes] };
    },
    problems: () => collector.problems.list(),
  };
}

/** What a cluster's packing is, without any list: its objects, one by one. */
export function packingOf(nodes: readonly KubeObject[], pods: readonly KubeObject[], minor = 36): Packing {
  const quantities = createQuantityReader();
  const sink = packingSink(modelNodes(nodes), minor);
  const key = ({ metadata }: KubeObject): string => `${metadata.namespace}/${metadata.name}`;
  for (const pod of pods.toSorted((a, b) => (key(a) < key(b) ? -1 : 1)))
    sink.add(podFromJson(pod, quantities));
  return sink.packing();
}

export function modelNodes(nodes: readonly KubeObject[]): readonly Node[] {
  const quantities = createQuantityReader();
  return nodes
    .toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1))
    .map((node) => nodeFromJson(node, quantities));
}

/** For faults: the list of one resource, its first page or the one after `page` continue tokens. */
export function pageOf(
  resource: 'nodes' | 'pods',
  page: 'first' | 'later',
): (request: SeenRequest) => boolean {
  return ({ path, query }) => path.endsWith(`/${resource}`) && query.has('continue') === (page === 'later');
}

/** For faults that do nothing to the request itself: `act` happens when a matching request arrives, `times` times. */
export function whenAsked(
  server: ApiServer,
  matching: (request: SeenRequest) => boolean,
  act: () => void,
  times = 1,
): void {
  let left = times;
  server.faults.next({
    match(request) {
      if (left > 0 && matching(request)) {
        left -= 1;
        act();
      }
      return false;
    },
    action: { kind: 'reset' },
  });
}

/** The server notes a request when its answer is over, which may be a little after the client has it. */
export async function untilAnswered({ requests }: ApiServer, count: number): Promise<void> {
  for (let waited = 0; requests.length < count && waited < 2_000; waited += 5) await sleep(5);
  assert.equal(requests.length, count, 'requests');
}

/** Any change, so that there is a new revision, and the old ones are gone. */
export function expireRevisions({ state }: ApiServer): void {
  const first = state.current.pods[0];
  assert.ok(first);
  state.mutate(({ put }) => put('pods', first.object()));
  state.compact();
}

/** `work`, or 'hangs' where it does not settle. */
export async function withinMs<T>(work: Promise<T>, ms: number): Promise<T | 'hangs'> {
  const timer = Promise.withResolvers<'hangs'>();
  const timeout = setTimeout(() => timer.resolve('hangs'), ms);
  try {
    return await Promise.race([work, timer.promise]);
  } finally {
    clearTimeout(timeout);
  }
}

/** Starts any local server; its URL, with the scheme http. */
export async function listening(t: TestContext, server: NetServer): Promise<string> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) =>
    sockets.add(socket.once('close', () => sockets.delete(socket))),
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A connection to any local server, with nothing to authorize it. */
export function plainConnection(
  server: string,
  { ca = null, lookup }: { readonly ca?: string | null } & Pick<DialOptions, 'lookup'> = {},
): Connection {
  const url = new URL(server);
  const sockets = new Set<Socket>();
  const dial = createDial({
    server: url,
    tls: { ca, cert: null, key: null },
    tlsServerName: null,
    insecureSkipTlsVerify: false,
    tunnel: null,
    ...(lookup && { lookup }),
  });
  const tracked: Dial = async (onread, signal) => {
    const socket = await dial(onread, signal);
    sockets.add(socket);
    return socket;
  };
  return {
    clusterName: null,
    advice: {},
    server: url,
    authorize: async () => ({ headers: {}, dial: tracked }),
    close() {
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** Counts answers that are open: asked for, and not read to their end. */
export function countingOpen(http: Http): Http & { readonly most: number } {
  let [open, most] = [0, 0];
  return {
    server: http.server,
    async send(request, signal) {
      open += 1;
      most = Math.max(most, open);
      const response = await http.send(request, signal);
      return { ...response, read: (take) => response.read(take).finally(() => (open -= 1)) };
    },
    get most() {
      return most;
    },
  };
}

/** The message of what a promise rejects with; fails where it does not. */
export async function messageOf(work: Promise<unknown>): Promise<string> {
  return (await errorOf(work)).message;
}

export async function errorOf(work: Promise<unknown>): Promise<Error> {
  const outcome = await work.then(
    () => null,
    (error: unknown) => error,
  );
  assert.ok(outcome instanceof Error, 'it should have failed');
  return outcome;
}

function itemsOf(id: string): readonly KubeObject[] {
  const { items } = JSON.parse(exchange(id).response.body.toString()) as { items: readonly KubeObject[] };
  return items;
}

/** For what is tried again at once, and need not be heard. */
export const unjittered = {
  log: recordedLog(),
  random: () => 0,
  pause: async () => {},
} satisfies Pick<Retrying, 'log' | 'random' | 'pause'>;
