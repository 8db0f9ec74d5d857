/** What an API server says when it refuses, and what a person may do about it. */
import { ClusterError } from '../errors.ts';
import { readBody, type HttpResponse } from './http.ts';
import { readStatus } from './decode/protobuf.ts';
import { isRetryableStatus, parseRetryAfter, PassingError } from './retry.ts';

/** Read from a Status, or from plain text. */
export interface Refusal {
  readonly status: number;
  readonly message: string;
  readonly reason: string;
  /** Of an expired list: where it may be continued, inconsistently. */
  readonly continueToken: string;
  /** Of the way to the server; null: what is usual. */
  readonly advice: string | null;
}

export async function readRefusal(response: HttpResponse): Promise<Refusal> {
  const { status, contentType, advice } = response;
  const body = await readBody(response, 64 * 1024);
  if (contentType === 'application/vnd.kubernetes.protobuf') return { status, advice, ...readStatus(body) };
  const text = body.toString('utf8');
  const parsed = contentType === 'application/json' ? parseObject(text) : {};
  const metadata = parsed['metadata'] as Record<string, unknown> | undefined;
  const message = stringOr(parsed['message'], text.trim());
  return {
    status,
    advice,
    message,
    reason: stringOr(parsed['reason'], ''),
    continueToken: stringOr(metadata?.['continue'], ''),
  };
}

/** A JSON object; an empty one for any other text. */
export function parseObject(text: string): Record<string, unknown> {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === 'object' && parsed !== null ? (parsed as Record<string, unknown>) : {};
  } catch (error) {
    if (error instanceof SyntaxError) return {}; // a proxy's page, say: its text is shown as it is
    throw error;
  }
}

function stringOr(value: unknown, fallback: string): string {
  return typeof value === 'string' ? value : fallback;
}

/** A refusal that may pass (429, most 5xx) as one to try again, when the server says. */
export function asRetryable(error: ClusterError, { status, retryAfter }: HttpResponse): ClusterError {
  return isRetryableStatus(status) ? new PassingError(error, parseRetryAfter(retryAfter)) : error;
}

/** `doing`: "list pods (page 3)". */
export function refusalError(refusal: Refusal, doing: string): ClusterError {
  const { status } = refusal;
  const words = refusal.message.replace(`${status}: `, '').replaceAll(/\s+/g, ' ').trim().slice(0, 300);
  const said = words === '' ? '' : `: ${words}`;
  const text = `could not ${doing}: ${status}${said}${refusal.advice === null ? usualAdvice(status) : ` (${refusal.advice})`}`;
  return new ClusterError(text, { status });
}

function usualAdvice(status: number): string {
  switch (status) {
    case 401:
      return ' (the credentials are missing, wrong or expired: log in again, or check the user of the kubeconfig context)';
    case 403:
      return ' (grant list on nodes and pods to this user: see README, Permissions)';
    case 404:
      return ' (is this the address of a Kubernetes API server?)';
    case 406:
      return ' (this server cannot answer in that encoding: use --encoding auto)';
    case 429:
      return ' (the server asks for fewer requests: see README, Permissions, on giving the job a FlowSchema of its own)';
    default:
      return '';
  }
}
