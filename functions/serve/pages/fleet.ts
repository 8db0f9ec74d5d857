/** GET /: all clusters, each with its newest snapshot, and what else is answered. */
import { formatAge } from '../../../lib/report/format.ts';
import { fleetDocument } from '../../../lib/report/html/fleet.ts';
import { html, type Html } from '../../../lib/report/html/markup.ts';
import { instantOf, snapshotIdOf } from '../../../lib/store/keys.ts';
import { ageSeconds } from '../../../lib/report/headline.ts';
import { toolVersion } from '../../version.ts';
import type { Endpoint } from '../endpoints.ts';
import type { Reply } from '../reply.ts';
import { storeState, type Site } from '../site.ts';
import { reportPath } from './paths.ts';
import { pageReply, waitingReply } from './reply.ts';

const dayMs = 86_400_000;

export async function answerFleet(
  site: Site,
  endpoints: readonly Pick<Endpoint, 'path' | 'help'>[],
): Promise<Reply> {
  const known = await site.source.latest();
  const { location, ageSeconds: readSeconds, problem } = storeState(site, known);
  if (known.value === null)
    return waitingReply(site, 'kube-binpack', `${location} was not read yet: ${problem ?? 'it is empty'}`);
  const rows = known.value.summaries.map((summary) => {
    const age = ageSeconds(summary, site.now());
    return { summary, ageSeconds: age, stale: age * 1000 > site.staleAfterMs };
  });
  const document = fleetDocument({
    store: `Snapshots in ${location}, last looked for ${formatAge(readSeconds ?? 0)} ago.`,
    rows,
    resources: site.resources,
    problems: [...(problem === null ? [] : [problem]), ...known.value.problems],
    links: {
      cluster: ({ summary }) => reportPath(summary.cluster, 'latest'),
      snapshot: ({ summary }) => reportPath(summary.cluster, summary.snapshotId),
      compare: ({ summary: { cluster, snapshotId } }) => {
        const before = snapshotIdOf(new Date(instantOf(snapshotId).getTime() - dayMs));
        return `/compare?${new URLSearchParams({ cluster, before, after: snapshotId }).toString()}`;
      },
    },
    endpoints: html`<dl>
      ${endpoints.map(
        ({ path, help }) =>
          html`<dt>${linkOf(path)}</dt>
            <dd>${help}</dd>`,
      )}
    </dl>`,
    toolVersion,
  });
  return pageReply(site, 200, document, { bar: html``, reloadSeconds: null });
}

/** One with a name in it leads nowhere yet. */
function linkOf(path: string): Html {
  return path.includes('{') ? html`${path}` : html`<a href="${path}">${path}</a>`;
}
