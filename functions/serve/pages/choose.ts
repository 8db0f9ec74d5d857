/** What the forms of a page ask for, turned into the address of a page; of no cluster, that of all. */
import type { SnapshotKey } from '../../../lib/store/keys.ts';
import type { Parameters } from '../api.ts';
import type { Reply } from '../reply.ts';
import type { Site } from '../site.ts';
import { findSnapshot, resolve } from './lookup.ts';
import { comparePath, reportPath } from './paths.ts';
import { noticeReply, seeOther } from './reply.ts';

/** A text field that was filled in counts before what stands chosen beside it. */
function chosen(query: URLSearchParams, name: string): string {
  return query.get('at')?.trim() || query.get(name) || 'latest';
}

export async function chooseReport(site: Site, _: Parameters, query: URLSearchParams): Promise<Reply> {
  const cluster = query.get('cluster');
  if (cluster === null) return seeOther('/');
  const found = await resolve(site, cluster, chosen(query, 'id'));
  return 'status' in found
    ? found
    : seeOther(reportPath(found.cluster, found.snapshotId, query.get('since')));
}

export async function chooseComparison(site: Site, _: Parameters, query: URLSearchParams): Promise<Reply> {
  const cluster = query.get('cluster');
  if (cluster === null) return seeOther('/');
  const after = await resolve(site, cluster, query.get('after') ?? 'latest');
  if ('status' in after) return after;
  const asked = query.get('at')?.trim() || query.get('before');
  const before = asked === null ? null : await resolve(site, cluster, asked);
  if (before !== null && 'snapshotId' in before)
    return seeOther(comparePath(cluster, before.snapshotId, after.snapshotId));
  if (before !== null && before.status !== 404) return before;
  // in its first days a cluster has none so early: the first one there is tells the most
  const first = await firstBefore(site, after);
  return typeof first === 'string'
    ? seeOther(comparePath(cluster, first, after.snapshotId))
    : (before ?? first);
}

/** The id of the oldest near another, or the page that says why there is none. */
async function firstBefore(site: Site, { cluster, snapshotId }: SnapshotKey): Promise<string | Reply> {
  const after = await findSnapshot(site, cluster, snapshotId);
  if ('status' in after) return after;
  const [first] = (await site.source.around(after)).value ?? [];
  return first === undefined || first.snapshotId >= after.snapshotId
    ? noticeReply(
        site,
        404,
        'Nothing to compare',
        `there is no snapshot of ${cluster} before ${after.snapshotId}`,
      )
    : first.snapshotId;
}
