/** All clusters of a store: the page to begin with. Pure. */
import { clustersView, type ClusterRow } from '../fleet.ts';
import { capital } from '../format.ts';
import { sectionHtml, sectionsFrom, type Document } from './document.ts';
import { html, type Html } from './markup.ts';
import { tableHtml, type Links } from './table.ts';

export interface Fleet {
  /** Where the snapshots are, and when that was read. */
  readonly store: string;
  readonly rows: readonly ClusterRow[];
  readonly resources: readonly string[];
  /** What is wrong with the store, in sentences. */
  readonly problems: readonly string[];
  readonly links: Links<ClusterRow>;
  readonly endpoints: Html;
  readonly toolVersion: string;
}

export function fleetDocument(fleet: Fleet): Document {
  const { store, rows, resources, problems, links, endpoints, toolVersion } = fleet;
  const isThere = (name: string): boolean =>
    rows.some(({ summary }) => (summary.resources[name]?.allocatable ?? 0) > 0);
  // as many as stand beside each other
  const shown = resources.filter((name) => name !== 'pods' && isThere(name)).slice(0, 2);
  const clusters =
    rows.length === 0
      ? html`<p>There is none yet: kube-binpack snapshot takes one.</p>`
      : tableHtml(clustersView(rows, shown), 'The newest snapshot of each cluster', links);
  const sections = sectionsFrom([
    ['clusters', 'Clusters', clusters],
    ['endpoints', 'What is answered here', endpoints],
  ]);
  return {
    title: 'Clusters: packing',
    header: html`<h1>kube-binpack</h1>
      <p dir="auto">${store}</p>
      ${problems.map((problem) => html`<p role="alert" dir="auto">${capital(problem)}.</p>`)}`,
    main: html`${sections.map(sectionHtml)}`,
    footer: html`<p>kube-binpack ${toolVersion}. Requests, not usage.</p>`,
    data: null,
  };
}
