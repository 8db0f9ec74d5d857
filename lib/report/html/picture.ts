/** The packing picture's data: every node a box, grouped by node pool, with what fills it. */
import type { NodeRow, WorkloadRow } from '../../model/snapshot.ts';
import { apartKindOfRow } from '../../packing/apart.ts';
import type { Cluster } from '../../packing/explain/cluster.ts';
import { nodeStrandings } from '../../packing/explain/stranding.ts';
import { printable } from '../../printable.ts';
import type { PictureData, PictureResource, PoolData } from './data.ts';

/** Boxes of thousands of nodes are too narrow for more, and the page would be too large. */
const maxPlacements = 55_000;
const maxPools = 50;

const noPool = '(no node pool)';
const otherPools = '(other node pools)';

export function pictureData(cluster: Cluster, resources: readonly string[]): PictureData {
  const { nodes, workloads } = cluster;
  const stranding = nodeStrandings(workloads);
  const drawn = resources.map((name) => resourceData(cluster, name));
  const placements = nodes.map((node) => placementsOf(node, workloads));
  const kept = cutTo(maxPlacements, placements);
  return {
    pools: poolsOf(nodes, drawn[0]),
    resources: drawn,
    stranded: nodes.map((node) => {
      const { unfitShare } = stranding(node);
      return unfitShare === null ? null : Math.round(unfitShare * 1000);
    }),
    placements: kept.map((each) => each.flatMap(({ at, pods }) => [at, pods])),
    cut: kept.some((each, index) => each.length < (placements[index]?.length ?? 0)),
  };
}

function resourceData({ nodes, workloads }: Cluster, name: string): PictureResource {
  const sizes = (rows: readonly NodeRow[]): number[] =>
    rows.map(({ resources }) => resources[name]?.allocatable ?? 0);
  // a virtual node is a service, and as large as it likes to say
  const ordinary = nodes.filter((node) => apartKindOfRow(node) !== 'virtual');
  const largest = Math.max(0, ...sizes(ordinary)) || Math.max(0, ...sizes(nodes));
  const scaled = (amount: number): number => (largest > 0 ? Math.round((amount / largest) * 1e6) : 0);
  const of = (key: 'allocatable' | 'allocated' | 'daemonSet'): number[] =>
    nodes.map(({ resources }) => scaled(resources[name]?.[key] ?? 0));
  return {
    name: printable(name),
    allocatable: of('allocatable'),
    allocated: of('allocated'),
    daemonSet: of('daemonSet'),
    requests: workloads.map(({ requests }) => scaled(requests[name] ?? 0)),
  };
}

interface Placed {
  /** The workload's position. */
  readonly at: number;
  readonly pods: number;
  /** Of the node, by the resource it takes most of. */
  readonly share: number;
}

/** The largest first, without DaemonSets. */
function placementsOf({ placements, resources }: NodeRow, workloads: readonly WorkloadRow[]): Placed[] {
  return placements
    .flatMap(([index, pods]): Placed[] => {
      // rows are stored in the order of their index
      const workload = workloads[index];
      if (workload === undefined || workload.daemonSet) return [];
      const shares = Object.entries(workload.requests).map(([name, amount]) => {
        const allocatable = resources[name]?.allocatable ?? 0;
        return allocatable > 0 ? (amount * pods) / allocatable : 0;
      });
      return [{ at: index, pods, share: Math.max(0, ...shares) }];
    })
    .toSorted((a, b) => b.share - a.share || a.at - b.at);
}

/** As many of each node as keep all within the bound. */
function cutTo(most: number, placements: readonly (readonly Placed[])[]): (readonly Placed[])[] {
  const total = (each: number): number =>
    placements.reduce((sum, { length }) => sum + Math.min(each, length), 0);
  let each = Math.max(0, ...placements.map(({ length }) => length));
  while (each > 1 && total(each) > most) each -= 1;
  return placements.map((placed) => placed.slice(0, each));
}

export interface Pool {
  readonly name: string;
  /** Positions in the rows. */
  readonly nodes: readonly number[];
}

/** The one with the most nodes first, those without a pool last; the rest beyond the first 50 together. */
export function poolsIn(nodes: readonly Pick<NodeRow, 'nodePool'>[]): Pool[] {
  const byPool = Map.groupBy(nodes.keys(), (index) => nodes[index]?.nodePool ?? null);
  const named = [...byPool]
    .toSorted(
      ([a, inA], [b, inB]) =>
        Number(a === null) - Number(b === null) ||
        inB.length - inA.length ||
        ((a ?? '') < (b ?? '') ? -1 : 1),
    )
    .map(([name, members]): Pool => ({ name: name === null ? noPool : printable(name), nodes: members }));
  if (named.length <= maxPools) return named;
  const rest = named.slice(maxPools - 1).flatMap((pool) => pool.nodes);
  return [...named.slice(0, maxPools - 1), { name: otherPools, nodes: rest }];
}

function poolsOf(nodes: readonly NodeRow[], first: PictureResource | undefined): PoolData[] {
  const size = (index: number): number => first?.allocatable[index] ?? 0;
  const fill = (index: number): number => first?.allocated[index] ?? 0;
  return poolsIn(nodes).map(({ name, nodes: members }) => ({
    name,
    nodes: members.toSorted((a, b) => size(b) - size(a) || fill(b) - fill(a) || a - b),
  }));
}
