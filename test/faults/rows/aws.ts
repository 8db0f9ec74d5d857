/** Faults of S3 and CloudWatch. A run without any asks S3 for four things: the slot, two details, the summary. */
import type { AwsFault, AwsFaultRule } from '../../support/aws/faults.ts';
import { on, type AwsRow } from '../aws-cell.ts';
import type { Outcome } from '../table.ts';

const always = Number.POSITIVE_INFINITY;
const error = (status: number, code: string): AwsFault => ({ kind: 'error', status, code });

const summary = (fault: AwsFault, times = 1): AwsFaultRule[] => [
  { when: on('PutObject', '/summary/'), times, fault },
];
const detail = (fault: AwsFault, times = 1): AwsFaultRule[] => [
  { when: on('PutObject', '/nodes/'), times, fault },
];
const slot = (fault: AwsFault, times = 1): AwsFaultRule[] => [
  { when: on('GetObject', '/summary/'), times, fault },
];
const put = (fault: AwsFault, times = 1): AwsFaultRule[] => [{ when: on('PutMetricData'), times, fault }];

const whole = (requests: number, sees = 'the whole snapshot', says = 'as without it'): Outcome => ({
  exit: 0,
  says,
  requests,
  sees,
});
const failed = (requests: number, says: string): Outcome => ({ exit: 4, says, requests, sees: 'none' });

const key = 's3://test-bucket/v1/summary/cluster=prod/date=DAY/SLOT.json';
const could = {
  slot: `could not read ${key}`,
  detail: 'could not write s3://test-bucket/v1/nodes/cluster=prod/date=DAY/SLOT-RUN.ndjson.gz',
  summary: `could not write ${key}`,
} as const;
const grant = (actions: string): string =>
  `AWS does not allow it (AccessDenied): grant ${actions} on the bucket test-bucket to this role, and check --expected-bucket-owner`;
const slowDown = (code: string): string => `AWS asks for fewer requests (${code}): run less often, or later`;
const brokenOff = 'the connection was broken (socket hang up): check the network, and try again';
const unpublished = (requests: number, why: string): Outcome => ({
  exit: 5,
  says: `N series of snapshot SLOT were not published to CloudWatch: ${why}; the snapshot is stored, and its slot again (--scheduled-at SLOT) publishes them (not published: NAMES)`,
  requests,
  sees: 'the whole snapshot, no gauges',
});

type Given = Omit<AwsRow, 'service' | 'on' | 'expected'>;
const s3 = (place: string, given: Given, expected: Outcome): AwsRow => ({
  service: 's3',
  on: place,
  ...given,
  expected,
});
const cloudWatch = (given: Given, expected: Outcome): AwsRow => ({
  service: 'cloudwatch',
  on: 'gauges',
  ...given,
  expected,
});

export const s3Rows: readonly AwsRow[] = [
  s3('', { fault: 'none' }, whole(4)),
  s3(
    'slot',
    { fault: '403', rules: slot(error(403, 'AccessDenied')) },
    failed(1, `${could.slot}: ${grant('s3:GetObject and s3:ListBucket')}`),
  ),
  s3(
    'detail',
    { fault: '403', rules: detail(error(403, 'AccessDenied')) },
    failed(3, `${could.detail}: ${grant('s3:PutObject')}`),
  ),
  s3(
    'summary',
    { fault: '403', rules: summary(error(403, 'AccessDenied')) },
    failed(4, `${could.summary}: ${grant('s3:PutObject')}`),
  ),
  s3(
    'slot',
    { fault: '404: no such bucket', rules: slot(error(404, 'NoSuchBucket')) },
    failed(1, `${could.slot}: there is no bucket test-bucket: create it, or name another with --store`),
  ),
  s3('summary', { fault: '409, once', rules: summary(error(409, 'ConditionalRequestConflict')) }, whole(5)),
  s3(
    'summary',
    { fault: '409, for good', rules: summary(error(409, 'ConditionalRequestConflict'), always) },
    failed(7, `${could.summary}: ConditionalRequestConflict (409)`),
  ),
  s3(
    'summary',
    { fault: '412: another run was first', rival: true },
    whole(11, 'the whole snapshot', "takes the other run's"),
  ),
  s3(
    'summary',
    { fault: '412, and nothing is there', rules: summary(error(412, 'PreconditionFailed')) },
    failed(5, 'the summary of SLOT vanished from s3://test-bucket'),
  ),
  s3(
    'detail',
    { fault: '412, and nothing is there', rules: detail(error(412, 'PreconditionFailed')) },
    failed(
      3,
      'v1/nodes/cluster=prod/date=DAY/SLOT-RUN.ndjson.gz exists already in s3://test-bucket, though its name is random: try again',
    ),
  ),
  ...(['slot', 'detail', 'summary'] as const).flatMap((place): AwsRow[] => {
    const rules = { slot, detail, summary }[place];
    const other = place === 'slot' ? 0 : place === 'detail' ? 2 : 3;
    // a write of which no answer came may have arrived: it is looked at
    const look = place === 'slot' ? 0 : 1;
    return [
      s3(place, { fault: '500, once', rules: rules(error(500, 'InternalError')) }, whole(5)),
      s3(
        place,
        { fault: '500, for good', rules: rules(error(500, 'InternalError'), always) },
        failed(other + 6 + look, `${could[place]}: InternalError (500), tried 6 times`),
      ),
      s3(place, { fault: '503 SlowDown, once', rules: rules(error(503, 'SlowDown')) }, whole(5)),
      s3(
        place,
        { fault: '503 SlowDown, for good', rules: rules(error(503, 'SlowDown'), always) },
        failed(other + 6 + look, `${could[place]}: ${slowDown('SlowDown')}`),
      ),
      s3(
        place,
        { fault: 'connection reset before it is done, once', rules: rules({ kind: 'reset' }) },
        whole(5),
      ),
      s3(
        place,
        { fault: 'connection reset before it is done, for good', rules: rules({ kind: 'reset' }, always) },
        failed(other + 6 + look, `${could[place]}: ${brokenOff}`),
      ),
    ];
  }),
  s3(
    'detail',
    { fault: 'connection reset after the write, once', rules: detail({ kind: 'resetAfter' }) },
    whole(6),
  ),
  s3(
    'summary',
    { fault: 'connection reset after the write, once', rules: summary({ kind: 'resetAfter' }) },
    whole(6),
  ),
  s3(
    'detail',
    { fault: 'connection reset after each write', rules: detail({ kind: 'resetAfter' }, always) },
    whole(10),
  ),
  s3(
    'summary',
    { fault: 'connection reset after each write', rules: summary({ kind: 'resetAfter' }, always) },
    whole(10),
  ),
  // the SDK sets its clock by each refusal, and asks again
  s3('slot', { fault: 'a clock that is an hour behind ours', clockAheadMs: -3_600_000 }, whole(9)),
  s3('slot', { fault: 'a clock that is an hour ahead of ours', clockAheadMs: 3_600_000 }, whole(9)),
  s3(
    'list',
    {
      fault: 'a list that is not up to date',
      rules: [{ when: on('ListObjectsV2'), times: always, fault: { kind: 'staleList', hides: '/summary/' } }],
    },
    whole(4, 'the whole snapshot, which lists do not show yet'),
  ),
];

export const cloudWatchRows: readonly AwsRow[] = [
  cloudWatch({ fault: 'none' }, whole(1, 'the whole snapshot, all gauges')),
  cloudWatch(
    { fault: 'throttled, once', rules: put(error(400, 'Throttling')) },
    whole(2, 'the whole snapshot, all gauges'),
  ),
  cloudWatch(
    { fault: 'throttled, for good', rules: put(error(400, 'Throttling'), always) },
    unpublished(6, slowDown('Throttling')),
  ),
  cloudWatch(
    { fault: '400 on one metric', refuseMetric: ({ name }) => name === 'PendingPods' },
    whole(11, 'the whole snapshot, all gauges but 1'),
  ),
  cloudWatch(
    { fault: '403', rules: put(error(403, 'AccessDenied')) },
    unpublished(
      1,
      'AWS does not allow it (AccessDenied): grant cloudwatch:PutMetricData for the namespace KubeBinpack to this role',
    ),
  ),
  cloudWatch(
    { fault: '500, once', rules: put(error(500, 'InternalServiceFault')) },
    whole(2, 'the whole snapshot, all gauges'),
  ),
  cloudWatch(
    { fault: 'connection reset, once', rules: put({ kind: 'reset' }) },
    whole(2, 'the whole snapshot, all gauges'),
  ),
  cloudWatch(
    { fault: 'connection reset, for good', rules: put({ kind: 'reset' }, always) },
    unpublished(6, brokenOff),
  ),
  cloudWatch(
    { fault: 'connection reset after they were taken, once', rules: put({ kind: 'resetAfter' }) },
    whole(2, 'the whole snapshot, all gauges'),
  ),
  cloudWatch(
    { fault: 'a clock that is an hour ahead of ours', clockAheadMs: 3_600_000 },
    whole(2, 'the whole snapshot, all gauges'),
  ),
];
