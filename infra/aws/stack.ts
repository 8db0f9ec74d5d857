/** What of the stack is computed from its parameters; serverless.yml says the rest. */
import { resolveConfig } from '../../lib/config.ts';
import { ConfigError } from '../../lib/errors.ts';
import * as z from '../../lib/model/schema.ts';
import { slugOf } from '../../lib/store/slug.ts';
import type { Json } from './alarms.ts';
import { resources } from './resources.ts';

const text = z.string();

/** https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html */
const retentionDays = [
  ...['1', '3', '5', '7', '14', '30', '60', '90', '120', '150', '180', '365', '400', '545', '731'],
  ...['1096', '1827', '2192', '2557', '2922', '3288', '3653'],
] as const;

function matching(pattern: RegExp, problem: string): z.ZodType<string> {
  return text.check(z.regex(pattern, problem));
}

function whole(
  least: number,
  most: number,
  problem = `must be a whole number from ${least} to ${most}`,
): z.ZodType<number> {
  return z
    .pipe(matching(/^\d{1,9}$/, problem), z.transform(Number))
    .check(z.refine((value) => value >= least && value <= most, problem));
}

/** Ids with commas between. */
function ids(kind: string): z.ZodType<readonly string[]> {
  const pattern = new RegExp(`^(?:\\s*${kind}-[0-9a-f]+\\s*(?:,|$))*$`);
  return z.pipe(
    matching(pattern, `must be ids such as ${kind}-0123456789abcdef0, with commas between`),
    z.transform((value) =>
      value
        .split(',')
        .map((id) => id.trim())
        .filter((id) => id !== ''),
    ),
  );
}

/** What the parameters are, as osls hands them over: texts, the defaults of serverless.yml among them. */
const parametersSchema = z.object({
  // https://docs.aws.amazon.com/eks/latest/APIReference/API_CreateCluster.html
  cluster: matching(/^[0-9A-Za-z][\w-]{0,99}$/, 'must be the name of an EKS cluster: --param cluster=NAME'),
  intervalMinutes: whole(1, 1440),
  prefix: matching(/^[\w.-]+(?:\/[\w.-]+)*$/, 'must be a prefix of keys such as team/binpack'),
  reservedConcurrency: z.union([
    z.pipe(
      z.literal('none'),
      z.transform(() => null),
    ),
    whole(1, 1000, 'must be none, or a whole number from 1 to 1000'),
  ]),
  summaryDays: whole(1, 36_500),
  detailDays: whole(1, 36_500),
  logDays: z.pipe(z.enum(retentionDays), z.transform(Number)),
  utilizationHighPercent: whole(0, 1000),
  utilizationLowPercent: whole(0, 1000),
  pendingPods: whole(0, 1_000_000),
  subnetIds: ids('subnet'),
  securityGroupIds: ids('sg'),
  nodeMetrics: text,
  maxMetrics: text,
  labelGroups: text,
  readinessRules: text,
  exclude: text,
  repackBudget: text,
});

export const parameterNames = Object.keys(parametersSchema.shape);

export type StackParameters = Readonly<Record<keyof z.input<typeof parametersSchema>, string>>;

export interface Stack {
  /** The cluster's name as the names of buckets, stacks, roles and functions may have it. */
  readonly slug: string;
  readonly schedule: string;
  /** Of the setting --interval. */
  readonly interval: string;
  readonly reservedConcurrency: number | null;
  readonly vpc: {
    readonly subnetIds: readonly string[];
    readonly securityGroupIds: readonly string[];
  } | null;
  readonly resources: Readonly<Record<'Resources' | 'Outputs', Readonly<Record<string, Json>>>>;
}

/** Throws an Error without a trace, since osls prints the trace of what is thrown here, with all that is wrong. */
export function stack(parameters: StackParameters): Stack {
  const parsed = parametersSchema.safeParse(parameters);
  const problems = parsed.success ? [] : z.describeIssues(parsed.error);
  if ((parameters.subnetIds === '') !== (parameters.securityGroupIds === ''))
    problems.push('subnetIds and securityGroupIds go together: give both, or neither');
  problems.push(...settingProblems(parameters));
  if (!parsed.success || problems.length > 0) throw refusal(problems.join('; '));
  const { cluster, intervalMinutes, subnetIds, securityGroupIds, reservedConcurrency } = parsed.data;
  const slug = slugOf(cluster);
  const vpc = subnetIds.length === 0 ? null : { subnetIds, securityGroupIds };
  return {
    slug,
    schedule: `rate(${intervalMinutes} ${intervalMinutes === 1 ? 'minute' : 'minutes'})`,
    interval: `${intervalMinutes}m`,
    reservedConcurrency,
    vpc,
    resources: {
      Resources: resources({ slug, intervalSeconds: intervalMinutes * 60, vpc: vpc !== null }),
      Outputs: {
        // osls exports it under a name that is the same for every cluster, and an account can have a name but once
        ServerlessDeploymentBucketName: { Export: { Name: `kube-binpack-${slug}-deployment-bucket` } },
        SnapshotBucketName: { Value: { Ref: 'SnapshotBucket' } },
        AlarmTopicArn: { Value: { Ref: 'AlarmTopic' } },
      },
    },
  };
}

/** Those that the function gets as settings, checked as it will check them. */
function settingProblems({
  nodeMetrics,
  maxMetrics,
  labelGroups,
  readinessRules,
  exclude,
  repackBudget,
}: StackParameters): string[] {
  try {
    const groups = labelGroups === '' ? [] : labelGroups.split(';');
    const flags = { nodeMetrics, maxMetrics, labelGroups: groups, readinessRules, exclude, repackBudget };
    resolveConfig({ flags, env: {}, file: null });
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return [error.message];
    throw error;
  }
}

/** `given` as on the command line, NAME=VALUE: osls itself takes no notice of a name that nobody asks for. */
export function checkNames(given: readonly string[]): void {
  // the bucket's default is made of the slug: it is not asked for before there is one
  const names = [...parameterNames, 'bucket'];
  const unknown = given.map((each) => each.split('=')[0] ?? '').filter((name) => !names.includes(name));
  if (unknown.length > 0)
    throw refusal(`there is no parameter ${unknown.join(', ')}; they are ${names.join(', ')}`);
}

function refusal(message: string): Error {
  const error = new Error(message);
  delete error.stack;
  return error;
}
