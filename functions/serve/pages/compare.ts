/** GET /compare/{cluster}/{before}/{after}: what changed between two snapshots. */
import { diff, type DiffInput } from '../../../lib/packing/diff.ts';
import type { Summary } from '../../../lib/model/snapshot.ts';
import { comparisonDocument } from '../../../lib/report/html/compare.ts';
import { ageSeconds } from '../../../lib/report/headline.ts';
import { pack } from '../../viewer.ts';
import type { Parameters } from '../api.ts';
import type { Reply } from '../reply.ts';
import type { Site } from '../site.ts';
import { barOf } from './bar.ts';
import { findSnapshot } from './lookup.ts';
import { noticeReply, pageReply, waitingReply } from './reply.ts';

export async function answerComparison(
  site: Site,
  { cluster = '', before: first = '', after: second = '' }: Parameters,
): Promise<Reply> {
  const [before, after] = await Promise.all([
    findSnapshot(site, cluster, first),
    findSnapshot(site, cluster, second),
  ]);
  if ('status' in before) return before;
  if ('status' in after) return after;
  if (before.snapshotId === after.snapshotId)
    return noticeReply(
      site,
      400,
      'Nothing to compare',
      `both are snapshot ${before.snapshotId} of ${before.cluster}: choose two`,
    );
  const [was, is, around, latest] = await Promise.all([
    read(site, before),
    read(site, after),
    site.source.around(after),
    site.source.latest(),
  ]);
  const bar = barOf({
    key: after,
    ageSeconds: ageSeconds(after, site.now()),
    before,
    since: null,
    clusters: latest.value?.summaries.map((each) => each.cluster) ?? [],
    around: around.value,
    notes:
      around.problem === null ? [] : [`Which snapshots are near this one may be old: ${around.problem}.`],
  });
  if (typeof was === 'string') return waitingReply(site, 'Not known yet', was, bar);
  if (typeof is === 'string') return waitingReply(site, 'Not known yet', is, bar);
  const { resources } = site;
  const key = ['compare', cluster, before.snapshotId, before.run, after.snapshotId, after.run];
  const document = site.documents.get(key, () =>
    comparisonDocument({ diff: diff(was, is), before, after, resources }, pack),
  );
  return pageReply(site, 200, document, { bar, reloadSeconds: null });
}

/** A text: why it is not known. */
async function read({ source }: Site, summary: Summary): Promise<DiffInput | string> {
  const [nodes, workloads] = await Promise.all([source.nodes(summary), source.workloads(summary)]);
  if (nodes.value === null) return nodes.problem ?? 'its nodes are not there';
  if (workloads.value === null) return workloads.problem ?? 'its workloads are not there';
  return { summary, nodes: nodes.value, workloads: workloads.value };
}
