import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import * as fc from 'fast-check';
import type { NodeRow, WorkloadRow } from '../../../lib/model/snapshot.ts';
import { diff, type DiffInput } from '../../../lib/packing/diff.ts';
import { nodeRow, resourceSummary, summary, workloadRow } from '../../support/snapshots.ts';

interface Workload {
  readonly name: string;
  readonly pods: number;
  readonly cpu: number;
}

function cluster(
  allocatable: number,
  workloads: readonly Workload[],
  nodes: readonly NodeRow[] = [],
): DiffInput {
  const rows: WorkloadRow[] = workloads.map(({ name, pods, cpu }, index) =>
    workloadRow({ index, name, pods, requests: { cpu }, total: { cpu: pods * cpu } }),
  );
  const allocated = workloads.reduce((sum, { pods, cpu }) => sum + pods * cpu, 0);
  return {
    summary: summary({ resources: { cpu: resourceSummary({ allocatable, allocated }) } }),
    nodes,
    workloads: rows,
  };
}

const cpuOf = (before: DiffInput, after: DiffInput): Record<string, number> => {
  const found = diff(before, after).utilization['cpu'];
  assert.ok(found !== null && found !== undefined);
  return Object.fromEntries(
    Object.entries(found).map(([key, value]) => [key, Number(value.toFixed(12)) + 0]),
  );
};

suite('what moved the utilization', () => {
  const base = cluster(100, [{ name: 'web', pods: 10, cpu: 4 }]);

  test('twice the nodes: capacity alone', () => {
    assert.deepEqual(cpuOf(base, cluster(200, [{ name: 'web', pods: 10, cpu: 4 }])), {
      before: 0.4,
      after: 0.2,
      capacity: -0.2,
      demand: 0,
      requests: 0,
    });
  });

  test('more pods, or another workload: demand alone', () => {
    assert.deepEqual(cpuOf(base, cluster(100, [{ name: 'web', pods: 15, cpu: 4 }])), {
      before: 0.4,
      after: 0.6,
      capacity: 0,
      demand: 0.2,
      requests: 0,
    });
    assert.equal(
      cpuOf(
        base,
        cluster(100, [
          { name: 'web', pods: 10, cpu: 4 },
          { name: 'new', pods: 1, cpu: 5 },
        ]),
      )['demand'],
      0.05,
    );
  });

  test('pods that ask for more: requests alone', () => {
    assert.deepEqual(cpuOf(base, cluster(100, [{ name: 'web', pods: 10, cpu: 5 }])), {
      before: 0.4,
      after: 0.5,
      capacity: 0,
      demand: 0,
      requests: 0.1,
    });
  });

  test('whatever happened, the parts sum to the whole; what did not change has no part', () => {
    const workloads = fc.uniqueArray(
      fc.record({
        name: fc.constantFrom('a', 'b', 'c', 'd'),
        pods: fc.integer({ min: 0, max: 50 }),
        cpu: fc.integer({ min: 1, max: 16 }),
      }),
      { selector: ({ name }) => name },
    );
    const size = fc.integer({ min: 1, max: 1000 });
    fc.assert(
      fc.property(workloads, workloads, size, size, (was, is, from, to) => {
        const found = diff(cluster(from, was), cluster(to, is)).utilization['cpu'];
        assert.ok(found !== null && found !== undefined);
        const { before, after, capacity, demand, requests } = found;
        assert.ok(Math.abs(capacity + demand + requests - (after - before)) < 1e-9);
        // the demand, by its own definition: not what the other ones leave
        const share = (1 / from + 1 / to) / 2;
        const podsOf = (all: readonly Workload[], name: string): Workload | undefined =>
          all.find((each) => each.name === name && each.pods > 0);
        let expected = 0;
        for (const name of ['a', 'b', 'c', 'd']) {
          const [old, now] = [podsOf(was, name), podsOf(is, name)];
          const request = ((old?.cpu ?? now?.cpu ?? 0) + (now?.cpu ?? old?.cpu ?? 0)) / 2;
          expected += ((now?.pods ?? 0) - (old?.pods ?? 0)) * request * share;
        }
        assert.ok(Math.abs(demand - expected) < 1e-9, `${demand} is not ${expected}`);
        if (from === to) assert.equal(capacity, 0);
      }),
    );
  });
});

suite('what changed', () => {
  test('nodes by name and birth: one that was replaced under its name is gone and added', () => {
    const node = (name: string, createdAt: string): NodeRow => nodeRow({ node: name, createdAt });
    const [old, young] = ['2026-11-01T00:00:00.000Z', '2026-11-02T00:00:00.000Z'];
    const { nodes } = diff(
      cluster(1, [], [node('kept', old), node('gone', old), node('replaced', old)]),
      cluster(1, [], [node('kept', old), node('new', young), node('replaced', young)]),
    );
    assert.deepEqual(
      nodes.added.map((each) => each.node),
      ['new', 'replaced'],
    );
    assert.deepEqual(
      nodes.gone.map((each) => each.node),
      ['gone', 'replaced'],
    );
  });

  test('workloads: appeared, vanished, grew, shrank, asked for something else; the others are not named', () => {
    const before = [
      { name: 'same', pods: 3, cpu: 1 },
      { name: 'grew', pods: 3, cpu: 1 },
      { name: 'shrank', pods: 3, cpu: 1 },
      { name: 'vanished', pods: 3, cpu: 1 },
      { name: 'asks', pods: 3, cpu: 1 },
    ];
    const after = [
      { name: 'same', pods: 3, cpu: 1 },
      { name: 'grew', pods: 5, cpu: 1 },
      { name: 'shrank', pods: 1, cpu: 1 },
      { name: 'appeared', pods: 2, cpu: 1 },
      { name: 'asks', pods: 3, cpu: 2 },
    ];
    const { workloads } = diff(cluster(100, before), cluster(100, after));
    assert.deepEqual(
      workloads.map(({ name, change, pods, requests, delta }) => [
        name,
        change,
        pods.before,
        pods.after,
        requests,
        delta,
      ]),
      [
        ['appeared', 'appeared', 0, 2, {}, { cpu: 2 }],
        ['asks', 'requests', 3, 3, { cpu: { before: 1, after: 2 } }, { cpu: 3 }],
        ['grew', 'grew', 3, 5, {}, { cpu: 2 }],
        ['shrank', 'shrank', 3, 1, {}, { cpu: -2 }],
        ['vanished', 'vanished', 3, 0, {}, { cpu: -3 }],
      ],
    );
  });
});
