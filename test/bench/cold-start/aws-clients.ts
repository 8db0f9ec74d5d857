/** The two AWS clients alone, made: what any Lambda that stores and publishes starts with. */
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { S3Client } from '@aws-sdk/client-s3';

export const clients = [new S3Client({}), new CloudWatchClient({})];
