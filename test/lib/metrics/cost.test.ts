import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { costByGauge, logsDollars, metricsDollars, requestsDollars } from '../../../lib/metrics/cost.ts';
import { planSeries } from '../../../lib/metrics/plan.ts';
import { nodeRow, summary } from '../../support/snapshots.ts';

const near = (actual: number, expected: number): void =>
  assert.ok(Math.abs(actual - expected) < 1e-6, `${actual}, expected ${expected}`);

suite('what gauges cost', () => {
  test('custom metrics by the tiers of the price list', () => {
    near(metricsDollars(0), 0);
    near(metricsDollars(1), 0.3);
    near(metricsDollars(10_000), 3_000);
    near(metricsDollars(30_000), 3_000 + 2_000);
    near(metricsDollars(250_000), 3_000 + 24_000);
    near(metricsDollars(1_000_000), 3_000 + 24_000 + 37_500);
    near(metricsDollars(1_000_100), 3_000 + 24_000 + 37_500 + 2);
  });

  test('requests and logs by how often there is a snapshot', () => {
    // 730 hours of 12 snapshots are 8,760; of 31 requests each 271,560
    near(requestsDollars(31, 300_000), 2.7156);
    near(requestsDollars(31, 60_000), 13.578);
    // 8,760 x 100 kB are 0.876 GB
    near(logsDollars(100_000, 300_000), 0.438);
  });

  test('by gauge, whose shares add up to the whole', () => {
    const { series } = planSeries(
      { summary: summary(), nodes: [nodeRow({ node: 'a' }), nodeRow({ node: 'b' })] },
      { resources: ['cpu', 'memory'], nodeMetrics: { kind: 'all' }, maxMetrics: 1000 },
    );
    const rows = costByGauge(series);
    const all = [...series].length;
    near(
      rows.reduce((sum, row) => sum + row.dollarsPerMonth, 0),
      metricsDollars(all),
    );
    assert.equal(
      rows.reduce((sum, row) => sum + row.series, 0),
      all,
    );
    const ofNodes = rows
      .filter(({ scope }) => scope === 'node')
      .map(({ gauge, series: count }) => [gauge, count]);
    assert.deepEqual(ofNodes, [
      ['Utilization', 4],
      ['Allocated', 4],
    ]);
  });
});
