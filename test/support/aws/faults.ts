/** What goes wrong, and where: taken in order, each as often as it says. */
export interface AwsRequest {
  readonly service: 's3' | 'cloudwatch' | 'athena' | 'eks' | 'sts';
  /** PutObject, GetObject, ListObjectsV2, DeleteObject, PutMetricData, StartQueryExecution and so on, DescribeCluster, AssumeRole. */
  readonly operation: string;
  /** The object's, without its bucket; empty where there is none. */
  readonly key: string;
  /** Of CloudWatch and Athena: JSON; empty of S3. */
  readonly text: string;
  /** The body came compressed. */
  readonly zipped: boolean;
}

export type AwsFault =
  /** An answer as the service words it. */
  | { readonly kind: 'error'; readonly status: number; readonly code: string; readonly message?: string }
  /** The connection ends before anything was done. */
  | { readonly kind: 'reset' }
  /** It is done, and the connection ends in place of the answer. */
  | { readonly kind: 'resetAfter' }
  /** The body ends after so many bytes. */
  | { readonly kind: 'cut'; readonly afterBytes: number }
  /** Nothing comes after so many bytes of the body. */
  | { readonly kind: 'stall'; readonly afterBytes: number }
  | { readonly kind: 'slow'; readonly ms: number }
  /** A list of S3 as it was before: without keys that hold `hides`, and with one that is there no more. */
  | { readonly kind: 'staleList'; readonly hides?: string; readonly shows?: string };

export interface AwsFaultRule {
  readonly when: (request: AwsRequest) => boolean;
  /** Once by default. */
  readonly times?: number;
  readonly fault: AwsFault;
}

export function createFaults(rules: readonly AwsFaultRule[]): (request: AwsRequest) => AwsFault | null {
  const left = rules.map((rule) => ({ ...rule, times: rule.times ?? 1 }));
  return (request) => {
    const rule = left.find(({ when, times }) => times > 0 && when(request));
    if (rule === undefined) return null;
    rule.times -= 1;
    return rule.fault;
  };
}
