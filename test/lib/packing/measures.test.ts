import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { createFold } from '../../../lib/packing/fold.ts';
import {
  balanceOf,
  densityOf,
  isFilled,
  leftWithout,
  leftWithoutLargest,
  strandedSimply,
} from '../../../lib/packing/measures.ts';
import type { Pod } from '../../../lib/model/pod.ts';
import { usagesOf, type NodeUsage } from '../../../lib/packing/usage.ts';
import type { Workload } from '../../../lib/packing/fold.ts';
import { semanticsFor } from '../../../lib/scheduler/semantics.ts';
import { node, pod, type Amounts } from '../../support/builders.ts';

interface Place {
  readonly allocatable: Amounts;
  readonly pods?: readonly Partial<Pod>[];
}

/** One pod takes 1 core and 2 of memory where nothing else is said. */
const web = pod({ requests: { cpu: '1', memory: '2' }, controller: { kind: 'ReplicaSet', name: 'web' } });
const agent = pod({ requests: { cpu: '500m' }, controller: { kind: 'DaemonSet', name: 'agent' } });

function packed(...places: readonly Place[]): { usages: NodeUsage[]; workloads: readonly Workload[] } {
  const nodes = places.map(({ allocatable }, index) =>
    node({
      name: `node-${index}`,
      allocatable: { pods: '10', ...allocatable },
      conditions: [{ type: 'Ready', status: 'True' }],
    }),
  );
  const fold = createFold(nodes, semanticsFor(36).semantics);
  for (const [index, { pods = [] }] of places.entries())
    for (const each of pods) fold.add({ ...web, ...each, nodeName: `node-${index}` });
  const { nodes: packedNodes, workloads } = fold.result();
  return { usages: usagesOf(packedNodes), workloads };
}

const four = { cpu: '4', memory: '8' };

suite('measures of nodes', () => {
  test('DaemonSet pods fill no node; density and balance look at filled ones alone', () => {
    const { usages } = packed(
      { allocatable: four, pods: [web, web, web] },
      { allocatable: four, pods: [agent] },
    );
    assert.deepEqual(usages.map(isFilled), [true, false]);
    assert.equal(densityOf(usages.filter(isFilled), 'cpu'), 0.75);
    assert.equal(densityOf(usages.filter(isFilled), 'memory'), 0.75);
    assert.equal(densityOf(usages.filter(isFilled), 'pods'), 0.3);
    assert.equal(balanceOf(usages), 0);
    assert.equal(balanceOf(packed({ allocatable: { cpu: '2', memory: '8' }, pods: [web] }).usages), 0.25);
    assert.equal(balanceOf(packed({ allocatable: four, pods: [agent] }).usages), null);
    assert.equal(densityOf([], 'cpu'), null);
  });

  test('without its largest node, so much is left for all pods', () => {
    const { usages } = packed(
      { allocatable: four, pods: [web, web, web] },
      { allocatable: { cpu: '8', memory: '8' }, pods: [web] },
    );
    assert.equal(leftWithoutLargest(usages, 'cpu'), 0n, '12 cores, 8 of them lost, 4 asked for');
    assert.equal(leftWithoutLargest(usages, 'memory'), 0n);
    assert.equal(leftWithoutLargest(usages.slice(0, 1), 'cpu'), -3000n);
    assert.equal(leftWithoutLargest([], 'cpu'), null);
  });

  test('without some nodes, so much is left on the others for all pods', () => {
    const { usages } = packed(
      { allocatable: four, pods: [web, web, web] },
      { allocatable: four, pods: [web] },
    );
    const [first] = usages;
    assert.ok(first !== undefined);
    assert.equal(leftWithout(usages, new Set([first]), 'cpu'), 0n);
    assert.equal(leftWithout(usages, new Set([first]), 'memory'), 0n);
    assert.equal(leftWithout(usages, new Set(usages), 'cpu'), -4000n);
  });

  test('what is free is stranded where another resource has less than the smallest common request', () => {
    const { usages, workloads } = packed(
      { allocatable: { cpu: '3500m', memory: '20' }, pods: [web, web, web] },
      { allocatable: four },
    );
    // 500m are too few for a pod of one core
    assert.deepEqual(
      strandedSimply(usages, workloads),
      new Map([
        ['cpu', 0n],
        ['memory', 14n],
        ['pods', 7n],
      ]),
    );
    const { usages: others, workloads: daemons } = packed({ allocatable: four, pods: [agent] });
    assert.equal(strandedSimply(others, daemons), null);
  });

  test('a node without GPUs is not short of them, and none can be lost of what no node has', () => {
    const gpu = 'nvidia.com/gpu';
    const training = pod({ requests: { cpu: '1', [gpu]: '1' }, controller: { kind: 'Job', name: 't' } });
    const { usages, workloads } = packed(
      { allocatable: { ...four, [gpu]: '1' }, pods: [training] },
      { allocatable: four, pods: [web] },
    );
    // the one GPU is taken: what else is free beside it no training can use
    assert.equal(strandedSimply(usages, workloads)?.get('cpu'), 3000n);
    assert.equal(leftWithoutLargest(usages.slice(1), gpu), null);
    assert.equal(leftWithoutLargest(usages, gpu), -1n);
  });

  test('a request is common where one pod in a hundred makes it', () => {
    const small = pod({ requests: { cpu: '100m' }, controller: { kind: 'ReplicaSet', name: 'small' } });
    const many = (count: number): Pod[] => Array.from({ length: count }, () => web);
    const strandedWith = (count: number): bigint | undefined => {
      const full = { cpu: '100500m', memory: '1000', pods: '500' };
      const { usages, workloads } = packed({ allocatable: full, pods: [...many(count), small] });
      return strandedSimply(usages, workloads)?.get('memory');
    };
    assert.equal(strandedWith(99), 0n, 'one of a hundred: a core and 400m are left');
    assert.equal(strandedWith(100), 800n, 'one of 101 is not common: 400m are less than a core');
  });
});
