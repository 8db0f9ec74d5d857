/** What a policy of IAM allows of what the doubles were asked for. */
import assert from 'node:assert/strict';
import { role } from '../../../infra/aws/role.ts';
import type { AwsRequest } from './faults.ts';

interface Statement {
  readonly Sid: string;
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
  readonly Condition?: unknown;
}

/** A request as IAM sees it. */
interface Access {
  readonly action: string;
  readonly resource: string;
}

/** The stack's own parameters. */
export interface StackAbout {
  readonly cluster: string;
  readonly bucket: string;
  readonly prefix: string;
}

export function roleStatements(): readonly Statement[] {
  const { Properties } = role({ slug: 'prod', vpc: false }) as {
    Properties: { Policies: { PolicyDocument: { Statement: Statement[] } }[] };
  };
  return Properties.Policies.flatMap(({ PolicyDocument }) => PolicyDocument.Statement);
}

/** S3 knows an action by another name than the operation. */
const actions: Readonly<Record<string, string>> = { 's3:ListObjectsV2': 's3:ListBucket' };

export function accessOf({ service, operation, key }: AwsRequest, { bucket }: StackAbout): Access {
  const action = actions[`${service}:${operation}`] ?? `${service}:${operation}`;
  const resources: Readonly<Record<string, string>> = {
    s3: key === '' ? `arn:aws:s3:::${bucket}` : `arn:aws:s3:::${bucket}/${key}`,
    eks: `arn:aws:eks:eu-central-1:123456789012:cluster/${key}`,
  };
  return { action, resource: resources[service] ?? '*' };
}

export function allows(
  statements: readonly Statement[],
  { action, resource }: Access,
  about: StackAbout,
): boolean {
  return statements.some((statement) => {
    assert.equal(statement.Effect, 'Allow');
    return [statement.Action].flat().includes(action) && matches(arnOf(statement.Resource, about), resource);
  });
}

/** As CloudFormation and osls would fill it in. */
function arnOf(resource: unknown, { cluster, bucket, prefix }: StackAbout): string {
  const values: Readonly<Record<string, string>> = {
    'AWS::Partition': 'aws',
    'AWS::Region': 'eu-central-1',
    'AWS::AccountId': '123456789012',
    'SnapshotBucket.Arn': `arn:aws:s3:::${bucket}`,
    'param:cluster': cluster,
    'param:prefix': prefix,
  };
  const { 'Fn::Sub': text, 'Fn::GetAtt': attribute } = resource as Record<string, unknown>;
  if (Array.isArray(attribute)) return values[attribute.join('.')] ?? '';
  return String(text ?? resource).replaceAll(
    /\$\{([^}]+)\}/g,
    (whole, name: string) => values[name] ?? whole,
  );
}

function matches(pattern: string, resource: string): boolean {
  const parts = pattern.split('*').map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`));
  return new RegExp(`^${parts.join('.*')}$`).test(resource);
}
