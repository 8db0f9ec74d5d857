/** What all clients of AWS have in common: how often and how long they try, and how their failures read. */
import { ConfiguredRetryStrategy } from '@smithy/core/retry';

export interface AwsOptions {
  /** Empty: as the SDK finds it (AWS_REGION, the profile, the instance). */
  readonly region: string;
  readonly requestTimeoutMs: number;
  readonly maxAttempts: number;
  /** Before try `attempt + 1`, which counts from 1; as below where it is left out. */
  readonly pauseMs?: (attempt: number) => number;
}

/** Passed to a client's constructor. */
export interface AwsClientOptions {
  readonly region?: string;
  readonly retryStrategy: ConfiguredRetryStrategy;
  readonly requestHandler: {
    readonly connectionTimeout: number;
    /** Until the headers. */
    readonly requestTimeout: number;
    readonly throwOnRequestTimeout: true;
    /** Of a body that stalls. */
    readonly socketTimeout: number;
  };
}

/** With the pauses below: a service that restarts, or asks for fewer requests, gets about ten seconds. */
export const awsMaxAttempts = 6;
const connectTimeoutMs = 5_000;
const [firstPauseMs, longestPauseMs] = [400, 8_000];

/** Before the next try: twice as long each time, of which a random half is left out, lest all come back at once. */
export function pauseBeforeRetryMs(attempt: number): number {
  return Math.min(longestPauseMs, firstPauseMs * 2 ** (attempt - 1)) * (0.5 + Math.random() / 2);
}

export function awsClientOptions({
  region,
  requestTimeoutMs,
  maxAttempts,
  pauseMs = pauseBeforeRetryMs,
}: AwsOptions): AwsClientOptions {
  return {
    ...(region !== '' && { region }),
    retryStrategy: new ConfiguredRetryStrategy(maxAttempts, pauseMs),
    requestHandler: {
      connectionTimeout: Math.min(connectTimeoutMs, requestTimeoutMs),
      requestTimeout: requestTimeoutMs,
      throwOnRequestTimeout: true,
      socketTimeout: requestTimeoutMs,
    },
  };
}

/** Whatever the SDK throws, as far as we look at it. */
export interface AwsFailure {
  /** AccessDenied, NoSuchBucket, CredentialsProviderError, ECONNREFUSED ...; empty where there is none. */
  readonly code: string;
  /** HTTP; null where no answer came. */
  readonly status: number | null;
  /** How often it was tried. */
  readonly attempts: number;
  readonly message: string;
}

export function awsFailureOf(error: unknown): AwsFailure {
  const { name, code, message, $metadata } = (typeof error === 'object' && error !== null ? error : {}) as {
    readonly name?: string;
    readonly code?: string;
    readonly message?: string;
    readonly $metadata?: { readonly httpStatusCode?: number; readonly attempts?: number };
  };
  const generic = name === undefined || name === 'Error' || name === 'AggregateError';
  return {
    code: (generic ? code : name) ?? '',
    status: $metadata?.httpStatusCode ?? null,
    attempts: $metadata?.attempts ?? 1,
    message: message ?? String(error),
  };
}

/** What to do about it, where it is not about one service alone; null: nothing better than its own words. */
function adviceOf({ code, status, message }: AwsFailure): string | null {
  if (code === 'CredentialsProviderError' || code === 'TokenProviderError')
    return `no AWS credentials were found (${message}): set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or give the job a role`;
  if (/region is missing/i.test(message)) return 'the AWS region is not known: set AWS_REGION, or --region';
  if (/^(?:ExpiredToken|ExpiredTokenException|RequestExpired)$/.test(code))
    return 'the AWS credentials have expired: renew them';
  if (
    /^(?:InvalidAccessKeyId|UnrecognizedClientException|InvalidClientTokenId|SignatureDoesNotMatch|InvalidSignatureException)$/.test(
      code,
    )
  )
    return `AWS does not know these credentials (${code}): check the access key and its secret`;
  if (/^(?:RequestTimeTooSkewed|RequestInTheFuture)$/.test(code))
    return "this machine's clock is too far from the right time: set it";
  if (/^(?:ENOTFOUND|EAI_AGAIN)$/.test(code))
    return `the host name is not known (${message}): check the region and the network`;
  if (code === 'TimeoutError' && /socket hang up|ECONNRESET|EPIPE/.test(message))
    return `the connection was broken (${message}): check the network, and try again`;
  if (code === 'TimeoutError' && /connect/i.test(message))
    return `no connection within ${connectTimeoutMs / 1000} s (${message}): check the network, and AWS_ENDPOINT_URL`;
  if (/Invalid URL/.test(message)) return 'AWS_ENDPOINT_URL is not a URL: correct it, or unset it';
  if (/Deserialization error/.test(message))
    return `the answer is none of AWS's (${status ?? 'no status'}): check the region and AWS_ENDPOINT_URL, and whether a proxy stands between`;
  if (code === 'ECONNREFUSED') return 'the connection was refused: check AWS_ENDPOINT_URL and the network';
  if (code === 'TimeoutError')
    return `no answer in time (${message}): check the network, or allow more with --request-timeout`;
  if (
    /^(?:SlowDown|Throttling|ThrottlingException|TooManyRequestsException|RequestLimitExceeded)$/.test(
      code,
    ) ||
    status === 503
  )
    return `AWS asks for fewer requests (${code}): run less often, or later`;
  return null;
}

/** A whole reason: what to do, where it is known, else what AWS says; `grant` is for what is not allowed. */
export function reasonOfFailure(failure: AwsFailure, grant: string): string {
  const { code, status, message, attempts } = failure;
  const advice = adviceOf(failure);
  if (advice !== null) return advice;
  const said = message === '' || message === code || code === '' ? code || message : `${code}: ${message}`;
  if (status === 403 || code.startsWith('AccessDenied')) {
    if (/\bkms:|^KMS/.test(said))
      return `the KMS key refuses (${said}): allow kms:GenerateDataKey and kms:Decrypt on it to this role`;
    if (/\bsts:/.test(said))
      return `the role may not be assumed (${said}): allow sts:AssumeRole to this job, and this job in the role's trust policy`;
    return `AWS does not allow it (${said}): ${grant}`;
  }
  return `${said}${status === null ? '' : ` (${status})`}${attempts > 1 ? `, tried ${attempts} times` : ''}`;
}
