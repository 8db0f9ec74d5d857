import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { createFold } from '../../../lib/packing/fold.ts';
import { freeOf, isUsable, usagesOf, type NodeUsage } from '../../../lib/packing/usage.ts';
import { semanticsFor } from '../../../lib/scheduler/semantics.ts';
import { node, pod, type NodeAbout, type PodAbout } from '../../support/builders.ts';

const ready = { conditions: [{ type: 'Ready', status: 'True' }] };

function usage(about: NodeAbout, pods: readonly PodAbout[] = []): NodeUsage {
  const fold = createFold([node(about)], semanticsFor(36).semantics);
  for (const one of pods) fold.add(pod({ nodeName: 'node-1', ...one }));
  const [packed] = fold.result().nodes;
  assert.ok(packed);
  const [usage] = usagesOf([packed]);
  assert.ok(usage);
  return usage;
}

suite('a resource on a node', () => {
  test('pods are one, counted by number and not by what pods ask for', () => {
    const { resources } = usage({ allocatable: { pods: '10' } }, [{ requests: { pods: '5' } }, {}]);
    assert.deepEqual(resources.get('pods'), {
      capacity: 10n,
      allocatable: 10n,
      allocated: 2n,
      daemonSet: 0n,
    });
  });

  test('comes from capacity, allocatable or requests alone', () => {
    const { resources } = usage(
      { capacity: { cpu: '2', 'hugepages-2Mi': '4Mi' }, allocatable: { cpu: '1500m' } },
      [
        { requests: { cpu: '250m', 'nvidia.com/gpu': '1' } },
        { requests: { cpu: '50m' }, controller: { kind: 'DaemonSet', name: 'agent' } },
      ],
    );
    assert.deepEqual(Object.fromEntries(resources), {
      cpu: { capacity: 2_000n, allocatable: 1_500n, allocated: 300n, daemonSet: 50n },
      pods: { capacity: 0n, allocatable: 0n, allocated: 2n, daemonSet: 1n },
      'hugepages-2Mi': { capacity: 4_194_304n, allocatable: 0n, allocated: 0n, daemonSet: 0n },
      'nvidia.com/gpu': { capacity: 0n, allocatable: 0n, allocated: 1n, daemonSet: 0n },
    });
    assert.deepEqual([...resources.keys()], ['cpu', 'pods', 'hugepages-2Mi', 'nvidia.com/gpu']);
  });

  test('a name that the scheduler drops is not allocated', () => {
    const { resources } = usage({ allocatable: { cpu: '1' } }, [{ requests: { storage: '5Gi' } }]);
    assert.equal(resources.has('storage'), false);
  });

  test('what is left is never less than nothing', () => {
    assert.equal(freeOf({ allocatable: 5n, allocated: 3n }), 2n);
    assert.equal(freeOf({ allocatable: 3n, allocated: 5n }), 0n);
  });
});

suite('the room of a node is usable', () => {
  const taint = (effect: string): NodeAbout => ({ ...ready, taints: [{ key: 'k', value: '', effect }] });
  for (const [what, about, usable] of [
    ['when it is ready', ready, true],
    ['not when Ready is False', { conditions: [{ type: 'Ready', status: 'False' }] }, false],
    ['not when Ready is Unknown', { conditions: [{ type: 'Ready', status: 'Unknown' }] }, false],
    ['not without a Ready condition', {}, false],
    ['not when it is cordoned', { ...ready, unschedulable: true }, false],
    ['not with a NoSchedule taint', taint('NoSchedule'), false],
    ['not with a NoExecute taint', taint('NoExecute'), false],
    ['with a taint that is a preference', taint('PreferNoSchedule'), true],
  ] as const) {
    test(what, () => assert.equal(isUsable(node(about)), usable));
  }
});
