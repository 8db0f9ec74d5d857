/** Where the boxes of a node pool stand, and what is in them. Pure. */
import type { PictureData, PictureResource } from '../html/data.ts';

export interface Box {
  readonly node: number;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface Layout {
  readonly boxes: readonly Box[];
  readonly perRow: number;
  readonly height: number;
}

interface Size {
  readonly width: number;
  readonly gap: number;
  readonly height: number;
}

/** Narrow columns for thousands of nodes, boxes with room for blocks for a few. */
function sizeOf(nodes: number): Size {
  if (nodes <= 40) return { width: 48, gap: 8, height: 160 };
  if (nodes <= 400) return { width: 14, gap: 3, height: 110 };
  if (nodes <= 1500) return { width: 6, gap: 2, height: 80 };
  return { width: 3, gap: 1, height: 112 };
}

const leastHeight = 4;

/** `total`: of all node pools, so that boxes are alike everywhere. They stand on the floor of their line. */
export function layOut(
  nodes: readonly number[],
  { allocatable }: PictureResource,
  { width, total }: { readonly width: number; readonly total: number },
): Layout {
  const size = sizeOf(total);
  const perRow = Math.max(1, Math.floor((width + size.gap) / (size.width + size.gap)));
  const heightOf = (node: number): number => {
    const share = Math.min(1, (allocatable[node] ?? 0) / 1e6);
    return Math.max(leastHeight, Math.round(share * size.height));
  };
  const boxes: Box[] = [];
  let top = 0;
  for (let from = 0; from < nodes.length; from += perRow) {
    const line = nodes.slice(from, from + perRow);
    const floor = top + Math.max(...line.map(heightOf));
    for (const [column, node] of line.entries()) {
      const height = heightOf(node);
      boxes.push({ node, x: column * (size.width + size.gap), y: floor - height, width: size.width, height });
    }
    top = floor + Math.max(4, 2 * size.gap);
  }
  return { boxes, perRow, height: top };
}

export interface Block {
  readonly kind: 'daemonSet' | 'workload' | 'other' | 'stranded' | 'free';
  /** null but for a workload. */
  readonly workload: number | null;
  /** Of what is allocatable. */
  readonly share: number;
}

/** From below. `other`: pods that the data has no room for. An over-committed node's blocks add up to more than 1. */
export function blocksOf(
  node: number,
  resource: PictureResource,
  { placements, stranded }: PictureData,
): Block[] {
  const allocatable = resource.allocatable[node] ?? 0;
  if (allocatable === 0) return [];
  const allocated = (resource.allocated[node] ?? 0) / allocatable;
  const daemonSet = (resource.daemonSet[node] ?? 0) / allocatable;
  const pairs = placements[node] ?? [];
  const blocks: Block[] = [{ kind: 'daemonSet', workload: null, share: daemonSet }];
  let left = allocated - daemonSet;
  for (let i = 0; i + 1 < pairs.length; i += 2) {
    const workload = pairs[i] ?? 0;
    const share = Math.min(left, ((resource.requests[workload] ?? 0) * (pairs[i + 1] ?? 0)) / allocatable);
    blocks.push({ kind: 'workload', workload, share });
    left -= share;
  }
  const free = Math.max(0, 1 - allocated);
  const lost = (free * (stranded[node] ?? 0)) / 1000;
  // what is left of rounding is no pod
  blocks.push({ kind: 'other', workload: null, share: left > 1e-4 ? left : 0 });
  blocks.push(
    { kind: 'stranded', workload: null, share: lost },
    { kind: 'free', workload: null, share: free - lost },
  );
  return blocks.filter(({ share }) => share > 0);
}
