/** GET /version: the first request, which finds out whether there is a server that knows us, and which. */
import { ClusterError } from '../errors.ts';
import { parseObject, readRefusal, refusalError } from './refusal.ts';
import { readBody, type Http } from './http.ts';

export interface KubernetesVersion {
  /** v1.36.2-eks-1234567 */
  readonly gitVersion: string;
  readonly minor: number;
}

export async function readVersion(http: Http, signal: AbortSignal): Promise<KubernetesVersion> {
  const response = await http.send({ path: '/version', accept: 'application/json' }, signal);
  if (response.status !== 200)
    throw refusalError(await readRefusal(response), `read the version of ${http.server.origin}`);
  return parseVersion((await readBody(response)).toString('utf8'), http.server);
}

/** EKS and GKE write the minor as "36+", and gitVersion with a suffix of their own. */
function parseVersion(text: string, server: URL): KubernetesVersion {
  const { gitVersion } = parseObject(text);
  const minor = typeof gitVersion === 'string' ? /^v1\.(\d+)/.exec(gitVersion)?.[1] : undefined;
  if (typeof gitVersion === 'string' && minor !== undefined) return { gitVersion, minor: Number(minor) };
  throw new ClusterError(
    `${server.origin} does not answer /version as a Kubernetes API server does: check the address`,
  );
}
