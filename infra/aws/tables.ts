/** Glue's tables over the store, with partitions that need no crawler: Athena computes them from the question. */
import { nodeRowSchema, summarySchema, workloadRowSchema } from '../../lib/model/snapshot.ts';
import type * as z from '../../lib/model/schema.ts';
import type { Json } from './alarms.ts';
import { columnsOf } from './hive.ts';

const partitions = ['cluster', 'date'] as const;

/** How Hive reads what lies in a folder. */
const formats = {
  json: {
    input: 'org.apache.hadoop.mapred.TextInputFormat',
    output: 'org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat',
    serde: 'org.openx.data.jsonserde.JsonSerDe',
  },
  parquet: {
    input: 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat',
    output: 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat',
    serde: 'org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe',
  },
} as const;

interface TableAbout {
  readonly name: string;
  readonly description: string;
  readonly folder: string;
  readonly schema: z.ZodType;
  readonly format: keyof typeof formats;
}

function table({ name, description, folder, schema, format }: TableAbout): Json {
  const location = `s3://\${SnapshotBucket}/\${param:prefix}/v1/${folder}`;
  const { input, output, serde } = formats[format];
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
          classification: format,
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
          InputFormat: input,
          OutputFormat: output,
          SerdeInfo: { SerializationLibrary: serde },
        },
      },
    },
  };
}

export function tables(): Readonly<Record<string, Json>> {
  return {
    SummariesTable: table({
      name: 'summaries',
      description: 'one row for each snapshot; only what it names under objects is of it',
      folder: 'summary',
      schema: summarySchema,
      format: 'json',
    }),
    NodesTable: table({
      name: 'nodes',
      description: 'one row for each node and run; join summaries by snapshotid and run',
      folder: 'nodes',
      schema: nodeRowSchema,
      format: 'json',
    }),
    WorkloadsTable: table({
      name: 'workloads',
      description: 'one row for each workload and run; join summaries by snapshotid and run',
      folder: 'workloads',
      schema: workloadRowSchema,
      format: 'json',
    }),
    NodesCompactedTable: table({
      name: 'nodes_compacted',
      description: 'nodes of days that were compacted; a row may be in nodes too, or in two files',
      folder: 'compacted-nodes',
      schema: nodeRowSchema,
      format: 'parquet',
    }),
    WorkloadsCompactedTable: table({
      name: 'workloads_compacted',
      description: 'workloads of days that were compacted; a row may be in workloads too, or in two files',
      folder: 'compacted-workloads',
      schema: workloadRowSchema,
      format: 'parquet',
    }),
  };
}
