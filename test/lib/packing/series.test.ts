import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { columnsOf } from '../../../lib/packing/columns.ts';
import { createSeries, measures, type Measure, type Series } from '../../../lib/packing/series.ts';
import type { Summary } from '../../../lib/model/snapshot.ts';
import { sparkline } from '../../../lib/report/trend.ts';
import { resourceSummary, summary } from '../../support/snapshots.ts';

const hourMs = 3_600_000;
const from = new Date('2026-11-21T00:00:00Z');

function measure(name: string): Measure {
  const found = measures.find((each) => each.name === name);
  assert.ok(found !== undefined);
  return found;
}

/** Of minute `minute` of the day. */
function snapshot(minute: number, allocated: number, about: Partial<Summary> = {}): Summary {
  const at = new Date(from.getTime() + minute * 60_000);
  const snapshotId = at.toISOString().replace('.000Z', 'Z').replaceAll(/[-:]/g, '');
  return {
    ...summary({ snapshotId, resources: { cpu: resourceSummary({ allocatable: 10, allocated }) } }),
    ...about,
  };
}

function series(
  summaries: readonly Summary[],
  name: string,
  labels: string | null = null,
): readonly Series[] {
  const to = new Date(from.getTime() + 4 * hourMs);
  const built = createSeries({
    measure: measure(name),
    resources: ['cpu'],
    labels,
    from,
    to,
    stepMs: hourMs,
  });
  for (const cluster of new Set(summaries.map((each) => each.cluster)))
    built.add(
      columnsOf(
        cluster,
        summaries.filter((each) => each.cluster === cluster),
      ),
    );
  return built.result();
}

const valuesOf = ([first]: readonly Series[]): (number | null)[] | undefined =>
  first?.points.map(({ value }) => value);

suite('a series', () => {
  test('has a point for each step: the mean of its snapshots, or a gap', () => {
    const found = series([snapshot(0, 1), snapshot(30, 3), snapshot(130, 5)], 'allocated');
    assert.deepEqual(valuesOf(found), [2, null, 5, null]);
    assert.deepEqual(found[0]?.points[1]?.at, new Date('2026-11-21T01:00:00Z'));
  });

  test('leaves out what lies outside of the range', () => {
    assert.deepEqual(valuesOf(series([snapshot(-1, 1), snapshot(240, 1), snapshot(0, 4)], 'allocated')), [
      4,
      null,
      null,
      null,
    ]);
  });

  test('of what a snapshot does not know is a gap, and no zero', () => {
    assert.deepEqual(valuesOf(series([snapshot(0, 1)], 'stranded')), [null, null, null, null]);
    assert.deepEqual(valuesOf(series([snapshot(0, 1)], 'reclaimable')), [null, null, null, null]);
  });

  test('of a count is one for each cluster, whatever the resources', () => {
    const found = series([snapshot(0, 1), snapshot(0, 1, { cluster: 'staging' })], 'nodes');
    assert.deepEqual(
      found.map(({ cluster, resource }) => [cluster, resource]),
      [
        ['prod', null],
        ['staging', null],
      ],
    );
  });

  test('by a label group has one for each of its values', () => {
    const group = (value: string, allocated: number): Summary['groups'][number] => ({
      labels: ['zone'],
      values: [value],
      nodes: 1,
      pods: 1,
      resources: {
        cpu: { allocatable: 10, allocated, daemonSet: 0, free: 10 - allocated, utilization: allocated / 10 },
      },
    });
    const groups = [group('b', 2), group('a', 1), { ...group('x', 9), labels: ['arch'] }];
    const found = series([snapshot(0, 3, { groups })], 'utilization', 'zone');
    assert.deepEqual(
      found.map((each) => [each.group, each.points[0]?.value]),
      [
        ['zone=a', 0.1],
        ['zone=b', 0.2],
      ],
    );
  });
});

suite('a sparkline', () => {
  test('rises from the least to the most, with gaps as dots', () => {
    assert.equal(sparkline([0, 1, null, 2, 3]), '▁▃·▆█');
  });

  test('of one value is flat, and of none is dots', () => {
    assert.equal(sparkline([5, 5, 5]), '▅▅▅');
    assert.equal(sparkline([null, null]), '··');
    assert.equal(sparkline([]), '');
  });

  test('is forty wide at most: each is the mean of its share', () => {
    assert.equal(sparkline(Array.from({ length: 400 }, (_, index) => index)).length, 40);
  });
});
