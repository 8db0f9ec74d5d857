import assert from 'node:assert/strict';
import { suite, test, type TestContext } from 'node:test';
import fc from 'fast-check';
import { PublishError } from '../../../lib/errors.ts';
import {
  createCloudWatch,
  type CloudWatchOptions,
  type CloudWatchPublisher,
} from '../../../lib/metrics/cloudwatch.ts';
import { batchesOf } from '../../../lib/metrics/batches.ts';
import { planSeries, type Publication } from '../../../lib/metrics/plan.ts';
import type { NodeRow, Summary } from '../../../lib/model/snapshot.ts';
import { snapshotIdOf } from '../../../lib/store/keys.ts';
import { createCloudWatchDouble, type PublishedMetric } from '../../support/aws/cloudwatch.ts';
import type { AwsFault, AwsRequest } from '../../support/aws/faults.ts';
import type { AwsDouble, AwsDoubleOptions } from '../../support/aws/server.ts';
import { useAwsDouble } from '../../support/aws/use.ts';
import { errorOf, recordedLog, type RecordedLog } from '../../support/cluster-under-test.ts';
import { nodeAmounts, nodeRow, resourceSummary, summary } from '../../support/snapshots.ts';

const { signal } = new AbortController();
const thisMinute = new Date(Math.floor(Date.now() / 60_000) * 60_000);

interface UnderTest {
  readonly aws: AwsDouble;
  readonly publisher: CloudWatchPublisher;
  readonly log: RecordedLog;
}

async function open(
  t: TestContext,
  double: AwsDoubleOptions = {},
  about: Partial<CloudWatchOptions> = {},
): Promise<UnderTest> {
  const aws = await useAwsDouble(t, double);
  const log = recordedLog();
  const publisher = createCloudWatch({
    resources: ['cpu', 'memory'],
    nodeMetrics: { kind: 'all' },
    maxMetrics: 100_000,
    storageResolution: 60,
    region: '',
    requestTimeoutMs: 5_000,
    maxAttempts: 3,
    pauseMs: () => 0,
    intervalMs: 300_000,
    log,
    now: () => new Date(),
    ...about,
  });
  return { aws, publisher, log };
}

/** A snapshot of now, of so many nodes. */
function publication(nodes: number, about: Partial<Summary> = {}): Publication {
  return {
    summary: summary({ cluster: 'prod', snapshotId: snapshotIdOf(thisMinute), ...about }),
    nodes: Array.from({ length: nodes }, (_, index) =>
      nodeRow({
        cluster: 'prod',
        node: `ip-10-0-${index >> 8}-${index & 255}.eu-central-1.compute.internal`,
        resources: { cpu: nodeAmounts(4, (index % 40) / 10), memory: nodeAmounts(2 ** 34, 2 ** 30) },
      }),
    ),
  };
}

function find(
  published: readonly PublishedMetric[],
  name: string,
  dimensions: Record<string, string>,
): PublishedMetric {
  const found = published.filter((metric) => metric.name === name && same(metric.dimensions, dimensions));
  assert.equal(found.length, 1, `${name} ${JSON.stringify(dimensions)}`);
  return found[0] as PublishedMetric;
}

const same = (a: object, b: object): boolean => JSON.stringify(a) === JSON.stringify(b);
function said({ lines }: RecordedLog, level: string): string[] {
  return lines.filter((line) => line.startsWith(`${level}: `)).map((line) => line.slice(level.length + 2));
}

const isPut = ({ operation }: { readonly operation: string }): boolean => operation === 'PutMetricData';
const idOf = ({ name, dimensions }: PublishedMetric): string => `${name} ${JSON.stringify(dimensions)}`;

suite('gauges in CloudWatch', () => {
  test('they have the names, dimensions, units and instant of the snapshot', async (t) => {
    const { aws, publisher, log } = await open(t);
    const resources = { cpu: resourceSummary({ allocatable: 8, allocated: 6, utilization: 0.75 }) };
    await publisher.publish(publication(2, { resources }), signal);
    const { published } = aws;
    for (const metric of published) assert.equal(metric.timestampMs, thisMinute.getTime(), metric.name);
    const cluster = { ClusterName: 'prod' };
    assert.deepEqual(find(published, 'SnapshotSuccess', cluster).values, [[1, 1]]);
    assert.equal(find(published, 'SnapshotDuration', cluster).unit, 'Milliseconds');
    const ofCpu = { ...cluster, Resource: 'cpu' };
    const utilization = find(published, 'Utilization', ofCpu);
    assert.deepEqual([utilization.values, utilization.unit], [[[75, 1]], 'Percent']);
    assert.equal(find(published, 'Allocatable', ofCpu).unit, 'Count');
    assert.deepEqual(find(published, 'NodeUtilization', ofCpu).values, [
      [0, 1],
      [2.5, 1],
    ]);
    const [, second] = publication(2).nodes as NodeRow[];
    const ofNode = { ...cluster, Resource: 'memory', NodeName: second?.node ?? '' };
    assert.deepEqual(find(published, 'Utilization', ofNode).values, [[6.25, 1]]);
    assert.deepEqual(find(published, 'Allocated', ofNode), {
      name: 'Allocated',
      dimensions: ofNode,
      timestampMs: thisMinute.getTime(),
      unit: 'Bytes',
      storageResolution: 60,
      values: [[2 ** 30, 1]],
    });
    assert.equal(new Set(published.map(idOf)).size, published.length, 'each series once');
    assert.ok(!published.some(({ name }) => name === 'SnapshotTimestamp'), 'what is not paid for stays away');
    const [line] = said(log, 'info');
    assert.match(line ?? '', /^published \d+ series to CloudWatch in 2 requests, about \$\d+\.\d\d a month$/);
  });

  test('30,000 of nodes are 30 requests, and no series is sent twice', { timeout: 60_000 }, async (t) => {
    const { aws, publisher } = await open(t, {}, { resources: ['cpu', 'memory', 'pods'] });
    const { summary: about, nodes } = publication(5000);
    const withPods = Array.from(nodes, (row) => ({
      ...row,
      resources: { ...row.resources, pods: nodeAmounts(110, 30) },
    }));
    await publisher.publish({ summary: about, nodes: withPods }, signal);
    const ofNodes = aws.published.filter(({ dimensions }) => 'NodeName' in dimensions);
    assert.equal(ofNodes.length, 30_000);
    assert.equal(aws.metricRequests.filter((count) => count === 1000).length, 30);
    assert.equal(aws.metricRequests.length, 31);
    const large = aws.requests.filter(({ text }) => text.length > 10_240);
    assert.deepEqual(
      large.map(({ zipped }) => zipped),
      Array.from({ length: 30 }, () => true),
      'compressed',
    );
    assert.equal(new Set(aws.published.map(idOf)).size, aws.published.length);
  });

  test('a probe is one metric', async (t) => {
    const { aws, publisher } = await open(t);
    await publisher.probe('prod', signal);
    assert.deepEqual(
      aws.published.map(({ name, dimensions }) => [name, dimensions]),
      [['PublishProbe', { ClusterName: 'prod' }]],
    );
  });

  test('high resolution is asked for where it is wanted', async (t) => {
    const { aws, publisher } = await open(t, {}, { storageResolution: 1 });
    await publisher.publish(publication(1), signal);
    assert.deepEqual(new Set(aws.published.map(({ storageResolution }) => storageResolution)), new Set([1]));
  });

  test('a snapshot of three weeks ago is refused before anything is sent', async (t) => {
    const { aws, publisher } = await open(t);
    const snapshotId = snapshotIdOf(new Date(thisMinute.getTime() - 21 * 86_400_000));
    const error = await errorOf(publisher.publish(publication(1, { snapshotId }), signal));
    assert.ok(error instanceof PublishError);
    assert.match(
      error.message,
      /were not published, since CloudWatch takes no data of that instant: it is more than two weeks old$/,
    );
    assert.equal(aws.requests.length, 0);
  });
});

suite('when CloudWatch fails', () => {
  const passing: readonly (readonly [string, AwsFault])[] = [
    ['throttles', { kind: 'error', status: 400, code: 'ThrottlingException' }],
    ['has an internal error', { kind: 'error', status: 500, code: 'InternalServiceFault' }],
    ['is not available', { kind: 'error', status: 503, code: 'ServiceUnavailable' }],
    ['resets the connection', { kind: 'reset' }],
  ];
  for (const [name, fault] of passing) {
    test(`it ${name} for a moment: every series arrives, once`, async (t) => {
      const { aws, publisher } = await open(t, { faults: [{ when: isPut, times: 2, fault }] });
      await publisher.publish(publication(600), signal);
      assert.equal(aws.published.length, new Set(aws.published.map(idOf)).size);
      assert.equal(aws.published.filter(({ dimensions }) => 'NodeName' in dimensions).length, 2400);
    });
  }

  test('its answer is lost: the request is sent again, with the same values at the same instant', async (t) => {
    const { aws, publisher } = await open(t, { faults: [{ when: isPut, fault: { kind: 'resetAfter' } }] });
    await publisher.publish(publication(1), signal);
    const values = new Map<string, Set<string>>();
    for (const metric of aws.published) {
      const key = `${idOf(metric)} ${metric.timestampMs}`;
      values.set(key, (values.get(key) ?? new Set()).add(JSON.stringify(metric.values)));
    }
    for (const [key, different] of values) assert.equal(different.size, 1, key);
  });

  test(
    'one request fails for good: the others arrive, and the error names what did not',
    { timeout: 60_000 },
    async (t) => {
      const broken = ({ text }: AwsRequest): boolean => text.includes('"ip-10-0-1-44.');
      const fault = { kind: 'error', status: 500, code: 'InternalServiceFault' } as const;
      const { aws, publisher, log } = await open(t, { faults: [{ when: broken, times: 100, fault }] });
      const error = await errorOf(publisher.publish(publication(900), signal));
      assert.ok(error instanceof PublishError);
      assert.match(
        error.message,
        /^1000 series of snapshot \d{8}T\d{6}Z were not published to CloudWatch: InternalServiceFault \(500\), tried 3 times; the snapshot is stored, and its slot again \(--scheduled-at [^)]+\) publishes them \(not published: (?:Utilization|Allocated)\{ClusterName=prod,Resource=cpu,NodeName=ip-10-0-0-250\.eu-central-1\.compute\.internal\}, .* and 997 more\)$/,
      );
      assert.equal(aws.published.filter(({ dimensions }) => 'NodeName' in dimensions).length, 2600);
      assert.match(said(log, 'info').at(-1) ?? '', new RegExp(`^published ${aws.published.length} series`));
    },
  );

  test('access is denied: a sentence says what to grant', async (t) => {
    const { publisher } = await open(t, {
      faults: [
        { when: isPut, times: 100, fault: { kind: 'error', status: 403, code: 'AccessDeniedException' } },
      ],
    });
    const error = await errorOf(publisher.publish(publication(1), signal));
    assert.ok(error instanceof PublishError);
    assert.match(
      error.message,
      /grant cloudwatch:PutMetricData for the namespace KubeBinpack to this role; the snapshot is stored/,
    );
    const probe = await errorOf(publisher.probe('prod', signal));
    assert.ok(probe instanceof PublishError);
    assert.match(probe.message, /^could not publish: .*grant cloudwatch:PutMetricData/);
  });

  test('one metric is refused all the same: it alone is left out', async (t) => {
    const bad = 'ip-10-0-1-44.eu-central-1.compute.internal';
    const { publisher, aws, log } = await open(t, {
      refuseMetric: ({ dimensions }) => dimensions['NodeName'] === bad,
    });
    await publisher.publish(publication(600), signal);
    const ofNodes = aws.published.filter(({ dimensions }) => 'NodeName' in dimensions);
    assert.equal(ofNodes.length, 2400 - 4);
    assert.equal(new Set(aws.published.map(idOf)).size, aws.published.length);
    assert.equal(said(log, 'warn').filter((line) => line.includes(bad)).length, 4);
  });

  test('everything is refused: it gives up soon, and says so', async (t) => {
    const { publisher, aws } = await open(t, { refuseMetric: () => true });
    const error = await errorOf(publisher.publish(publication(600), signal));
    assert.ok(error instanceof PublishError);
    assert.match(error.message, /InvalidParameterValue/);
    assert.ok(aws.requests.length < 200, `${aws.requests.length} requests`);
  });
});

suite('whatever is published', () => {
  const amounts = fc.record({
    capacity: fc.double(),
    allocatable: fc.double(),
    allocated: fc.oneof(fc.double(), fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, 1e300, 0, -1)),
    daemonSet: fc.double(),
    utilization: fc.option(fc.oneof(fc.double(), fc.double({ min: 0, max: 3, noNaN: true }))),
  });
  const names = fc.oneof(
    fc.string({ unit: 'grapheme-ascii', maxLength: 60 }),
    fc.string({ unit: 'binary', maxLength: 20 }),
    fc.integer({ min: 250, max: 1100 }).map((length) => 'n'.repeat(length)),
    fc.constantFrom('', ' ', ':', 'a\nb', 'ip-10-0-0-1'),
  );
  const resource = fc.constantFrom('cpu', 'memory', 'pods', 'nvidia.com/gpu');
  const rows = fc
    .uniqueArray(names, { maxLength: 40 })
    .chain((unique) =>
      fc.tuple(
        ...unique.map((node) =>
          fc.dictionary(resource, amounts).map((resources) => nodeRow({ node, resources })),
        ),
      ),
    );
  const groups = fc.uniqueArray(
    fc.record({
      labels: fc.array(names, { minLength: 1, maxLength: 3 }),
      values: fc.array(names, { minLength: 1, maxLength: 3 }),
      nodes: fc.nat(),
      pods: fc.nat(),
      resources: fc.dictionary(
        resource,
        fc.record({
          allocatable: fc.double(),
          allocated: fc.double(),
          daemonSet: fc.double(),
          free: fc.double(),
          utilization: fc.option(fc.double()),
        }),
      ),
    }),
    { maxLength: 5, selector: ({ labels, values }) => `${labels.join(',')}=${values.join(',')}` },
  );

  test('each request passes every limit of CloudWatch, and each series is in one of them, once', () => {
    const property = fc.property(
      rows,
      groups,
      names,
      fc.integer({ min: 60, max: 400 }),
      (nodes, ofGroups, cluster, maxMetrics) => {
        const about = summary({ cluster, groups: ofGroups });
        const { series } = planSeries(
          { summary: about, nodes },
          {
            resources: ['cpu', 'memory', 'pods', 'nvidia.com/gpu'],
            nodeMetrics: { kind: 'all' },
            maxMetrics,
          },
        );
        const double = createCloudWatchDouble();
        for (const { data, bytes } of batchesOf(series, { timestamp: thisMinute, storageResolution: 60 })) {
          const wire = data.map((datum) => ({ ...datum, Timestamp: datum.Timestamp.getTime() / 1000 }));
          const body = Buffer.from(JSON.stringify({ Namespace: 'KubeBinpack', MetricData: wire }));
          assert.ok(body.length <= bytes + 60, `${body.length} bytes, counted as ${bytes}`);
          double.answer(
            { method: 'POST', path: '/', query: new URLSearchParams(), headers: {}, body },
            Date.now(),
          );
        }
        const expected = [...series].length;
        assert.equal(double.published.length, expected);
        assert.equal(new Set(double.published.map(idOf)).size, expected);
        assert.ok(expected <= maxMetrics);
      },
    );
    fc.assert(property, { numRuns: 300 });
  });
});
