/** Golden values of a production cluster, computed by others from the trace and the placement. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { fragmentedMilli } from '../../../lib/packing/gpu-fragmentation.ts';
import { headroom } from '../../../lib/packing/headroom.ts';
import { createProblems } from '../../../lib/packing/problems.ts';
import { summarise } from '../../../lib/packing/summary.ts';
import { matchesNodeAffinity } from '../../../lib/scheduler/fit.ts';
import type { Pod } from '../../../lib/model/pod.ts';
import { toTotals } from '../../../lib/model/resources.ts';
import {
  gpuMilli,
  openbMissing,
  packOpenb,
  readOpenb,
  type Openb,
  type OpenbList,
} from '../../support/openb.ts';
import { summary } from '../../support/snapshots.ts';

const gib = 1024 ** 3;

interface Golden {
  readonly placed: number;
  readonly pending: number;
  /** Percent of cpu, memory and GPU that is allocated. */
  readonly allocated: readonly [number, number, number];
  readonly usedNodes: number;
  /** Percent of cpu and memory that is allocated, on nodes with pods. */
  readonly density: readonly [number, number];
  /** Mean difference of the cpu and memory shares of nodes with pods. */
  readonly balance: number;
  /** Of 4 cores and 16 GiB: how many more fit, and how many would into all that is free as one. */
  readonly units: readonly [number, number];
  /** Of the free GPUs, those that pods cannot use: FGD. */
  readonly fragmented: readonly [number, number];
}

const golden: Readonly<Record<OpenbList, Golden>> = {
  default: {
    placed: 7734,
    pending: 418,
    allocated: [64.93, 46.94, 92.02],
    usedNodes: 1523,
    density: [64.93, 46.94],
    balance: 0.2129,
    units: [10_209, 11_003],
    fragmented: [478.9, 495.47],
  },
  gpuspec33: {
    placed: 6681,
    pending: 1471,
    allocated: [56.84, 40.54, 78.25],
    usedNodes: 1405,
    density: [62.48, 43.87],
    balance: 0.2252,
    units: [12_784, 13_543],
    fragmented: [757.0, 1351.06],
  },
};

for (const list of ['default', 'gpuspec33'] as const) {
  suite(`the production cluster openb, ${list}`, { skip: openbMissing }, () => {
    const openb =
      openbMissing === false ? readOpenb(list) : { nodes: [], pods: [], freeDevicesMilli: new Map() };
    const { summary: whole, ...rows } = summarise(packOpenb(openb), summary(), {
      labelGroups: [],
      readinessRules: [],
      problems: createProblems(),
      pods: null,
      search: { maxSearchMs: 0, expired: () => true },
    });
    const [nodes, workloads] = [[...rows.nodes], [...rows.workloads]];
    const { placed, pending, allocated, usedNodes, density, balance, units, fragmented } = golden[list];

    test('pods are counted', () => {
      assert.deepEqual([whole.pods.counted, whole.pods.pending], [placed, pending]);
      assert.equal(nodes.filter(({ pods }) => pods > 0).length, usedNodes);
    });

    test('shares of what is allocated', () => {
      const shares = ['cpu', 'memory', gpuMilli].map((name) => whole.resources[name]?.utilization ?? null);
      assert.deepEqual(shares.map(percent), allocated);
    });

    test('packing density and balance, of nodes with pods', () => {
      const densities = ['cpu', 'memory'].map((name) => whole.resources[name]?.density ?? null);
      assert.deepEqual(densities.map(percent), density);
      assert.equal(Math.round((whole.packing?.balance ?? Number.NaN) * 10_000) / 10_000, balance);
      assert.equal(whole.packing?.emptyNodes, nodes.length - usedNodes);
    });

    test('holes that pods of 4 cores and 16 GiB would fill', () => {
      const unit = {
        requests: { cpu: 4, memory: 16 * gib },
        constraints: {},
        namespace: 'default',
        owner: null,
      };
      const { total, ideal } = headroom({ nodes, workloads }, unit);
      assert.deepEqual([total, ideal], units);
    });

    test('free GPUs that pods cannot use, device by device', () => {
      const [lost, free] = fragmentation(openb);
      assert.deepEqual([Math.round(lost * 10) / 10, Math.round(free * 100) / 100], fragmented);
    });
  });
}

const percent = (share: number | null): number | null =>
  share === null ? null : Math.round(share * 10_000) / 100;

/** GPUs that are lost, and that are free: by every pod of the list, also those without a node. */
function fragmentation({ nodes, pods, freeDevicesMilli }: Openb): readonly [lost: number, free: number] {
  const usedCpu = new Map<string, number>();
  const amountOf = (pod: Pod, name: string): number =>
    Number(toTotals(pod.containers[0]?.requests ?? new Map()).get(name) ?? 0n);
  const shapes = new Map<string, { readonly example: Pod; pods: number }>();
  for (const pod of pods) {
    const shape = shapes.get(pod.controller?.name ?? '') ?? { example: pod, pods: 0 };
    shapes.set(pod.controller?.name ?? '', shape);
    shape.pods += 1;
    if (pod.nodeName !== null)
      usedCpu.set(pod.nodeName, (usedCpu.get(pod.nodeName) ?? 0) + amountOf(pod, 'cpu'));
  }
  const { free, fragmented } = fragmentedMilli(
    nodes.map((node) => ({
      cpuMilli: Number(toTotals(node.allocatable).get('cpu') ?? 0n) - (usedCpu.get(node.name) ?? 0),
      gpus: (freeDevicesMilli.get(node.name) ?? []).map((milli) => ({ milli, devices: 1 })),
    })),
    [...shapes.values()].map(({ example, pods: count }) => ({
      pods: count,
      demand: { cpuMilli: amountOf(example, 'cpu'), gpuMilli: amountOf(example, gpuMilli) },
      mayRun: (index) => matchesNodeAffinity(example, nodes[index]!),
    })),
    pods.length,
  );
  return [fragmented / 1000, free / 1000];
}
