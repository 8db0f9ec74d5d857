/** The roles that are handed out: the job works with them, and fails without any part of them. */
import assert from 'node:assert/strict';
import path from 'node:path';
import { suite, test, type TestContext } from 'node:test';
import { assertAllowed } from '../support/apiserver/allowed.ts';
import { generateCluster } from '../support/apiserver/generate.ts';
import { clusterRoleIn, singleRules, userBoundTo, type PolicyRule } from '../support/apiserver/rbac.ts';
import { startApiServer, type ApiServer } from '../support/apiserver/server.ts';
import { refusal, runCli, type CliResult } from '../support/cli.ts';
import { temporaryFolder } from '../support/kubeconfig.ts';

const kubernetes = path.join(import.meta.dirname, '..', '..', 'infra', 'kubernetes');
const token = 'hunter2-of-the-job';

interface Run extends CliResult {
  readonly server: ApiServer;
}

async function run(t: TestContext, rules: readonly PolicyRule[], args: readonly string[]): Promise<Run> {
  const user = userBoundTo(rules);
  const server = await startApiServer({
    ...generateCluster({ nodes: 5, pods: 40, seed: 5 }),
    reviewToken: (given) => (given === token ? user : null),
  });
  t.after(() => server.close());
  const folder = temporaryFolder(t);
  const config = JSON.parse(server.kubeconfig()) as { users: { user: object }[] };
  config.users = config.users.map((each) => ({ ...each, user: { token } }));
  folder.write('kubeconfig', config);
  const result = await runCli([...args, '--kubeconfig', 'kubeconfig'], { cwd: folder.at('') });
  return { ...result, server };
}

const asked = ({ requests }: ApiServer): string[] => requests.map(({ method, path }) => `${method} ${path}`);

suite('the ClusterRole', () => {
  for (const file of ['base/rbac.yaml', 'eks-access/rbac.yaml']) {
    const { rules } = clusterRoleIn(path.join(kubernetes, file));

    test(`of ${file} is all that a snapshot needs, and all that it asks for is in the list`, async (t) => {
      const { code, stderr, server } = await run(t, rules, ['snapshot', '--list-page-size', '25']);
      assert.equal(code, 0, stderr);
      assert.deepEqual(
        new Set(asked(server)),
        new Set(['GET /version', 'GET /api/v1/nodes', 'GET /api/v1/pods']),
      );
    });
  }

  const { rules } = clusterRoleIn(path.join(kubernetes, 'base/rbac.yaml'));
  const single = singleRules(rules);

  test('has two parts', () => {
    assert.deepEqual(single, [
      { apiGroups: [''], resources: ['nodes'], verbs: ['list'] },
      { apiGroups: [''], resources: ['pods'], verbs: ['list'] },
    ]);
  });

  for (const [
    index,
    {
      resources: [resource],
      verbs: [verb],
    },
  ] of single.entries())
    test(`without ${verb} on ${resource} there is no snapshot, and the sentence names what is missing`, async (t) => {
      const result = await run(t, single.toSpliced(index, 1), ['snapshot']);
      assert.equal(
        refusal(result, 3),
        `could not list ${resource} (page 1): 403: ${resource} is forbidden: User "system:serviceaccount:kube-binpack:kube-binpack" cannot ${verb} resource "${resource}" in API group "" at the cluster scope (grant list on nodes and pods to this user: see README, Permissions)`,
      );
    });

  test('is enough for one namespace, and for the check', async (t) => {
    const narrow = await run(t, rules, ['snapshot', '--namespace', 'web']);
    assert.equal(narrow.code, 0, narrow.stderr);
    assert.ok(asked(narrow.server).includes('GET /api/v1/namespaces/web/pods'));
    const check = await run(t, rules, ['check']);
    assert.equal(check.code, 0, check.stdout);
  });
});

test('a request that is not in the list fails the test that made it', () => {
  const headers = { 'user-agent': 'kube-binpack/0.1.0' };
  const request = (method: string, target: string): Parameters<typeof assertAllowed>[0][number] => {
    const { pathname, searchParams } = new URL(target, 'https://kubernetes');
    return { method, path: pathname, query: searchParams, headers };
  };
  assertAllowed([request('GET', '/api/v1/pods?limit=500')]);
  for (const [method, target] of [
    ['GET', '/api/v1/secrets'],
    ['GET', '/api/v1/nodes/node-1'],
    ['GET', '/api/v1/pods?watch=true'],
    ['DELETE', '/api/v1/nodes'],
    ['POST', '/version'],
  ] as const)
    assert.throws(() => assertAllowed([request(method, target)]), /^AssertionError.*nobody expects/);
});
