/** What all clients of AWS have in common: how often and how long they try, and how their failures read. */

export interface AwsOptions {
  /** Empty: as the SDK finds it (AWS_REGION, the profile, the instance). */
  readonly region: string;
  readonly requestTimeoutMs: number;
  readonly maxAttempts: number;
}

/** Passed to a client's constructor. */
export interface AwsClientOptions {
  readonly region?: string;
  readonly maxAttempts: number;
  readonly retryMode: 'standard';
  readonly requestHandler: {
    readonly connectionTimeout: number;
    readonly requestTimeout: number;
    readonly throwOnRequestTimeout: true;
  };
}

/** With the SDK's backoff (up to 20 s between tries) a throttled or restarting service gets half a minute. */
export const awsMaxAttempts = 6;
const connectTimeoutMs = 5_000;

export function awsClientOptions({ region, requestTimeoutMs, maxAttempts }: AwsOptions): AwsClientOptions {
  return {
    ...(region !== '' && { region }),
    maxAttempts,
    retryMode: 'standard',
    requestHandler: {
      connectionTimeout: Math.min(connectTimeoutMs, requestTimeoutMs),
      requestTimeout: requestTimeoutMs,
      throwOnRequestTimeout: true,
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
export function adviceOf({ code, status, message }: AwsFailure): string | null {
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
