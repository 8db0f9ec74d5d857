/** The snapshot that a page is about, or the page that says why there is none. */
import type { Summary } from '../../../lib/model/snapshot.ts';
import type { SnapshotKey } from '../../../lib/store/keys.ts';
import { snapshotIdOf } from '../../../lib/store/keys.ts';
import { parseInstant } from '../../options.ts';
import { idProblem, isSnapshotId, nameProblem } from '../names.ts';
import type { Known } from '../reads.ts';
import type { Reply } from '../reply.ts';
import type { Site } from '../site.ts';
import { noticeReply, waitingReply } from './reply.ts';

/** `id`: that of a snapshot, or latest. */
export async function findSnapshot(site: Site, cluster: string, id: string): Promise<Summary | Reply> {
  const problem = nameProblem(cluster);
  if (problem !== null) return noticeReply(site, 400, 'No such cluster', problem);
  if (id === 'latest') return findLatest(site, cluster);
  if (!isSnapshotId(id)) return noticeReply(site, 404, 'No such snapshot', idProblem);
  const known = await site.source.summary({ cluster, snapshotId: id });
  return known.value ?? nothing(site, known, `there is no snapshot ${id} of ${cluster}`);
}

async function findLatest(site: Site, cluster: string): Promise<Summary | Reply> {
  const known = await site.source.latest();
  const found = known.value?.summaries.find((summary) => summary.cluster === cluster);
  if (found !== undefined) return found;
  const damaged = known.value?.problems.join('; ') ?? '';
  const text = `there is no snapshot of ${cluster}${damaged === '' ? '' : `: ${damaged}`}`;
  return nothing(site, known, text);
}

/**
 * `reference`: latest; an id, of which the last one at that instant or before is taken, so that it can be one of another
 * cluster; or a time in words.
 */
export async function resolve(site: Site, cluster: string, reference: string): Promise<SnapshotKey | Reply> {
  const problem = nameProblem(cluster);
  if (problem !== null) return noticeReply(site, 400, 'No such cluster', problem);
  if (reference === 'latest') return { cluster, snapshotId: 'latest' };
  const until = isSnapshotId(reference) ? reference : idOfTime(reference, site.now());
  if (until === null)
    return noticeReply(
      site,
      400,
      'No such time',
      `"${reference}" must be a day, an instant such as 2026-11-21T07:45:00Z, a time such as "2d ago", or the id of a snapshot`,
    );
  const known = await site.source.until(cluster, until);
  return known.value ?? nothing(site, known, `there is no snapshot of ${cluster} at ${reference} or before`);
}

/** A day stands for its last second. */
function idOfTime(text: string, now: Date): string | null {
  const instant = parseInstant(text, 'end', now);
  if (instant === null) return null;
  return snapshotIdOf(/^[\d-]+$/.test(text) ? new Date(instant.getTime() - 1) : instant);
}

/** Where the store did not tell, the page asks again. */
function nothing(site: Site, { problem }: Known<unknown>, text: string): Reply {
  return problem === null
    ? noticeReply(site, 404, 'No such snapshot', text)
    : waitingReply(site, 'Not known yet', problem);
}
