/** GET /version: the first request, which finds out whether there is a server that knows us, and which. */
import { PermanentClusterError, wasCut } from './failure.ts';
import { asRetryable, parseObject, readRefusal, refusalError } from './refusal.ts';
import { PassingError, withRetries, type Retrying, type RetryPolicy } from './retry.ts';
import { readBody, type Http } from './http.ts';

export interface KubernetesVersion {
  /** v1.36.2-eks-1234567 */
  readonly gitVersion: string;
  readonly minor: number;
}

/** A server that is there but busy, or restarts, gets a second and a third chance; one that is not there gets none. */
const policy: RetryPolicy = { maxRetries: 2, baseMs: 250, capMs: 1000 };

export async function readVersion(
  http: Http,
  signal: AbortSignal,
  { log, random, pause }: Pick<Retrying, 'log' | 'random' | 'pause'>,
): Promise<KubernetesVersion> {
  const doing = `read the version of ${http.server.origin}`;
  const ask = async (): Promise<KubernetesVersion> => {
    const response = await http.send({ path: '/version', accept: 'application/json' }, signal);
    if (response.status !== 200)
      throw asRetryable(refusalError(await readRefusal(response), doing), response);
    return parseVersion((await readBody(response)).toString('utf8'), http.server);
  };
  const askOrPass = async (): Promise<KubernetesVersion> =>
    ask().catch((error: unknown) => {
      throw wasCut(error) ? new PassingError(error) : error;
    });
  return withRetries(askOrPass, { policy, pause, random, log, doing }, signal);
}

/** EKS and GKE write the minor as "36+", and gitVersion with a suffix of their own. */
function parseVersion(text: string, server: URL): KubernetesVersion {
  const { gitVersion } = parseObject(text);
  const minor = typeof gitVersion === 'string' ? /^v1\.(\d+)/.exec(gitVersion)?.[1] : undefined;
  if (typeof gitVersion === 'string' && minor !== undefined) return { gitVersion, minor: Number(minor) };
  throw new PermanentClusterError(
    `${server.origin} does not answer /version as a Kubernetes API server does: check the address`,
  );
}
