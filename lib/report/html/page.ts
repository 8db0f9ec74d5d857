/** The report: one HTML text that needs nothing else, from disk or from a bucket. Pure. */
import type { NodeRow, Summary, WorkloadRow } from '../../model/snapshot.ts';
import { headline } from '../headline.ts';
import { nodesView, workloadsView } from '../views.ts';
import type { NamedRepacking, NotRepacked } from '../repack.ts';
import type { ReportData } from './data.ts';
import {
  contents,
  renderDocument,
  sectionHtml,
  withoutScript,
  type Document,
  type Pack,
  type Viewer,
} from './document.ts';
import { html } from './markup.ts';
import { pictureData } from './picture.ts';
import { drawnResources, sectionsOf } from './sections.ts';
import { tableData } from './table.ts';
import { trendData, type Trend } from './trend.ts';

export interface Report {
  readonly summary: Summary;
  readonly nodes: readonly NodeRow[];
  readonly workloads: readonly WorkloadRow[];
  /** Names to show; those that the cluster does not have are passed over. */
  readonly resources: readonly string[];
  /** null: nothing was asked of the time before. */
  readonly trend: Trend | null;
  readonly repacking: NamedRepacking | NotRepacked;
}

/** As a file. */
export function renderReport(report: Report, viewer: Viewer, pack: Pack): string {
  return renderDocument(reportDocument(report, pack), viewer, null);
}

export function reportDocument(report: Report, pack: Pack): Document {
  const { summary } = report;
  const sections = sectionsOf(report);
  return {
    title: `${summary.cluster} at ${summary.snapshotId}: packing`,
    header: html`<h1>Packing of <bdi>${summary.cluster}</bdi></h1>
      <p>${headline(summary)}</p>
      ${contents(sections)}`,
    main: html`${withoutScript('the trend, the packing picture and the tables of nodes and workloads')}
    ${sections.map(sectionHtml)}`,
    footer: html`<p>
      kube-binpack ${summary.toolVersion}, snapshot ${summary.snapshotId}, counted as kube-scheduler
      ${summary.semantics} counts. Requests, not usage.
    </p>`,
    data: pack(JSON.stringify(reportData(report))),
  };
}

function reportData(report: Report): ReportData {
  const { nodes, workloads, resources, trend } = report;
  return {
    nodes: tableData(nodesView(nodes, resources)),
    workloads: tableData(workloadsView(workloads, resources)),
    picture: pictureData({ nodes, workloads }, drawnResources(report)),
    trend: trend === null ? null : trendData(trend),
  };
}
