/** Many jobs in this process, with faults by chance on all sides; only time does not pass while they wait. */
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Connection } from '../../lib/cluster/connect.ts';
import { createHttp } from '../../lib/cluster/http.ts';
import { createClusterReader } from '../../lib/cluster/reader.ts';
import { instantOf } from '../../lib/store/keys.ts';
import type { Store } from '../../lib/store/store.ts';
import { generateCluster } from '../support/apiserver/generate.ts';
import type { FaultAction } from '../support/apiserver/faults.ts';
import { startApiServer, type ApiServer } from '../support/apiserver/server.ts';
import type { AwsFault, AwsRequest } from '../support/aws/faults.ts';
import type { AwsDouble } from '../support/aws/server.ts';
import { useAwsDouble } from '../support/aws/use.ts';
import { expireRevisions, plainConnection, recordedLog } from '../support/cluster-under-test.ts';
import { cloudWatch, s3Store } from './aws.ts';
import { contentOf, createClock, runJob, wholeOf, type Ended, type Slot } from './job.ts';

const always = Number.POSITIVE_INFINITY;

/** mulberry32: in [0, 1), the same for the same seed. */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let bits = Math.imul(state ^ (state >>> 15), state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** How likely each request meets a fault: a little always, and much where something is down. */
export interface Weather {
  server: number;
  s3: number;
  cloudWatch: number;
}

export interface World {
  readonly server: ApiServer;
  readonly aws: AwsDouble;
  readonly weather: Weather;
  /** One job of its own, as a process would run it: nothing is shared with any other but the services. */
  readonly job: (slot: Slot) => Promise<Ended>;
  /** The store, as it is seen when nothing is wrong. */
  readonly store: Store;
  /** Asserts that the slot has its whole snapshot or none; whether it has. */
  readonly has: (slot: Slot) => Promise<boolean>;
}

const serverFaults: readonly FaultAction[] = [
  { kind: 'status', code: 429, retryAfterSeconds: 1 },
  { kind: 'status', code: 500 },
  { kind: 'status', code: 503 },
  { kind: 'status', code: 504 },
  { kind: 'reset' },
  { kind: 'cut', afterBytes: 0 },
  { kind: 'cut', afterBytes: 9000 },
  { kind: 'cut', afterBytes: 1e9 },
  { kind: 'repeatItem' },
];
const s3Faults: readonly AwsFault[] = [
  { kind: 'error', status: 500, code: 'InternalError' },
  { kind: 'error', status: 503, code: 'SlowDown' },
  { kind: 'error', status: 409, code: 'ConditionalRequestConflict' },
  { kind: 'reset' },
  { kind: 'resetAfter' },
];
const cloudWatchFaults: readonly AwsFault[] = [
  { kind: 'error', status: 400, code: 'Throttling' },
  { kind: 'error', status: 500, code: 'InternalServiceFault' },
  { kind: 'reset' },
  { kind: 'resetAfter' },
];

export async function startWorld(t: TestContext, random: () => number): Promise<World> {
  const calm: Weather = { server: 0, s3: 0, cloudWatch: 0 };
  const weather = { ...calm };
  const chance = (of: keyof Weather, among: number) => (): boolean => random() < weather[of] / among;
  const aws = await useAwsDouble(t, {
    faults: [
      ...s3Faults.map((fault) => ({
        when: ({ service, operation }: AwsRequest) =>
          service === 's3' &&
          (operation === 'PutObject' || fault.kind !== 'error' || fault.status !== 409) &&
          chance('s3', s3Faults.length)(),
        times: always,
        fault,
      })),
      ...cloudWatchFaults.map((fault) => ({
        when: ({ service }: AwsRequest) =>
          service === 'cloudwatch' && chance('cloudWatch', cloudWatchFaults.length)(),
        times: always,
        fault,
      })),
    ],
  });
  const server = await startApiServer(generateCluster({ nodes: 12, pods: 60, seed: 11, lean: true }));
  t.after(() => server.close());
  for (const action of serverFaults)
    server.faults.next({ times: always, match: chance('server', serverFaults.length), action });
  server.faults.next({
    times: always,
    match({ query }) {
      if (query.has('continue') && chance('server', serverFaults.length)()) expireRevisions(server);
      return false;
    },
    action: { kind: 'reset' },
  });
  const openStore = (): Store => s3Store(aws.bucket, 'load');
  const store = openStore();
  const whole = new Map<string, string>();

  /** Two slots of one cluster differ in nothing else. */
  const comparable = (content: unknown, { cluster, snapshotId }: Slot): string =>
    JSON.stringify(content)
      .replaceAll(snapshotId, 'SLOT')
      .replaceAll(instantOf(snapshotId).toISOString(), 'INSTANT')
      .replaceAll(`"${cluster}"`, '"CLUSTER"');

  const undisturbed = async <T>(work: () => Promise<T>): Promise<T> => {
    const before = { ...weather };
    Object.assign(weather, calm);
    try {
      return await work();
    } finally {
      Object.assign(weather, before);
    }
  };

  const withReader = async <T>(
    work: (cluster: ReturnType<typeof createClusterReader>) => Promise<T>,
  ): Promise<T> => {
    const connection = connectionTo(server);
    const http = createHttp({
      connection,
      userAgent: 'kube-binpack/load',
      gzip: false,
      requestTimeoutMs: 30_000,
    });
    try {
      return await work(
        createClusterReader({
          http,
          log: recordedLog(),
          progress: { report() {} },
          random,
          pause: createClock().pause,
          listPageSize: 10,
          encoding: 'auto',
          maxListRestarts: 3,
          nodeSelector: '',
          podFieldSelector: '',
          namespace: '',
        }),
      );
    } finally {
      connection.close();
    }
  };

  return {
    server,
    aws,
    weather,
    store,
    job: async (slot) =>
      withReader(async (cluster) =>
        runJob({ cluster, store: openStore(), publishers: [cloudWatch(recordedLog())], slot }),
      ),
    has: async (slot) =>
      undisturbed(async () => {
        const content = await contentOf(store, slot);
        if (content === null) return false;
        if (whole.size === 0)
          whole.set('', comparable(await withReader(async (cluster) => wholeOf(cluster, slot)), slot));
        assert.equal(comparable(content, slot), whole.get(''), 'a snapshot that is there is whole');
        return true;
      }),
  };
}

function connectionTo({ url, caPem, tokens }: ApiServer): Connection {
  const connection = plainConnection(url, { ca: caPem });
  const headers = { Authorization: `Bearer ${tokens.reader}` };
  return {
    ...connection,
    authorize: async (signal) => ({ ...(await connection.authorize(signal)), headers }),
  };
}

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Bytes that are in use once nothing else is. */
export function heapBytes(): number {
  collect();
  collect();
  return process.memoryUsage().heapUsed;
}
