import type { NodePlan } from './pools.ts';
import { seeded, type Random } from './random.ts';
import { OVERHEAD, SIDECAR, type Workload } from './workloads.ts';

export const POD_STATES = ['running', 'terminating', 'pending', 'succeeded', 'failed'] as const;
export type PodState = (typeof POD_STATES)[number];

/** One pod before it becomes an object. */
export interface PodPlan {
  readonly index: number;
  readonly workload: Workload;
  /** Which of its workload's pods. */
  readonly ordinal: number;
  readonly node: NodePlan | null;
  readonly state: PodState;
}

export interface Requests {
  readonly cpuMilli: number;
  readonly memoryMi: number;
  readonly gpus: number;
}

export const INIT = { cpuMilli: 100, memoryMi: 128 } as const;
/** How many nodes are looked at before the pool is searched from one end to the other. */
const TRIES = 4;

/** What one running pod takes on its node, as the scheduler of 1.34 and newer counts it. */
export function requestsOf({ cpuMilli, memoryMi, features }: Workload): Requests {
  const side = features.sidecar === true ? SIDECAR : { cpuMilli: 0, memoryMi: 0 };
  const init = features.init === true ? INIT : { cpuMilli: 0, memoryMi: 0 };
  const over = features.overhead === true ? OVERHEAD : { cpuMilli: 0, memoryMi: 0 };
  // A resize that was put off already reserves the larger amount; one that was refused reserves the old one.
  const grown = features.resize === 'Deferred' ? 2 : 1;
  return {
    cpuMilli: Math.max(grown * cpuMilli + side.cpuMilli, init.cpuMilli) + over.cpuMilli,
    memoryMi: Math.max(memoryMi + side.memoryMi, init.memoryMi) + over.memoryMi,
    gpus: features.gpus ?? 0,
  };
}

/** Binds pods to nodes where they fit, pool by pool; what fits nowhere stays pending. Compact: no objects. */
export function placePods(
  seed: number,
  workloads: readonly Workload[],
  nodes: readonly NodePlan[],
): { readonly length: number; readonly at: (index: number) => PodPlan } {
  const length = workloads.reduce((sum, { replicas }) => sum + replicas, 0);
  const workloadOf = new Uint32Array(length);
  const ordinalOf = new Uint32Array(length);
  const nodeOf = new Int32Array(length).fill(-1);
  const stateOf = new Uint8Array(length);
  const random = seeded(seed, 3);
  const room = new Room(nodes);
  let index = 0;
  for (const workload of workloads) {
    const taken = new Set<number>();
    for (let ordinal = 0; ordinal < workload.replicas; ordinal += 1, index += 1) {
      const state = plannedState(workload, ordinal, random);
      const node = place(workload, ordinal, state, { room, taken, random });
      workloadOf[index] = workload.index;
      ordinalOf[index] = ordinal;
      nodeOf[index] = node;
      stateOf[index] = POD_STATES.indexOf(node === -1 ? 'pending' : state);
    }
  }
  return {
    length,
    at: (index) => {
      const workload = workloads[workloadOf[index] ?? -1];
      if (workload === undefined) throw new RangeError(`there is no pod ${index}`);
      return {
        index,
        workload,
        ordinal: ordinalOf[index] ?? 0,
        node: nodes[nodeOf[index] ?? -1] ?? null,
        state: POD_STATES[stateOf[index] ?? 0] ?? 'running',
      };
    },
  };
}

function plannedState({ kind, features, replicas }: Workload, ordinal: number, random: Random): PodState {
  if (features.placeholder === true || features.gated === true || features.tooLarge === true)
    return 'pending';
  const chance = random.next();
  if (kind === 'CronJob') {
    if (ordinal === replicas - 1 && chance < 0.4) return 'running';
    return chance < 0.85 ? 'succeeded' : 'failed';
  }
  if (kind === 'Job' && chance < 0.1) return 'succeeded';
  if (kind === 'Deployment' && chance > 0.998) return 'failed';
  if (kind === 'Deployment' && chance > 0.992) return 'pending';
  return chance < 0.007 && kind !== 'Static' ? 'terminating' : 'running';
}

function place(
  workload: Workload,
  ordinal: number,
  state: PodState,
  { room, taken, random }: { readonly room: Room; readonly taken: Set<number>; readonly random: Random },
): number {
  if (state === 'pending') return -1;
  const own = room.of(workload);
  if (state === 'succeeded' || state === 'failed') return own.length === 0 ? -1 : random.pick(own);
  const requests = requestsOf(workload);
  const apart = workload.features.antiAffinity === true;
  const fits = (node: number, part: number): boolean =>
    !(apart && taken.has(node)) && room.fits(node, requests, part);
  const node =
    workload.kind === 'DaemonSet' || workload.kind === 'Static'
      ? [own[ordinal] ?? -1].find((candidate) => candidate !== -1 && room.fits(candidate, requests, 1))
      : choose(own, room, random, fits);
  if (node === undefined) return -1;
  taken.add(node);
  room.take(node, requests);
  return node;
}

/** The fullest of a few nodes that are below their limit, else the first where it fits at all. */
function choose(
  own: readonly number[],
  room: Room,
  random: Random,
  fits: (node: number, part: number) => boolean,
): number | undefined {
  let best: number | undefined;
  if (own.length === 0) return best;
  for (let i = 0; i < TRIES; i += 1) {
    const node = random.pick(own);
    if (!fits(node, room.limit(node))) continue;
    if (best === undefined || room.used(node) > room.used(best)) best = node;
  }
  if (best !== undefined) return best;
  const start = random.below(own.length);
  for (let i = 0; i < own.length; i += 1) {
    const node = own[(start + i) % own.length];
    if (node !== undefined && fits(node, room.limit(node))) return node;
  }
  return own.find((node) => fits(node, 1));
}

/** What is left on each node. */
class Room {
  readonly #nodes: readonly NodePlan[];
  readonly #cpuMilli: Float64Array;
  readonly #memoryMi: Float64Array;
  readonly #pods: Int32Array;
  readonly #gpus: Int32Array;
  readonly #byPool = new Map<string, readonly number[]>();

  constructor(nodes: readonly NodePlan[]) {
    this.#nodes = nodes;
    this.#cpuMilli = Float64Array.from(nodes, ({ cpuMilli }) => cpuMilli);
    this.#memoryMi = Float64Array.from(nodes, ({ memoryKi }) => memoryKi / 1024);
    this.#pods = Int32Array.from(nodes, ({ pods }) => pods);
    this.#gpus = Int32Array.from(nodes, ({ gpus }) => gpus);
  }

  /** The nodes that a workload's pods may go to, by index. */
  of(workload: Workload): readonly number[] {
    const { kind, features, pool } = workload;
    const name =
      kind === 'DaemonSet'
        ? ' all'
        : features.virtual === true
          ? ' virtual'
          : `${kind === 'Static' ? ' static ' : ''}${pool?.name ?? ''}`;
    const known = this.#byPool.get(name);
    if (known !== undefined) return known;
    const found = this.#nodes.filter((node) => {
      if (name === ' virtual') return node.state === 'virtual';
      if (node.state === 'virtual') return false;
      if (kind === 'DaemonSet') return true;
      return node.pool === pool && (kind === 'Static' || node.fillLimit > 0);
    });
    const indexes = found.map(({ index }) => index);
    this.#byPool.set(name, indexes);
    return indexes;
  }

  limit(node: number): number {
    return this.#nodes[node]?.fillLimit ?? 0;
  }

  /** The used part of the fuller of cpu and memory. */
  used(node: number): number {
    const plan = this.#nodes[node];
    if (plan === undefined) return 1;
    return (
      1 -
      Math.min(
        (this.#cpuMilli[node] ?? 0) / plan.cpuMilli,
        ((this.#memoryMi[node] ?? 0) * 1024) / plan.memoryKi,
      )
    );
  }

  /** Does it fit while the node stays below this part of its cpu and memory? */
  fits(node: number, { cpuMilli, memoryMi, gpus }: Requests, part: number): boolean {
    const plan = this.#nodes[node];
    if (plan === undefined) return false;
    return (
      (this.#cpuMilli[node] ?? 0) - cpuMilli >= (1 - part) * plan.cpuMilli &&
      (this.#memoryMi[node] ?? 0) - memoryMi >= ((1 - part) * plan.memoryKi) / 1024 &&
      (this.#pods[node] ?? 0) > 0 &&
      (this.#gpus[node] ?? 0) >= gpus
    );
  }

  take(node: number, { cpuMilli, memoryMi, gpus }: Requests): void {
    this.#cpuMilli[node] = (this.#cpuMilli[node] ?? 0) - cpuMilli;
    this.#memoryMi[node] = (this.#memoryMi[node] ?? 0) - memoryMi;
    this.#pods[node] = (this.#pods[node] ?? 0) - 1;
    this.#gpus[node] = (this.#gpus[node] ?? 0) - gpus;
  }
}
