import { randomBytes } from 'node:crypto';
import { headline, groupsView, problemLines, resourcesView } from '../../lib/report/views.ts';
import { renderView } from '../../lib/report/view.ts';
import type { Summary } from '../../lib/model/snapshot.ts';
import { run } from '../../lib/run.ts';
import { snapshotIdOf, summaryKey } from '../../lib/store/keys.ts';
import type { Command, Context } from '../command.ts';
import { toolVersion } from '../version.ts';
import { metricsSettings, storeSettings } from '../settings.ts';
import { openCluster, openPublishers, openStore, requireClusterName } from '../wire.ts';

export const snapshotCommand: Command = {
  name: 'snapshot',
  summary: 'read the cluster, store a snapshot of its packing, and show it',
  settings: [
    'kubeconfig',
    'context',
    'cluster',
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
    'resources',
    'detail',
    'scheduledAt',
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
    const store = await openStore(context);
    const publishers = await openPublishers(context);
    const access = await openCluster(context);
    try {
      const now = (): Date => new Date();
      const { summary, own, unpublished } = await run(
        { cluster: access.cluster, store, publishers, log, now },
        {
          clusterName: requireClusterName(access.clusterName),
          snapshotId: snapshotIdOf(config.scheduledAt ?? startOfMinute(now())),
          run: randomBytes(4).toString('hex'),
          toolVersion,
          labelGroups: config.labelGroups,
          podRows: config.detail === 'pods',
          selectors: selectorsOf(context),
        },
        signal,
      );
      // where stdout carries gauges, nothing else may stand between them
      if (config.metrics !== 'emf') context.write(renderSummary(summary, context));
      if (own) {
        log.info(`snapshot ${summary.snapshotId} of ${summary.cluster} is in ${store.location}`, {
          key: summaryKey(summary),
          durationMs: summary.durationMs,
        });
      }
      if (unpublished !== null) throw unpublished;
    } finally {
      access.close();
    }
  },
};

function startOfMinute(instant: Date): Date {
  return new Date(Math.floor(instant.getTime() / 60_000) * 60_000);
}

function selectorsOf({ config }: Context): Record<string, string> {
  const { namespace, nodeSelector, podFieldSelector } = config;
  return Object.fromEntries(
    Object.entries({ namespace, nodeSelector, podFieldSelector }).filter(([, value]) => value !== ''),
  );
}

/** The packing table with its headline, groups and problems; or the summary itself as JSON, or its resources as CSV. */
export function renderSummary(
  summary: Summary,
  { config, table }: Pick<Context, 'config' | 'table'>,
): string {
  const resources = resourcesView(summary, config.resources);
  if (config.output === 'json') return `${JSON.stringify(summary, null, 2)}\n`;
  if (config.output === 'csv') return renderView(resources, 'csv', table);
  const parts = [`${headline(summary)}\n`, renderView(resources, 'table', table)];
  if (summary.groups.length > 0)
    parts.push(renderView(groupsView(summary.groups, config.resources), 'table', table));
  const problems = problemLines(summary);
  if (problems.length > 0) parts.push(`Problems\n${problems.map((line) => `  ${line}\n`).join('')}`);
  return parts.join('\n');
}
