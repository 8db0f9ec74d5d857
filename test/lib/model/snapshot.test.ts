import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { describeIssues, type ZodType } from '../../../lib/model/schema.ts';
import {
  nodeRowSchema,
  podRowSchema,
  snapshotIdSchema,
  summarySchema,
  workloadRowSchema,
  type Summary,
} from '../../../lib/model/snapshot.ts';
import { identity, nodeRow, resourceSummary, summary, workloadRow } from '../../support/snapshots.ts';

/** What a person is told of a value that the schema refuses; empty: it is accepted. */
function problems(schema: ZodType, value: unknown): string[] {
  const result = schema.safeParse(value);
  return result.success ? [] : describeIssues(result.error);
}

function pathsOf(schema: ZodType, value: unknown): string[] {
  return problems(schema, value).map((problem) => problem.split(':')[0] ?? '');
}

suite('a summary', () => {
  test('comes back from JSON as it was', () => {
    const whole = summary({
      selectors: { nodeSelector: 'pool=web' },
      resources: {
        cpu: resourceSummary({
          allocatable: 8,
          allocated: 9.5,
          stranded: 0.25,
          nodeUtilization: { min: 0, p10: 0.1, p50: 0.5, p90: 0.9, p99: 1, max: 1.2, mean: 0.5 },
        }),
        'nvidia.com/gpu': resourceSummary(),
      },
      groups: [
        {
          labels: ['zone', 'arch'],
          values: ['a', '<none>'],
          nodes: 1,
          pods: 2,
          resources: { cpu: { allocatable: 4, allocated: 1, daemonSet: 0, free: 3, utilization: 0.25 } },
        },
      ],
      packing: { lowerBoundNodes: 1, repackedNodes: null, nodes: 2, reclaimable: null, balance: 0.8 },
      problems: [{ reason: 'PodOnUnknownNode', count: 4, examples: ['pod a/b on c'] }],
      objects: [{ kind: 'nodes', key: 'v1/nodes/x', rows: 2, bytes: 300, sha256: 'a'.repeat(64) }],
    });
    assert.deepEqual(summarySchema.parse(JSON.parse(JSON.stringify(whole))), whole);
  });

  test('of the same schema with more fields, as a later version may write, is read without them', () => {
    assert.deepEqual(summarySchema.parse({ ...summary(), weather: 'sunny' }), summary());
  });

  const wrong: readonly (readonly [about: Record<string, unknown>, path: string])[] = [
    [{ schemaVersion: 2 }, 'schemaVersion'],
    [{ snapshotId: '2026-11-21T07:45:00Z' }, 'snapshotId'],
    [{ takenAt: 'yesterday' }, 'takenAt'],
    [{ durationMs: 1.5 }, 'durationMs'],
    [{ durationMs: -1 }, 'durationMs'],
    [{ consistency: 'perhaps' }, 'consistency'],
    [{ cluster: null }, 'cluster'],
    [{ pods: undefined }, 'pods'],
    [{ nodes: { ...summary().nodes, total: Number.POSITIVE_INFINITY } }, 'nodes.total'],
    [{ resources: { cpu: resourceSummary({ utilization: Number.NaN }) } }, 'resources.cpu.utilization'],
    [{ resources: { cpu: resourceSummary({ free: Number.POSITIVE_INFINITY }) } }, 'resources.cpu.free'],
    // a thousand times as much would be infinite
    [{ resources: { cpu: resourceSummary({ free: -1e308 }) } }, 'resources.cpu.free'],
    [{ cluster: 'x'.repeat(2049) }, 'cluster'],
    [{ problems: Array.from({ length: 21 }, () => ({ reason: 'X', count: 1, examples: [] })) }, 'problems'],
    [{ objects: [{ kind: 'nodes', key: 'k', rows: 1, bytes: 1, sha256: 'ABC' }] }, 'objects.0.sha256'],
    [
      { objects: [{ kind: 'secrets', key: 'k', rows: 1, bytes: 1, sha256: 'a'.repeat(64) }] },
      'objects.0.kind',
    ],
  ];
  for (const [about, path] of wrong) {
    test(`${path} ${JSON.stringify(Object.values(about)[0])?.slice(0, 40)} is refused`, () => {
      assert.deepEqual(pathsOf(summarySchema, { ...summary(), ...about }), [path]);
    });
  }

  test('without anything names everything that a summary must have', () => {
    const needed = Object.keys(summary()).sort();
    assert.deepEqual(pathsOf(summarySchema, {}).sort(), needed);
  });

  test('unknown is null, and is accepted where it may be', () => {
    const unknown: Partial<Summary> = {
      packing: null,
      resources: { cpu: resourceSummary({ stranded: null, utilization: null, nodeUtilization: null }) },
    };
    assert.deepEqual(problems(summarySchema, summary(unknown)), []);
    assert.deepEqual(pathsOf(summarySchema, { ...summary(), durationMs: null }), ['durationMs']);
  });
});

suite('rows', () => {
  test('come back from JSON as they were', () => {
    const node = nodeRow({
      ready: null,
      createdAt: null,
      zone: 'eu-west-1a',
      taints: ['a=b:NoSchedule', ':NoExecute'],
      abnormalConditions: ['DiskPressure=True'],
      labels: { a: 'b' },
      placements: [
        [0, 2],
        [3, 1],
      ],
    });
    assert.deepEqual(nodeRowSchema.parse(JSON.parse(JSON.stringify(node))), node);
    const workload = workloadRow({
      priority: -10,
      constraints: {
        nodeSelector: { pool: 'web' },
        nodeAffinity: [{ labels: [{ key: 'zone', operator: 'In', values: ['a'] }] }],
        tolerations: [{ operator: 'Exists' }],
        hostPorts: [{ protocol: 'TCP', port: 443 }],
        podAntiAffinity: [{ topologyKey: 'kubernetes.io/hostname', self: true }],
        topologySpread: [{ maxSkew: 1, topologyKey: 'zone', self: true }],
      },
    });
    assert.deepEqual(workloadRowSchema.parse(JSON.parse(JSON.stringify(workload))), workload);
    const pod = {
      ...identity,
      namespace: 'a',
      pod: 'b',
      uid: 'c',
      node: null,
      phase: '',
      terminating: false,
      workload: 0,
    };
    assert.deepEqual(podRowSchema.parse(JSON.parse(JSON.stringify(pod))), pod);
  });

  test('carry who, when and which run', () => {
    for (const schema of [nodeRowSchema, workloadRowSchema, podRowSchema]) {
      const missing = pathsOf(schema, {});
      for (const name of ['cluster', 'snapshotId', 'run', 'takenAt']) assert.ok(missing.includes(name), name);
    }
  });

  test('with half a pod or a pair too few are refused', () => {
    assert.deepEqual(pathsOf(nodeRowSchema, nodeRow({ pods: 0.5 })), ['pods']);
    assert.deepEqual(pathsOf(nodeRowSchema, { ...nodeRow(), placements: [[1]] }).slice(0, 1), [
      'placements.0',
    ]);
    assert.deepEqual(pathsOf(workloadRowSchema, workloadRow({ index: -1 })), ['index']);
  });
});

test('an id is a second in UTC', () => {
  assert.deepEqual(problems(snapshotIdSchema, '20261121T074500Z'), []);
  for (const wrong of [
    '',
    '20261121T074500',
    '20261121T0745Z',
    '20261121T074500Z ',
    '../../20261121T074500Z',
    20_261_121,
  ]) {
    assert.equal(problems(snapshotIdSchema, wrong).length, 1, String(wrong));
  }
});
