import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Requirement, Toleration } from '../../../lib/model/constraints.ts';
import type { Taint } from '../../../lib/model/node.ts';
import type { HostPort } from '../../../lib/model/pod.ts';
import { toTotals, type ResourceTotals } from '../../../lib/model/resources.ts';
import {
  blockingTaint,
  hostPortsOf,
  matchesNodeAffinity,
  matchesLabels,
  portsConflict,
  shortages,
  toleratesCordon,
  type NodeUsage,
} from '../../../lib/scheduler/fit.ts';
import { constraints, node, pod, resources, type Amounts } from '../../support/builders.ts';

const totals = (amounts: Amounts): ResourceTotals => toTotals(resources(amounts));

/** A node of 4 cpu, 8 Gi and 10 pods, of which something is taken. */
function usage(
  taken: Amounts,
  podCount = 1,
  allocatable: Amounts = { cpu: '4', memory: '8Gi', pods: '10' },
): NodeUsage {
  return { allocatable: totals(allocatable), requested: totals(taken), podCount };
}

const short = (requests: Amounts, on: NodeUsage): readonly string[] =>
  shortages(totals(requests), on).map(({ resource }) => resource);

suite('room for a candidate', () => {
  test('exactly equal fits', () => {
    assert.deepEqual(short({ cpu: '3', memory: '7Gi' }, usage({ cpu: '1', memory: '1Gi' })), []);
  });

  test('one milli more does not', () => {
    assert.deepEqual(shortages(totals({ cpu: '3001m' }), usage({ cpu: '1' })), [
      { resource: 'cpu', requested: 3_001n, used: 1_000n, capacity: 4_000n, unresolvable: false },
    ]);
  });

  test('more than the whole node is unresolvable', () => {
    const [shortage] = shortages(totals({ memory: '9Gi' }), usage({}));
    assert.equal(shortage?.unresolvable, true);
  });

  test('every shortage is told, by name', () => {
    const requests = { memory: '9Gi', cpu: '5', 'nvidia.com/gpu': '1' };
    assert.deepEqual(short(requests, usage({}, 10)), ['cpu', 'memory', 'nvidia.com/gpu', 'pods']);
  });

  test('a resource of which nothing is requested is not checked, even where it is over-committed', () => {
    assert.deepEqual(short({ memory: '1Gi' }, usage({ cpu: '9' })), []);
    assert.deepEqual(short({ cpu: '0', memory: '1Gi' }, usage({ cpu: '9' })), []);
    assert.deepEqual(short({}, usage({ cpu: '9', memory: '99Gi' })), []);
  });

  test('the last pod fits, the next does not, and preemption may help it', () => {
    assert.deepEqual(short({}, usage({}, 9)), []);
    assert.deepEqual(shortages(new Map(), usage({}, 10)), [
      { resource: 'pods', requested: 1n, used: 10n, capacity: 10n, unresolvable: false },
    ]);
  });

  test('a node that names no pods takes none', () => {
    assert.deepEqual(short({}, usage({}, 0, { cpu: '4' })), ['pods']);
  });

  test('a resource that the node does not name is 0', () => {
    assert.deepEqual(shortages(totals({ 'nvidia.com/gpu': '1' }), usage({})), [
      { resource: 'nvidia.com/gpu', requested: 1n, used: 0n, capacity: 0n, unresolvable: true },
    ]);
  });

  test('resources that the scheduler does not account are never short', () => {
    assert.deepEqual(short({ storage: '1Ti', 'requests.cpu': '99', pods: '99' }, usage({})), []);
  });
});

const taint = (about: Partial<Taint>): Taint => ({ key: 'team', value: 'a', effect: 'NoSchedule', ...about });
const toleration = (about: Partial<Toleration>): Toleration => ({
  key: '',
  operator: '',
  value: '',
  effect: '',
  ...about,
});

suite('taints and tolerations', () => {
  const blocks = (tolerations: readonly Toleration[], ...taints: Taint[]): Taint | null =>
    blockingTaint(tolerations, { taints });

  test('NoSchedule and NoExecute block, PreferNoSchedule does not', () => {
    assert.deepEqual(blocks([], taint({})), taint({}));
    assert.deepEqual(blocks([], taint({ effect: 'NoExecute' })), taint({ effect: 'NoExecute' }));
    assert.equal(blocks([], taint({ effect: 'PreferNoSchedule' })), null);
    assert.equal(blocks([]), null);
  });

  const tolerated: readonly (readonly [name: string, toleration: Partial<Toleration>])[] = [
    ['key and value', { key: 'team', value: 'a' }],
    ['key and value with Equal', { key: 'team', operator: 'Equal', value: 'a' }],
    ['Exists, whatever the value', { key: 'team', operator: 'Exists' }],
    ['Exists without a key: everything', { operator: 'Exists' }],
    ['the same effect', { key: 'team', value: 'a', effect: 'NoSchedule' }],
    ['no key but the value', { value: 'a' }],
  ];
  for (const [name, about] of tolerated) {
    test(`tolerated: ${name}`, () => assert.equal(blocks([toleration(about)], taint({})), null));
  }

  const refused: readonly (readonly [name: string, toleration: Partial<Toleration>])[] = [
    ['another key', { key: 'other', operator: 'Exists' }],
    ['another value', { key: 'team', value: 'b' }],
    ['another effect', { key: 'team', value: 'a', effect: 'NoExecute' }],
    ['Lt and Gt, whose gate is off', { key: 'team', operator: 'Gt', value: 'a' }],
    ['an unknown operator', { key: 'team', operator: 'exists' }],
  ];
  for (const [name, about] of refused) {
    test(`not tolerated: ${name}`, () => assert.deepEqual(blocks([toleration(about)], taint({})), taint({})));
  }

  test('each taint needs a toleration, and the first without one is told', () => {
    const [a, b, c] = [taint({}), taint({ key: 'gpu', value: '' }), taint({ key: 'spot', value: '' })];
    assert.deepEqual(blocks([toleration({ key: 'team', operator: 'Exists' })], a, b, c), b);
  });

  test('a cordoned node needs a toleration of its taint, even where the taint is missing', () => {
    const cordoned = node({ unschedulable: true });
    assert.equal(toleratesCordon([], cordoned), false);
    assert.equal(toleratesCordon([], node()), true);
    assert.equal(toleratesCordon([toleration({ operator: 'Exists' })], cordoned), true);
    assert.equal(
      toleratesCordon(
        [toleration({ key: 'node.kubernetes.io/unschedulable', operator: 'Exists', effect: 'NoSchedule' })],
        cordoned,
      ),
      true,
    );
    assert.equal(
      toleratesCordon(
        [toleration({ key: 'node.kubernetes.io/unschedulable', operator: 'Exists', effect: 'NoExecute' })],
        cordoned,
      ),
      false,
    );
  });
});

suite('node affinity', () => {
  const operators: readonly (readonly [
    operator: string,
    values: readonly string[],
    actual: string | undefined,
    matches: boolean,
  ])[] = [
    ['In', ['a', 'b'], 'b', true],
    ['In', ['a', 'b'], 'c', false],
    ['In', ['a'], undefined, false],
    ['NotIn', ['a'], 'b', true],
    ['NotIn', ['a'], 'a', false],
    ['NotIn', ['a'], undefined, true],
    ['Exists', [], '', true],
    ['Exists', [], undefined, false],
    ['DoesNotExist', [], undefined, true],
    ['DoesNotExist', [], 'a', false],
    ['Gt', ['3'], '4', true],
    ['Gt', ['3'], '3', false],
    ['Gt', ['3'], '10', true],
    ['Gt', ['3'], 'many', false],
    ['Gt', ['few'], '4', false],
    ['Gt', ['3'], undefined, false],
    ['Gt', [], '3', false],
    ['Lt', ['3'], '2', true],
    ['Lt', ['3'], '3', false],
    ['Lt', ['3.5'], '3', false],
    ['in', ['a'], 'a', false],
  ];
  for (const [operator, values, actual, matches] of operators) {
    test(`${actual ?? 'no label'} ${matches ? 'is' : 'is not'} ${operator} [${values.join(', ')}]`, () => {
      const labels = new Map(actual === undefined ? [] : [['k', actual]]);
      assert.equal(matchesLabels({ key: 'k', operator, values }, labels), matches);
    });
  }

  const here = node({ name: 'node-1', labels: { zone: 'a', size: 'large' } });
  const zone = (...values: string[]): Requirement => ({ key: 'zone', operator: 'In', values });
  const size = (...values: string[]): Requirement => ({ key: 'size', operator: 'In', values });
  const named = (...values: string[]): Requirement => ({ key: 'metadata.name', operator: 'In', values });
  const matches = (about: Parameters<typeof constraints>[0]): boolean =>
    matchesNodeAffinity({ constraints: constraints(about) }, here);

  test('a pod without any goes everywhere', () => assert.equal(matches({}), true));

  test('every entry of the node selector must hold', () => {
    assert.equal(
      matches({
        nodeSelector: new Map([
          ['zone', 'a'],
          ['size', 'large'],
        ]),
      }),
      true,
    );
    assert.equal(
      matches({
        nodeSelector: new Map([
          ['zone', 'a'],
          ['size', 'small'],
        ]),
      }),
      false,
    );
    assert.equal(matches({ nodeSelector: new Map([['missing', '']]) }), false);
  });

  test('terms are ORed, expressions and fields within one ANDed', () => {
    const term = (matchExpressions: Requirement[], matchFields: Requirement[] = []) => ({
      matchExpressions,
      matchFields,
    });
    assert.equal(matches({ nodeAffinity: [term([zone('b')]), term([zone('a'), size('large')])] }), true);
    assert.equal(matches({ nodeAffinity: [term([zone('b')]), term([zone('a'), size('small')])] }), false);
    assert.equal(matches({ nodeAffinity: [term([zone('a')], [named('node-1')])] }), true);
    assert.equal(matches({ nodeAffinity: [term([zone('a')], [named('node-2')])] }), false);
    assert.equal(matches({ nodeAffinity: [term([], [{ ...named('node-1'), key: 'metadata.uid' }])] }), false);
  });

  test('an empty term matches nothing, and neither does an empty list of terms', () => {
    assert.equal(matches({ nodeAffinity: [{ matchExpressions: [], matchFields: [] }] }), false);
    assert.equal(matches({ nodeAffinity: [] }), false);
  });

  test('the node selector and the affinity must both hold', () => {
    const nodeAffinity = [{ matchExpressions: [zone('a')], matchFields: [] }];
    assert.equal(matches({ nodeAffinity, nodeSelector: new Map([['size', 'large']]) }), true);
    assert.equal(matches({ nodeAffinity, nodeSelector: new Map([['size', 'small']]) }), false);
  });
});

suite('host ports', () => {
  const port = (about: Partial<HostPort> = {}): HostPort => ({ ip: '', protocol: 'TCP', port: 80, ...about });

  test('are those of containers and sidecars, not of plain init containers', () => {
    const busy = pod({
      containers: [{ hostPorts: [port()] }, { hostPorts: [port({ port: 81 })] }],
      initContainers: [
        { hostPorts: [port({ port: 82 })] },
        { hostPorts: [port({ port: 83 })], restartPolicy: 'Always' },
      ],
    });
    assert.deepEqual(
      hostPortsOf(busy).map((one) => one.port),
      [80, 81, 83],
    );
  });

  const pairs: readonly (readonly [
    name: string,
    a: Partial<HostPort>,
    b: Partial<HostPort>,
    conflict: boolean,
  ])[] = [
    ['the same port', {}, {}, true],
    ['another port', {}, { port: 81 }, false],
    ['another protocol', {}, { protocol: 'UDP' }, false],
    ['two addresses', { ip: '10.0.0.1' }, { ip: '10.0.0.2' }, false],
    ['one address', { ip: '10.0.0.1' }, { ip: '10.0.0.1' }, true],
    ['an address and all', { ip: '10.0.0.1' }, { ip: '0.0.0.0' }, true],
    ['an address and none given, which is all', { ip: '10.0.0.1' }, {}, true],
  ];
  for (const [name, a, b, conflict] of pairs) {
    test(`${name} ${conflict ? 'conflicts' : 'does not conflict'}`, () => {
      assert.equal(portsConflict([port(a)], [port({ port: 443 }), port(b)]), conflict);
      assert.equal(portsConflict([port(b)], [port(a)]), conflict);
    });
  }
});
