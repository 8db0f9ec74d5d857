/** Small pictures as SVG, which need no script and print well. What they show is said in words too. */
import { formatCount, formatPercent } from '../format.ts';
import { html, type Html } from './markup.ts';

/** A ratio of 1 as a bar; one that is over-committed is full, and marked. */
export function ratioBar(ratio: number | null): Html | null {
  if (ratio === null) return null;
  const width = Math.round(Math.min(1, Math.max(0, ratio)) * 100);
  const beyond = ratio > 1 ? html`<path d="M94 0l6 4-6 4z" class="over" />` : null;
  return html`<svg class="bar" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">
    <rect width="100" height="8" class="empty" />
    <rect width="${width}" height="8" class="full" />
    ${beyond}
  </svg>`;
}

/** 0-5 %, 5-10 % and so on, then 100 % and more. */
const binCount = 21;

export function binsOf(ratios: readonly number[]): number[] {
  const bins = Array.from({ length: binCount }, () => 0);
  for (const ratio of ratios) {
    // 0.15 * 20 is a little less than 3
    const bin = Math.min(binCount - 1, Math.floor(ratio * (binCount - 1) + 1e-9));
    bins[bin] = (bins[bin] ?? 0) + 1;
  }
  return bins;
}

/** How many nodes are so full; `most`: what the highest bar stands for, so that several can be compared. */
export function histogram(ratios: readonly number[], about: string, most?: number): Html {
  const bins = binsOf(ratios);
  const highest = Math.max(1, most ?? Math.max(...bins));
  const bars = bins.map((count, bin) => {
    const height = count === 0 ? 0 : Math.max(1, (count / highest) * 80);
    return html`<rect
      x="${bin * 12 + 1}"
      y="${(84 - height).toFixed(1)}"
      width="10"
      height="${height.toFixed(1)}"
      class="${bin === binCount - 1 ? 'over' : 'full'}"
    >
      <title>${rangeText(bin)}: ${formatCount(count, 'node')}</title>
    </rect>`;
  });
  const marks = [0, 25, 50, 75, 100].map(
    (percent) => html`<text x="${percent * 2.4}" y="97" text-anchor="middle">${percent}</text>`,
  );
  return html`<svg
    class="histogram"
    viewBox="-8 -10 270 110"
    role="img"
    aria-label="${histogramText(bins, about)}"
  >
    <path d="M0 84.5h252" class="axis" />
    ${bars}${marks}
    <text x="-2" y="0">${formatCount(highest, 'node')}</text>
  </svg>`;
}

const rangeText = (bin: number): string =>
  bin === binCount - 1 ? '100 % and more' : `${bin * 5} to ${bin * 5 + 5} %`;

function histogramText(bins: readonly number[], about: string): string {
  const filled = [...bins.entries()].filter(([, count]) => count > 0);
  return `${about}: ${filled.map(([bin, count]) => `${rangeText(bin)}: ${formatCount(count, 'node')}`).join('; ')}`;
}

export interface Dot {
  readonly x: number;
  readonly y: number;
}

/** A dot a node, by two of its ratios; on the diagonal both are used alike. */
export function scatter(dots: readonly Dot[], axes: { readonly x: string; readonly y: string }): Html {
  const side = 320;
  const at = (ratio: number): number => Math.round(Math.min(1.05, Math.max(0, ratio)) * side);
  const path = dots.map(({ x, y }) => `M${at(x)} ${side - at(y)}h0`).join('');
  const marks = [0, 0.25, 0.5, 0.75, 1].map(
    (ratio) =>
      html`<text x="${at(ratio)}" y="${side + 16}" text-anchor="middle">${ratio * 100}</text
        ><text x="-6" y="${side - at(ratio) + 4}" text-anchor="end">${ratio * 100}</text>`,
  );
  return html`<svg
    class="scatter"
    viewBox="-50 -24 410 390"
    role="img"
    aria-label="${scatterText(dots, axes)}"
  >
    <path d="M0 0v${side}h${side}" class="axis" />
    <path d="M0 ${side}L${side} 0" class="diagonal" />
    <path d="${path}" class="dots" />
    ${marks}
    <text x="${side / 2}" y="${side + 34}" text-anchor="middle">${axes.x}, % of allocatable</text>
    <text x="-46" y="-10">${axes.y}, % of allocatable</text>
  </svg>`;
}

const even = 0.1;

export function scatterText(
  dots: readonly Dot[],
  { x, y }: { readonly x: string; readonly y: string },
): string {
  const [above, below] = [
    dots.filter((dot) => dot.y - dot.x > even).length,
    dots.filter((dot) => dot.x - dot.y > even).length,
  ];
  return `of ${formatCount(dots.length, 'node')}, ${below} are filled more by ${x} than by ${y}, ${above} more by ${y}, and ${dots.length - above - below} about alike (within ${formatPercent(even)})`;
}
