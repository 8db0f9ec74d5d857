/** What the forms of a page ask for, turned into the address of a page; of no cluster, that of all. */
import type { Parameters } from '../api.ts';
import type { Reply } from '../reply.ts';
import type { Site } from '../site.ts';
import { resolve } from './lookup.ts';
import { comparePath, reportPath } from './paths.ts';
import { seeOther } from './reply.ts';

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
  const before = await resolve(site, cluster, chosen(query, 'before'));
  if ('status' in before) return before;
  const after = await resolve(site, cluster, query.get('after') ?? 'latest');
  return 'status' in after ? after : seeOther(comparePath(cluster, before.snapshotId, after.snapshotId));
}
