/** The report: one HTML text that needs nothing else, from disk or from a bucket. Pure. */
import type { NodeRow, Summary, WorkloadRow } from '../../model/snapshot.ts';
import { headline, nodesView, workloadsView } from '../views.ts';
import type { ReportData } from './data.ts';
import { html, trusted, type Html } from './markup.ts';
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
}

/** What the page's script and style are, with their hash (SHA-256, base64): nothing else may run. */
export interface Viewer {
  readonly script: Asset;
  readonly style: Asset;
}

export interface Asset {
  readonly text: string;
  readonly sha256: string;
}

/** Text -> gzip in base64, in which nothing can end the element that it stands in: a quarter of the text's size. */
export type Pack = (text: string) => string;

export function renderReport(report: Report, { script, style }: Viewer, pack: Pack): string {
  const { summary } = report;
  const sections = sectionsOf(report);
  const title = `${summary.cluster} at ${summary.snapshotId}: packing`;
  const policy = [
    "default-src 'none'",
    `script-src 'sha256-${script.sha256}'`,
    `style-src 'sha256-${style.sha256}'`,
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  const page = html`<html lang="en">
    <head>
      <meta charset="utf-8" />
      <meta http-equiv="Content-Security-Policy" content="${trusted(policy)}" />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <meta name="color-scheme" content="light dark" />
      <meta name="referrer" content="no-referrer" />
      <title>${title}</title>
      <link rel="icon" href="data:," />
      ${element('style', style)}
    </head>
    <body>
      <a class="skip" href="#main">Skip to the report</a>
      <header>
        <h1>Packing of <bdi>${summary.cluster}</bdi></h1>
        <p>${headline(summary)}</p>
        <nav aria-label="Sections">
          <ul>
            ${sections.map(({ id, title }) => html`<li><a href="#${id}">${title}</a></li>`)}
          </ul>
        </nav>
      </header>
      <main id="main" tabindex="-1">
        <noscript
          ><p class="note">
            Without JavaScript the trend, the packing picture and the tables of nodes and workloads are
            missing.
          </p></noscript
        >
        ${sections.map(sectionHtml)}
      </main>
      <footer>
        <p>
          kube-binpack ${summary.toolVersion}, snapshot ${summary.snapshotId}, counted as kube-scheduler
          ${summary.semantics} counts. Requests, not usage.
        </p>
      </footer>
      <script type="text/plain" id="data">
        ${pack(JSON.stringify(reportData(report)))}
      </script>
      ${element('script', script)}
    </body>
  </html>`;
  return `<!doctype html>\n${page.html}\n`;
}

/** Not a character more: its hash is that of the text alone. */
function element(name: 'style' | 'script', { text }: Asset): Html {
  const type = name === 'script' ? ' type="module"' : '';
  return trusted(`<${name}${type}>${text}</${name}>`);
}

function sectionHtml({ id, title, body }: ReturnType<typeof sectionsOf>[number]): Html {
  return html`<section id="${id}" aria-labelledby="${id}-title">
    <h2 id="${id}-title">${title}</h2>
    ${body}
  </section>`;
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
