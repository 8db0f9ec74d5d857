import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { suite, test, type TestContext } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { StoreError } from '../../../lib/errors.ts';
import { createS3Store, type S3Options } from '../../../lib/store/s3.ts';
import { commitSnapshot, listSnapshots, newestSnapshots, readSummary } from '../../../lib/store/snapshots.ts';
import type { Store } from '../../../lib/store/store.ts';
import type { AwsFault, AwsFaultRule } from '../../support/aws/faults.ts';
import { bucketOwner, type AwsDouble, type AwsDoubleOptions } from '../../support/aws/server.ts';
import { useAwsDouble } from '../../support/aws/use.ts';
import { errorOf } from '../../support/cluster-under-test.ts';
import { snapshot } from '../../support/snapshots.ts';
import { keysOf, storeContract } from '../../support/store-contract.ts';

const { signal } = new AbortController();
const options: S3Options = {
  region: '',
  requestTimeoutMs: 5_000,
  maxAttempts: 3,
  pauseMs: () => 0,
  sseKmsKey: '',
  expectedBucketOwner: '',
  endpoint: 'double',
};

async function open(
  t: TestContext,
  double: AwsDoubleOptions = {},
  about: Partial<S3Options> = {},
): Promise<{ readonly store: Store; readonly aws: AwsDouble }> {
  const aws = await useAwsDouble(t, double);
  return { aws, store: createS3Store({ bucket: aws.bucket, prefix: 'team/a' }, { ...options, ...about }) };
}

const on =
  (operation: string, part = ''): AwsFaultRule['when'] =>
  (request) =>
    request.operation === operation && request.key.includes(part);

function operations({ requests }: AwsDouble): string[] {
  return requests.map(({ operation, key }) => (key === '' ? operation : `${operation} ${key}`));
}

storeContract('S3', async (t) => (await open(t)).store);
storeContract('S3, in pages of seven', async (t) => (await open(t, { pageSize: 7 })).store);

suite('objects in S3', () => {
  test('they lie below the prefix, with their checksum, encrypted by S3', async (t) => {
    const { store, aws } = await open(t);
    await store.create('v1/a.json', Buffer.from('{}'), signal);
    assert.equal(store.location, 's3://test-bucket/team/a');
    const object = aws.objects.get('team/a/v1/a.json');
    assert.deepEqual(object?.headers, {
      'content-type': 'application/json',
      'x-amz-server-side-encryption': 'AES256',
      'x-amz-checksum-sha256': createHash('sha256').update('{}').digest('base64'),
    });
  });

  test('without a prefix they lie at the root of the bucket', async (t) => {
    const aws = await useAwsDouble(t);
    const store = createS3Store({ bucket: aws.bucket, prefix: '' }, options);
    await store.create('v1/a.json', Buffer.from('{}'), signal);
    assert.deepEqual([...aws.objects.keys()], ['v1/a.json']);
    assert.equal(store.location, 's3://test-bucket');
    assert.deepEqual(await keysOf(store), ['v1/a.json']);
  });

  test('with a key of KMS they are encrypted with it', async (t) => {
    const { store, aws } = await open(t, {}, { sseKmsKey: 'alias/binpack' });
    await store.create('v1/a.ndjson.gz', Buffer.from('x'), signal);
    const headers = aws.objects.get('team/a/v1/a.ndjson.gz')?.headers ?? {};
    assert.equal(headers['x-amz-server-side-encryption'], 'aws:kms');
    assert.equal(headers['x-amz-server-side-encryption-aws-kms-key-id'], 'alias/binpack');
    assert.equal(headers['content-type'], 'application/octet-stream');
  });

  test("a bucket of the expected owner is used, another's is refused", async (t) => {
    const { store } = await open(t, {}, { expectedBucketOwner: bucketOwner });
    assert.equal(await store.create('a', Buffer.from('x'), signal), true);
    assert.deepEqual(await keysOf(store), ['a']);
    const other = createS3Store(
      { bucket: 'test-bucket', prefix: 'team/a' },
      { ...options, expectedBucketOwner: '999999999999' },
    );
    for (const [work, action] of [
      [() => other.create('b', Buffer.from('x'), signal), 's3:PutObject'],
      [() => other.read('a', signal), 's3:GetObject and s3:ListBucket'],
      [() => keysOf(other), 's3:ListBucket'],
      [() => other.remove('a', signal), 's3:DeleteObject'],
    ] as const) {
      const error = await errorOf(work());
      assert.ok(error instanceof StoreError);
      assert.match(
        error.message,
        new RegExp(`grant ${action} on the bucket test-bucket.*--expected-bucket-owner`),
      );
    }
    assert.equal(String(await store.read('a', signal)), 'x');
  });
});

suite('when S3 fails', () => {
  const passing: readonly (readonly [string, AwsFault])[] = [
    ['500', { kind: 'error', status: 500, code: 'InternalError' }],
    ['503', { kind: 'error', status: 503, code: 'SlowDown' }],
    ['a reset', { kind: 'reset' }],
    ['a conflict of writers', { kind: 'error', status: 409, code: 'ConditionalRequestConflict' }],
  ];
  for (const [name, fault] of passing) {
    test(`a write goes through after ${name}`, async (t) => {
      const { store, aws } = await open(t, { faults: [{ when: on('PutObject'), times: 2, fault }] });
      assert.equal(await store.create('a', Buffer.from('x'), signal), true);
      assert.equal(String(aws.objects.get('team/a/a')?.bytes), 'x');
      assert.equal(aws.requests.length, 3);
    });
  }

  test('a write whose answer is lost is known as our own', async (t) => {
    const { store, aws } = await open(t, {
      faults: [{ when: on('PutObject'), fault: { kind: 'resetAfter' } }],
    });
    assert.equal(await store.create('a', Buffer.from('x'), signal), true);
    assert.deepEqual(operations(aws), ['PutObject team/a/a', 'PutObject team/a/a', 'GetObject team/a/a']);
  });

  test('a write that comes second after a failure is not taken for our own', async (t) => {
    const { store, aws } = await open(t, {
      faults: [{ when: on('PutObject', 'late'), fault: { kind: 'reset' } }],
    });
    const second = createS3Store({ bucket: aws.bucket, prefix: 'team/a' }, options);
    const late = store.create('late', Buffer.from('second'), signal);
    await second.create('late', Buffer.from('first'), signal);
    assert.equal(await late, false);
    assert.equal(String(await store.read('late', signal)), 'first');
  });

  test('a write of which every answer is lost is found to be there', async (t) => {
    const { store, aws } = await open(t, {
      faults: [{ when: on('PutObject'), times: 100, fault: { kind: 'resetAfter' } }],
    });
    assert.equal(await store.create('a', Buffer.from('x'), signal), true);
    assert.equal(String(aws.objects.get('team/a/a')?.bytes), 'x');
  });

  test('a conflict that is stopped ends with the reason', async (t) => {
    const conflict: AwsFault = { kind: 'error', status: 409, code: 'ConditionalRequestConflict' };
    const { store, aws } = await open(
      t,
      { faults: [{ when: on('PutObject'), times: 100, fault: conflict }] },
      { pauseMs: () => 60_000 },
    );
    const stop = new AbortController();
    const creating = errorOf(store.create('a', Buffer.from('x'), stop.signal));
    while (aws.requests.length === 0) await setImmediate();
    const reason = new Error('told to stop');
    stop.abort(reason);
    assert.equal(await creating, reason);
  });

  test('a body that stalls is given up after the timeout, and read again', async (t) => {
    const { store } = await open(
      t,
      { faults: [{ when: on('GetObject'), fault: { kind: 'stall', afterBytes: 10 } }] },
      { requestTimeoutMs: 300 },
    );
    const bytes = Buffer.alloc(100_000, 'kube-binpack ');
    await store.create('a', bytes, signal);
    assert.ok((await store.read('a', AbortSignal.timeout(10_000)))?.equals(bytes));
  });

  test('a large object is written at once, whatever stands between', async (t) => {
    const { store, aws } = await open(t);
    const bytes = Buffer.alloc(3 * 1024 * 1024, 'x');
    assert.equal(await store.create('a', bytes, signal), true);
    assert.ok(aws.objects.get('team/a/a')?.bytes.equals(bytes));
  });

  test('a body that breaks off is read again', async (t) => {
    const { store, aws } = await open(t, {
      faults: [{ when: on('GetObject'), times: 2, fault: { kind: 'cut', afterBytes: 10 } }],
    });
    const bytes = Buffer.alloc(100_000, 'kube-binpack ');
    await store.create('a', bytes, signal);
    assert.ok((await store.read('a', signal))?.equals(bytes));
    assert.equal(aws.requests.length, 4);
  });

  test('a body that always breaks off is an error, and no part of it is handed on', async (t) => {
    const { store } = await open(t, {
      faults: [{ when: on('GetObject'), times: 100, fault: { kind: 'cut', afterBytes: 10 } }],
    });
    await store.create('a', Buffer.alloc(1000), signal);
    const error = await errorOf(store.read('a', signal));
    assert.ok(error instanceof StoreError);
    assert.match(error.message, /^could not read s3:\/\/test-bucket\/team\/a\/a: /);
  });

  test('a slow answer is waited for no longer than the timeout', async (t) => {
    const { store } = await open(
      t,
      { faults: [{ when: on('PutObject'), times: 100, fault: { kind: 'slow', ms: 2000 } }] },
      { requestTimeoutMs: 50 },
    );
    const error = await errorOf(store.create('a', Buffer.from('x'), AbortSignal.timeout(30_000)));
    assert.ok(error instanceof StoreError);
    assert.match(error.message, /no answer in time .*--request-timeout/);
  });

  test('a clock that is an hour off is put right by the answer', async (t) => {
    const { store, aws } = await open(t, { clockAheadMs: 3_600_000 });
    assert.equal(await store.create('a', Buffer.from('x'), signal), true);
    assert.equal(String(await store.read('a', signal)), 'x');
    assert.equal(aws.requests.filter(({ operation }) => operation === 'PutObject').length, 2);
  });

  const refusals: readonly (readonly [string, AwsFault & { kind: 'error' }, RegExp])[] = [
    [
      'AccessDenied',
      { kind: 'error', status: 403, code: 'AccessDenied' },
      /grant s3:PutObject on the bucket test-bucket/,
    ],
    [
      'ExpiredToken',
      { kind: 'error', status: 400, code: 'ExpiredToken' },
      /credentials have expired: renew them/,
    ],
    [
      'InvalidAccessKeyId',
      { kind: 'error', status: 403, code: 'InvalidAccessKeyId' },
      /does not know these credentials \(InvalidAccessKeyId\)/,
    ],
    [
      'a KMS key that refuses',
      { kind: 'error', status: 403, code: 'KMS.DisabledException', message: 'the key is disabled' },
      /KMS key refuses \(KMS.DisabledException: the key is disabled\)/,
    ],
    [
      'SlowDown for good',
      { kind: 'error', status: 503, code: 'SlowDown' },
      /asks for fewer requests \(SlowDown\)/,
    ],
  ];
  for (const [name, fault, expected] of refusals) {
    test(`${name} is told in a sentence`, { timeout: 60_000 }, async (t) => {
      const { store, aws } = await open(t, { faults: [{ when: on('PutObject'), times: 100, fault }] });
      const error = await errorOf(store.create('a', Buffer.from('x'), signal));
      assert.ok(error instanceof StoreError);
      assert.match(error.message, /^could not write s3:\/\/test-bucket\/team\/a\/a: /);
      assert.match(error.message, expected);
      assert.equal(aws.objects.size, 0);
    });
  }

  test('a bucket that does not exist is told in a sentence', async (t) => {
    await useAwsDouble(t);
    const store = createS3Store({ bucket: 'nobodys', prefix: '' }, options);
    for (const work of [
      () => store.create('a', Buffer.from('x'), signal),
      () => keysOf(store),
      () => store.read('a', signal),
    ]) {
      const error = await errorOf(work());
      assert.ok(error instanceof StoreError);
      assert.match(error.message, /there is no bucket nobodys: create it, or name another with --store$/);
    }
  });

  test('without a server the connection is refused, in a sentence', { timeout: 60_000 }, async (t) => {
    const aws = await useAwsDouble(t);
    process.env['AWS_ENDPOINT_URL'] = 'http://127.0.0.1:9';
    const store = createS3Store({ bucket: aws.bucket, prefix: '' }, options);
    const error = await errorOf(store.read('a', signal));
    assert.ok(error instanceof StoreError);
    assert.match(error.message, /the connection was refused: check AWS_ENDPOINT_URL/);
  });
});

suite('snapshots in S3', () => {
  const summaryOf = on('PutObject', 'summary');
  const lost: AwsFault = { kind: 'resetAfter' };

  test('the summary is written last', async (t) => {
    const { store, aws } = await open(t);
    await commitSnapshot(store, snapshot(), signal);
    const kinds = aws.requests.map(({ key }) => key.split('/')[3]);
    assert.deepEqual(new Set(kinds.slice(0, 2)), new Set(['nodes', 'workloads']));
    assert.deepEqual(kinds.slice(2), ['summary']);
  });

  test('a commit whose answer is lost is our own, and its details stay', async (t) => {
    const { store, aws } = await open(t, { faults: [{ when: summaryOf, fault: lost }] });
    const taken = snapshot();
    const { own, summary } = await commitSnapshot(store, taken, signal);
    assert.equal(own, true);
    assert.equal(summary.objects.length, 2);
    for (const { key } of summary.objects) assert.ok(aws.objects.has(`team/a/${key}`), key);
  });

  test('details that may not be removed by the loser are left, and named', async (t) => {
    const { store, aws } = await open(t, {
      faults: [
        { when: on('DeleteObject'), times: 100, fault: { kind: 'error', status: 403, code: 'AccessDenied' } },
      ],
    });
    const first = snapshot();
    await commitSnapshot(store, first, signal);
    const second = snapshot({ summary: { run: 'loser' } });
    const { own, summary, leftOver } = await commitSnapshot(store, second, signal);
    assert.equal(own, false);
    assert.equal(summary.run, first.summary.run);
    assert.equal(leftOver.length, 2);
    for (const key of leftOver) assert.ok(aws.objects.has(`team/a/${key}`));
  });

  test('a range of days lists the partitions of those days, and no others', async (t) => {
    const { store, aws } = await open(t);
    const days = Array.from({ length: 40 }, (_, day) =>
      new Date(Date.UTC(2026, 9, 1 + day)).toISOString().slice(0, 10),
    );
    for (const day of days) {
      const id = `${day.replaceAll('-', '')}T000000Z`;
      await store.create(`v1/summary/cluster=prod/date=${day}/${id}.json`, Buffer.from('{}'), signal);
    }
    const before = aws.requests.length;
    const wanted = (date: string): boolean => date >= '2026-10-30' && date < '2026-11-02';
    const found = await Array.fromAsync(listSnapshots(store, 'prod', wanted, signal));
    assert.deepEqual(
      found.map(({ snapshotId }) => snapshotId),
      ['20261030T000000Z', '20261031T000000Z', '20261101T000000Z'],
    );
    assert.equal(aws.requests.length - before, 1 + 3, 'the days, and three of them');
    const newest = await newestSnapshots(store, null, 2, signal);
    assert.deepEqual(newest, [
      { cluster: 'prod', snapshotId: '20261108T000000Z' },
      { cluster: 'prod', snapshotId: '20261109T000000Z' },
    ]);
    assert.equal(aws.requests.length - before, 4 + 2 + 2, 'clusters, days, and two of them');
  });

  test('a summary is read back as it was written', async (t) => {
    const { store } = await open(t);
    const { summary } = await commitSnapshot(store, snapshot(), signal);
    assert.deepEqual(await readSummary(store, summary, signal), summary);
  });
});
