/** GET /: what there is, without style or script, until the report takes its place. */
import { printable } from '../../lib/printable.ts';
import type { Endpoint } from './endpoints.ts';
import type { Known } from './reads.ts';
import type { Reply } from './reply.ts';
import { ageSeconds, storeState, type Site } from './site.ts';
import type { Latest } from './source.ts';

export function pageOf(
  site: Site,
  known: Known<Latest>,
  endpoints: readonly Pick<Endpoint, 'path' | 'help'>[],
): Reply {
  const { location, ageSeconds: readSeconds, problem } = storeState(site, known);
  const clusters = known.value?.summaries.map((summary) => {
    const { cluster, snapshotId, consistency } = summary;
    const path = `/api/snapshots/${encodeURIComponent(cluster)}/${snapshotId}`;
    const age = `${Math.round(ageSeconds(summary, site.now()))} s`;
    return `<tr><td>${escapeHtml(cluster)}</td><td><a href="${escapeHtml(path)}">${snapshotId}</a></td><td>${age}</td><td>${consistency}</td></tr>`;
  });
  const read = readSeconds === null ? 'was not read yet' : `was read ${Math.round(readSeconds)} s ago`;
  const problems = [...(problem === null ? [] : [problem]), ...(known.value?.problems ?? [])];
  const body = [
    '<!doctype html>',
    '<html lang="en"><head><meta charset="utf-8"><title>kube-binpack</title></head><body>',
    '<h1>kube-binpack</h1>',
    `<p>${escapeHtml(location)} ${read}.</p>`,
    ...problems.map((each) => `<p role="alert">${escapeHtml(each)}</p>`),
    '<h2>Newest snapshots</h2>',
    '<table><thead><tr><th>cluster</th><th>snapshot</th><th>age</th><th>consistency</th></tr></thead><tbody>',
    ...(clusters ?? []),
    '</tbody></table>',
    '<h2>Endpoints</h2>',
    '<dl>',
    ...endpoints.map(({ path, help }) => `<dt>${linkOf(path)}</dt><dd>${escapeHtml(help)}</dd>`),
    '</dl>',
    '</body></html>',
    '',
  ];
  return { status: 200, contentType: 'text/html; charset=utf-8', body: body.join('\n') };
}

/** One with a name in it leads nowhere yet. */
function linkOf(path: string): string {
  const text = escapeHtml(path);
  return path.includes('{') ? text : `<a href="${text}">${text}</a>`;
}

/** As text, also between quotes; what turns the writing direction is shown as an escape. */
function escapeHtml(text: string): string {
  return printable(text)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}
