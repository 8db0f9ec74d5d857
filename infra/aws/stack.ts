/** What of the stack is computed from its parameters; serverless.yml says the rest. */
import { createHash } from 'node:crypto';
import type { Json } from './alarms.ts';
import { resources } from './resources.ts';

/** As they are given, of `params` in serverless.yml. */
export type StackParameters = Readonly<
  Record<'cluster' | 'intervalMinutes' | 'subnetIds' | 'securityGroupIds', string>
>;

export interface Stack {
  /** The cluster's name as the names of buckets, stacks, roles and functions may have it. */
  readonly slug: string;
  readonly schedule: string;
  /** Of the setting --interval. */
  readonly interval: string;
  readonly vpc: {
    readonly subnetIds: readonly string[];
    readonly securityGroupIds: readonly string[];
  } | null;
  readonly resources: { readonly Resources: Readonly<Record<string, Json>> };
}

const minutesOfDay = 1440;

/** Throws an Error without a trace: osls prints the trace of what is thrown here. */
export function stack({ cluster, ...parameters }: StackParameters): Stack {
  const intervalMinutes = Number(parameters.intervalMinutes);
  const [subnetIds, securityGroupIds] = [listOf(parameters.subnetIds), listOf(parameters.securityGroupIds)];
  const vpc = subnetIds.length === 0 ? null : { subnetIds, securityGroupIds };
  if (!Number.isInteger(intervalMinutes) || intervalMinutes < 1 || intervalMinutes > minutesOfDay)
    throw refusal(`intervalMinutes must be a whole number from 1 to ${minutesOfDay}`);
  // https://docs.aws.amazon.com/eks/latest/APIReference/API_CreateCluster.html
  if (!/^[0-9A-Za-z][\w-]{0,99}$/.test(cluster))
    throw refusal('cluster must be the name of an EKS cluster: --param cluster=NAME');
  if ((subnetIds.length === 0) !== (securityGroupIds.length === 0))
    throw refusal('subnetIds and securityGroupIds go together: give both, or neither');
  const slug = slugOf(cluster);
  return {
    slug,
    schedule: `rate(${intervalMinutes} ${intervalMinutes === 1 ? 'minute' : 'minutes'})`,
    interval: `${intervalMinutes}m`,
    vpc,
    resources: { Resources: resources({ slug, intervalSeconds: intervalMinutes * 60, vpc: vpc !== null }) },
  };
}

/** kube-binpack-, an account and a region stand before it in a bucket's name, which ends at 63. */
const maxSlugLength = 22;

/** Lower case, digits and hyphens; what was changed or cut is told apart by a hash. */
export function slugOf(cluster: string): string {
  const plain = cluster
    .toLowerCase()
    .replaceAll('_', '-')
    .replaceAll(/^-+|-+$/g, '');
  if (plain === cluster && plain.length <= maxSlugLength) return plain;
  const hash = createHash('sha256').update(cluster).digest('hex').slice(0, 6);
  return `${plain.slice(0, maxSlugLength - 7).replace(/-+$/, '')}-${hash}`;
}

function listOf(ids: string): string[] {
  return ids
    .split(',')
    .map((id) => id.trim())
    .filter((id) => id !== '');
}

function refusal(message: string): Error {
  const error = new Error(message);
  delete error.stack;
  return error;
}
