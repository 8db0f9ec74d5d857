/** Every setting in one table: its flag, environment variable and config key, its help and default, and what its value must be. */
import { logLevels } from '../log.ts';
import { apartKinds } from '../model/apart.ts';
import { readinessRulesSchema } from '../model/readiness-rule.ts';
import * as z from '../model/schema.ts';
import { labelSelectorProblem, podFieldSelectorProblem } from '../model/selector.ts';
import {
  text,
  whole,
  anyDurationMs,
  durationMs,
  pauseMs,
  byteSize,
  checkedText,
  labelGroup,
  resourceNames,
  excludedKinds,
  namespace,
  clusterNameProblem,
  instant,
  storeLocation,
  listenAddress,
  hostNames,
  nodeMetrics,
  json,
} from './values.ts';

export interface Setting<T = unknown> {
  /** Without its dashes: list-page-size. The environment variable is KUBE_BINPACK_LIST_PAGE_SIZE. */
  readonly flag: string;
  /** What stands behind the flag in help texts: <n>. null: a switch without a value. */
  readonly argument: string | null;
  readonly help: string;
  /** As a user would write it; empty: none. */
  readonly default: string;
  /** Given more than once, or separated by semicolons, or as a list in the file. */
  readonly repeatable?: boolean;
  /** JSON as a text, or what it stands for, as the file may write it. */
  readonly structured?: boolean;
  /** Reads the text (texts, if repeatable). */
  readonly schema: z.ZodType<T>;
}

const define = <T>(setting: Setting<T>): Setting<T> => setting;

export const settings = {
  kubeconfig: define({
    flag: 'kubeconfig',
    argument: '<file>',
    help: 'kubeconfig to use ($KUBECONFIG, then ~/.kube/config, then the in-cluster account)',
    default: '',
    schema: text,
  }),
  context: define({
    flag: 'context',
    argument: '<name>',
    help: 'context of the kubeconfig (its current one)',
    default: '',
    schema: text,
  }),
  eksCluster: define({
    flag: 'eks-cluster',
    argument: '<name>',
    help: 'EKS cluster to read, without a kubeconfig: by the AWS credentials of the job',
    default: '',
    schema: text.check(z.regex(/^(?:[0-9A-Za-z][A-Za-z0-9_-]{0,99})?$/, 'is not the name of an EKS cluster')),
  }),
  roleArn: define({
    flag: 'role-arn',
    argument: '<arn>',
    help: 'role to assume for the EKS cluster, as for one in another account',
    default: '',
    schema: text.check(
      z.regex(/^(?:arn:[a-z-]+:iam::\d{12}:role\/[\w+=,.@/-]{1,512})?$/, 'is not the ARN of a role'),
    ),
  }),
  cluster: define({
    flag: 'cluster',
    argument: '<name>',
    help: "the cluster's name in snapshots (the kubeconfig's; must be given inside a cluster)",
    default: '',
    schema: checkedText(clusterNameProblem),
  }),
  out: define({
    flag: 'out',
    argument: '<dir>',
    help: 'directory of the snapshots',
    default: './snapshots',
    schema: text.check(z.minLength(1, 'must not be empty')),
  }),
  store: define({
    flag: 'store',
    argument: '<url>',
    help: 'where snapshots are kept instead: s3://bucket/prefix, or a directory',
    default: '',
    schema: storeLocation,
  }),
  region: define({
    flag: 'region',
    argument: '<name>',
    help: 'AWS region ($AWS_REGION, then that of the profile)',
    default: '',
    schema: text.check(z.regex(/^(?:[a-z0-9-]{1,32})?$/, 'is not the name of a region')),
  }),
  cacheDir: define({
    flag: 'cache-dir',
    argument: '<dir>',
    help: 'local copies of what is read from the history (kube-binpack in $XDG_CACHE_HOME or ~/.cache); none: keep none',
    default: '',
    schema: text,
  }),
  cacheSize: define({
    flag: 'cache-size',
    argument: '<bytes>',
    help: 'what they may take, such as 500Mi or 2Gi; the least recently used go first',
    default: '2Gi',
    schema: byteSize,
  }),
  engine: define({
    flag: 'engine',
    argument: '<duckdb|athena>',
    help: 'what answers SQL: DuckDB on this machine, or Amazon Athena, over the tables of the Lambda stack',
    default: 'duckdb',
    schema: z.enum(['duckdb', 'athena']),
  }),
  athenaWorkgroup: define({
    flag: 'athena-workgroup',
    argument: '<name>',
    help: 'workgroup of Athena that queries run in (that of the stack of --cluster)',
    default: '',
    schema: text.check(z.regex(/^[\w.-]{0,128}$/, 'is not the name of a workgroup')),
  }),
  athenaDatabase: define({
    flag: 'athena-database',
    argument: '<name>',
    help: 'database in Glue with the tables (that of the stack of --cluster)',
    default: '',
    schema: text.check(z.regex(/^\w{0,255}$/, 'is not the name of a database')),
  }),
  maxScan: define({
    flag: 'max-scan',
    argument: '<bytes>',
    help: 'what a query in Athena may read, such as 10Gi; one that reads more is stopped',
    default: '10Gi',
    schema: byteSize,
  }),
  sseKmsKey: define({
    flag: 'sse-kms-key',
    argument: '<id>',
    help: "KMS key that objects in S3 are encrypted with (S3's own, SSE-S3)",
    default: '',
    schema: text,
  }),
  expectedBucketOwner: define({
    flag: 'expected-bucket-owner',
    argument: '<account>',
    help: "account that the bucket must belong to; another's is refused",
    default: '',
    schema: text.check(z.regex(/^(?:\d{12})?$/, 'must be an account id of 12 digits')),
  }),
  metrics: define({
    flag: 'metrics',
    argument: '<none|cloudwatch|emf>',
    help: 'where gauges go: to CloudWatch, or as EMF lines to stdout (in place of the result)',
    default: 'none',
    schema: z.enum(['none', 'cloudwatch', 'emf']),
  }),
  nodeMetrics: define({
    flag: 'node-metrics',
    argument: '<all|top:N|none>',
    help: 'nodes with gauges of their own: all, the N fullest and N emptiest, or none',
    default: 'all',
    schema: nodeMetrics,
  }),
  maxMetrics: define({
    flag: 'max-metrics',
    argument: '<n>',
    help: 'series to publish at most (100 or more), each is paid for; beyond it the fullest and emptiest nodes only',
    default: '1000',
    schema: whole(100),
  }),
  storageResolution: define({
    flag: 'storage-resolution',
    argument: '<1|60>',
    help: 'of the gauges in CloudWatch, in seconds; 1 is kept for three hours',
    default: '60',
    schema: z.pipe(z.enum(['1', '60']), z.transform(Number)),
  }),
  interval: define({
    flag: 'interval',
    argument: '<duration>',
    help: 'between two snapshots, for the estimate of costs only',
    default: '5m',
    schema: durationMs,
  }),
  prometheus: define({
    flag: 'prometheus',
    argument: '<file>',
    help: "write the gauges in Prometheus' text format too (for the textfile collector)",
    default: '',
    schema: text,
  }),
  listPageSize: define({
    flag: 'list-page-size',
    argument: '<n>',
    help: 'items a page of a list; 0: all in one page',
    default: '500',
    schema: whole(0),
  }),
  encoding: define({
    flag: 'encoding',
    argument: '<auto|protobuf|json>',
    help: 'what to ask the API server for; auto prefers protobuf',
    default: 'auto',
    schema: z.enum(['auto', 'protobuf', 'json']),
  }),
  gzip: define({
    flag: 'gzip',
    argument: '<auto|on|off>',
    help: 'compressed answers; auto: only from outside of the cluster, since it costs the API server CPU',
    default: 'auto',
    schema: z.enum(['auto', 'on', 'off']),
  }),
  maxListRestarts: define({
    flag: 'max-list-restarts',
    argument: '<n>',
    help: 'how often an expired list starts over before it is continued inconsistently',
    default: '3',
    schema: whole(0),
  }),
  requestTimeout: define({
    flag: 'request-timeout',
    argument: '<duration>',
    help: 'for one request, its body included',
    default: '60s',
    schema: durationMs,
  }),
  timeout: define({
    flag: 'timeout',
    argument: '<duration>',
    help: 'for the whole run',
    default: '5m',
    schema: durationMs,
  }),
  namespace: define({
    flag: 'namespace',
    argument: '<name>',
    help: 'count the pods of one namespace only',
    default: '',
    schema: namespace,
  }),
  nodeSelector: define({
    flag: 'node-selector',
    argument: '<selector>',
    help: 'list only nodes with these labels; pods on others count as on an unknown node',
    default: '',
    schema: checkedText(labelSelectorProblem),
  }),
  podFieldSelector: define({
    flag: 'pod-field-selector',
    argument: '<selector>',
    help: 'list only pods with these fields',
    default: '',
    schema: checkedText(podFieldSelectorProblem),
  }),
  labelGroups: define({
    flag: 'label-group',
    argument: '<keys>',
    help: 'summarise nodes by a label key, or by several joined with commas; may be repeated',
    default: '',
    repeatable: true,
    schema: z.pipe(
      z.array(labelGroup).check(z.maxLength(10, 'must be 10 or fewer')),
      z.transform((groups) => [...new Map(groups.map((keys) => [keys.join(','), keys])).values()]),
    ),
  }),
  readinessRules: define({
    flag: 'readiness-rules',
    argument: '<json>',
    help: 'conditions that nodes should meet, each a rule that is counted; better written as a list in the file',
    default: '',
    structured: true,
    schema: z.pipe(json, readinessRulesSchema),
  }),
  exclude: define({
    flag: 'exclude',
    argument: '<kinds>',
    help: `what counts nowhere but apart, with commas between: ${apartKinds.join(', ')}`,
    default: '',
    schema: excludedKinds,
  }),
  repackBudget: define({
    flag: 'repack-budget',
    argument: '<duration>',
    help: 'how long each snapshot may search for a better packing of the pods; 0: only the lower bound is stored',
    default: '2s',
    schema: anyDurationMs.check(z.refine((ms) => ms <= 600_000, 'must be 10 minutes or less')),
  }),
  resources: define({
    flag: 'resources',
    argument: '<names>',
    help: 'resources to show and publish, with commas between; all are stored',
    default: 'cpu,memory,pods,nvidia.com/gpu',
    schema: resourceNames,
  }),
  detail: define({
    flag: 'detail',
    argument: '<workloads|pods>',
    help: 'how much to store: pods adds a row for each pod',
    default: 'workloads',
    schema: z.enum(['workloads', 'pods']),
  }),
  scheduledAt: define({
    flag: 'scheduled-at',
    argument: '<instant>',
    help: 'the instant this run stands for (the current minute); one snapshot each',
    default: '',
    schema: instant,
  }),
  jobName: define({
    flag: 'job-name',
    argument: '<name>',
    help: "name of the CronJob's Job that this run is: it ends with the minute the run stands for",
    default: '',
    schema: text,
  }),
  listen: define({
    flag: 'listen',
    argument: '<host:port>',
    help: 'where to answer; there is no login, so whoever reaches it reads everything; port 0: any that is free',
    default: '127.0.0.1:9101',
    schema: listenAddress,
  }),
  allowHost: define({
    flag: 'allow-host',
    argument: '<names>',
    help: 'hosts that a request may name, besides localhost and the address it came to, with commas between',
    default: '',
    schema: hostNames,
  }),
  staleAfter: define({
    flag: 'stale-after',
    argument: '<duration>',
    help: 'age of the newest snapshot from which /readyz says no',
    default: '15m',
    schema: durationMs,
  }),
  every: define({
    flag: 'every',
    argument: '<duration>',
    help: 'how often watch looks for a newer snapshot (1s or more)',
    default: '30s',
    schema: pauseMs,
  }),
  output: define({
    flag: 'output',
    argument: '<table|json|csv|none>',
    help: 'form of the result on stdout; none: the log alone says it',
    default: 'table',
    schema: z.enum(['table', 'json', 'csv', 'none']),
  }),
  logLevel: define({
    flag: 'log-level',
    argument: `<${logLevels.join('|')}>`,
    help: 'what to say on stderr; debug adds stack traces',
    default: 'info',
    schema: z.enum(logLevels),
  }),
  logFormat: define({
    flag: 'log-format',
    argument: '<auto|json|text>',
    help: 'auto: text on a terminal, JSON elsewhere',
    default: 'auto',
    schema: z.enum(['auto', 'json', 'text']),
  }),
} as const;
