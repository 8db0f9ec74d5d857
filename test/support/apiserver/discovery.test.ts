import assert from 'node:assert/strict';
import { test } from 'node:test';
import { generous, startCluster } from '../cluster-under-test.ts';
import { readBody } from '../../../lib/cluster/http.ts';

for (const [path, kind] of [
  ['/api', 'APIVersions'],
  ['/apis', 'APIGroupList'],
  ['/api/v1', 'APIResourceList'],
] as const) {
  test(`kubectl finds ${kind} at ${path}`, async (t) => {
    const { http } = await startCluster(t);
    const response = await http({ userAgent: 'kubectl' }).send(
      { path, accept: 'application/json' },
      generous(),
    );
    assert.equal(response.status, 200);
    assert.equal((JSON.parse((await readBody(response)).toString()) as { kind: string }).kind, kind);
  });
}
