/** GET /report/{cluster}/{id}: the report of one snapshot, with what is known within our patience. */
import type { NodeRow, Summary, WorkloadRow } from '../../../lib/model/snapshot.ts';
import { formatNumber } from '../../../lib/report/format.ts';
import { reportDocument, type Report } from '../../../lib/report/html/page.ts';
import { ageSeconds } from '../../../lib/report/headline.ts';
import { spanMs } from '../../options.ts';
import { repackSnapshot } from '../../repacking.ts';
import { pack } from '../../viewer.ts';
import type { Parameters } from '../api.ts';
import type { Known } from '../reads.ts';
import type { Reply } from '../reply.ts';
import type { Site } from '../site.ts';
import { barOf } from './bar.ts';
import { findSnapshot } from './lookup.ts';
import { noticeReply, pageReply } from './reply.ts';

const usualSince = '7d';
const maxSinceMs = 31 * 86_400_000;

export async function answerReport(
  site: Site,
  { cluster = '', id = '' }: Parameters,
  query: URLSearchParams,
): Promise<Reply> {
  const since = query.get('since') ?? usualSince;
  const lengthMs = spanMs(since) ?? 0;
  if (lengthMs === 0 || lengthMs > maxSinceMs)
    return noticeReply(
      site,
      400,
      'No such trend',
      `"since" is "${since}": it must be a span such as 24h, 7d or 4w, at most 31 days`,
    );
  const summary = await findSnapshot(site, cluster, id);
  if ('status' in summary) return summary;
  const { source } = site;
  const [nodes, workloads, trend, around, latest] = await Promise.all([
    source.nodes(summary),
    source.workloads(summary),
    source.trend(summary, lengthMs),
    source.around(summary),
    source.latest(),
  ]);
  const notes = [
    ...unknown(nodes, 'The nodes of this snapshot, and all that is drawn of them, are'),
    ...unknown(workloads, 'The workloads of this snapshot are'),
    ...unknown(trend, 'The trend is'),
    ...unknown(around, 'Which snapshots are near this one is'),
    ...(latest.problem === null ? [] : [`What is newest may be older than it should be: ${latest.problem}.`]),
  ];
  const rows =
    nodes.value === null || workloads.value === null
      ? null
      : { nodes: nodes.value, workloads: workloads.value };
  const key = ['report', summary.cluster, summary.snapshotId, summary.run];
  const seen = [rows !== null, trend.value === null ? null : since, trend.value?.leftOut];
  const document = site.documents.get([...key, ...seen], () =>
    reportDocument(
      {
        summary,
        nodes: rows?.nodes ?? [],
        workloads: rows?.workloads ?? [],
        resources: site.resources,
        trend: trend.value,
        repacking: repackingOf(summary, rows),
      },
      pack,
    ),
  );
  const bar = barOf({
    key: summary,
    ageSeconds: ageSeconds(summary, site.now()),
    before: null,
    since,
    clusters: latest.value?.summaries.map((each) => each.cluster) ?? [],
    around: around.value,
    notes,
  });
  return pageReply(site, 200, document, { bar, reloadSeconds: null });
}

function unknown({ value, problem }: Known<unknown>, what: string): string[] {
  return value === null && problem !== null ? [`${what} not known yet: ${problem}.`] : [];
}

/** Nobody else is answered while it is searched: what takes longer is left to who asks for it alone. */
const maxPods = 20_000;
const search = { maxSearchMs: 300, budgetMs: 1000 } as const;

function repackingOf(
  summary: Summary,
  rows: { readonly nodes: readonly NodeRow[]; readonly workloads: readonly WorkloadRow[] } | null,
): Report['repacking'] {
  if (rows === null) return { why: 'the nodes and workloads are not known yet' };
  const { counted } = summary.pods;
  if (counted > maxPods)
    return {
      why: `a search with ${formatNumber(counted)} pods would keep this server from answering; kube-binpack repack --at ${summary.snapshotId} says it`,
    };
  return repackSnapshot(summary, rows, search);
}
