/** One fault of the machine or the process: the command line as a user runs it, into a directory. */
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync } from 'node:fs';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { instantOf } from '../../lib/store/keys.ts';
import type { Store } from '../../lib/store/store.ts';
import { createDirectoryStore } from '../../lib/store/directory.ts';
import type { SeenRequest } from '../support/apiserver/faults.ts';
import type { AwsFault } from '../support/aws/faults.ts';
import { startAwsDouble, type AwsDouble } from '../support/aws/server.ts';
import { messages, startCli, type CliResult } from '../support/cli.ts';
import { recordedNodes, recordedPods, startCluster, type UnderTest } from '../support/cluster-under-test.ts';
import { createMemoryStore } from '../support/memory-store.ts';
import { temporaryFolder } from '../support/kubeconfig.ts';
import { runJob, seenOf, slotOfNow as slot, slotsOf, wholeOf } from './job.ts';
import type { Line, Outcome } from './table.ts';

export type Signal = 'SIGTERM' | 'SIGKILL';

export interface ProcessRow {
  readonly fault: string;
  readonly on: string;
  /** As the signal is sent: when the server is asked so; or at a step of the store (test/support/die.ts). */
  readonly signal?: {
    readonly name: Signal;
    readonly at:
      | ((request: SeenRequest) => boolean)
      | keyof typeof awsPhases
      | `${'link' | 'mkdir'},${string},${'before' | 'after'}`;
  };
  /** Options of a tmpfs that is mounted as the store's directory. */
  readonly mount?: string;
  /** A shell line around "$@". */
  readonly shell?: string;
  readonly flags?: readonly string[];
  readonly expected: Outcome;
}

/** Each is met as the request arrives: what is written is written all the same, or it is not. */
const awsPhases = {
  's3 before': { operation: 'PutObject', part: '/summary/', fault: { kind: 'reset' } },
  's3 after': { operation: 'PutObject', part: '/summary/', fault: { kind: 'resetAfter' } },
  publishing: { operation: 'PutMetricData', part: '', fault: { kind: 'slow', ms: 60_000 } },
} as const satisfies Record<string, { operation: string; part: string; fault: AwsFault }>;

const numbers = { SIGTERM: 143, SIGKILL: 137 } as const;

export async function checkProcessRow(t: TestContext, row: ProcessRow): Promise<Line[]> {
  const under = await startCluster(t, { nodes: recordedNodes, pods: recordedPods.slice(0, 12) });
  const folder = temporaryFolder(t);
  mkdirSync(folder.at('store'));
  mkdirSync(folder.at('copy'));
  const { result, requests, bucket } = await run(t, row, under, folder);
  under.server.faults.clear();
  // what is mounted in a namespace of its own goes with it
  const store =
    bucket.size > 0
      ? await copyOf(bucket)
      : createDirectoryStore(folder.at(row.mount === undefined ? 'store' : 'copy'));
  const whole = await wholeOf(under.reader(), slot);
  const sees = await seenOf(store, whole, slot);
  const exit = result.code ?? numbers[result.signal as Signal];
  const outcome = { exit, says: saysOf(result), requests, sees };
  assert.deepEqual(outcome, row.expected, result.stderr);
  if (row.signal?.name !== 'SIGKILL') assert.deepEqual(drafts(folder.at('')), [], 'no draft stays behind');
  const again = await runJob({ cluster: under.reader(), store, slot });
  assert.equal(again.exit, 0);
  assert.equal(await seenOf(store, whole, slot), 'the whole snapshot', 'the slot again');
  assert.deepEqual(await slotsOf(store), [`${slot.cluster} ${slot.snapshotId}`]);
  return [{ fault: row.fault, on: row.on, ...outcome }];
}

async function run(
  t: TestContext,
  { signal, mount, shell, flags = [] }: ProcessRow,
  { server }: UnderTest,
  folder: ReturnType<typeof temporaryFolder>,
): Promise<{ readonly result: CliResult; readonly requests: number; readonly bucket: AwsDouble['objects'] }> {
  const env: Record<string, string> = { KUBECONFIG: folder.write('kubeconfig', server.kubeconfig()) };
  let requests = 0;
  let bucket: AwsDouble['objects'] = new Map();
  const kill = (): boolean => started.child.kill(signal?.name);
  server.faults.next({
    times: Number.POSITIVE_INFINITY,
    match: () => (requests++, false),
    action: { kind: 'reset' },
  });
  if (typeof signal?.at === 'function') {
    const { at } = signal;
    server.faults.next({
      match: (request) => at(request) && kill(),
      action: { kind: 'stall', afterBytes: 0 },
    });
  } else if (signal !== undefined && signal.at in awsPhases) {
    const { operation, part, fault } = awsPhases[signal.at as keyof typeof awsPhases];
    const aws = await startAwsDouble({
      faults: [
        { when: (request) => request.operation === operation && request.key.includes(part) && kill(), fault },
      ],
    });
    t.after(() => aws.close());
    Object.assign(
      env,
      aws.env,
      operation === 'PutObject'
        ? { KUBE_BINPACK_STORE: `s3://${aws.bucket}` }
        : { KUBE_BINPACK_METRICS: 'cloudwatch' },
    );
    bucket = aws.objects;
  } else if (signal !== undefined) {
    env['NODE_OPTIONS'] = `--import=${path.join(import.meta.dirname, '../support/die.ts')}`;
    env['KUBE_BINPACK_TEST_DIE'] = `${signal.at},${signal.name}`;
  }
  const started = startCli(
    [
      'snapshot',
      ...[
        '--out',
        'store',
        '--cluster',
        slot.cluster,
        '--scheduled-at',
        instantOf(slot.snapshotId).toISOString(),
      ],
      ...['--list-page-size', '4', '--repack-budget', '0s', '--output', 'json', ...flags],
    ],
    { cwd: folder.at(''), env, ...shellOf(mount, shell) },
  );
  return { result: await started.result, requests, bucket };
}

/** For whoever reads it in this process, which knows nothing of the double. */
async function copyOf(bucket: AwsDouble['objects']): Promise<Store> {
  const store = createMemoryStore();
  for (const [key, { bytes }] of bucket) await store.create(key, bytes, AbortSignal.timeout(1000));
  return store;
}

/** In a mount namespace of a user, which needs no root. */
function shellOf(mount: string | undefined, shell: string | undefined): { readonly shell?: string } {
  if (mount === undefined) return shell === undefined ? {} : { shell };
  const line = `mount -t tmpfs -o ${mount} tmpfs store; set +e; "$@"; code=$?; cp -a store/. copy; exit $code`;
  return { shell: `exec unshare -rm /bin/bash -ec '${line}' bash "$@"` };
}

function saysOf(result: CliResult): string {
  if (result.signal === 'SIGKILL' || result.code === numbers.SIGKILL) return 'nothing';
  // nobody formats what is said of stdout itself
  const plain = /^error: (.*)$/m.exec(result.stderr)?.[1];
  const [sentence] = plain === undefined ? messages(result, 'error') : [plain];
  if (sentence === undefined) return 'as without it';
  return sentence
    .replace(/^--scheduled-at \S+ /, '--scheduled-at INSTANT ')
    .replaceAll(slot.snapshotId, 'SLOT')
    .replaceAll(/date=[\d-]{10}/g, 'date=DAY')
    .replaceAll(/v1\/(?:nodes|workloads)\//g, 'v1/DETAIL/')
    .replaceAll(/SLOT-[0-9a-f]{8}/g, 'SLOT-RUN');
}

function drafts(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.tmp'));
}
