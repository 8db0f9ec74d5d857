/** Whether there is something to say, how old it is, and how it was read. */
import type { Summary } from '../../lib/model/snapshot.ts';
import { ageSeconds } from '../../lib/report/headline.ts';
import { jsonReply, textReply, type Reply } from './reply.ts';
import { storeState, type Site } from './site.ts';

export async function answerHealth(): Promise<Reply> {
  return textReply(200, 'ok');
}

/** The newest of all clusters counts: one that is gone for good must not keep the others from being seen. */
export async function answerReadiness({ source, staleAfterMs, now }: Site): Promise<Reply> {
  const { value, problem } = await source.latest();
  const because = problem === null ? '' : `; ${problem}`;
  if (value === null)
    return textReply(503, `not ready: no snapshot was read yet from ${source.location}${because}`);
  const [newest] = value.summaries.toSorted((a, b) => (a.snapshotId > b.snapshotId ? -1 : 1));
  if (newest === undefined) {
    const damaged = value.problems.map((each) => `; ${each}`).join('');
    return textReply(503, `not ready: there is no snapshot in ${source.location}${damaged}${because}`);
  }
  const age = ageSeconds(newest, now());
  const what = `the newest snapshot, ${newest.snapshotId} of ${newest.cluster}, is ${Math.round(age)} s old`;
  return age * 1000 > staleAfterMs
    ? textReply(503, `not ready: ${what}, more than the ${staleAfterMs / 1000} s of --stale-after${because}`)
    : textReply(200, `ready: ${what}${because}`);
}

export async function answerSync(site: Site): Promise<Reply> {
  const known = await site.source.latest();
  return jsonReply(200, {
    store: storeState(site, known),
    problems: known.value?.problems ?? [],
    clusters: known.value?.summaries.map((summary) => syncOf(summary, site)) ?? [],
  });
}

function syncOf(summary: Summary, { now, staleAfterMs }: Site): Readonly<Record<string, unknown>> {
  const { cluster, snapshotId, scheduledAt, takenAt, durationMs, consistency, collection } = summary;
  const age = ageSeconds(summary, now());
  return {
    cluster,
    snapshotId,
    scheduledAt,
    takenAt,
    ageSeconds: age,
    stale: age * 1000 > staleAfterMs,
    durationMs,
    consistency,
    kubernetesVersion: summary.kubernetesVersion,
    problems: summary.problems.reduce((sum, { count }) => sum + count, 0),
    collection,
  };
}
