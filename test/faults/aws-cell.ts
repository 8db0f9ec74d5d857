/** One fault of S3 or CloudWatch, which the job meets over real HTTP; the cluster is as it should be. */
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import type { Cluster } from '../../lib/cluster/cluster.ts';
import type { Store } from '../../lib/store/store.ts';
import type { PublishedMetric } from '../support/aws/cloudwatch.ts';
import type { AwsFaultRule, AwsRequest } from '../support/aws/faults.ts';
import { useAwsDouble } from '../support/aws/use.ts';
import { recordedLog, recordedNodes, recordedPods, startCluster } from '../support/cluster-under-test.ts';
import { cloudWatch, s3Store } from './aws.ts';
import { runJob, seenOf, slotOfNow as slot, slotsOf, wholeOf, type Ended } from './job.ts';
import type { Line, Outcome } from './table.ts';

export interface AwsRow {
  readonly fault: string;
  readonly on: string;
  readonly service: 's3' | 'cloudwatch';
  readonly rules?: readonly AwsFaultRule[];
  readonly refuseMetric?: (metric: PublishedMetric) => boolean;
  /** How far its clock is ahead of ours. */
  readonly clockAheadMs?: number;
  /** Another run commits the slot just before this one does. */
  readonly rival?: true;
  readonly expected: Outcome;
}

export async function checkAwsRow(t: TestContext, row: AwsRow): Promise<Line[]> {
  const fault = { active: true };
  const aws = await useAwsDouble(t, {
    faults: (row.rules ?? []).map((rule) => ({
      ...rule,
      when: (request) => fault.active && rule.when(request),
    })),
    ...(row.clockAheadMs !== undefined && { clockAheadMs: row.clockAheadMs }),
    refuseMetric: (metric) => fault.active && row.refuseMetric?.(metric) === true,
  });
  const under = await startCluster(t, { nodes: recordedNodes, pods: recordedPods.slice(0, 12) });
  const cluster = under.reader();
  const log = recordedLog();
  const openStore = (): Store => s3Store(aws.bucket, '');
  const publishers = row.service === 's3' ? [] : [cloudWatch(log)];
  const job = { cluster, publishers, slot };
  const store = row.rival === true ? withRival(openStore(), cluster) : openStore();
  const ended = await runJob({ ...job, store });
  const requests = aws.requests.filter(({ service }) => service === row.service).length;
  const isStale = row.rules?.some((rule) => rule.fault.kind === 'staleList') === true;
  const listed = isStale ? (await slotsOf(openStore())).length > 0 : null;
  fault.active = false;
  const whole = await wholeOf(cluster, slot);
  const reader = openStore();
  const seen = [await seenOf(reader, whole, slot), ...listedInWords(listed)];
  if (row.service === 'cloudwatch') seen.push(gaugesInWords(aws.published, log.lines));
  const outcome = { exit: ended.exit, says: saysOf(ended), requests, sees: seen.join(', ') };
  assert.deepEqual(outcome, row.expected);
  const again = await runJob({ ...job, store: openStore() });
  assert.equal(again.exit, 0);
  assert.equal(await seenOf(reader, whole, slot), 'the whole snapshot', 'the slot again');
  assert.deepEqual(await slotsOf(reader), [`${slot.cluster} ${slot.snapshotId}`]);
  if (row.service === 'cloudwatch') assertPublishedOnce(aws.published);
  return [{ fault: row.fault, on: row.on, ...outcome }];
}

/** Another run of the slot commits as this one is about to. */
function withRival(store: Store, cluster: Cluster): Store {
  let came = false;
  return {
    ...store,
    async create(key, bytes, signal) {
      if (key.includes('/summary/') && !came) {
        came = true;
        assert.equal((await runJob({ cluster, store, slot })).exit, 0);
      }
      return store.create(key, bytes, signal);
    },
  };
}

function saysOf(ended: Ended): string {
  if ('ran' in ended) return ended.ran.own ? 'as without it' : "takes the other run's";
  return ended.error.message
    .replaceAll(slot.snapshotId, 'SLOT')
    .replaceAll(/--scheduled-at \S+\)/g, '--scheduled-at SLOT)')
    .replaceAll(/date=[\d-]{10}/g, 'date=DAY')
    .replaceAll(/SLOT-[0-9a-f]{8}/g, 'SLOT-RUN')
    .replaceAll(/\(not published: .*\)$/g, '(not published: NAMES)')
    .replaceAll(/127\.0\.0\.1:\d+/g, 'ADDRESS')
    .replaceAll(/^\d+ series/g, 'N series');
}

function listedInWords(listed: boolean | null): string[] {
  if (listed === null) return [];
  return listed ? ['which lists show'] : ['which lists do not show yet'];
}

function gaugesInWords(published: readonly PublishedMetric[], lines: readonly string[]): string {
  if (published.length === 0) return 'no gauges';
  const left = lines.filter((line) => line.includes('is left out')).length;
  return left === 0 ? 'all gauges' : `all gauges but ${left}`;
}

/** However often they were sent: a series has one value at one instant. */
export function assertPublishedOnce(published: readonly PublishedMetric[]): void {
  const values = new Map<string, string>();
  for (const { name, dimensions, timestampMs, values: value } of published) {
    const id = JSON.stringify([name, dimensions, timestampMs]);
    const text = JSON.stringify(value);
    assert.equal(values.get(id) ?? text, text, id);
    values.set(id, text);
  }
}

export const on =
  (operation: AwsRequest['operation'], part = '') =>
  (request: AwsRequest): boolean =>
    request.operation === operation && request.key.includes(part);
