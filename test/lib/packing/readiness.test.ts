import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import type { Node, Readiness } from '../../../lib/model/node.ts';
import type { ReadinessRule } from '../../../lib/model/readiness-rule.ts';
import type { RuleReadiness } from '../../../lib/model/snapshot.ts';
import { countReadiness, readinessByRule } from '../../../lib/packing/readiness.ts';
import { node, type NodeAbout } from '../../support/builders.ts';
import { readinessRule } from '../../support/readiness.ts';

/** `Ready=True` */
const conditions = (...pairs: readonly string[]): NodeAbout => ({
  conditions: pairs.map((pair) => ({ type: pair.split('=')[0] ?? '', status: pair.split('=')[1] ?? '' })),
});

const requiring = (...pairs: readonly string[]): Partial<ReadinessRule> => ({
  conditions: pairs.map((pair) => {
    const [type = '', status = ''] = pair.split('=');
    return { type, requiredStatus: status as 'True' | 'False' | 'Unknown' };
  }),
});

function counted(rule: ReadinessRule, nodes: readonly Node[]): RuleReadiness {
  const [only] = countReadiness(nodes, [rule]);
  assert.ok(only !== undefined);
  return only;
}

suite('a node', () => {
  const cases: readonly (readonly [required: string, has: string, expected: Readiness])[] = [
    ['Network=True', 'Network=True', 'ready'],
    ['Network=True', 'Network=False', 'notReady'],
    ['Network=True', 'Network=Unknown', 'unknown'],
    ['Network=True', 'Network=strange', 'unknown'],
    ['Network=True', '', 'unknown'],
    ['Network=True', 'Other=False', 'unknown'],
    ['Network=False', 'Network=False', 'ready'],
    ['Network=False', 'Network=True', 'notReady'],
    ['Network=Unknown', 'Network=Unknown', 'ready'],
    ['Network=Unknown', 'Network=True', 'notReady'],
    ['Network=Unknown', '', 'unknown'],
    ['Network=True Disk=False', 'Network=True Disk=False', 'ready'],
    ['Network=True Disk=False', 'Network=True', 'unknown'],
    ['Network=True Disk=False', 'Network=Unknown Disk=True', 'notReady'],
    ['Network=True Disk=False', 'Disk=True', 'notReady'],
    ['Network=True', 'Network=True Network=False', 'ready'],
    ['Network=True', 'Network=False Network=True', 'notReady'],
  ];
  for (const [required, has, expected] of cases)
    test(`with ${has || 'no condition'} is ${expected} where ${required} is required`, () => {
      const rule = readinessRule({ name: 'cni', ...requiring(...required.split(' ')) });
      const one = node(conditions(...has.split(' ').filter((each) => each !== '')));
      assert.deepEqual(readinessByRule(one, [rule]), { cni: expected });
    });

  test('has a word of the rules that select it only', () => {
    const gpu = readinessRule({
      name: 'gpu',
      nodeSelector: {
        matchLabels: new Map([['pool', 'gpu']]),
        matchExpressions: [{ key: 'drained', operator: 'DoesNotExist', values: [] }],
      },
    });
    const rules = [gpu, readinessRule({ name: 'all' })];
    const ready = conditions('Ready=True');
    assert.deepEqual(readinessByRule(node({ ...ready, labels: { pool: 'gpu' } }), rules), {
      gpu: 'ready',
      all: 'ready',
    });
    assert.deepEqual(readinessByRule(node({ ...ready, labels: { pool: 'gpu', drained: '' } }), rules), {
      all: 'ready',
    });
    assert.deepEqual(readinessByRule(node(ready), rules), { all: 'ready' });
  });
});

suite('a rule', () => {
  const taint = { key: 'example.com/no-network', value: '', effect: 'NoSchedule' };
  const other = { key: 'example.com/no-network', value: 'x', effect: 'NoExecute' };
  const nodes = [
    node({ name: 'd', ...conditions('Network=False'), taints: [taint] }),
    node({ name: 'a', ...conditions('Network=True') }),
    node({ name: 'c', ...conditions('Network=Unknown'), taints: [other] }),
    node({ name: 'b', ...conditions('Network=True'), taints: [other, taint] }),
    node({ name: 'e', ...conditions('Ready=True') }),
    node({ name: 'windows', labels: { os: 'windows' } }),
  ];
  const rule = readinessRule({
    name: 'cni',
    ...requiring('Network=True'),
    taint: { key: taint.key, value: null, effect: 'NoSchedule' },
    nodeSelector: {
      matchLabels: new Map(),
      matchExpressions: [{ key: 'os', operator: 'NotIn', values: ['windows'] }],
    },
  });

  test('counts the nodes that it selects, number by number', () => {
    assert.deepEqual(counted(rule, nodes), {
      rule: 'cni',
      applicable: 5,
      ready: 2,
      notReady: 1,
      unknown: 2,
      withTaint: 2,
      withoutTaint: 3,
      readyWithTaint: 1,
      failingWithoutTaint: 2,
      conditions: [{ type: 'Network', requiredStatus: 'True', satisfied: 2, unsatisfied: 2, missing: 1 }],
      failing: 3,
      failingNodes: ['c', 'd', 'e'],
    });
  });

  test('without a taint says nothing of taints', () => {
    const { withTaint, withoutTaint, readyWithTaint, failingWithoutTaint } = counted(
      { ...rule, taint: null },
      nodes,
    );
    assert.deepEqual(
      [withTaint, withoutTaint, readyWithTaint, failingWithoutTaint],
      [null, null, null, null],
    );
  });

  for (const [what, about, expected] of [
    ['any effect and value', { value: null, effect: null }, 3],
    ['an effect', { value: null, effect: 'NoExecute' }, 2],
    ['a value', { value: 'x', effect: null }, 2],
    ['the empty value', { value: '', effect: null }, 2],
    ['both, which no taint has', { value: 'x', effect: 'NoSchedule' }, 0],
  ] as const)
    test(`finds its taint by key, with ${what}`, () =>
      assert.equal(counted({ ...rule, taint: { key: taint.key, ...about } }, nodes).withTaint, expected));

  test('that selects no node counts none', () => {
    const none = { ...rule, nodeSelector: { matchLabels: new Map([['os', 'plan9']]), matchExpressions: [] } };
    const { applicable, ready, failing, withoutTaint, conditions } = counted(none, nodes);
    assert.deepEqual([applicable, ready, failing, withoutTaint], [0, 0, 0, 0]);
    assert.deepEqual(conditions, [
      { type: 'Network', requiredStatus: 'True', satisfied: 0, unsatisfied: 0, missing: 0 },
    ]);
  });
});

suite('whatever the nodes are', () => {
  const status = fc.constantFrom('True', 'False', 'Unknown', 'odd');
  const type = fc.constantFrom('Ready', 'Network', 'Disk');
  const someNodes = fc.array(
    fc.record({
      conditions: fc.array(fc.record({ type, status }), { maxLength: 4 }),
      taints: fc.array(
        fc.record({
          key: fc.constantFrom('a', 'b'),
          value: fc.constantFrom('', 'x'),
          effect: fc.constantFrom('NoSchedule', 'NoExecute'),
        }),
        { maxLength: 2 },
      ),
      labels: fc.dictionary(fc.constantFrom('pool', 'os'), fc.constantFrom('x', 'y')),
    }),
    { maxLength: 12 },
  );
  const someRules = fc.array(
    fc.record({
      conditions: fc.uniqueArray(
        fc.record({ type, requiredStatus: fc.constantFrom('True', 'False', 'Unknown') }),
        { minLength: 1, selector: (condition) => condition.type },
      ),
      taint: fc.option(
        fc.record({
          key: fc.constantFrom('a', 'b'),
          value: fc.option(fc.constantFrom('', 'x')),
          effect: fc.option(fc.constantFrom('NoSchedule', 'NoExecute')),
        }),
      ),
      pool: fc.option(fc.constantFrom('x', 'y')),
    }),
    { maxLength: 4 },
  );

  test('each count is of the same nodes, the rows say the same, and their order does not matter', () => {
    fc.assert(
      fc.property(someNodes, someRules, (abouts, given) => {
        const nodes = abouts.map((about, index) => node({ name: `n${index}`, ...about }));
        const rules = given.map(({ pool, ...rule }, index) =>
          readinessRule({
            name: `r${index}`,
            ...rule,
            nodeSelector: {
              matchLabels: new Map(pool === null ? [] : [['pool', pool]]),
              matchExpressions: [],
            },
          }),
        );
        const all = countReadiness(nodes, rules);
        assert.deepEqual(countReadiness(nodes.toReversed(), rules), all);
        const rows = nodes.map((one) => readinessByRule(one, rules));
        for (const counts of all) {
          const { applicable, ready, notReady, unknown, failing, failingNodes } = counts;
          const words = rows.flatMap((row) => row[counts.rule] ?? []);
          const count = (word: Readiness): number => words.filter((each) => each === word).length;
          assert.deepEqual(
            [words.length, count('ready'), count('notReady'), count('unknown')],
            [applicable, ready, notReady, unknown],
          );
          assert.equal(ready + notReady + unknown, applicable);
          assert.deepEqual([failing, failingNodes.length], [applicable - ready, failing]);
          for (const { satisfied, unsatisfied, missing } of counts.conditions) {
            assert.equal(satisfied + unsatisfied + missing, applicable);
            assert.ok(ready <= satisfied);
          }
          if (counts.withTaint === null) continue;
          assert.equal(counts.withTaint + (counts.withoutTaint ?? Number.NaN), applicable);
          assert.equal(
            counts.withTaint - (counts.readyWithTaint ?? Number.NaN),
            failing - (counts.failingWithoutTaint ?? Number.NaN),
            'failing nodes with the taint',
          );
        }
      }),
    );
  });
});
