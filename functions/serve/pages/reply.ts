/** Pages as answers, and what they say where there is nothing to show. */
import { policyOf, renderDocument, type Document, type Frame } from '../../../lib/report/html/document.ts';
import { capital } from '../../../lib/report/format.ts';
import { html, type Html } from '../../../lib/report/html/markup.ts';
import { toolVersion } from '../../version.ts';
import type { Reply } from '../reply.ts';
import type { Site } from '../site.ts';
import { siteBar } from './bar.ts';

export function pageReply({ viewer }: Site, status: number, document: Document, frame: Frame): Reply {
  return {
    status,
    contentType: 'text/html; charset=utf-8',
    body: renderDocument(document, viewer, frame),
    headers: { 'Content-Security-Policy': `${policyOf(viewer, 'self')}; frame-ancestors 'none'` },
  };
}

/** For people: what is wrong, and where to go from here. */
export function noticeReply(site: Site, status: 400 | 404, title: string, text: string): Reply {
  return pageReply(site, status, notice(title, html`<p dir="auto">${capital(text)}.</p>`), {
    bar: siteBar(),
    reloadSeconds: null,
  });
}

const patienceSeconds = 5;

/** The store did not tell: the page asks again by itself, and nothing is lost by that. */
export function waitingReply(site: Site, title: string, problem: string, bar: Html = siteBar()): Reply {
  const body = html`<p role="alert" dir="auto">${capital(problem)}.</p>
    <p>
      This page asks again every ${patienceSeconds} seconds, or when you
      <a href="">reload it</a>.
    </p>`;
  const reply = pageReply(site, 503, notice(title, body), { bar, reloadSeconds: patienceSeconds });
  return { ...reply, headers: { ...reply.headers, 'Retry-After': String(patienceSeconds) } };
}

function notice(title: string, body: Html): Document {
  return {
    title: `${title}: packing`,
    header: html`<h1>${title}</h1>`,
    main: body,
    footer: html`<p>kube-binpack ${toolVersion}. Requests, not usage.</p>`,
    data: null,
  };
}

/** To a path of our own making. */
export function seeOther(location: string): Reply {
  return { status: 303, contentType: 'text/plain; charset=utf-8', body: '', headers: { Location: location } };
}
