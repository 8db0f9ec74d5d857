import { POOLS, type NodePlan, type Pool } from './pools.ts';
import { seeded, type Random } from './random.ts';

export type WorkloadKind = 'Deployment' | 'StatefulSet' | 'DaemonSet' | 'CronJob' | 'Job' | 'Bare' | 'Static';

/** What a workload's pods have beside one container. */
export interface Features {
  readonly sidecar?: true;
  readonly init?: true;
  /** RuntimeClass kata, with overhead. */
  readonly overhead?: true;
  readonly podLevelResources?: true;
  readonly spread?: true;
  /** Required anti-affinity by host. */
  readonly antiAffinity?: true;
  readonly hostPort?: number;
  /** Waiting for room, with a priority below all others: over-provisioning. */
  readonly placeholder?: true;
  readonly gated?: true;
  /** Asks for more than any node has, so that it stays pending. */
  readonly tooLarge?: true;
  readonly virtual?: true;
  readonly gpus?: number;
  /** An in-place resize that the kubelet put off or refused, of the workload's first pods. */
  readonly resize?: 'Deferred' | 'Infeasible';
}

export interface Workload {
  readonly index: number;
  readonly kind: WorkloadKind;
  readonly namespace: string;
  readonly name: string;
  readonly replicas: number;
  readonly pool: Pool | null;
  readonly cpuMilli: number;
  readonly memoryMi: number;
  readonly features: Features;
}

type Sized = Omit<Workload, 'index'>;

export const SIDECAR = { cpuMilli: 50, memoryMi: 64 } as const;
export const OVERHEAD = { cpuMilli: 250, memoryMi: 160 } as const;

const TEAMS = [
  'checkout',
  'search',
  'catalog',
  'billing',
  'identity',
  'ml-serving',
  'ingest',
  'notify',
  'web',
];
const ROLES = ['api', 'worker', 'frontend', 'consumer', 'indexer', 'router', 'cache', 'gateway', 'sync'];
const VARIANTS = ['', '-v2', '-internal', '-canary', '-eu', '-batch', '-beta', '-legacy'];

const DAEMONS: readonly (readonly [name: string, cpuMilli: number, memoryMi: number, hostPort?: number])[] = [
  ['kube-proxy', 100, 64],
  ['aws-node', 50, 128],
  ['node-exporter', 50, 64, 9100],
  ['fluent-bit', 100, 128],
  ['ebs-csi-node', 30, 120],
  ['datadog-agent', 200, 256],
];

/** Workloads that show one feature each, present in every cluster that is not tiny. */
const SPECIALS: readonly (readonly [
  name: string,
  kind: WorkloadKind,
  replicas: number,
  features: Features,
])[] = [
  ['sandboxed', 'Deployment', 3, { overhead: true, init: true }],
  ['pod-level', 'Deployment', 3, { podLevelResources: true, sidecar: true }],
  ['resize-deferred', 'StatefulSet', 2, { resize: 'Deferred' }],
  ['resize-infeasible', 'StatefulSet', 1, { resize: 'Infeasible' }],
  ['placeholder', 'Deployment', 3, { placeholder: true }],
  ['gated', 'Job', 2, { gated: true }],
  ['too-large', 'Deployment', 2, { tooLarge: true }],
  ['edge', 'Deployment', 2, { hostPort: 8443, antiAffinity: true }],
  ['debug-shell', 'Bare', 2, {}],
  ['burst', 'Job', 3, { virtual: true }],
];
const SPECIALS_FROM_PODS = 150;

/** Chooses workloads whose pods add up to exactly `pods`, sized so that each pool comes near its target. */
export function planWorkloads(seed: number, pods: number, nodes: readonly NodePlan[]): readonly Workload[] {
  const random = seeded(seed, 2);
  const fixed = [...daemons(pods, nodes), ...statics(pods, nodes), ...specials(pods, random)];
  const used = fixed.reduce((sum, { replicas }) => sum + replicas, 0);
  const plain = plainWorkloads(pods - used, nodes, random);
  return [...fixed, ...scaled(plain, nodes, fixed)].map((workload, index) => ({ ...workload, index }));
}

/** As many DaemonSets as leave room for other pods; the virtual node runs none. */
function daemons(pods: number, nodes: readonly NodePlan[]): readonly Sized[] {
  const real = nodes.filter(({ state }) => state !== 'virtual').length;
  const count = real === 0 ? 0 : Math.min(DAEMONS.length, Math.floor((0.4 * pods) / real));
  return DAEMONS.slice(0, count).map(([name, cpuMilli, memoryMi, hostPort]) => ({
    kind: 'DaemonSet',
    namespace: 'kube-system',
    name,
    replicas: real,
    pool: null,
    cpuMilli,
    memoryMi,
    features: hostPort === undefined ? {} : { hostPort },
  }));
}

/** Static pods on the nodes of the system pool. */
function statics(pods: number, nodes: readonly NodePlan[]): readonly Sized[] {
  const hosts = nodes.filter(({ pool, state }) => pool.name === 'system' && state !== 'virtual');
  if (pods < SPECIALS_FROM_PODS || hosts.length === 0) return [];
  return [
    {
      kind: 'Static',
      namespace: 'kube-system',
      name: 'node-local-lb',
      replicas: hosts.length,
      pool: hosts[0]?.pool ?? null,
      cpuMilli: 25,
      memoryMi: 32,
      features: {},
    },
  ];
}

function specials(pods: number, random: Random): readonly Sized[] {
  if (pods < SPECIALS_FROM_PODS) return [];
  const times = Math.max(1, Math.round(pods / 6000));
  return Array.from({ length: times }, (_, round) =>
    SPECIALS.map(([name, kind, replicas, features]): Sized => ({
      kind,
      namespace: 'special',
      name: round === 0 ? name : `${name}-${round}`,
      replicas,
      pool: POOLS[0] ?? null,
      cpuMilli: features.tooLarge === true ? 96_000 : 100 + 50 * random.below(8),
      memoryMi: features.tooLarge === true ? 524_288 : 128 * (1 + random.below(8)),
      features,
    })),
  ).flat();
}

/** Pools get pods by the cores they have; sizes are raw numbers, brought to the targets afterwards. */
function plainWorkloads(pods: number, nodes: readonly NodePlan[], random: Random): readonly Sized[] {
  const weights = POOLS.map((pool) => ({ pool, cores: coresOf(pool, nodes) })).filter(
    ({ cores }) => cores > 0,
  );
  const total = weights.reduce((sum, { cores }) => sum + cores, 0);
  const namespaces = Math.max(TEAMS.length, Math.round(pods / 150));
  const planned: Sized[] = [];
  for (let left = pods; left > 0;) {
    let point = random.next() * total;
    const pool = weights.find(({ cores }) => (point -= cores) < 0)?.pool ?? POOLS[0] ?? null;
    const kind = kindOf(random.next());
    const replicas = Math.min(left, replicasOf(kind, random));
    const team = random.below(namespaces);
    const teamName = TEAMS[team % TEAMS.length] ?? 'web';
    const suffix = team < TEAMS.length ? '' : `-${Math.floor(team / TEAMS.length)}`;
    planned.push({
      kind,
      namespace: pool?.name === 'system' ? 'kube-system' : `${teamName}${suffix}`,
      name: `${teamName}-${random.pick(ROLES)}${random.pick(VARIANTS)}-${planned.length}`,
      replicas,
      pool,
      cpuMilli: Math.exp(0.8 * random.normal()),
      memoryMi: Math.exp(0.8 * random.normal()),
      features: featuresOf(kind, pool, replicas, random),
    });
    left -= replicas;
  }
  return planned;
}

function coresOf(pool: Pool, nodes: readonly NodePlan[]): number {
  return nodes.reduce((sum, node) => sum + (hosts(node, pool) ? node.cpuMilli * node.pool.cpuTarget : 0), 0);
}

function hosts(node: NodePlan, pool: Pool): boolean {
  return node.pool === pool && node.fillLimit > 0 && node.state !== 'virtual';
}

function kindOf(chance: number): WorkloadKind {
  if (chance < 0.62) return 'Deployment';
  if (chance < 0.8) return 'StatefulSet';
  return chance < 0.9 ? 'CronJob' : 'Job';
}

/** Most workloads are small, a few are large. */
function replicasOf(kind: WorkloadKind, random: Random): number {
  if (kind === 'CronJob') return 3 + random.below(2);
  if (kind === 'Job') return 1 + random.below(4);
  const size = Math.max(1, Math.round(Math.exp(1.6 + 1.3 * random.normal())));
  return Math.min(kind === 'StatefulSet' ? 9 : 80, size);
}

function featuresOf(kind: WorkloadKind, pool: Pool | null, replicas: number, random: Random): Features {
  return {
    ...(random.chance(0.25) ? { sidecar: true } : {}),
    ...(random.chance(0.2) ? { init: true } : {}),
    ...(kind === 'Deployment' && random.chance(0.3) ? { spread: true } : {}),
    ...(kind === 'StatefulSet' && replicas <= 5 && random.chance(0.4) ? { antiAffinity: true } : {}),
    ...(pool?.name === 'gpu' && random.chance(0.15) && replicas <= 2 ? { gpus: 1 } : {}),
  };
}

function scaled(
  planned: readonly Sized[],
  nodes: readonly NodePlan[],
  fixed: readonly Sized[],
): readonly Sized[] {
  const daemonSets = fixed.filter(({ kind }) => kind === 'DaemonSet');
  const perNode = {
    cpuMilli: daemonSets.reduce((sum, { cpuMilli }) => sum + cpuMilli, 0),
    memoryMi: daemonSets.reduce((sum, { memoryMi }) => sum + memoryMi, 0),
  };
  const factors = new Map(
    POOLS.map((pool) => {
      const own = nodes.filter((node) => hosts(node, pool));
      const wanted = planned.filter((workload) => workload.pool === pool);
      const free = (of: (node: NodePlan) => number): number => own.reduce((sum, node) => sum + of(node), 0);
      const asked = (of: (workload: Sized) => number): number =>
        Math.max(
          1e-9,
          wanted.reduce(
            (sum, workload) => sum + (isTerminal(workload) ? 0 : workload.replicas * of(workload)),
            0,
          ),
        );
      return [
        pool,
        {
          cpu:
            (pool.cpuTarget * free((node) => node.cpuMilli - perNode.cpuMilli)) /
            asked((one) => one.cpuMilli),
          memory:
            (pool.memoryTarget * free((node) => node.memoryKi / 1024 - perNode.memoryMi)) /
            asked((one) => one.memoryMi),
        },
      ] as const;
    }),
  );
  return planned.map((workload) => {
    const factor = workload.pool === null ? undefined : factors.get(workload.pool);
    const smallest = Math.min(...(workload.pool?.types.map(({ cpu }) => cpu) ?? [8]));
    const largestMi = Math.min(...(workload.pool?.types.map(({ memoryGi }) => memoryGi) ?? [32])) * 512;
    return {
      ...workload,
      cpuMilli: rounded(Math.min(workload.cpuMilli * (factor?.cpu ?? 0), smallest * 550), 10, 25),
      memoryMi: rounded(Math.min(workload.memoryMi * (factor?.memory ?? 0), largestMi), 32, 64),
    };
  });
}

/** Jobs that have ended take no room; only the last run of a CronJob may still be going. */
function isTerminal({ kind }: Sized): boolean {
  return kind === 'CronJob';
}

/** People write round numbers. */
function rounded(amount: number, least: number, step: number): number {
  return amount < 4 * step ? Math.max(least, Math.round(amount / 10) * 10) : Math.round(amount / step) * step;
}
