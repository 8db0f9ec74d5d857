import { seeded } from './random.ts';

export interface InstanceType {
  readonly name: string;
  readonly arch: 'amd64' | 'arm64';
  readonly cpu: number;
  readonly memoryGi: number;
  readonly pods: number;
  readonly gpus: number;
}

export interface Pool {
  readonly name: string;
  readonly manager: 'karpenter' | 'eks';
  readonly capacityType: 'on-demand' | 'spot';
  readonly share: number;
  readonly types: readonly InstanceType[];
  /** How full the pool should get, as a part of what DaemonSets leave. */
  readonly cpuTarget: number;
  readonly memoryTarget: number;
  readonly taint: { readonly key: string; readonly value?: string } | null;
}

export type NodeState =
  'ready' | 'cordoned' | 'not-ready' | 'unreachable' | 'disk-pressure' | 'disrupted' | 'fresh' | 'virtual';

/** One node before it becomes an object. */
export interface NodePlan {
  readonly index: number;
  readonly name: string;
  readonly ip: string;
  readonly pool: Pool;
  readonly type: InstanceType;
  readonly zone: string;
  readonly state: NodeState;
  readonly cpuMilli: number;
  readonly memoryKi: number;
  readonly pods: number;
  readonly gpus: number;
  /** Workloads leave the node when its fuller resource is beyond this part. */
  readonly fillLimit: number;
}

const ZONES = ['us-east-1a', 'us-east-1b', 'us-east-1c'] as const;

function type(name: string, cpu: number, memoryGi: number, pods: number, gpus = 0): InstanceType {
  const arch = /^[a-z]\d+g[a-z]*\./.test(name) ? 'arm64' : 'amd64';
  return { name, arch, cpu, memoryGi, pods, gpus };
}

/** In order of who gets a node first when there are few. */
export const POOLS: readonly Pool[] = [
  {
    name: 'general',
    manager: 'karpenter',
    capacityType: 'on-demand',
    share: 0.38,
    types: [type('m6i.2xlarge', 8, 32, 58), type('m6i.4xlarge', 16, 64, 110), type('m7i.2xlarge', 8, 32, 58)],
    cpuTarget: 0.74,
    memoryTarget: 0.62,
    taint: null,
  },
  {
    name: 'spot',
    manager: 'karpenter',
    capacityType: 'spot',
    share: 0.15,
    types: [type('m5.2xlarge', 8, 32, 58), type('c5.4xlarge', 16, 32, 110), type('m6a.4xlarge', 16, 64, 110)],
    cpuTarget: 0.5,
    memoryTarget: 0.42,
    taint: { key: 'acme.example/spot', value: 'true' },
  },
  {
    name: 'general-arm',
    manager: 'karpenter',
    capacityType: 'on-demand',
    share: 0.15,
    types: [type('m7g.2xlarge', 8, 32, 58), type('m7g.4xlarge', 16, 64, 110)],
    cpuTarget: 0.8,
    memoryTarget: 0.7,
    taint: null,
  },
  {
    name: 'compute',
    manager: 'karpenter',
    capacityType: 'on-demand',
    share: 0.13,
    types: [type('c6i.4xlarge', 16, 32, 110), type('c6i.8xlarge', 32, 64, 110)],
    cpuTarget: 0.86,
    memoryTarget: 0.35,
    taint: null,
  },
  {
    name: 'memory',
    manager: 'karpenter',
    capacityType: 'on-demand',
    share: 0.1,
    types: [type('r6i.2xlarge', 8, 64, 58), type('r6i.4xlarge', 16, 128, 110)],
    cpuTarget: 0.38,
    memoryTarget: 0.87,
    taint: null,
  },
  {
    name: 'system',
    manager: 'eks',
    capacityType: 'on-demand',
    share: 0.05,
    types: [type('m6i.xlarge', 4, 16, 58)],
    cpuTarget: 0.4,
    memoryTarget: 0.35,
    taint: { key: 'CriticalAddonsOnly', value: 'true' },
  },
  {
    name: 'gpu',
    manager: 'karpenter',
    capacityType: 'on-demand',
    share: 0.04,
    types: [type('g5.2xlarge', 8, 32, 58, 1), type('g5.12xlarge', 48, 192, 110, 4)],
    cpuTarget: 0.45,
    memoryTarget: 0.5,
    taint: { key: 'nvidia.com/gpu', value: 'true' },
  },
];

const VIRTUAL_TYPE: InstanceType = {
  name: 'virtual',
  arch: 'amd64',
  cpu: 1000,
  memoryGi: 4096,
  pods: 1000,
  gpus: 0,
};
/** Smaller clusters have no virtual node and no troubled ones by design: they would be a large part. */
const LARGE_FROM_NODES = 20;

export function planNodes(seed: number, count: number): readonly NodePlan[] {
  const random = seeded(seed, 1);
  const pools = assignPools(count);
  const large = count >= LARGE_FROM_NODES;
  return pools.map((pool, index) => {
    const virtual = large && index === count - 1;
    const shape = virtual ? VIRTUAL_TYPE : random.pick(pool.types);
    const ip = `10.${64 + (index >> 16)}.${(index >> 8) & 255}.${index & 255}`;
    const state = virtual ? 'virtual' : stateOf(index, random.next(), large);
    return {
      index,
      name: virtual ? 'virtual-kubelet-eu-1' : `ip-${ip.replaceAll('.', '-')}.ec2.internal`,
      ip,
      pool,
      type: shape,
      zone: ZONES[index % ZONES.length] ?? ZONES[0],
      state,
      ...(virtual ? { cpuMilli: shape.cpu * 1000, memoryKi: shape.memoryGi * 2 ** 20 } : allocatable(shape)),
      pods: shape.pods,
      gpus: shape.gpus,
      fillLimit: fillLimitOf(state, random.next(), random.next()),
    };
  });
}

/** Every pool gets its share of the nodes, at least one where there are enough; the first takes the rest. */
function assignPools(count: number): readonly Pool[] {
  const [first, ...others] = POOLS;
  if (first === undefined) throw new Error('there are no pools');
  const shares = others.flatMap((pool) => {
    const nodes = count < POOLS.length ? 0 : Math.max(1, Math.round(count * pool.share));
    return Array<Pool>(nodes).fill(pool);
  });
  return [...Array<Pool>(count - shares.length).fill(first), ...shares].slice(0, count);
}

/** Stand at fixed places, so that every cluster of some size has them; more come by chance. */
const FIXED_STATES: Readonly<Record<number, NodeState>> = {
  3: 'cordoned',
  5: 'not-ready',
  6: 'fresh',
  9: 'unreachable',
  11: 'disk-pressure',
  13: 'disrupted',
};

function stateOf(index: number, chance: number, large: boolean): NodeState {
  const fixed = large ? FIXED_STATES[index] : undefined;
  if (fixed !== undefined) return fixed;
  if (chance < 0.012) return 'cordoned';
  if (chance < 0.015) return 'not-ready';
  if (chance < 0.017) return 'unreachable';
  if (chance < 0.023) return 'disrupted';
  return chance < 0.04 ? 'fresh' : 'ready';
}

/** One node in twelve is nearly empty, as after a scale-up or before a consolidation. */
function fillLimitOf(state: NodeState, kind: number, amount: number): number {
  if (state === 'fresh' || state === 'not-ready' || state === 'unreachable') return 0;
  if (state === 'cordoned' || state === 'disrupted') return 0.2 + 0.3 * amount;
  return kind < 0.08 ? 0.15 + 0.25 * amount : 0.7 + 0.3 * amount;
}

/** What EKS reserves: a falling part of each core, and memory by the number of pods plus the eviction floor. */
function allocatable(shape: InstanceType): { readonly cpuMilli: number; readonly memoryKi: number } {
  const reservedCpu = 60 + 10 + 2 * 5 + Math.max(0, shape.cpu - 4) * 2.5;
  const reservedMi = 255 + 11 * shape.pods + 100;
  return {
    cpuMilli: shape.cpu * 1000 - Math.round(reservedCpu),
    memoryKi: capacityKi(shape) - reservedMi * 1024,
  };
}

/** Instances show a little less memory than their data sheet says. */
export function capacityKi(shape: InstanceType): number {
  return shape.name === 'virtual' ? shape.memoryGi * 2 ** 20 : Math.floor(shape.memoryGi * 2 ** 20 * 0.9763);
}
