/** What changed between two snapshots, as a page. Pure. */
import type { Summary } from '../../model/snapshot.ts';
import type { Attribution, Diff, WorkloadChangeKind } from '../../packing/diff.ts';
import { attributionView, nodeChangesView, pointsText, workloadChangesView } from '../diff.ts';
import { formatCount, formatNumber, formatPercent } from '../format.ts';
import type { View } from '../view.ts';
import type { ReportData } from './data.ts';
import {
  contents,
  searchable,
  sectionHtml,
  sectionsFrom,
  withoutScript,
  type Document,
  type Pack,
} from './document.ts';
import { html, type Html } from './markup.ts';
import { card } from './sections.ts';
import { tableData, tableHtml } from './table.ts';

export interface Comparison {
  readonly diff: Diff;
  readonly before: Summary;
  readonly after: Summary;
  readonly resources: readonly string[];
}

export function comparisonDocument(comparison: Comparison, pack: Pack): Document {
  const { diff, before, after, resources } = comparison;
  const nodes = nodeChangesView(diff);
  const workloads = workloadChangesView(diff, resources);
  const sections = sectionsFrom([
    ['glance', 'At a glance', glance(comparison)],
    ['moved', 'What moved the utilization', moved(comparison)],
    ['nodes', 'Nodes that came and went', nodes.rows.length === 0 ? none : searchable('nodes')],
    ['workloads', 'Workloads that changed', workloads.rows.length === 0 ? none : searchable('workloads')],
  ]);
  const data: ReportData = {
    nodes: tableData(inWords(nodes, 'node')),
    workloads: tableData(inWords(workloads, 'name')),
    picture: null,
    trend: null,
  };
  return {
    title: `${diff.cluster} from ${diff.before} to ${diff.after}: what changed`,
    header: html`<h1>What changed in <bdi>${diff.cluster}</bdi></h1>
      <p>
        From ${timeText(before)} (${formatCount(before.nodes.total, 'node')},
        ${formatCount(before.pods.counted, 'pod')}) to ${timeText(after)}
        (${formatCount(after.nodes.total, 'node')}, ${formatCount(after.pods.counted, 'pod')}).
      </p>
      ${contents(sections)}`,
    main: html`${withoutScript('the tables of nodes and workloads')} ${sections.map(sectionHtml)}`,
    footer: html`<p>
      kube-binpack ${after.toolVersion}, snapshots ${diff.before} and ${diff.after}. Requests, not usage.
    </p>`,
    data: pack(JSON.stringify(data)),
  };
}

const none = html`<p>None.</p>`;

/** 2026-11-21 07:45:00 UTC */
export function timeText({ scheduledAt }: Pick<Summary, 'scheduledAt'>): string {
  return `${scheduledAt.slice(0, 10)} ${scheduledAt.slice(11, 19)} UTC`;
}

function glance({ diff, resources }: Comparison): Html {
  const drawn = partsOf(diff, resources).slice(0, 2);
  const count = (change: WorkloadChangeKind): number =>
    diff.workloads.filter((workload) => workload.change === change).length;
  const { added, gone } = diff.nodes;
  return html`<div class="cards">
    ${drawn.map(([name, { before, after }]) =>
      card(
        `${name} utilization`,
        `${pointsText(after - before)} points`,
        `From ${formatPercent(before)} to ${formatPercent(after)} of what the scheduler may give away.`,
      ),
    )}
    ${card('Nodes', `+${formatNumber(added.length)} -${formatNumber(gone.length)}`, 'Those that were added, and those that are gone.')}
    ${card(
      'Workloads',
      formatNumber(diff.workloads.length),
      `${count('appeared')} appeared, ${count('vanished')} vanished, ${count('grew')} grew, ${count('shrank')} shrank, ${count('requests')} ask for something else with as many pods.`,
    )}
  </div>`;
}

function partsOf(
  { utilization }: Diff,
  resources: readonly string[],
): (readonly [name: string, parts: Attribution])[] {
  return resources.flatMap((name) => {
    const parts = utilization[name] ?? null;
    return parts === null || name === 'pods' ? [] : [[name, parts] as const];
  });
}

function moved({ diff, resources }: Comparison): Html {
  const sentences = partsOf(diff, resources).map(
    ([name, { before, after, capacity, demand, requests }]) =>
      html`<li>
        <bdi>${name}</bdi>: ${pointsText(after - before)} points, of which ${pointsText(capacity)} by
        capacity, ${pointsText(demand)} by demand and ${pointsText(requests)} by requests per pod.
      </li>`,
  );
  return html`<ul>
      ${sentences}
    </ul>
    ${tableHtml(attributionView(diff, resources), 'In points of a percent; the three parts sum to the change')}
    <details>
      <summary>What these parts mean</summary>
      <dl>
        <dt>By capacity</dt>
        <dd>Nodes came or went, or became larger or smaller. More room lowers the utilization.</dd>
        <dt>By demand</dt>
        <dd>Workloads came or went, or have more or fewer pods.</dd>
        <dt>By requests</dt>
        <dd>Pods of the same workloads ask for more or less each.</dd>
      </dl>
    </details>`;
}

const words: Readonly<Record<string, string>> = { requests: 'requests changed' };

/** What names the row stands first, and what happened to it in words in place of a mark. */
function inWords<Row extends { readonly change: string }>(
  { rows, columns }: View<Row>,
  name: string,
): View<Row> {
  const named = columns.filter(({ key }) => key === name);
  const rest = columns.filter(({ key }) => key !== name && key !== 'change');
  const change = {
    key: 'change',
    title: 'CHANGE',
    text: (row: Row): string => words[row.change] ?? row.change,
  };
  return { rows, columns: [...named, change, ...rest] };
}
