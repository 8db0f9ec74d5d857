/** The parts of the report, in their order; one that has nothing to say is left out. */
import type { NodeRow } from '../../model/snapshot.ts';
import { formatAmount, formatCount, formatNumber, formatPercent } from '../format.ts';
import type { View } from '../view.ts';
import { problemLines } from '../headline.ts';
import { barColumn, countColumn, groupsView, resourcesView } from '../views.ts';
import { histogram, scatter, scatterText } from './charts.ts';
import { searchable, sectionsFrom, type Section } from './document.ts';
import { html, type Html } from './markup.ts';
import { packingHtml } from './packing.ts';
import type { Report } from './page.ts';
import { poolsIn, type Pool } from './picture.ts';
import { tableHtml } from './table.ts';
import { trendData, trendTables, type Trend } from './trend.ts';

export function sectionsOf(report: Report): Section[] {
  const { nodes, workloads } = report;
  return sectionsFrom([
    ['glance', 'At a glance', glance(report)],
    ['packing', 'How few nodes would do', packingHtml(report)],
    ['trend', 'Trend', trend(report)],
    ['picture', 'The packing picture', picture(report)],
    ['balance', 'cpu against memory', balance(report)],
    ['utilization', 'How full the nodes are', utilization(report)],
    ['pools', 'Node pools', pools(report)],
    ['groups', 'Label groups', groups(report)],
    ['nodes', 'Nodes', nodes.length === 0 ? null : searchable('nodes')],
    ['workloads', 'Workloads', workloads.length === 0 ? null : searchable('workloads')],
    ['problems', 'Problems', problems(report)],
  ]);
}

/** Those that nodes have, but for pod slots, which have no size. */
export function drawnResources({ summary, resources }: Report): string[] {
  return resources.filter((name) => name !== 'pods' && (summary.resources[name]?.allocatable ?? 0) > 0);
}

function glance({ summary, resources, ...rest }: Report): Html {
  const { nodes, pods } = summary;
  const cards = drawnResources({ summary, resources, ...rest })
    .slice(0, 2)
    .map((name) => {
      const found = summary.resources[name];
      const { utilization = null, allocated = 0, allocatable = 0, stranded = null } = found ?? {};
      const lost = stranded === null ? '' : ` ${formatAmount(name, stranded)} of what is free is stranded.`;
      return card(
        `${name} utilization`,
        formatPercent(utilization),
        `Pods ask for ${formatAmount(name, allocated)} of the ${formatAmount(name, allocatable)} that the scheduler may give away.${lost}`,
      );
    });
  return html`<div class="cards">
      ${cards}
      ${card('Nodes', formatNumber(nodes.total), `${formatNumber(nodes.ready)} are ready, ${formatNumber(nodes.unschedulable)} cordoned, ${formatNumber(nodes.tainted)} tainted.`)}
      ${card('Pods', formatNumber(pods.counted), `They are on a node. ${formatNumber(pods.pending)} wait for one; ${formatNumber(pods.daemonSet)} are of DaemonSets.`)}
    </div>
    ${tableHtml(resourcesView(summary, resources), 'Resources of the cluster; P10, P50 and P90 are percent over its nodes')}
    <details>
      <summary>What these numbers mean</summary>
      <dl>
        ${meanings.map(
          ([name, meaning]) =>
            html`<dt>${name}</dt>
              <dd>${meaning}</dd>`,
        )}
      </dl>
    </details>`;
}

export function card(title: string, value: string, meaning: string): Html {
  return html`<div class="card">
    <h3>${title}</h3>
    <p class="value">${value}</p>
    <p>${meaning}</p>
  </div>`;
}

const meanings = [
  ['Allocatable', 'What the scheduler may give away on the nodes: less than they have.'],
  ['Allocated', 'What the pods on nodes request, counted as kube-scheduler counts. It is not what they use.'],
  ['Utilization', 'Allocated of allocatable. Above 100 % a node is over-committed.'],
  [
    'Usable free',
    'What is left on nodes that are ready, not cordoned and without a taint that keeps pods away.',
  ],
  [
    'Stranded',
    "The part of usable free that the cluster's own pods cannot use: those that may run there do not fit.",
  ],
  ['Pending', 'Requests of pods without a node; no part of allocated.'],
] as const;

const list = (lines: readonly string[]): Html =>
  html`<ul>
    ${lines.map((line) => html`<li dir="auto">${line}</li>`)}
  </ul>`;

function trend({ trend }: Report): Html | null {
  if (trend === null) return null;
  const missing =
    trend.leftOut === 0
      ? html``
      : html`<p class="note">
          ${formatCount(trend.leftOut, 'snapshot')} of that time could not be read, and
          ${trend.leftOut === 1 ? 'is' : 'are'} left out here.
        </p>`;
  return html`${missing}${trendCharts(trend)}`;
}

function trendCharts(trend: Trend): Html {
  if (trendData(trend) === null)
    return html`<p class="note">
      There are fewer than two points in that time: take snapshots on a schedule.
    </p>`;
  return html`<div id="charts"></div>
    <details>
      <summary>The same as tables</summary>
      ${trendTables(trend)}
    </details>`;
}

function picture(report: Report): Html | null {
  if (report.nodes.length === 0) return null;
  const [first] = drawnResources(report);
  if (first === undefined) return null;
  return html`<p>
      Each box is a node, as high as it is large. From below: DaemonSet pods (dark), the other pods, one block
      a workload, then what is free. Hatched is stranded: free, but the cluster's own pods do not fit or may
      not run there. A cross marks nodes where no room counts as usable. The same in numbers: the
      <a href="#pools">table of node pools</a> and the <a href="#nodes">table of nodes</a>.
    </p>
    <div id="boxes"></div>`;
}

function balance({ nodes }: Report): Html | null {
  const dots = nodes.flatMap(({ resources }) => {
    const [x, y] = [resources['cpu']?.utilization ?? null, resources['memory']?.utilization ?? null];
    return x === null || y === null ? [] : [{ x, y }];
  });
  if (dots.length === 0) return null;
  const axes = { x: 'cpu', y: 'memory' };
  return html`<figure>
    ${scatter(dots, axes)}
    <figcaption>
      One dot a node. Far from the diagonal, one of the two runs out while the other is left:
      ${scatterText(dots, axes)}.
    </figcaption>
  </figure>`;
}

const ratiosOf = (nodes: readonly NodeRow[], name: string): number[] =>
  nodes.flatMap(({ resources }) => resources[name]?.utilization ?? []);

function utilization(report: Report): Html | null {
  const { nodes } = report;
  const drawn = drawnResources(report).filter((name) => ratiosOf(nodes, name).length > 0);
  if (drawn.length === 0) return null;
  return html`<div class="multiples">
    ${drawn.map(
      (name) =>
        html`<figure>
          <figcaption>${name}: nodes by utilization, in %</figcaption>
          ${histogram(ratiosOf(nodes, name), `nodes by ${name} utilization`)}
        </figure>`,
    )}
  </div>`;
}

function pools(report: Report): Html | null {
  const { nodes } = report;
  const drawn = drawnResources(report).slice(0, 2);
  const found = poolsIn(nodes);
  if (found.length === 0 || drawn.length === 0) return null;
  const rowsOf = (pool: Pool): NodeRow[] => pool.nodes.flatMap((index) => nodes[index] ?? []);
  const multiples = found.map((pool) => {
    const rows = rowsOf(pool);
    return html`<section class="multiple">
      <h3><bdi>${pool.name}</bdi></h3>
      <p>${formatCount(rows.length, 'node')}</p>
      ${drawn.map(
        (name) =>
          html`<figure>
            <figcaption>${name}, %</figcaption>
            ${histogram(ratiosOf(rows, name), `${pool.name}: nodes by ${name} utilization`)}
          </figure>`,
      )}
    </section>`;
  });
  return html`${tableHtml(poolsView(found, rowsOf, drawn), 'Node pools, the largest first')}
    <div class="multiples">${multiples}</div>`;
}

/** Ratios of sums, so that large nodes count for more. */
function poolsView(
  pools: readonly Pool[],
  rowsOf: (pool: Pool) => readonly NodeRow[],
  resources: readonly string[],
): View<Pool> {
  const ratio = (pool: Pool, name: string): number | null => {
    const amounts = rowsOf(pool).flatMap((row) => row.resources[name] ?? []);
    const sum = (key: 'allocatable' | 'allocated'): number =>
      amounts.reduce((total, each) => total + each[key], 0);
    return sum('allocatable') > 0 ? sum('allocated') / sum('allocatable') : null;
  };
  return {
    rows: pools,
    columns: [
      { key: 'pool', title: 'NODE POOL', text: ({ name }) => name },
      countColumn('nodes', 'NODES', ({ nodes }) => nodes.length),
      countColumn('pods', 'PODS', (pool) => rowsOf(pool).reduce((sum, { pods }) => sum + pods, 0)),
      ...resources.map((name) => barColumn<Pool>(name, name.toUpperCase(), (pool) => ratio(pool, name))),
    ],
  };
}

function groups({ summary, resources }: Report): Html | null {
  return summary.groups.length === 0
    ? null
    : tableHtml(
        groupsView(summary.groups, resources),
        'By the label groups that the snapshot was taken with',
      );
}

function problems({ summary }: Report): Html {
  const lines = problemLines(summary);
  return lines.length === 0 ? html`<p>None.</p>` : list(lines);
}
