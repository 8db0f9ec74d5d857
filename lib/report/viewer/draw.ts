/** Draws boxes on a canvas, in the colours of the page. */
import type { PictureData, PictureResource } from '../html/data.ts';
import { blocksOf, type Block, type Box, type Layout } from './layout.ts';

export interface Scene {
  readonly canvas: HTMLCanvasElement;
  readonly layout: Layout;
  readonly resource: PictureResource;
  readonly picture: PictureData;
  readonly width: number;
}

/** Neighbouring blocks differ in lightness too. */
const tints = 6;

export function draw({ canvas, layout, resource, picture, width }: Scene): void {
  const scale = devicePixelRatio;
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(layout.height * scale);
  canvas.style.height = `${layout.height}px`;
  const context = canvas.getContext('2d');
  if (context === null) return;
  context.scale(scale, scale);
  const styles = getComputedStyle(canvas);
  const color = (name: string): string => styles.getPropertyValue(`--${name}`).trim();
  const workloads = Array.from({ length: tints }, (_, tint) => color(`workload-${tint}`));
  const hatch = hatched(context, color('hatch'), color('free'));
  const fills = {
    daemonSet: color('daemon-set'),
    other: color('other'),
    free: color('free'),
    stranded: hatch,
  } as const;
  const line = color('ground');
  const frame = color('frame');
  const fillOf = ({ kind, workload }: Block): string | CanvasPattern =>
    kind === 'workload' ? (workloads[(workload ?? 0) % tints] ?? '') : fills[kind];
  for (const box of layout.boxes) {
    drawBox(context, box, blocksOf(box.node, resource, picture), fillOf, line);
    context.strokeStyle = frame;
    context.lineWidth = 1;
    if (box.width > 3) context.strokeRect(box.x + 0.5, box.y + 0.5, box.width - 1, box.height - 1);
    if (picture.stranded[box.node] === null) cross(context, box, frame);
  }
}

function drawBox(
  context: CanvasRenderingContext2D,
  { x, y, width, height }: Box,
  blocks: readonly Block[],
  fillOf: (block: Block) => string | CanvasPattern,
  line: string,
): void {
  let from = y + height;
  for (const block of blocks) {
    const to = Math.max(y, from - block.share * height);
    context.fillStyle = fillOf(block);
    context.fillRect(x, to, width, from - to);
    // a line between blocks, where there is room for it
    if (width > 6 && from - to > 3) {
      context.fillStyle = line;
      context.fillRect(x, to, width, 1);
    }
    from = to;
  }
}

/** Nothing may be placed there, whatever is free. */
function cross(context: CanvasRenderingContext2D, box: Box, color: string): void {
  const { y, width, height } = box;
  const side = Math.min(width, height);
  const x = box.x + (width - side) / 2;
  context.strokeStyle = color;
  context.beginPath();
  context.moveTo(x, y);
  context.lineTo(x + side, y + side);
  context.moveTo(x + side, y);
  context.lineTo(x, y + side);
  context.stroke();
}

function hatched(context: CanvasRenderingContext2D, color: string, ground: string): string | CanvasPattern {
  const tile = document.createElement('canvas');
  [tile.width, tile.height] = [6, 6];
  const inner = tile.getContext('2d');
  if (inner === null) return color;
  inner.fillStyle = ground;
  inner.fillRect(0, 0, 6, 6);
  inner.strokeStyle = color;
  inner.lineWidth = 1.5;
  inner.beginPath();
  for (const offset of [-6, 0, 6]) {
    inner.moveTo(offset, 6);
    inner.lineTo(offset + 6, 0);
  }
  inner.stroke();
  return context.createPattern(tile, 'repeat') ?? color;
}
