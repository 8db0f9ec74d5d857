/** docs/bench.json, as `npm run bench -- ... --json` wrote it: tables for the README, and the picture of memory. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';

type Figures = Readonly<Record<string, number>>;

interface Report {
  readonly scenario: string;
  readonly setting: string;
  readonly rounds: number;
  readonly medians: Readonly<Record<string, Figures>>;
  readonly budgets: readonly {
    readonly what: string;
    readonly value: number;
    readonly limit: number;
    readonly met: boolean;
  }[];
}

interface Bench {
  readonly machine: { readonly node: string; readonly processor: string; readonly cores: number };
  readonly reports: readonly Report[];
}

export const benchFile = 'docs/bench.json';

export async function readBench(root: string): Promise<Bench> {
  return JSON.parse(await readFile(path.join(root, benchFile), 'utf8')) as Bench;
}

type Table = (header: readonly string[], rows: readonly (readonly string[])[]) => string;

export function performanceTables({ machine, reports }: Bench, tableOf: Table): string {
  const { node, processor, cores } = machine;
  const parts = reports
    .filter(({ scenario }) => scenario !== 'memory')
    .map((report) => `${captionOf(report)}\n\n${figuresTable(report, tableOf)}`);
  const budgets = reports.flatMap(({ scenario, budgets: all }) =>
    all.map(({ what, value, limit, met }) => [
      scenario,
      what,
      rounded(value),
      rounded(limit),
      met ? 'met' : '**not met**',
    ]),
  );
  return [
    `Measured with Node ${node.replace(/^v/, '')} on ${cores} cores of ${processor}; server and client share them.`,
    ...parts,
    'And against what we promise ourselves:',
    tableOf(['scenario', 'figure', 'measured', 'at most', ''], budgets),
  ].join('\n\n');
}

function captionOf({ scenario, setting, rounds }: Report): string {
  return `\`${scenario}\`: ${setting}; ${rounds === 1 ? 'one round' : `medians of ${rounds} rounds in turn`}.`;
}

const titles: Readonly<Record<string, string>> = {
  wallSeconds: 'wall, s',
  cpuSeconds: 'CPU, s',
  peakRssMiB: 'peak memory, MiB',
  megabytes: 'bodies, MB',
  kilobytes: 'bundle, kB',
  atLeast: 'nodes at least',
  found: 'nodes found',
  rows: 'workload rows',
};

function figuresTable({ medians }: Report, tableOf: Table): string {
  const names = Object.keys(Object.values(medians)[0] ?? {});
  return tableOf(
    ['', ...names.map((name) => titles[name] ?? name)],
    Object.entries(medians).map(([contender, figures]) => [
      contender,
      ...names.map((name) => rounded(figures[name] ?? Number.NaN)),
    ]),
  );
}

/** Three digits say enough of a measurement. */
function rounded(value: number): string {
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

const budgetMiB = 128;
const [width, height, base, top] = [760, 300, 250, 40];

/** Bars of peak memory: by pods at one number of nodes, by nodes at one number of pods. */
export function memoryChart({ reports }: Bench): string {
  const medians = reports.find(({ scenario }) => scenario === 'memory')?.medians ?? {};
  const sizes = Object.entries(medians).map(([name, figures]) => {
    const [nodes = 0, pods = 0] = (name.match(/\d+/g) ?? []).map(Number);
    return { nodes, pods, mib: figures['peakRssMiB'] ?? Number.NaN };
  });
  const usual = sizes[1] ?? { nodes: 0, pods: 0 };
  const byPods = sizes.filter(({ nodes }) => nodes === usual.nodes).sort((a, b) => a.pods - b.pods);
  const byNodes = sizes.filter(({ pods }) => pods === usual.pods).sort((a, b) => a.nodes - b.nodes);
  const most = Math.max(budgetMiB, ...sizes.map(({ mib }) => mib)) * 1.1;
  const yOf = (mib: number): number => base - (mib / most) * (base - top);
  const bars = (group: readonly { label: string; mib: number }[], left: number): string =>
    group
      .map(({ label, mib }, index) => {
        const x = left + index * 90;
        return `<rect x="${x}" y="${yOf(mib).toFixed(1)}" width="56" height="${(base - yOf(mib)).toFixed(1)}"/>
<text x="${x + 28}" y="${(yOf(mib) - 6).toFixed(1)}">${Math.round(mib)}</text>
<text x="${x + 28}" y="${base + 18}">${label}</text>`;
      })
      .join('\n');
  const count = (value: number): string => value.toLocaleString('en-US');
  const described = [...byPods, ...byNodes]
    .map(({ nodes, pods, mib }) => `${count(nodes)} nodes and ${count(pods)} pods: ${Math.round(mib)} MiB`)
    .join('; ');
  const line = yOf(budgetMiB).toFixed(1);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-label="Peak memory of a run. ${described}">
<style>
  text { font: 13px system-ui, sans-serif; fill: #444; text-anchor: middle }
  rect { fill: #3b7dd8 }
  line { stroke: #c2410c; stroke-dasharray: 5 4 }
  .budget { fill: #c2410c; text-anchor: end }
  @media (prefers-color-scheme: dark) { text { fill: #ccc } rect { fill: #6ea8fe } line { stroke: #fb923c } .budget { fill: #fb923c } }
</style>
${bars(
  byPods.map(({ pods, mib }) => ({ label: count(pods), mib })),
  40,
)}
${bars(
  byNodes.map(({ nodes, mib }) => ({ label: count(nodes), mib })),
  460,
)}
<text x="${40 + 45 * byPods.length - 17}" y="${base + 40}">pods, on ${count(usual.nodes)} nodes</text>
<text x="${460 + 45 * byNodes.length - 17}" y="${base + 40}">nodes, with ${count(usual.pods)} pods</text>
<line x1="20" x2="${width - 20}" y1="${line}" y2="${line}"/>
<text class="budget" x="${width - 20}" y="${(Number(line) - 6).toFixed(1)}">${budgetMiB} MiB</text>
<text x="${width / 2}" y="20">Peak memory of a whole run, MiB</text>
</svg>
`;
}
