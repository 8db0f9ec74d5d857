import { packingLines } from '../../lib/report/packing.ts';
import { readinessView } from '../../lib/report/readiness.ts';
import { headline, problemLines } from '../../lib/report/headline.ts';
import { groupsView, resourcesView } from '../../lib/report/views.ts';
import { renderView } from '../../lib/report/view.ts';
import type { Summary } from '../../lib/model/snapshot.ts';
import type { Command, Context } from '../command.ts';
import { openConnection } from '../connection.ts';
import { clusterSettings, metricsSettings, storeSettings } from '../settings.ts';
import { resultOf, tick, UnpublishedError } from '../tick.ts';

export const snapshotCommand: Command = {
  name: 'snapshot',
  summary: 'read the cluster, store a snapshot of its packing, and show it',
  settings: [
    ...clusterSettings,
    ...storeSettings,
    ...metricsSettings,
    'listPageSize',
    'encoding',
    'gzip',
    'maxListRestarts',
    'requestTimeout',
    'timeout',
    'namespace',
    'nodeSelector',
    'podFieldSelector',
    'labelGroups',
    'readinessRules',
    'exclude',
    'repackBudget',
    'resources',
    'detail',
    'scheduledAt',
    'jobName',
    'output',
  ],
  examples: [
    ['kube-binpack snapshot', 'the current context, into ./snapshots'],
    ['kube-binpack snapshot --label-group karpenter.sh/nodepool', 'by node pool too'],
    [
      'kube-binpack snapshot --label-group topology.kubernetes.io/zone,kubernetes.io/arch',
      'by zone and architecture',
    ],
    [
      'kube-binpack snapshot --store s3://my-bucket/binpack --metrics cloudwatch',
      'into S3, with gauges in CloudWatch',
    ],
    ['kube-binpack snapshot --output json | jq .resources.cpu.utilization', 'for scripts'],
  ],
  async run(context) {
    const { config, log, signal } = context;
    const ticked = await tick(context, () => openConnection(context), signal);
    const { summary, own, unpublished, location } = ticked;
    // where stdout carries gauges, nothing else may stand between them
    if (config.metrics !== 'emf') context.write(renderSummary(summary, context));
    const result = resultOf(ticked);
    if (unpublished !== null) throw new UnpublishedError(unpublished, result);
    log.info(
      `snapshot ${summary.snapshotId} of ${summary.cluster} is ${own ? '' : 'already '}in ${location}`,
      {
        result: { ...result, exit: 0 },
      },
    );
  },
};

/** The packing table with its headline, groups, readiness, what else is told of packing, and problems; or the summary itself as JSON, or its resources as CSV. */
export function renderSummary(
  summary: Summary,
  { config, table }: Pick<Context, 'config' | 'table'>,
): string {
  const resources = resourcesView(summary, config.resources);
  if (config.output === 'json') return `${JSON.stringify(summary, null, 2)}\n`;
  if (config.output === 'none') return '';
  if (config.output === 'csv') return renderView(resources, 'csv', table);
  const parts = [`${headline(summary)}\n`, renderView(resources, 'table', table)];
  if (summary.groups.length > 0)
    parts.push(renderView(groupsView(summary.groups, config.resources), 'table', table));
  const { readiness = [] } = summary;
  if (readiness.length > 0) parts.push(renderView(readinessView(readiness), 'table', table));
  const packing = packingLines(summary, config.resources);
  if (packing.length > 0) parts.push(`Packing\n${packing.map((line) => `  ${line}\n`).join('')}`);
  const problems = problemLines(summary);
  if (problems.length > 0) parts.push(`Problems\n${problems.map((line) => `  ${line}\n`).join('')}`);
  return parts.join('\n');
}
