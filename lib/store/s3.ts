/** Objects in an S3 bucket, below a prefix. */
import {
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  awsClientOptions,
  awsFailureOf,
  pauseBeforeRetryMs,
  reasonOfFailure,
  type AwsFailure,
  type AwsOptions,
} from '../aws.ts';
import { StoreError } from '../errors.ts';
import { refuseClimbing } from './keys.ts';
import type { Store } from './store.ts';

export interface S3Location {
  readonly bucket: string;
  /** Without slashes at its ends; empty: the whole bucket. */
  readonly prefix: string;
}

export interface S3Options extends AwsOptions {
  /** A key of KMS; empty: S3's own key. */
  readonly sseKmsKey: string;
  /** An account; any other's bucket is refused. Empty: not looked at. */
  readonly expectedBucketOwner: string;
  /** Of a stand-in, whose buckets are a part of the path; empty: AWS's own. */
  readonly endpoint: string;
}

/** Of a body that breaks off while it is read, which the SDK hands on as it comes, and of a conflict between writers. */
const maxTries = 4;

export function createS3Store({ bucket, prefix }: S3Location, options: S3Options): Store {
  const { pauseMs = pauseBeforeRetryMs } = options;
  const client = new S3Client({
    ...awsClientOptions(options),
    forcePathStyle: options.endpoint !== '',
    followRegionRedirects: true,
    // it saves no bytes worth the wait where nothing on the way answers it
    expectContinueHeader: false,
  });
  const location = `s3://${bucket}${prefix === '' ? '' : `/${prefix}`}`;
  const root = prefix === '' ? '' : `${prefix}/`;
  const pathOf = (key: string): string => {
    refuseClimbing(key, location);
    return root + key;
  };
  const owner =
    options.expectedBucketOwner === '' ? {} : { ExpectedBucketOwner: options.expectedBucketOwner };
  const encryption =
    options.sseKmsKey === ''
      ? ({ ServerSideEncryption: 'AES256' } as const)
      : ({
          ServerSideEncryption: 'aws:kms',
          SSEKMSKeyId: options.sseKmsKey,
          BucketKeyEnabled: true,
        } as const);

  const failed = (doing: string, action: string, error: unknown): StoreError => {
    const failure = awsFailureOf(error);
    return new StoreError(`could not ${doing}: ${reasonOf(failure, action, bucket)}`, { cause: error });
  };

  const read: Store['read'] = async (key, signal) => {
    const get = new GetObjectCommand({ Bucket: bucket, Key: pathOf(key), ChecksumMode: 'ENABLED', ...owner });
    const doing = `read ${location}/${key}`;
    for (let attempt = 1; ; attempt++) {
      const answer = await client.send(get, { abortSignal: signal }).catch((error: unknown) => {
        signal.throwIfAborted();
        if (awsFailureOf(error).code === 'NoSuchKey') return null;
        throw failed(doing, 's3:GetObject', error);
      });
      if (answer === null) return null;
      try {
        return Buffer.from((await answer.Body?.transformToByteArray()) ?? []);
      } catch (error) {
        signal.throwIfAborted();
        if (attempt === maxTries) throw failed(doing, 's3:GetObject', error);
      }
    }
  };

  return {
    location,
    // a bucket's name is its own in all of AWS
    identity: `${options.endpoint} ${location}`,
    read,

    async create(key, bytes, signal) {
      const put = new PutObjectCommand({
        Bucket: bucket,
        Key: pathOf(key),
        Body: bytes,
        IfNoneMatch: '*',
        ChecksumSHA256: createHash('sha256').update(bytes).digest('base64'),
        ContentType: key.endsWith('.json') ? 'application/json' : 'application/octet-stream',
        ...encryption,
        ...owner,
      });
      for (let attempt = 1; ; attempt++) {
        try {
          await client.send(put, { abortSignal: signal });
          return true;
        } catch (error) {
          signal.throwIfAborted();
          const failure = awsFailureOf(error);
          if (failure.status === 412) {
            // an earlier try of ours may have been written, and only its answer lost
            const mayBeOurs = attempt > 1 || failure.attempts > 1;
            return mayBeOurs && (await read(key, signal))?.equals(bytes) === true;
          }
          // the answer was lost, or came from what stands between: the object may be there all the same
          if (mayHaveArrived(failure)) {
            // where it cannot be read either, the error of the write says why
            const written = await read(key, signal).catch(() => null);
            signal.throwIfAborted();
            if (written?.equals(bytes) === true) return true;
          }
          // another writer is at it right now: its outcome decides
          if (failure.status !== 409 || attempt === maxTries)
            throw failed(`write ${location}/${key}`, 's3:PutObject', error);
          await sleep(pauseMs(attempt), undefined, { signal }).catch(() => undefined);
          signal.throwIfAborted();
        }
      }
    },

    async *list(below, signal) {
      for await (const { keys } of pagesBelow(below, {}, signal)) yield* keys;
    },

    async *folders(below, signal) {
      for await (const { folders } of pagesBelow(below, { Delimiter: '/' }, signal)) yield* folders;
    },

    async remove(key, signal) {
      try {
        await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: pathOf(key), ...owner }), {
          abortSignal: signal,
        });
      } catch (error) {
        signal.throwIfAborted();
        throw failed(`remove ${location}/${key}`, 's3:DeleteObject', error);
      }
    },
  };

  async function* pagesBelow(
    below: string,
    delimiter: { readonly Delimiter?: '/' },
    signal: AbortSignal,
  ): AsyncGenerator<{ readonly keys: string[]; readonly folders: string[] }> {
    let token: string | undefined;
    do {
      const list = new ListObjectsV2Command({
        Bucket: bucket,
        Prefix: pathOf(below),
        ...delimiter,
        ...(token !== undefined && { ContinuationToken: token }),
        ...owner,
      });
      const page = await client.send(list, { abortSignal: signal }).catch((error: unknown) => {
        signal.throwIfAborted();
        throw failed(`list ${location}/${below}`, 's3:ListBucket', error);
      });
      yield {
        keys: (page.Contents ?? []).flatMap(({ Key }) => (Key === undefined ? [] : [Key.slice(root.length)])),
        folders: (page.CommonPrefixes ?? []).flatMap(({ Prefix }) =>
          Prefix === undefined ? [] : [Prefix.slice(root.length + below.length, -1)],
        ),
      };
      const next = page.IsTruncated === true ? (page.NextContinuationToken ?? '') : undefined;
      if (next === '' || (next !== undefined && next === token))
        throw new StoreError(
          `could not list ${location}/${below}: the list does not go on, though it says it does`,
        );
      token = next;
    } while (token !== undefined);
  }
}

/** Not where no connection was made, or nobody could sign. The SDK's timeouts are also connections that broke. */
function mayHaveArrived({ code, status }: AwsFailure): boolean {
  return status === null ? code === 'TimeoutError' || code === 'ECONNRESET' : status >= 500;
}

function reasonOf(failure: AwsFailure, action: string, bucket: string): string {
  const { code, status } = failure;
  if (code === 'NoSuchBucket') return `there is no bucket ${bucket}: create it, or name another with --store`;
  if (status === 301) return `the bucket ${bucket} is in another region: set AWS_REGION, or --region`;
  // without the right to list, what is not there is forbidden too
  const actions = action === 's3:GetObject' ? 's3:GetObject and s3:ListBucket' : action;
  return reasonOfFailure(
    failure,
    `grant ${actions} on the bucket ${bucket} to this role, and check --expected-bucket-owner`,
  );
}
