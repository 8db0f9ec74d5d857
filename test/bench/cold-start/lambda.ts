/** Stands for the Lambda handler until there is one: all that it will import, and its clients made. */
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { EKSClient } from '@aws-sdk/client-eks';
import { S3Client } from '@aws-sdk/client-s3';
import { SignatureV4 } from '@smithy/signature-v4';
import { createDial } from '../../../lib/cluster/connect/dial.ts';
import { createHttp } from '../../../lib/cluster/http.ts';
import { createClusterReader } from '../../../lib/cluster/reader.ts';
import { createLog } from '../../../lib/log.ts';
import { run } from '../../../lib/run.ts';

const clients = [new S3Client({}), new CloudWatchClient({}), new EKSClient({})];

export async function handler(): Promise<readonly string[]> {
  const parts = [createDial, createHttp, createClusterReader, createLog, run, SignatureV4];
  return [...clients.map(({ constructor }) => constructor.name), ...parts.map(({ name }) => name)];
}

await handler();
