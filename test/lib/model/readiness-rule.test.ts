import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { readinessRulesSchema, type ReadinessRule } from '../../../lib/model/readiness-rule.ts';
import * as z from '../../../lib/model/schema.ts';
import { parseYaml } from '../../../lib/yaml.ts';

const read = (text: string): readonly ReadinessRule[] => readinessRulesSchema.parse(parseYaml(text, 'rules'));

function problems(value: unknown): string[] {
  const { error } = readinessRulesSchema.safeParse(value);
  return error === undefined ? [] : z.describeIssues(error);
}

const cni = { name: 'cni', conditions: [{ type: 'example.com/NetworkReady' }] };

suite('rules', () => {
  test('are read as NodeReadinessRules are written, with what the controller alone looks at', () => {
    assert.deepEqual(
      read(`
- name: storage-readiness-rule
  conditions:
    - type: csi.example.net/NodePluginRegistered
      requiredStatus: "True"
    - { type: DiskPressure, requiredStatus: "False" }
  taint: { key: readiness.k8s.io/StorageReady, effect: NoSchedule, value: pending }
  enforcementMode: bootstrap-only
  dryRun: true
  nodeSelector:
    matchLabels: { storage-backend: nfs }
    matchExpressions:
      - { key: pool, operator: In, values: [a, b] }
      - { key: spot, operator: DoesNotExist }
`),
      [
        {
          name: 'storage-readiness-rule',
          conditions: [
            { type: 'csi.example.net/NodePluginRegistered', requiredStatus: 'True' },
            { type: 'DiskPressure', requiredStatus: 'False' },
          ],
          taint: { key: 'readiness.k8s.io/StorageReady', value: 'pending', effect: 'NoSchedule' },
          nodeSelector: {
            matchLabels: new Map([['storage-backend', 'nfs']]),
            matchExpressions: [
              { key: 'pool', operator: 'In', values: ['a', 'b'] },
              { key: 'spot', operator: 'DoesNotExist', values: [] },
            ],
          },
        },
      ],
    );
  });

  test('need a name and a condition, which must be True if nothing else is said', () => {
    const whole = {
      name: 'cni',
      conditions: [{ type: 'example.com/NetworkReady', requiredStatus: 'True' }],
      taint: null,
      nodeSelector: { matchLabels: new Map(), matchExpressions: [] },
    };
    assert.deepEqual(readinessRulesSchema.parse([cni]), [whole]);
    const emptied = { ...cni, taint: null, nodeSelector: { matchLabels: null, matchExpressions: [] } };
    assert.deepEqual(readinessRulesSchema.parse([emptied]), [whole]);
    assert.deepEqual(readinessRulesSchema.parse([{ ...cni, nodeSelector: {} }]), [whole]);
  });

  test('may have a status that YAML takes for a boolean, and a taint of a key alone', () => {
    const [rule] = read(
      '- name: a\n  conditions: [{ type: A, requiredStatus: True }, { type: B, requiredStatus: false }, { type: C, requiredStatus: Unknown }]\n  taint: { key: x }\n',
    );
    assert.deepEqual(
      rule?.conditions.map(({ requiredStatus }) => requiredStatus),
      ['True', 'False', 'Unknown'],
    );
    assert.deepEqual(rule?.taint, { key: 'x', value: null, effect: null });
  });

  for (const [what, about, ...expected] of [
    ['no name', { name: undefined }, '0.name: is missing'],
    ['a number as name', { name: 7 }, '0.name: must be a text (quote numbers, true and false)'],
    ['no condition', { conditions: [] }, '0.conditions: must be at least one'],
    ['conditions that are a map', { conditions: {} }, '0.conditions: must be a list of conditions'],
    [
      'a type that is none',
      { conditions: [{ type: 'a b' }, {}] },
      '0.conditions.0.type: must be a key such as example.com/name',
      '0.conditions.1.type: is missing',
    ],
    [
      'a type twice',
      { conditions: [{ type: 'A' }, { type: 'B' }, { type: 'A', requiredStatus: 'False' }] },
      '0.conditions.2.type: A stands twice',
    ],
    [
      'a status that there is not',
      { conditions: [{ type: 'A', requiredStatus: 'true' }] },
      '0.conditions.0.requiredStatus: must be True, False or Unknown',
    ],
    [
      'eleven conditions',
      { conditions: Array.from({ length: 11 }, (_, index) => ({ type: `T${index}` })) },
      '0.conditions: must be 10 or fewer',
    ],
    [
      'an unknown key',
      { tolerations: [] },
      '0: has no tolerations (there are name, conditions, taint, nodeSelector, enforcementMode, dryRun)',
    ],
    [
      'a taint without a key, and an effect that there is not',
      { taint: { effect: 'NoRun' } },
      '0.taint.key: is missing',
      '0.taint.effect: must be NoSchedule, PreferNoSchedule or NoExecute',
    ],
    [
      'a taint as kubectl writes it',
      { taint: 'a:NoSchedule' },
      '0.taint: must be a map of key, value, effect',
    ],
    [
      'labels that are none',
      { nodeSelector: { matchLabels: { 'a b': 'x', gpu: true, pool: 'a b' } } },
      '0.nodeSelector.matchLabels.a b: is not the key of a label',
      '0.nodeSelector.matchLabels.gpu: must be a text (quote numbers, true and false)',
      '0.nodeSelector.matchLabels.pool: must be a value as labels have it',
    ],
    [
      'expressions that cannot be',
      {
        nodeSelector: {
          matchExpressions: [
            { key: 'a', operator: 'Gt', values: ['1'] },
            { key: 'a', operator: 'In' },
            { key: 'a', operator: 'Exists', values: ['1'] },
          ],
        },
      },
      '0.nodeSelector.matchExpressions.0.operator: must be In, NotIn, Exists or DoesNotExist',
      '0.nodeSelector.matchExpressions.1: must have values with In and NotIn, and none with Exists and DoesNotExist',
      '0.nodeSelector.matchExpressions.2: must have values with In and NotIn, and none with Exists and DoesNotExist',
    ],
  ] as const)
    test(`with ${what} are refused, each with its place`, () =>
      assert.deepEqual(problems([{ ...cni, ...about }]), expected));

  for (const name of ['', '-a', 'a b', 'a/b', 'ü', '__proto__', 'x'.repeat(64)])
    test(`a rule is not called "${name.slice(0, 20)}"`, () =>
      assert.match(problems([{ ...cni, name }])[0] ?? '', /^0\.name: must be 1 to 63 letters, digits/));

  test('are a list of at most twenty, each with a name of its own', () => {
    const many = (count: number): unknown[] =>
      Array.from({ length: count }, (_, index) => ({ ...cni, name: `r${index}` }));
    assert.deepEqual(problems(many(20)), []);
    assert.deepEqual(problems(many(21)), ['must be 20 or fewer']);
    assert.deepEqual(problems([cni, { ...cni, name: 'gpu' }, cni]), ['2.name: cni stands twice']);
    assert.deepEqual(problems(cni), ['must be a list of rules']);
    assert.deepEqual(problems([null]), [
      '0: must be a map of name, conditions, taint, nodeSelector, enforcementMode, dryRun',
    ]);
  });
});
