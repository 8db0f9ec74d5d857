/** The newest snapshot of every cluster as Prometheus reads it, with its age. */
import { samplesText, type Sample } from '../../lib/metrics/prometheus.ts';
import { ageSeconds } from '../../lib/report/headline.ts';
import type { Reply } from './reply.ts';
import { storeState, type Site } from './site.ts';

export async function answerMetrics(site: Site): Promise<Reply> {
  const known = await site.source.latest();
  const samples: Sample[] = [];
  const published = await site.source.published();
  for (const { summary, nodes } of published.value?.snapshots ?? []) {
    const labels = { cluster: summary.cluster };
    samples.push(
      {
        name: 'cluster_snapshot_age_seconds',
        help: 'since the instant that the snapshot stands for',
        labels,
        value: ageSeconds(summary, site.now()),
      },
      {
        name: 'serve_node_rows_read',
        help: '1 where the gauges of nodes are there; 0: their rows could not be read',
        labels,
        value: nodes === null ? 0 : 1,
      },
    );
  }
  const isUp = known.problem === null && published.problem === null && known.value?.problems.length === 0;
  samples.push({
    name: 'serve_store_up',
    help: '1 where the store was read as it had to be; 0: what is here may be old',
    labels: {},
    value: isUp ? 1 : 0,
  });
  const { ageSeconds: storeAge } = storeState(site, known);
  if (storeAge !== null)
    samples.push({
      name: 'serve_store_age_seconds',
      help: 'since snapshots were last looked for in the store',
      labels: {},
      value: storeAge,
    });
  return {
    status: 200,
    contentType: 'text/plain; version=0.0.4; charset=utf-8',
    body: `${published.value?.text ?? ''}${samplesText(samples)}`,
  };
}
