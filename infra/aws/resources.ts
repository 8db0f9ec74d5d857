/** The CloudFormation resources beside the function, which serverless.yml names itself. */
import { alarms, type Json } from './alarms.ts';
import { dashboardBody } from './dashboard.ts';
import { role } from './role.ts';
import { tables } from './tables.ts';
import { nameForSql } from '../../lib/store/slug.ts';

/** A first deployment that fails leaves nothing in the way of the next. */
const retained = { DeletionPolicy: 'RetainExceptOnCreate', UpdateReplacePolicy: 'Retain' } as const;
const arnOf = (name: string, attribute = 'Arn'): Json => ({ 'Fn::GetAtt': [name, attribute] });
const encrypted = [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }];
const privately = {
  BlockPublicAcls: true,
  BlockPublicPolicy: true,
  IgnorePublicAcls: true,
  RestrictPublicBuckets: true,
};

/** `days`: a number, or a parameter that is one. */
function expire(id: string, prefix: string, days: number | string): Json {
  return {
    Id: id,
    Status: 'Enabled',
    Prefix: prefix,
    ExpirationInDays: days,
    NoncurrentVersionExpiration: { NoncurrentDays: 7 },
    AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 },
  };
}

function bucket(): Json {
  const below = (folder: string): string => `\${param:prefix}/v1/${folder}/`;
  return {
    Type: 'AWS::S3::Bucket',
    ...retained,
    Properties: {
      BucketName: { 'Fn::Sub': '${param:bucket}' },
      PublicAccessBlockConfiguration: privately,
      OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] },
      BucketEncryption: { ServerSideEncryptionConfiguration: encrypted },
      VersioningConfiguration: { Status: 'Enabled' },
      LifecycleConfiguration: {
        Rules: [
          expire('summaries', below('summary'), '${param:summaryDays}'),
          expire('nodes', below('nodes'), '${param:detailDays}'),
          expire('workloads', below('workloads'), '${param:detailDays}'),
          expire('pods', below('pods'), '${param:detailDays}'),
          // manifests and what they name: compacted/, compacted-nodes/ and so on
          expire('compacted', '${param:prefix}/v1/compacted', '${param:detailDays}'),
          expire('probes', below('probe'), 1),
          expire('athena', 'athena/', 7),
        ],
      },
    },
  };
}

function bucketPolicy(): Json {
  return {
    Type: 'AWS::S3::BucketPolicy',
    ...retained,
    Properties: {
      Bucket: { Ref: 'SnapshotBucket' },
      PolicyDocument: {
        Version: '2012-10-17',
        Statement: [
          {
            Sid: 'OnlyOverTls',
            Effect: 'Deny',
            Principal: '*',
            Action: 's3:*',
            Resource: [arnOf('SnapshotBucket'), { 'Fn::Sub': '${SnapshotBucket.Arn}/*' }],
            Condition: { Bool: { 'aws:SecureTransport': 'false' } },
          },
        ],
      },
    },
  };
}

export interface ResourcesAbout {
  readonly slug: string;
  /** Between two snapshots. */
  readonly intervalSeconds: number;
  readonly vpc: boolean;
}

export function resources({ slug, intervalSeconds, vpc }: ResourcesAbout): Readonly<Record<string, Json>> {
  const name = nameForSql(slug);
  return {
    FunctionRole: role({ slug, vpc }),
    SnapshotBucket: bucket(),
    SnapshotBucketPolicy: bucketPolicy(),
    DeadLetterQueue: {
      Type: 'AWS::SQS::Queue',
      Properties: { SqsManagedSseEnabled: true, MessageRetentionPeriod: 14 * 86_400 },
    },
    AlarmTopic: {
      Type: 'AWS::SNS::Topic',
      Properties: { TopicName: `kube-binpack-${slug}`, DisplayName: 'kube-binpack ${param:cluster}' },
    },
    AccessEntry: {
      Type: 'AWS::EKS::AccessEntry',
      Properties: {
        ClusterName: '${param:cluster}',
        PrincipalArn: arnOf('FunctionRole'),
        Type: 'STANDARD',
        KubernetesGroups: ['kube-binpack'],
      },
    },
    ...alarms(intervalSeconds),
    Dashboard: {
      Type: 'AWS::CloudWatch::Dashboard',
      Properties: {
        // names of dashboards are of an account, not of a region
        DashboardName: `kube-binpack-${slug}-\${aws:region}`,
        DashboardBody: JSON.stringify(dashboardBody(intervalSeconds)),
      },
    },
    Database: {
      Type: 'AWS::Glue::Database',
      Properties: {
        CatalogId: { Ref: 'AWS::AccountId' },
        DatabaseInput: { Name: name, Description: 'snapshots of kube-binpack' },
      },
    },
    ...tables(),
    Workgroup: {
      Type: 'AWS::Athena::WorkGroup',
      Properties: {
        Name: name,
        RecursiveDeleteOption: true,
        WorkGroupConfiguration: {
          EnforceWorkGroupConfiguration: true,
          PublishCloudWatchMetricsEnabled: false,
          BytesScannedCutoffPerQuery: 10_000_000_000,
          ResultConfiguration: {
            OutputLocation: { 'Fn::Sub': 's3://${SnapshotBucket}/athena/' },
            EncryptionConfiguration: { EncryptionOption: 'SSE_S3' },
          },
        },
      },
    },
  };
}
