/** What every page has: head, policy, style; needs nothing from elsewhere. Pure. */
import { html, trusted, type Html } from './markup.ts';

export interface Document {
  readonly title: string;
  readonly header: Html;
  readonly main: Html;
  readonly footer: Html;
  /** For the script, packed; null: none runs. */
  readonly data: string | null;
}

/** What is around a page that a server sends. */
export interface Frame {
  /** Before all else: where to go from here. */
  readonly bar: Html;
  /** Then it asks for itself again; null: only when its reader does. */
  readonly reloadSeconds: number | null;
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

/** The same for the page itself and for the header that it is sent with. */
export function policyOf({ script, style }: Viewer, forms: 'none' | 'self'): string {
  return [
    "default-src 'none'",
    `script-src 'sha256-${script.sha256}'`,
    `style-src 'sha256-${style.sha256}'`,
    'img-src data:',
    "base-uri 'none'",
    `form-action '${forms}'`,
  ].join('; ');
}

/** `frame` null: a file, which has no forms. */
export function renderDocument(
  { title, header, main, footer, data }: Document,
  viewer: Viewer,
  frame: Frame | null,
): string {
  const policy = policyOf(viewer, frame === null ? 'none' : 'self');
  const reload = frame?.reloadSeconds ?? null;
  const page = html`<html lang="en">
    <head>
      <meta charset="utf-8" />
      <meta http-equiv="Content-Security-Policy" content="${trusted(policy)}" />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <meta name="color-scheme" content="light dark" />
      <meta name="referrer" content="no-referrer" />
      ${reload === null ? null : html`<meta http-equiv="refresh" content="${reload}" />`}
      <title>${title}</title>
      <link rel="icon" href="data:," />
      ${element('style', viewer.style)}
    </head>
    <body>
      <a class="skip" href="#main">Skip to the report</a>
      ${frame?.bar ?? null}
      <header>${header}</header>
      <main id="main" tabindex="-1">${main}</main>
      <footer>${footer}</footer>
      ${data === null ? null : scripts(data, viewer)}
    </body>
  </html>`;
  return `<!doctype html>\n${page.html}\n`;
}

function scripts(data: string, { script }: Viewer): Html {
  return html`<script type="text/plain" id="data">
      ${data}
    </script>
    ${element('script', script)}`;
}

/** Not a character more: its hash is that of the text alone. */
function element(name: 'style' | 'script', { text }: Asset): Html {
  const type = name === 'script' ? ' type="module"' : '';
  return trusted(`<${name}${type}>${text}</${name}>`);
}

export interface Section {
  readonly id: string;
  readonly title: string;
  readonly body: Html;
}

/** In their order; one that has nothing to say is left out. */
export function sectionsFrom(
  all: readonly (readonly [id: string, title: string, body: Html | null])[],
): Section[] {
  return all.flatMap(([id, title, body]) => (body === null ? [] : [{ id, title, body }]));
}

export function sectionHtml({ id, title, body }: Section): Html {
  return html`<section id="${id}" aria-labelledby="${id}-title">
    <h2 id="${id}-title">${title}</h2>
    ${body}
  </section>`;
}

export function contents(sections: readonly Section[]): Html {
  return html`<nav aria-label="Sections">
    <ul>
      ${sections.map(({ id, title }) => html`<li><a href="#${id}">${title}</a></li>`)}
    </ul>
  </nav>`;
}

/** `missing`: what a reader without JavaScript does not see. */
export function withoutScript(missing: string): Html {
  return html`<noscript><p class="note">Without JavaScript ${missing} are missing.</p></noscript>`;
}

/** Filled by the script. */
export function searchable(kind: 'nodes' | 'workloads'): Html {
  return html`<div id="${kind}-table"></div>`;
}
