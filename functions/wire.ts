/** Config -> adapters. */
import { isIP } from 'node:net';
import { awsMaxAttempts } from '../lib/aws.ts';
import type { Cluster } from '../lib/cluster/cluster.ts';
import type { Connection } from '../lib/cluster/connect.ts';
import type { EksOptions } from '../lib/cluster/eks.ts';
import { hostnameOf } from '../lib/cluster/connect/hostname.ts';
import { createHttp, type Http } from '../lib/cluster/http.ts';
import { createClusterReader } from '../lib/cluster/reader.ts';
import { clusterNameProblem } from '../lib/config.ts';
import { ConfigError } from '../lib/errors.ts';
import type { CloudWatchPublisher } from '../lib/metrics/cloudwatch.ts';
import { createEmf } from '../lib/metrics/emf.ts';
import { createPrometheusFile } from '../lib/metrics/prometheus-file.ts';
import type { Publisher } from '../lib/metrics/publisher.ts';
import { createDirectoryStore } from '../lib/store/directory.ts';
import type { Store } from '../lib/store/store.ts';
import type { Context } from './command.ts';
import { userAgent } from './version.ts';

export interface ClusterAccess {
  readonly cluster: Cluster;
  readonly http: Http;
  /** As snapshots are to name it; null: inside a cluster, and not given. */
  readonly clusterName: string | null;
  close(): void;
}

export function openCluster(
  connection: Connection,
  { config, log, progress }: Pick<Context, 'config' | 'log' | 'progress'>,
): ClusterAccess {
  const http = createHttp({
    connection,
    userAgent,
    gzip: config.gzip === 'on' || (config.gzip === 'auto' && isFarAway(connection)),
    requestTimeoutMs: config.requestTimeout,
  });
  const cluster = createClusterReader({
    http,
    log,
    progress,
    random: Math.random,
    listPageSize: config.listPageSize,
    encoding: config.encoding,
    maxListRestarts: config.maxListRestarts,
    nodeSelector: config.nodeSelector,
    podFieldSelector: config.podFieldSelector,
    namespace: config.namespace,
  });
  const clusterName = config.cluster || connection.clusterName;
  return { cluster, http, clusterName, close: () => connection.close() };
}

export async function connectToEks(
  { config, adapters }: Pick<Context, 'config' | 'adapters'>,
  tunnelTo: EksOptions['tunnelTo'],
  signal: AbortSignal,
): Promise<Connection> {
  const connectEks = await adapters.eks();
  return connectEks(
    {
      clusterName: config.eksCluster,
      region: config.region,
      roleArn: config.roleArn,
      requestTimeoutMs: config.requestTimeout,
      maxAttempts: awsMaxAttempts,
      tunnelTo,
      now: () => new Date(),
    },
    signal,
  );
}

/** Compression pays where the network is the bottleneck: not in the cluster, not on this machine. */
function isFarAway({ clusterName, server }: Connection): boolean {
  const host = hostnameOf(server);
  const loopback = host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
  return clusterName !== null && !loopback;
}

export function requireClusterName(name: string | null): string {
  const problem = name === null ? null : clusterNameProblem(name);
  if (problem !== null)
    throw new ConfigError(`the kubeconfig's cluster name ${problem}: give another with --cluster`);
  if (name === '*')
    throw new ConfigError('* means every cluster to those who read: give another name with --cluster');
  if (name !== null && name !== '') return name;
  throw new ConfigError(
    'the cluster has no name: inside a cluster nothing tells it, so give one with --cluster or KUBE_BINPACK_CLUSTER',
  );
}

export async function openStore(
  { config, env, adapters }: Pick<Context, 'config' | 'env' | 'adapters'>,
  maxAttempts = awsMaxAttempts,
): Promise<Store> {
  const { store, out, region, requestTimeout, sseKmsKey, expectedBucketOwner } = config;
  if (store.kind === 'directory') return createDirectoryStore(store.directory || out);
  const createS3Store = await adapters.s3();
  const endpoint = env['AWS_ENDPOINT_URL_S3'] ?? env['AWS_ENDPOINT_URL'] ?? '';
  return createS3Store(store, {
    region,
    requestTimeoutMs: requestTimeout,
    maxAttempts,
    sseKmsKey,
    expectedBucketOwner,
    endpoint,
  });
}

export async function openPublishers(
  context: Pick<Context, 'config' | 'log' | 'write' | 'adapters'>,
): Promise<Publisher[]> {
  const { config, log, write } = context;
  const publishers: Publisher[] = [];
  // what stays on this machine comes first: nothing can keep it waiting
  if (config.prometheus !== '')
    publishers.push(createPrometheusFile(config.prometheus, config.resources, log));
  if (config.metrics === 'emf')
    publishers.push(createEmf({ ...config, intervalMs: config.interval, log, write, now: () => new Date() }));
  if (config.metrics === 'cloudwatch') publishers.push(await openCloudWatch(context));
  return publishers;
}

export async function openCloudWatch(
  { config, log, adapters }: Pick<Context, 'config' | 'log' | 'adapters'>,
  maxAttempts = awsMaxAttempts,
): Promise<CloudWatchPublisher> {
  const createCloudWatch = await adapters.cloudWatch();
  const { resources, nodeMetrics, maxMetrics, storageResolution, region, requestTimeout, interval } = config;
  return createCloudWatch({
    resources,
    nodeMetrics,
    maxMetrics,
    storageResolution,
    region,
    requestTimeoutMs: requestTimeout,
    maxAttempts,
    intervalMs: interval,
    log,
    now: () => new Date(),
  });
}
