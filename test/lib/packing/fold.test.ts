import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { addTotals } from '../../../lib/model/resources.ts';
import { createFold, type PackedNode, type Packing } from '../../../lib/packing/fold.ts';
import { createProblems } from '../../../lib/packing/problems.ts';
import { podRequests } from '../../../lib/scheduler/requests.ts';
import { semanticsFor } from '../../../lib/scheduler/semantics.ts';
import { node, pod, type PodAbout } from '../../support/builders.ts';

const { semantics } = semanticsFor(36);
const nodes = ['a', 'b', 'c'].map((name) =>
  node({ name, allocatable: { cpu: '4', memory: '8Gi', pods: '10' } }),
);

function pack(
  pods: readonly PodAbout[],
  minor = 36,
): Omit<Packing, 'nodes'> & { readonly nodes: readonly PackedNode[] } {
  const fold = createFold(nodes, semanticsFor(minor).semantics);
  for (const about of pods) fold.add(pod(about));
  const packing = fold.result();
  return { ...packing, nodes: [...packing.nodes] };
}

suite('a pod', () => {
  const counts = {
    listed: 1,
    counted: 0,
    pending: 0,
    terminal: 0,
    onUnknownNode: 0,
    excluded: 0,
    terminating: 0,
    daemonSet: 0,
    mirror: 0,
    gated: 0,
  };
  for (const [what, about, expected] of [
    ['on a node counts', { nodeName: 'a' }, { counted: 1 }],
    [
      'on a node counts while it is Pending: images are pulled',
      { nodeName: 'a', phase: 'Pending' },
      { counted: 1 },
    ],
    ['of phase Unknown counts', { nodeName: 'a', phase: 'Unknown' }, { counted: 1 }],
    ['of no phase counts', { nodeName: 'a', phase: '' }, { counted: 1 }],
    [
      'that is deleted counts until it is gone',
      { nodeName: 'a', terminating: true },
      { counted: 1, terminating: 1 },
    ],
    ['that Succeeded takes nothing', { nodeName: 'a', phase: 'Succeeded' }, { terminal: 1 }],
    ['that Failed takes nothing', { nodeName: 'a', phase: 'Failed' }, { terminal: 1 }],
    ['that Failed without a node is not pending', { phase: 'Failed' }, { terminal: 1 }],
    ['without a node waits', { phase: 'Pending' }, { pending: 1 }],
    ['with a gate waits', { phase: 'Pending', gated: true }, { pending: 1, gated: 1 }],
    ['that waits and is deleted is not among the counted ones', { terminating: true }, { pending: 1 }],
    ['on a node that is not listed counts nowhere', { nodeName: 'x' }, { onUnknownNode: 1 }],
    ['of a static pod counts', { nodeName: 'a', mirror: true }, { counted: 1, mirror: 1 }],
    [
      'of a DaemonSet counts',
      { nodeName: 'a', controller: { kind: 'DaemonSet', name: 'd' } },
      { counted: 1, daemonSet: 1 },
    ],
  ] as const) {
    test(what, () => {
      const packing = pack([about]);
      assert.deepEqual(packing.pods, { ...counts, ...expected });
      assert.equal(packing.nodes[0]?.podCount, 'counted' in expected ? 1 : 0);
    });
  }

  test('that is nominated is shown on its node, and takes nothing there', () => {
    const [first] = pack([{ nominatedNodeName: 'a', requests: { cpu: '1' } }]).nodes;
    assert.equal(first?.nominatedPods, 1);
    assert.equal(first.podCount, 0);
    assert.deepEqual(first.requested, new Map());
  });

  test('on an unknown node is a problem with its name', () => {
    const problems = createProblems();
    createFold(nodes, semantics, problems).add(pod({ namespace: 'x', name: 'y', nodeName: 'gone' }));
    assert.deepEqual(problems.list(), [
      { reason: 'PodOnUnknownNode', count: 1, examples: ['pod x/y on gone'] },
    ]);
  });

  test('whose values cannot be read is a problem, unless it is terminal', () => {
    const problems = createProblems();
    const fold = createFold(nodes, semantics, problems);
    fold.add(pod({ nodeName: 'a', problems: ['cpu: "x" is not a quantity'] }));
    fold.add(pod({ nodeName: 'a', problems: ['cpu: "x" is not a quantity'], phase: 'Failed' }));
    assert.deepEqual(problems.list(), [
      { reason: 'InvalidQuantity', count: 1, examples: ['pod default/web: cpu: "x" is not a quantity'] },
    ]);
  });
});

suite('what counts overhead twice is named', () => {
  const filled: PodAbout = {
    nodeName: 'a',
    requests: { cpu: '1' },
    overhead: { cpu: '100m' },
    actual: { cpu: '1100m' },
    allocated: { cpu: '1100m' },
  };
  for (const [what, minor, about, named, cpu] of [
    ['1.37, with the status of the pod', 37, filled, true, 1_200n],
    [
      '1.37, without it',
      37,
      { nodeName: 'a', requests: { cpu: '1' }, overhead: { cpu: '100m' } },
      false,
      1_100n,
    ],
    ['1.36, without pod-level requests', 36, filled, false, 1_100n],
    ['1.36, with pod-level requests', 36, { ...filled, podLevelRequests: { cpu: '1' } }, true, 1_200n],
    ['1.35', 35, { ...filled, podLevelRequests: { cpu: '1' } }, false, 1_100n],
  ] as const) {
    test(what, () => {
      const problems = createProblems();
      const fold = createFold(nodes, semanticsFor(minor).semantics, problems);
      fold.add(pod(about));
      assert.equal([...fold.result().nodes][0]?.requested.get('cpu'), cpu);
      assert.equal(
        problems.list().some(({ reason }) => reason === 'OverheadCountedTwice'),
        named,
      );
    });
  }
});

suite('a workload', () => {
  const web: PodAbout = {
    nodeName: 'a',
    controller: { kind: 'StatefulSet', name: 'web' },
    requests: { cpu: '1' },
  };

  test('is one row for pods that are the same to the scheduler, wherever they are', () => {
    const { workloads, nodes: packed } = pack([
      web,
      { ...web, name: 'b', nodeName: 'b' },
      { ...web, nodeName: null },
      { ...web, requests: { cpu: '1000m' } },
    ]);
    assert.equal(workloads.length, 1);
    assert.deepEqual([workloads[0]?.bound, workloads[0]?.pending], [3, 1]);
    assert.deepEqual(
      packed.map(({ placements }) => placements.pairs()),
      [[[0, 2]], [[0, 1]], []],
    );
  });

  for (const [what, other] of [
    ['requests', { requests: { cpu: '2' } }],
    ['names of resources', { requests: { memory: '1000' } }],
    ['a resource of 0 beside none', { requests: { cpu: '1', memory: '0' } }],
    ['constraints', { constraints: { nodeSelector: new Map([['a', 'b']]) } }],
    ['priority', { priority: -1 }],
    ['namespace', { namespace: 'other' }],
    ['kind', { controller: { kind: 'Rollout', name: 'web' } }],
  ] as const) {
    test(`is two rows where pods differ in ${what}`, () => {
      assert.equal(pack([web, { ...web, ...other }]).workloads.length, 2);
    });
  }

  test('of a namespace and a name that run together when glued is still two', () => {
    const named = (namespace: string, name: string): PodAbout => ({
      ...web,
      namespace,
      controller: { kind: 'Job', name },
    });
    assert.equal(pack([named('a', 'b/c'), named('a/b', 'c')]).workloads.length, 2);
  });
});

suite('algebra', () => {
  const about = fc.record({
    name: fc.constantFrom('p', 'q'),
    nodeName: fc.constantFrom('a', 'b', 'c', 'gone', null),
    phase: fc.constantFrom('Running', 'Pending', 'Succeeded', 'Failed', ''),
    requests: fc.record({
      cpu: fc.constantFrom('0', '0.1m', '250m', '3'),
      memory: fc.constantFrom('1', '1Gi', '0.5'),
    }),
  });

  test('the sums do not depend on the order of pods, and every listed pod is somewhere', () => {
    fc.assert(
      fc.property(fc.array(about, { maxLength: 30 }), (pods) => {
        const { nodes: packed, pods: counts, workloads } = pack(pods);
        const reversed = pack(pods.toReversed());
        assert.deepEqual(reversed.pods, counts);
        assert.deepEqual(
          reversed.nodes.map(({ podCount, requested }) => ({ podCount, requested })),
          packed.map(({ podCount, requested }) => ({ podCount, requested })),
        );
        const { listed, counted, pending, terminal, onUnknownNode } = counts;
        assert.equal(counted + pending + terminal + onUnknownNode, listed);
        assert.equal(
          packed.reduce((sum, { podCount }) => sum + podCount, 0),
          counted,
        );
        assert.equal(
          workloads.reduce((sum, { bound }) => sum + bound, 0),
          counted,
        );
      }),
    );
  });

  test('a node takes the sum of what each of its pods takes, rounded pod by pod', () => {
    fc.assert(
      fc.property(fc.array(about, { maxLength: 30 }), (pods) => {
        const expected = new Map<string, bigint>();
        for (const one of pods.map((each) => pod(each))) {
          const counts = one.nodeName === 'a' && one.phase !== 'Succeeded' && one.phase !== 'Failed';
          if (counts) addTotals(expected, podRequests(one, semantics));
        }
        assert.deepEqual(pack(pods).nodes[0]?.requested, expected);
      }),
    );
  });
});
