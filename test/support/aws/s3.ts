/** S3's REST interface, as far as a store of snapshots needs it, with buckets as parts of the path. */
import { createHash } from 'node:crypto';
import { createAwsError, type AwsAnswer, type AwsError, type Received } from './wire.ts';

export interface StoredS3Object {
  readonly bytes: Buffer;
  readonly headers: Readonly<Record<string, string>>;
}

export interface S3Double {
  readonly objects: ReadonlyMap<string, StoredS3Object>;
  operationOf(received: Received): { readonly operation: string; readonly key: string };
  /** `stale`: a list that is not up to date. */
  answer(received: Received, stale?: StaleList): AwsAnswer;
}

export interface StaleList {
  readonly hides?: string;
  readonly shows?: string;
}

export interface S3DoubleOptions {
  readonly bucket: string;
  /** The account that owns the bucket. */
  readonly owner: string;
  /** Keys a page, at most. */
  readonly pageSize: number;
}

const kept = ['content-type', 'x-amz-server-side-encryption', 'x-amz-server-side-encryption-aws-kms-key-id'];

export function createS3Double({ bucket, owner, pageSize }: S3DoubleOptions): S3Double {
  const objects = new Map<string, StoredS3Object>();

  const put = (key: string, { headers, body }: Received): AwsAnswer => {
    if (headers['if-none-match'] === '*' && objects.has(key))
      throw s3Error(
        412,
        'PreconditionFailed',
        'At least one of the pre-conditions you specified did not hold',
      );
    const digest = createHash('sha256').update(body).digest();
    const claimed = headers['x-amz-checksum-sha256'];
    if (claimed === undefined)
      throw s3Error(400, 'InvalidRequest', 'the double wants a sha256 with each object');
    if (claimed !== digest.toString('base64')) throw s3Error(400, 'BadDigest', 'The checksum did not match');
    const encryption = headers['x-amz-server-side-encryption'];
    if (encryption === 'aws:kms' && headers['x-amz-server-side-encryption-aws-kms-key-id'] === 'denied')
      throw s3Error(403, 'KMS.AccessDeniedException', 'not authorized to perform: kms:GenerateDataKey');
    const found = kept.flatMap((name) =>
      headers[name] === undefined ? [] : [[name, headers[name]] as const],
    );
    objects.set(key, {
      bytes: Buffer.from(body),
      headers: { ...Object.fromEntries(found), 'x-amz-checksum-sha256': claimed },
    });
    return { status: 200, headers: { etag: `"${digest.toString('hex')}"` }, body: '' };
  };

  const get = (key: string, { headers }: Received): AwsAnswer => {
    const object = objects.get(key);
    if (object === undefined) throw s3Error(404, 'NoSuchKey', 'The specified key does not exist.');
    const { 'x-amz-checksum-sha256': checksum = '', ...rest } = object.headers;
    const verified = headers['x-amz-checksum-mode'] === 'ENABLED';
    return {
      status: 200,
      headers: { ...rest, ...(verified && { 'x-amz-checksum-sha256': checksum }) },
      body: object.bytes,
    };
  };

  const list = ({ query }: Received, { hides, shows }: StaleList): AwsAnswer => {
    const [prefix, delimiter] = [query.get('prefix') ?? '', query.get('delimiter') ?? ''];
    const after = Buffer.from(query.get('continuation-token') ?? '', 'base64').toString('utf8');
    const entries = new Map<string, 'key' | 'folder'>();
    const current = [...objects.keys()].filter((key) => hides === undefined || !key.includes(hides));
    const found = [...current, ...(shows === undefined ? [] : [shows])].filter((key) =>
      key.startsWith(prefix),
    );
    // S3 sorts by the bytes of UTF-8
    for (const key of found.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))) {
      const end = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
      entries.set(end === -1 ? key : key.slice(0, end + 1), end === -1 ? 'key' : 'folder');
    }
    const left = [...entries].filter(
      ([name]) => after === '' || Buffer.compare(Buffer.from(name), Buffer.from(after)) > 0,
    );
    const page = left.slice(0, Math.min(pageSize, Number(query.get('max-keys') ?? pageSize)));
    const more = left.length > page.length;
    const last = page.at(-1)?.[0] ?? '';
    const items = page.map(([name, kind]) =>
      kind === 'key'
        ? `<Contents><Key>${escapeXml(name)}</Key><Size>${objects.get(name)?.bytes.length ?? 0}</Size></Contents>`
        : `<CommonPrefixes><Prefix>${escapeXml(name)}</Prefix></CommonPrefixes>`,
    );
    const token = Buffer.from(last).toString('base64');
    return xml(
      200,
      `<ListBucketResult><Name>${bucket}</Name><Prefix>${escapeXml(prefix)}</Prefix><KeyCount>${page.length}</KeyCount>` +
        `<IsTruncated>${more}</IsTruncated>${more ? `<NextContinuationToken>${token}</NextContinuationToken>` : ''}${items.join('')}</ListBucketResult>`,
    );
  };

  const operationOf: S3Double['operationOf'] = ({ method, path, query }) => {
    const key = path.split('/').slice(2).map(decodeURIComponent).join('/');
    if (method === 'GET' && key === '' && query.get('list-type') === '2')
      return { operation: 'ListObjectsV2', key };
    const operations: Readonly<Record<string, string>> = {
      GET: 'GetObject',
      PUT: 'PutObject',
      DELETE: 'DeleteObject',
    };
    return { operation: operations[method] ?? method, key };
  };

  return {
    objects,
    operationOf,
    answer(received, stale = {}) {
      const { operation, key } = operationOf(received);
      if (received.path.split('/')[1] !== bucket)
        throw s3Error(404, 'NoSuchBucket', 'The specified bucket does not exist');
      const expected = received.headers['x-amz-expected-bucket-owner'];
      if (expected !== undefined && expected !== owner) throw s3Error(403, 'AccessDenied', 'Access Denied');
      switch (operation) {
        case 'PutObject':
          return put(key, received);
        case 'GetObject':
          return get(key, received);
        case 'ListObjectsV2':
          return list(received, stale);
        case 'DeleteObject':
          objects.delete(key);
          return { status: 204, headers: {}, body: '' };
        default:
          throw s3Error(501, 'NotImplemented', operation);
      }
    },
  };
}

function s3Error(status: number, code: string, message: string): AwsError {
  return createAwsError(status, code, message);
}

export function s3ErrorAnswer({ status, code, message }: AwsError): AwsAnswer {
  return xml(
    status,
    `<Error><Code>${escapeXml(code)}</Code><Message>${escapeXml(message)}</Message><RequestId>double</RequestId></Error>`,
  );
}

function xml(status: number, text: string): AwsAnswer {
  return {
    status,
    headers: { 'content-type': 'application/xml' },
    body: `<?xml version="1.0" encoding="UTF-8"?>\n${text}`,
  };
}

function escapeXml(text: string): string {
  return text.replaceAll(/[&<>"'\t\n\r]/g, (character) => `&#${character.charCodeAt(0)};`);
}
