/** May we list? Asked of the server itself: SelfSubjectAccessReview. */
import { ClusterError } from '../errors.ts';
import { parseObject, readRefusal, refusalError } from './refusal.ts';
import { readBody, type Http } from './http.ts';

/** `namespace` is empty for all of them. */
export async function mayList(
  http: Http,
  resource: 'nodes' | 'pods',
  namespace: string,
  signal: AbortSignal,
): Promise<boolean> {
  const response = await http.send(
    {
      method: 'POST',
      path: '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
      accept: 'application/json',
      json: {
        apiVersion: 'authorization.k8s.io/v1',
        kind: 'SelfSubjectAccessReview',
        spec: { resourceAttributes: { verb: 'list', resource, ...(namespace !== '' && { namespace }) } },
      },
    },
    signal,
  );
  const doing = `ask whether listing ${resource} is allowed`;
  if (response.status !== 201 && response.status !== 200)
    throw refusalError(await readRefusal(response), doing);
  const { status } = parseObject((await readBody(response)).toString('utf8'));
  if (typeof status === 'object' && status !== null && 'allowed' in status) return status.allowed === true;
  throw new ClusterError(`could not ${doing}: the answer has no status`);
}
