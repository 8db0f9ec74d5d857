import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Node } from '../../../lib/model/node.ts';
import { createFold } from '../../../lib/packing/fold.ts';
import { strandedByShape } from '../../../lib/packing/stranding.ts';
import { usagesOf } from '../../../lib/packing/usage.ts';
import { semanticsFor } from '../../../lib/scheduler/semantics.ts';
import { node, pod, type NodeAbout, type PodAbout } from '../../support/builders.ts';

const ready = (name: string, about: NodeAbout = {}): Node =>
  node({
    name,
    allocatable: { cpu: '4', memory: '8', pods: '10' },
    conditions: [{ type: 'Ready', status: 'True' }],
    ...about,
  });

function stranded(
  nodes: readonly Node[],
  pods: readonly PodAbout[],
): Readonly<Record<string, number>> | null {
  const fold = createFold(nodes, semanticsFor(36).semantics);
  for (const one of pods) fold.add(pod(one));
  const packing = fold.result();
  const found = strandedByShape(usagesOf(packing.nodes), packing.workloads);
  return found === null ? null : Object.fromEntries(found);
}

const times = (count: number, about: PodAbout): PodAbout[] => Array.from({ length: count }, () => about);

suite('stranded room', () => {
  test('is unknown where no pod gives a shape', () => {
    assert.equal(stranded([ready('a')], []), null);
    assert.equal(stranded([ready('a')], [{ requests: { cpu: '1' } }]), null, 'a pending pod');
    const daemon: PodAbout = {
      nodeName: 'a',
      controller: { kind: 'DaemonSet', name: 'd' },
      requests: { cpu: '1' },
    };
    assert.equal(stranded([ready('a')], [daemon]), null);
  });

  test('is nothing where every shape fits', () => {
    assert.deepEqual(
      stranded([ready('a')], times(2, { nodeName: 'a', requests: { cpu: '1', memory: '2' } })),
      {
        cpu: 0,
        memory: 0,
        pods: 0,
      },
    );
  });

  test('is what is free, times the share of pods that do not fit there', () => {
    // a: 3 of 4 cpu taken by three small pods; 1 free cpu, 5 free memory. b: 3 cpu and 1 memory by the large one;
    // 1 free cpu, 7 free memory. The large shape (a quarter of the pods) fits on neither, the small one on both.
    assert.deepEqual(
      stranded(
        [ready('a'), ready('b')],
        [
          ...times(3, { nodeName: 'a', requests: { cpu: '1', memory: '1' } }),
          { nodeName: 'b', requests: { cpu: '3', memory: '1' } },
        ],
      ),
      { cpu: 0.25 * (1000 + 1000), memory: 0.25 * (5 + 7), pods: 0.25 * (7 + 9) },
    );
  });

  test('a full dimension strands the others whole', () => {
    assert.deepEqual(stranded([ready('a')], times(4, { nodeName: 'a', requests: { cpu: '1' } })), {
      cpu: 0,
      memory: 8,
      pods: 6,
    });
  });

  test('so does the last pod slot', () => {
    const small = ready('a', { allocatable: { cpu: '4', pods: '1' } });
    assert.deepEqual(stranded([small], [{ nodeName: 'a', requests: { cpu: '1' } }]), { cpu: 3_000, pods: 0 });
  });

  test('room on a node that is not usable is not counted', () => {
    const nodes = [ready('a', { unschedulable: true }), ready('b', { conditions: [] })];
    assert.deepEqual(stranded(nodes, times(4, { nodeName: 'a', requests: { cpu: '1' } })), {});
  });

  test('a pod that may not run there does not fit there', () => {
    const gpu = ready('gpu', { labels: { pool: 'gpu' } });
    const web = ready('web', { labels: { pool: 'web' } });
    const nodeSelector = new Map([['pool', 'web']]);
    // the only shape wants pool web: all of the free room of the other node is stranded
    assert.deepEqual(
      stranded([gpu, web], [{ nodeName: 'web', requests: { cpu: '1' }, constraints: { nodeSelector } }]),
      { cpu: 4_000, memory: 8, pods: 10 },
    );
  });

  test('shapes are the same across workloads: their pods add up', () => {
    const pods = [
      ...times(2, { name: 'x', nodeName: 'a', requests: { cpu: '1' } }),
      { name: 'y', nodeName: 'a', requests: { cpu: '1' } },
      { name: 'z', nodeName: 'b', requests: { cpu: '4' } },
    ];
    // a has 1 cpu free; the shape of 4 cpu is one pod of four. b is full for all shapes.
    assert.deepEqual(stranded([ready('a'), ready('b')], pods), {
      cpu: 250,
      memory: 0.25 * 8 + 8,
      pods: 0.25 * 7 + 9,
    });
  });
});
