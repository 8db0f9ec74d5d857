import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import type { GroupSummary } from '../../../lib/model/snapshot.ts';
import { createFold } from '../../../lib/packing/fold.ts';
import { groupNodes } from '../../../lib/packing/groups.ts';
import { usagesOf } from '../../../lib/packing/usage.ts';
import { semanticsFor } from '../../../lib/scheduler/semantics.ts';
import { node, pod } from '../../support/builders.ts';

type Labels = Readonly<Record<string, string>>;

/** A node of one core for each of these labels, with a pod of half a core on the first. */
function grouped(nodes: readonly Labels[], labels: readonly string[], maxGroups = 50): GroupSummary[] {
  const fold = createFold(
    nodes.map((of, index) => node({ name: `n${index}`, labels: of, allocatable: { cpu: '1', pods: '4' } })),
    semanticsFor(36).semantics,
  );
  fold.add(pod({ nodeName: 'n0', requests: { cpu: '500m' } }));
  return groupNodes(usagesOf(fold.result().nodes), labels, maxGroups);
}

const shape = (groups: readonly GroupSummary[]): unknown =>
  groups.map(({ values, nodes }) => [values.join('+'), nodes]);

suite('nodes by label', () => {
  test('the largest group first, equal ones by value, a missing label as <none>', () => {
    assert.deepEqual(
      shape(grouped([{}, { pool: 'web' }, { pool: 'db' }, { pool: 'web' }, { pool: 'cache' }], ['pool'])),
      [
        ['web', 2],
        ['<none>', 1],
        ['cache', 1],
        ['db', 1],
      ],
    );
  });

  test('an empty value is not a missing one', () => {
    assert.deepEqual(shape(grouped([{ pool: '' }, {}], ['pool'])), [
      ['', 1],
      ['<none>', 1],
    ]);
  });

  test('a combination of labels is one group for each pair that occurs', () => {
    const nodes = [
      { pool: 'web', zone: 'a' },
      { pool: 'web', zone: 'b' },
      { pool: 'web', zone: 'a' },
      { zone: 'a' },
    ];
    assert.deepEqual(shape(grouped(nodes, ['pool', 'zone'])), [
      ['web+a', 2],
      ['<none>+a', 1],
      ['web+b', 1],
    ]);
  });

  test('values that run together when glued are still apart', () => {
    assert.equal(
      grouped(
        [
          { a: 'x,y', b: 'z' },
          { a: 'x', b: 'y,z' },
        ],
        ['a', 'b'],
      ).length,
      2,
    );
  });

  test('beyond the limit the rest is one group, (other), at the end', () => {
    const nodes = ['a', 'a', 'b', 'c', 'd', 'd', 'd'].map((pool) => ({ pool }));
    const groups = grouped(nodes, ['pool'], 2);
    assert.deepEqual(shape(groups), [
      ['d', 3],
      ['a', 2],
      ['(other)', 2],
    ]);
    assert.deepEqual(
      grouped(
        [
          { a: '1', b: '1' },
          { a: '2', b: '2' },
        ],
        ['a', 'b'],
        1,
      )[1]?.values,
      ['(other)', '(other)'],
    );
    assert.equal(grouped(nodes, ['pool'], 4).length, 4);
  });

  test('its numbers are those of its nodes', () => {
    const [first, second] = grouped([{ pool: 'web' }, { pool: 'web' }, {}], ['pool']);
    assert.deepEqual(first, {
      labels: ['pool'],
      values: ['web'],
      nodes: 2,
      pods: 1,
      resources: {
        cpu: { allocatable: 2, allocated: 0.5, daemonSet: 0, free: 1.5, utilization: 0.25 },
        pods: { allocatable: 8, allocated: 1, daemonSet: 0, free: 7, utilization: 0.125 },
      },
    });
    assert.equal(second?.pods, 0);
  });

  test('groups share out all nodes, whatever the limit, and do not depend on their order', () => {
    const labels = fc.array(fc.constantFrom('a', 'b', 'c', 'd', 'e'), { maxLength: 30 });
    fc.assert(
      fc.property(labels, fc.integer({ min: 1, max: 6 }), (pools, limit) => {
        const nodes = pools.map((pool) => ({ pool }));
        const groups = nodes.length === 0 ? [] : grouped(nodes, ['pool'], limit);
        assert.equal(
          groups.reduce((sum, group) => sum + group.nodes, 0),
          nodes.length,
        );
        assert.ok(groups.length <= limit + 1);
        const reversed = nodes.length === 0 ? [] : grouped(nodes.toReversed(), ['pool'], limit);
        assert.deepEqual(shape(reversed), shape(groups));
      }),
    );
  });
});
