/** All that kube-binpack asks an API server for. Whatever else it asked in a test would fail that test. */
import assert from 'node:assert/strict';
import type { LoggedRequest } from './server.ts';

const allowed: readonly (readonly [method: string, path: RegExp, parameters: readonly string[]])[] = [
  ['GET', /^\/version$/, []],
  ['GET', /^\/api\/v1\/nodes$/, ['limit', 'continue', 'labelSelector']],
  [
    'GET',
    /^\/api\/v1\/(?:namespaces\/[^/]+\/)?pods$/,
    ['limit', 'continue', 'fieldSelector', 'resourceVersion', 'resourceVersionMatch'],
  ],
  // of kube-binpack check alone
  ['POST', /^\/apis\/authorization\.k8s\.io\/v1\/selfsubjectaccessreviews$/, []],
];

type Asked = Pick<LoggedRequest, 'method' | 'path' | 'query' | 'headers'>;

export function assertAllowed(requests: readonly Asked[]): void {
  for (const { method, path, query, headers } of requests) {
    if (headers['user-agent']?.startsWith('kube-binpack/') !== true) continue;
    const rule = allowed.find(([verb, pattern]) => verb === method && pattern.test(path));
    const more = [...query.keys()].filter((name) => rule?.[2].includes(name) !== true);
    assert.ok(
      rule !== undefined && more.length === 0,
      `nobody expects ${method} ${path}?${query.toString()}`,
    );
  }
}
