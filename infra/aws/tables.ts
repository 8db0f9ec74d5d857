/** Glue's tables over the store, with partitions that need no crawler: Athena computes them from the question. */
import { nodeRowSchema, summarySchema, workloadRowSchema } from '../../lib/model/snapshot.ts';
import type * as z from '../../lib/model/schema.ts';
import type { Json } from './alarms.ts';
import { columnsOf } from './hive.ts';

const partitions = ['cluster', 'date'] as const;

function table(name: string, description: string, folder: string, schema: z.ZodType): Json {
  const location = `s3://\${SnapshotBucket}/\${param:prefix}/v1/${folder}`;
  return {
    Type: 'AWS::Glue::Table',
    Properties: {
      CatalogId: { Ref: 'AWS::AccountId' },
      DatabaseName: { Ref: 'Database' },
      TableInput: {
        Name: name,
        Description: description,
        TableType: 'EXTERNAL_TABLE',
        PartitionKeys: partitions.map((key) => ({ Name: key, Type: 'string' })),
        Parameters: {
          classification: 'json',
          'projection.enabled': 'true',
          'projection.cluster.type': 'injected',
          'projection.date.type': 'date',
          'projection.date.format': 'yyyy-MM-dd',
          'projection.date.range': '2026-01-01,NOW',
          // CloudFormation must leave Glue's own variables as they are: ${!name}
          'storage.location.template': { 'Fn::Sub': `${location}/cluster=\${!cluster}/date=\${!date}` },
        },
        StorageDescriptor: {
          Columns: columnsOf(schema, partitions),
          Location: { 'Fn::Sub': `${location}/` },
          InputFormat: 'org.apache.hadoop.mapred.TextInputFormat',
          OutputFormat: 'org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat',
          SerdeInfo: { SerializationLibrary: 'org.openx.data.jsonserde.JsonSerDe' },
        },
      },
    },
  };
}

export function tables(): Readonly<Record<string, Json>> {
  return {
    SummariesTable: table(
      'summaries',
      'one row for each snapshot; only what it names under objects is of it',
      'summary',
      summarySchema,
    ),
    NodesTable: table(
      'nodes',
      'one row for each node and run; join summaries by snapshotid and run',
      'nodes',
      nodeRowSchema,
    ),
    WorkloadsTable: table(
      'workloads',
      'one row for each workload and run; join summaries by snapshotid and run',
      'workloads',
      workloadRowSchema,
    ),
  };
}
