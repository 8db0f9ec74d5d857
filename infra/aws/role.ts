/** What the function may do: read where one cluster is, write that cluster's snapshots, publish to one namespace. */
import { namespace } from '../../lib/metrics/gauges.ts';
import type { Json } from './alarms.ts';

const resource = (name: string): Json => ({ 'Fn::GetAtt': [name, 'Arn'] });
const sub = (text: string): Json => ({ 'Fn::Sub': text });

const statements: readonly Json[] = [
  {
    Sid: 'FindTheCluster',
    Effect: 'Allow',
    Action: 'eks:DescribeCluster',
    Resource: sub('arn:${AWS::Partition}:eks:${AWS::Region}:${AWS::AccountId}:cluster/${param:cluster}'),
  },
  {
    Sid: 'WriteSnapshots',
    Effect: 'Allow',
    Action: ['s3:PutObject', 's3:GetObject', 's3:DeleteObject'],
    Resource: sub('${SnapshotBucket.Arn}/${param:prefix}/v1/*/cluster=${param:cluster}/*'),
  },
  {
    Sid: 'FindSnapshots',
    Effect: 'Allow',
    Action: 's3:ListBucket',
    Resource: resource('SnapshotBucket'),
  },
  {
    Sid: 'PublishGauges',
    Effect: 'Allow',
    Action: 'cloudwatch:PutMetricData',
    // AWS knows no resources for this action; the namespace is what bounds it
    Resource: '*',
    Condition: { StringEquals: { 'cloudwatch:namespace': namespace } },
  },
  {
    Sid: 'Log',
    Effect: 'Allow',
    Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
    Resource: resource('SnapshotLogGroup'),
  },
  {
    Sid: 'KeepFailedEvents',
    Effect: 'Allow',
    Action: 'sqs:SendMessage',
    Resource: resource('DeadLetterQueue'),
  },
];

/** In a VPC, Lambda makes network interfaces with the function's role; AWS demands that they are any (Lambda's guide, VPC). */
const networkInterfaces: Json = {
  Sid: 'AttachToTheVpc',
  Effect: 'Allow',
  Action: [
    'ec2:CreateNetworkInterface',
    'ec2:DescribeNetworkInterfaces',
    'ec2:DescribeSubnets',
    'ec2:DeleteNetworkInterface',
    'ec2:AssignPrivateIpAddresses',
    'ec2:UnassignPrivateIpAddresses',
  ],
  Resource: '*',
};

export interface RoleAbout {
  readonly slug: string;
  readonly vpc: boolean;
}

export function role({ slug, vpc }: RoleAbout): Json {
  return {
    Type: 'AWS::IAM::Role',
    Properties: {
      RoleName: `kube-binpack-${slug}-\${aws:region}`,
      AssumeRolePolicyDocument: {
        Version: '2012-10-17',
        Statement: [
          { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' },
        ],
      },
      Policies: [
        {
          PolicyName: 'kube-binpack',
          PolicyDocument: {
            Version: '2012-10-17',
            Statement: vpc ? [...statements, networkInterfaces] : statements,
          },
        },
      ],
    },
  };
}
