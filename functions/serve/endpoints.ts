/** Everything that is answered, in one table; the README's is made of it. */
import { answerClusters, answerRows, answerSnapshots, answerSummary, type Parameters } from './api.ts';
import { answerHealth, answerReadiness, answerSync } from './health.ts';
import { answerMetrics } from './metrics.ts';
import { chooseComparison, chooseReport } from './pages/choose.ts';
import { answerComparison } from './pages/compare.ts';
import { answerFleet } from './pages/fleet.ts';
import { answerReport } from './pages/report.ts';
import type { Reply } from './reply.ts';
import type { Site } from './site.ts';

export interface Endpoint {
  /** `{name}` stands for any one segment, encoded as in a URL. */
  readonly path: string;
  readonly help: string;
  /** Parameters it takes behind a `?`. */
  readonly query?: readonly string[];
  readonly answer: (site: Site, parameters: Parameters, query: URLSearchParams) => Promise<Reply>;
}

export const endpoints: readonly Endpoint[] = [
  {
    path: '/',
    help: 'the page of all clusters: the newest snapshot of each, its age and utilization; it names all of these',
    answer: async (site) => answerFleet(site, endpoints),
  },
  {
    path: '/report/{cluster}/{id}',
    help: 'the report of one snapshot (latest: the newest), with the trend of since before it (7d)',
    query: ['since'],
    answer: answerReport,
  },
  {
    path: '/compare/{cluster}/{before}/{after}',
    help: 'what changed between two snapshots, and what moved the utilization',
    answer: answerComparison,
  },
  {
    path: '/report',
    help: 'leads to the report of the last snapshot at id, or at a time such as 2d ago',
    query: ['cluster', 'id', 'at', 'since'],
    answer: chooseReport,
  },
  {
    path: '/compare',
    help: 'leads to the comparison of the last snapshot at before, or at a time such as 2d ago, with after',
    query: ['cluster', 'before', 'at', 'after'],
    answer: chooseComparison,
  },
  {
    path: '/metrics',
    help: "the newest snapshot of each cluster in Prometheus' text format, with its age",
    answer: answerMetrics,
  },
  { path: '/healthz', help: '200 while the process runs', answer: answerHealth },
  {
    path: '/readyz',
    help: '200 with a newest snapshot that is not older than --stale-after, else 503; in words why',
    answer: answerReadiness,
  },
  {
    path: '/sync',
    help: 'JSON: of each cluster the newest snapshot, its age, whether it is stale, its consistency, and how each list was read; when the store was read, and what is wrong with it',
    answer: answerSync,
  },
  {
    path: '/api/clusters',
    help: 'JSON: clusters[], each with its newest snapshotId, scheduledAt and ageSeconds',
    answer: answerClusters,
  },
  {
    path: '/api/snapshots',
    help: 'JSON: snapshots[] with cluster, snapshotId and scheduledAt, of the last 24 hours, or from (a day, an instant, or 7d ago) until before to, at most 31 days',
    query: ['cluster', 'from', 'to'],
    answer: answerSnapshots,
  },
  {
    path: '/api/snapshots/{cluster}/{id}',
    help: 'JSON: the summary, as it is stored (docs/snapshot.md)',
    answer: answerSummary,
  },
  {
    path: '/api/snapshots/{cluster}/{id}/nodes',
    help: 'JSON: rows[], the node rows',
    answer: answerRows('nodes'),
  },
  {
    path: '/api/snapshots/{cluster}/{id}/workloads',
    help: 'JSON: rows[], the workload rows',
    answer: answerRows('workloads'),
  },
];
