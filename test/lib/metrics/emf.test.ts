import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { emfLines } from '../../../lib/metrics/emf.ts';
import { planSeries } from '../../../lib/metrics/plan.ts';
import type { Series } from '../../../lib/metrics/series.ts';
import {
  clusterGauges,
  distributionGauge,
  groupGauges,
  resourceGauges,
} from '../../../lib/metrics/gauges.ts';
import { nodeAmounts, nodeRow, summary } from '../../support/snapshots.ts';

const at = Date.UTC(2026, 10, 21, 7, 45);

interface EmfObject {
  readonly _aws: {
    readonly Timestamp: number;
    readonly CloudWatchMetrics: readonly {
      readonly Namespace: string;
      readonly Dimensions: readonly (readonly string[])[];
      readonly Metrics: readonly {
        readonly Name: string;
        readonly Unit: string;
        readonly StorageResolution?: number;
      }[];
    }[];
  };
  readonly [name: string]: unknown;
}

function parse(line: string): EmfObject {
  assert.ok(line.endsWith('\n') && !line.slice(0, -1).includes('\n'), 'one line each');
  assert.ok(Buffer.byteLength(line) < 256 * 1024, 'a log event holds 256 KB');
  return JSON.parse(line) as EmfObject;
}

suite('gauges as EMF', () => {
  test('a line for each set of dimensions, as the format wants it', () => {
    const { series } = planSeries(
      {
        summary: summary({ cluster: 'prod', resources: {} }),
        nodes: [nodeRow({ cluster: 'prod', node: 'n1', resources: { cpu: nodeAmounts(4, 3) } })],
      },
      { resources: ['cpu'], nodeMetrics: { kind: 'all' }, maxMetrics: 1000 },
    );
    const lines = [...emfLines(series, at, 60)];
    assert.equal(lines.length, 2);
    assert.equal(
      lines[1],
      '{"_aws":{"Timestamp":1795247100000,"CloudWatchMetrics":[{"Namespace":"KubeBinpack","Dimensions":[["ClusterName","Resource","NodeName"]],"Metrics":[{"Name":"Utilization","Unit":"Percent"},{"Name":"Allocated","Unit":"Count"}]}]},"ClusterName":"prod","Resource":"cpu","NodeName":"n1","Utilization":75,"Allocated":3}\n',
    );
    const cluster = parse(lines[0] ?? '');
    assert.equal(cluster['SnapshotSuccess'], 1);
    assert.equal(cluster['ClusterName'], 'prod');
  });

  test('high resolution is said of each metric', () => {
    const [series] = [
      ...planSeries(
        { summary: summary(), nodes: [] },
        { resources: [], nodeMetrics: { kind: 'all' }, maxMetrics: 100 },
      ).series,
    ];
    const [line = ''] = emfLines(series === undefined ? [] : [series], at, 1);
    assert.equal(parse(line)._aws.CloudWatchMetrics[0]?.Metrics[0]?.StorageResolution, 1);
  });

  test('whatever the series: every value is in some line once, and every line is within the limits of the format', () => {
    const gauge = fc.constantFrom(...clusterGauges, ...resourceGauges, ...groupGauges, distributionGauge);
    const value = fc.oneof(
      fc.double({ noNaN: true, min: -1e100, max: 1e100 }),
      fc.array(fc.tuple(fc.integer({ min: 0, max: 200 }), fc.integer({ min: 1, max: 150 })), {
        minLength: 1,
        maxLength: 20,
      }),
    );
    const dimensions = fc.constantFrom<Series['dimensions']>(
      [['ClusterName', 'a']],
      [
        ['ClusterName', 'a'],
        ['Resource', 'cpu'],
      ],
      [
        ['ClusterName', 'a'],
        ['Resource', 'cpu'],
        ['NodeName', 'n'],
      ],
    );
    const series = fc.record({ scope: fc.constant('cluster' as const), gauge, dimensions, value });
    fc.assert(
      fc.property(fc.array(series, { maxLength: 30 }), (all) => {
        let expected = 0;
        for (const each of all)
          expected +=
            typeof each.value === 'number' ? 1 : each.value.reduce((sum, [, count]) => sum + count, 0);
        let found = 0;
        for (const line of emfLines(all as Series[], at, 60)) {
          const parsed = parse(line);
          const [directive] = parsed._aws.CloudWatchMetrics;
          assert.ok(directive !== undefined && directive.Metrics.length <= 100);
          for (const name of directive.Dimensions[0] ?? []) assert.equal(typeof parsed[name], 'string');
          for (const { Name } of directive.Metrics) {
            const values = parsed[Name];
            assert.ok(typeof values === 'number' || (Array.isArray(values) && values.length <= 100), Name);
            found += typeof values === 'number' ? 1 : (values as number[]).length;
          }
        }
        assert.equal(found, expected);
      }),
    );
  });
});
