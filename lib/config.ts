/**
 * Every setting in one table: its flag, environment variable and config key, its help and default, and what
 * its value must be. flag > environment > file > default; all problems are reported at once.
 */
import { ConfigError } from './errors.ts';
import { logLevels } from './log.ts';
import { apartKinds, type ApartKind } from './model/apart.ts';
import { readinessRulesSchema } from './model/readiness-rule.ts';
import * as z from './model/schema.ts';
import { isLabelKey, labelSelectorProblem, podFieldSelectorProblem } from './model/selector.ts';

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

const text = z.string().check(z.trim());
const whole = (least: number): z.ZodType<number> =>
  z
    .pipe(text.check(z.regex(/^-?\d+$/, 'must be a whole number')), z.transform(Number))
    .check(z.refine((value) => Number.isSafeInteger(value) && value >= least, `must be ${least} or more`));

const unitsMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const anyDurationMs = z.pipe(
  text.check(z.regex(/^\d+(?:\.\d+)?(?:ms|s|m|h|d)?$/, 'must be a duration such as 30s, 5m or 1h')),
  z.transform((value) =>
    Math.round(Number.parseFloat(value) * (unitsMs[value.replace(/^[\d.]+/, '') || 's'] ?? 0)),
  ),
);
const durationMs: z.ZodType<number> = anyDurationMs.check(
  z.refine((ms) => ms >= 1 && ms <= 7 * 86_400_000, 'must be between 1 ms and 7 days'),
);

const unitBytes: Readonly<Record<string, number>> = { '': 1, Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30 };
const byteSize: z.ZodType<number> = z.pipe(
  text.check(z.regex(/^\d{1,12}(?:Ki|Mi|Gi)?$/, 'must be a size such as 500Mi or 2Gi')),
  z.transform((value) => Number.parseInt(value, 10) * (unitBytes[value.replace(/^\d+/, '')] ?? 1)),
);

const checkedText = (problem: (value: string) => string | null): z.ZodType<string> =>
  text.check(
    z.superRefine((value, context) => {
      const found =
        value === '' ? null : value.length > 1000 ? 'must be 1,000 characters or fewer' : problem(value);
      if (found !== null) context.addIssue({ code: 'custom', message: found });
    }),
  );

const labelGroup: z.ZodType<readonly string[]> = z.pipe(
  text,
  z.transform((value, { issues }) => {
    const keys = value.split(',').map((key) => key.trim());
    const refuse = (message: string): unknown => issues.push({ code: 'custom', message, input: value });
    if (keys.length > 5) refuse('must join 5 keys or fewer');
    for (const key of keys) if (!isLabelKey(key)) refuse(`"${key}" is not a label key`);
    return keys;
  }),
);

const resourceNames: z.ZodType<readonly string[]> = z.pipe(
  text,
  z.transform((value, { issues }) => {
    const names = value.split(',').map((name) => name.trim());
    const refuse = (message: string): unknown => issues.push({ code: 'custom', message, input: value });
    for (const name of names) if (!isLabelKey(name)) refuse(`"${name}" is not a resource name`);
    return [...new Set(names)];
  }),
);

const excludedKinds: z.ZodType<readonly ApartKind[]> = z.pipe(
  text,
  z.transform((value, { issues }) => {
    const names = value === '' ? [] : value.split(',').map((name) => name.trim());
    const isKind = (name: string): name is ApartKind => apartKinds.some((kind) => kind === name);
    for (const name of names.filter((each) => !isKind(each))) {
      const message = `"${name}" is none of ${apartKinds.join(', ')}`;
      issues.push({ code: 'custom', message, input: value });
    }
    return apartKinds.filter((kind) => names.includes(kind));
  }),
);

const namespace = text.check(
  z.regex(/^(?:[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?)?$/, 'is not a namespace name'),
);

/** A cluster's name becomes a part of keys, escaped, and file names end at 255 bytes. */
const maxNameBytes = 200;
/** What keeps a text from naming a cluster; null: nothing. */
export function clusterNameProblem(name: string): string | null {
  if (!name.isWellFormed() || /\p{Cc}/u.test(name)) return 'must not hold control characters';
  return encodeURIComponent(name).length > maxNameBytes
    ? `must be shorter (${maxNameBytes} bytes, escaped as in a URL)`
    : null;
}

/** RFC 3339: without a zone, an instant would depend on the machine's. */
const rfc3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/;
const rfc3339Day = z.iso.datetime({ offset: true });
const instant = z.pipe(
  text.check(
    z.refine(
      (value) => value === '' || (rfc3339.test(value) && rfc3339Day.safeParse(value).success),
      'must be an instant such as 2026-11-21T07:45:00Z',
    ),
  ),
  z.transform((value) => (value === '' ? null : new Date(value))),
);

/** s3://bucket/prefix, a directory, or nothing. */
const storeLocation = z.pipe(
  text,
  z.transform((value, { issues }) => {
    const s3 = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/(.*))?$/.exec(value);
    const prefix = (s3?.[2] ?? '').replaceAll(/^\/+|\/+$/g, '');
    // a drive's letter is no scheme
    const wrong = /^[a-z][a-z0-9+.-]+:/i.test(value) && s3 === null;
    if (wrong || prefix.split('/').includes('..')) {
      issues.push({ code: 'custom', message: 'must be s3://bucket/prefix, or a directory', input: value });
    }
    return s3 === null
      ? ({ kind: 'directory', directory: value } as const)
      : ({ kind: 's3', bucket: s3[1] ?? '', prefix } as const);
  }),
);

/** host:port; an address of IPv6 stands in brackets. */
const listenAddress = z.pipe(
  text.check(
    z.regex(
      /^(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\]):\d{1,5}$/,
      'must be host:port such as 127.0.0.1:9101 or [::1]:9101',
    ),
  ),
  z.transform((value, { issues }) => {
    const colon = value.lastIndexOf(':');
    const port = Number(value.slice(colon + 1));
    if (port > 65_535) issues.push({ code: 'custom', message: 'has no port (0 to 65535)', input: value });
    return { host: value.slice(0, colon).replaceAll(/[[\]]/g, ''), port };
  }),
);

const hostNames: z.ZodType<readonly string[]> = z.pipe(
  text,
  z.transform((value, { issues }) => {
    const names = value === '' ? [] : value.split(',').map((name) => name.trim().toLowerCase());
    for (const name of names)
      if (!/^(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])$/.test(name))
        issues.push({ code: 'custom', message: `"${name}" is not a host (it has no port)`, input: value });
    return names;
  }),
);

const nodeMetrics = z.pipe(
  text.check(z.regex(/^(?:all|none|top:[1-9]\d{0,5})$/, 'must be all, none, or top:N such as top:10')),
  z.transform((value) =>
    value === 'all' || value === 'none'
      ? ({ kind: value } as const)
      : ({ kind: 'top', n: Number(value.slice('top:'.length)) } as const),
  ),
);

/** A text is JSON, and no text at all an empty list. */
const json = z.pipe(
  z.unknown(),
  z.transform((value, { issues }) => {
    if (typeof value !== 'string') return value;
    try {
      return value.trim() === '' ? [] : (JSON.parse(value) as unknown);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      issues.push({ code: 'custom', message: 'must be JSON', input: value });
      return [];
    }
  }),
);

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

type Settings = typeof settings;
export type SettingKey = keyof Settings;

type ValueOf<S> = S extends { readonly schema: z.ZodType<infer T> } ? T : never;

/** Durations are in milliseconds. A text that was not given and has no default is empty. */
export type Config = { readonly [K in SettingKey]: ValueOf<Settings[K]> };

export const settingKeys = Object.keys(settings) as SettingKey[];

export function environmentVariableOf({ flag }: Setting): string {
  return `KUBE_BINPACK_${flag.toUpperCase().replaceAll('-', '_')}`;
}

/** Names that look like settings and are none. KUBE_BINPACK_CONFIG names the file. */
export function unknownVariables(env: ConfigSources['env']): string[] {
  const known = new Set([
    'KUBE_BINPACK_CONFIG',
    ...settingKeys.map((key) => environmentVariableOf(settings[key])),
  ]);
  // a service of our name gives its pods KUBE_BINPACK_SERVICE_HOST, KUBE_BINPACK_PORT and so on
  const mayBeOurs = /^KUBE_BINPACK_(?!SERVICE_|PORT$|PORT_)/;
  return Object.keys(env).filter((name) => mayBeOurs.test(name) && !known.has(name));
}

export interface ConfigSources {
  /** By setting; a repeatable one's values as a list. */
  readonly flags: Readonly<Partial<Record<SettingKey, string | readonly string[]>>>;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly file: { readonly name: string; readonly values: Readonly<Record<string, unknown>> } | null;
}

/** Throws one ConfigError that names every problem and where it stands. */
export function resolveConfig(sources: ConfigSources): Config {
  const problems: string[] = unknownKeys(sources.file);
  const config: Partial<Record<SettingKey, unknown>> = {};
  for (const key of settingKeys) {
    const setting: Setting = settings[key];
    const given = lookUp(key, setting, sources);
    const result = setting.schema.safeParse(given.value);
    if (result.success) config[key] = result.data;
    for (const { message, path } of result.error?.issues ?? []) {
      const at = setting.structured === true ? placeIn(given.value, path) : null;
      problems.push(`${given.from}${at ?? ` "${shownAt(given.value, path[0])}"`}: ${message}`);
    }
  }
  if (problems.length > 0) throw new ConfigError(problems.join('; '));
  return config as Config;
}

/** Of a repeatable setting, the one text that is at fault. */
function shownAt(value: unknown, index: PropertyKey | undefined): string {
  const shown: unknown = Array.isArray(value) && typeof index === 'number' ? value[index] : value;
  return typeof shown === 'string' ? shown : JSON.stringify(shown);
}

/** `, [0].conditions[1].type`; null for a text that cannot be read. */
function placeIn(value: unknown, path: readonly PropertyKey[]): string | null {
  if (path.length === 0) return typeof value === 'string' ? null : '';
  const steps = path.map((step) => (typeof step === 'number' ? `[${step}]` : `.${String(step)}`));
  return `, ${steps.join('')}`;
}

interface Given {
  readonly from: string;
  readonly value: unknown;
}

function lookUp(key: SettingKey, setting: Setting, { flags, env, file }: ConfigSources): Given {
  const many = (value: string): unknown =>
    setting.repeatable === true ? value.split(';').filter((each) => each.trim() !== '') : value;
  const flag = flags[key];
  if (flag !== undefined) return { from: `--${setting.flag}`, value: flag };
  const variable = environmentVariableOf(setting);
  const fromEnvironment = env[variable];
  if (fromEnvironment !== undefined && fromEnvironment !== '')
    return { from: variable, value: many(fromEnvironment) };
  const fromFile = file?.values[key];
  if (file !== null && fromFile !== undefined && fromFile !== null) {
    const value = setting.structured === true ? fromFile : textsOf(fromFile, setting);
    return { from: `${key} in ${file.name}`, value };
  }
  return { from: 'default', value: many(setting.default) };
}

/** A config file may write numbers, and lists where a flag takes commas. */
function textsOf(value: unknown, setting: Setting): unknown {
  if (!Array.isArray(value)) return setting.repeatable === true ? [textOf(value)] : textOf(value);
  const texts = value.map((item) => (Array.isArray(item) ? item.map(textOf).join(',') : textOf(item)));
  return setting.repeatable === true ? texts : texts.join(',');
}

function textOf(value: unknown): unknown {
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : value;
}

function unknownKeys(file: ConfigSources['file']): string[] {
  const known = new Set<string>(settingKeys);
  return Object.keys(file?.values ?? {})
    .filter((key) => !known.has(key))
    .map((key) => `${file?.name}: "${key}" is not a setting (they are ${settingKeys.join(', ')})`);
}
