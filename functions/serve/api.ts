/** Snapshots as JSON. What a request names is checked, and then looked up: nothing of it becomes a path. */
import type { Summary } from '../../lib/model/snapshot.ts';
import { instantOf } from '../../lib/store/keys.ts';
import { ageSeconds } from '../../lib/report/headline.ts';
import { parseInstant } from '../options.ts';
import { idProblem, isSnapshotId, nameProblem } from './names.ts';
import type { Known } from './reads.ts';
import { errorReply, jsonReply, unavailable, type Reply } from './reply.ts';
import { storeState, type Site } from './site.ts';
import type { RowKind } from './source.ts';

const dayMs = 86_400_000;
/** In one answer: 31 days of one cluster, every five minutes, are 8,928 snapshots. */
const maxRangeMs = 31 * dayMs;

export type Parameters = Readonly<Record<string, string>>;

export async function answerClusters(site: Site): Promise<Reply> {
  const known = await site.source.latest();
  if (known.value === null) return missing(known, 'no snapshot');
  return jsonReply(200, {
    store: storeState(site, known),
    clusters: known.value.summaries.map((summary) => ({
      cluster: summary.cluster,
      snapshotId: summary.snapshotId,
      scheduledAt: summary.scheduledAt,
      ageSeconds: ageSeconds(summary, site.now()),
    })),
  });
}

export async function answerSnapshots(
  site: Site,
  _parameters: Parameters,
  query: URLSearchParams,
): Promise<Reply> {
  const cluster = query.get('cluster');
  const problem = cluster === null ? null : nameProblem(cluster);
  if (problem !== null) return errorReply(400, problem);
  // to the minute, so that who asks again and again is not answered by the store each time
  const minute = new Date(Math.ceil((site.now().getTime() + 1) / 60_000) * 60_000);
  const to = instantParameter(query, 'to', 'end', site.now()) ?? minute;
  if (!(to instanceof Date)) return to;
  const from = instantParameter(query, 'from', 'begin', site.now()) ?? new Date(to.getTime() - dayMs);
  if (!(from instanceof Date)) return from;
  if (from >= to) return errorReply(400, '"from" must lie before "to"');
  if (to.getTime() - from.getTime() > maxRangeMs)
    return errorReply(400, 'more than 31 days are not listed at once: bring "from" and "to" closer together');
  const known = await site.source.between(cluster, from, to);
  return jsonReply(known.value === null && known.problem !== null ? 503 : 200, {
    store: storeState(site, known),
    snapshots: (known.value ?? []).map((key) => ({
      ...key,
      scheduledAt: instantOf(key.snapshotId).toISOString(),
    })),
  });
}

export async function answerSummary(site: Site, parameters: Parameters): Promise<Reply> {
  const summary = await lookUp(site, parameters);
  return 'status' in summary ? summary : jsonReply(200, summary);
}

export function answerRows(kind: RowKind) {
  return async (site: Site, parameters: Parameters): Promise<Reply> => {
    const summary = await lookUp(site, parameters);
    if ('status' in summary) return summary;
    const { cluster, snapshotId } = summary;
    const known = await site.source[kind](summary);
    return known.value === null
      ? missing(known, `no ${kind} of snapshot ${snapshotId}`)
      : jsonReply(200, { cluster, snapshotId, rows: known.value });
  };
}

async function lookUp(site: Site, { cluster = '', id = '' }: Parameters): Promise<Summary | Reply> {
  const problem = nameProblem(cluster);
  if (problem !== null) return errorReply(400, problem);
  if (!isSnapshotId(id)) return errorReply(400, idProblem);
  const known = await site.source.summary({ cluster, snapshotId: id });
  return known.value ?? missing(known, `no snapshot ${id} of ${cluster}`);
}

/** 503 where the store did not tell, 404 where it has none. */
function missing({ problem }: Known<unknown>, what: string): Reply {
  return problem === null ? errorReply(404, `there is ${what}`) : unavailable(problem);
}

/** null where it was not given. */
function instantParameter(
  query: URLSearchParams,
  name: string,
  ofDay: 'begin' | 'end',
  now: Date,
): Date | Reply | null {
  const text = query.get(name);
  if (text === null) return null;
  const instant = parseInstant(text, ofDay, now);
  return (
    instant ??
    errorReply(
      400,
      `"${name}" must be a day, an instant such as 2026-11-21T07:45:00Z, or a time such as "7d ago"`,
    )
  );
}
