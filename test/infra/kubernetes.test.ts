import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, realpathSync, symlinkSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { suite, test } from 'node:test';
import { promisify } from 'node:util';
import { parse } from 'yaml';
import { temporaryFolder } from '../support/kubeconfig.ts';
import { has, idOf, manifestsOf, typeProblems, type Manifest } from '../support/manifests.ts';

const root = path.join(import.meta.dirname, '..', '..');
const kubernetes = path.join(root, 'infra', 'kubernetes');
const kubectl = await has('kubectl', 'version', '--client');
const overlays = readdirSync(path.join(kubernetes, 'overlays'));
const folders = ['.', ...overlays.map((name) => path.join('overlays', name))];

async function kustomize(folder: string): Promise<Manifest[]> {
  return manifestsOf('kubectl', 'kustomize', path.join(kubernetes, folder));
}

async function find(folder: string, kind: string): Promise<Manifest> {
  const found = (await kustomize(folder)).find((manifest) => manifest.kind === kind);
  assert.ok(found !== undefined, `${folder} has no ${kind}`);
  return found;
}

suite('kustomize', { skip: kubectl ? false : 'kubectl is not on the PATH' }, () => {
  test('the overlays are these', () => {
    assert.deepEqual(overlays, ['directory', 'eks-irsa', 'flowschema', 'pod-identity']);
  });

  for (const folder of folders) {
    test(`${folder} renders, each manifest is of the API's types, and kubectl would apply it`, async () => {
      const manifests = await kustomize(folder);
      assert.ok(manifests.length >= 6);
      for (const manifest of manifests) assert.deepEqual(typeProblems(manifest), [], idOf(manifest));
      await dryRun(folder, manifests);
    });

    test(`${folder} grants list on nodes and pods, and nothing else, to the job alone`, async () => {
      const manifests = await kustomize(folder);
      const grants = manifests.filter(({ kind }) => kind.endsWith('Role'));
      assert.deepEqual(
        grants.map(({ kind, rules }) => [kind, rules]),
        [['ClusterRole', [{ apiGroups: [''], resources: ['nodes', 'pods'], verbs: ['list'] }]]],
      );
      const bindings = manifests.filter(({ kind }) => kind.endsWith('Binding'));
      assert.deepEqual(
        bindings.map(({ kind, roleRef, subjects }) => ({ kind, roleRef, subjects })),
        [
          {
            kind: 'ClusterRoleBinding',
            roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'kube-binpack' },
            subjects: [{ kind: 'ServiceAccount', name: 'kube-binpack', namespace: 'kube-binpack' }],
          },
        ],
      );
    });

    test(`${folder} runs a pod that Pod Security calls restricted`, async () => {
      const namespace = await find(folder, 'Namespace');
      assert.equal(namespace.metadata.labels?.['pod-security.kubernetes.io/enforce'], 'restricted');
      const { spec } = (await find(folder, 'CronJob')) as unknown as CronJob;
      const pod = spec.jobTemplate.spec.template.spec;
      assert.deepEqual(pod.securityContext, {
        runAsNonRoot: true,
        runAsUser: 65532,
        runAsGroup: 65532,
        fsGroup: 65532,
        seccompProfile: { type: 'RuntimeDefault' },
      });
      assert.equal(pod.containers.length, 1);
      assert.deepEqual(pod.containers[0]?.securityContext, {
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      });
      for (const forbidden of ['hostNetwork', 'hostPID', 'hostIPC', 'initContainers'])
        assert.ok(!(forbidden in pod), forbidden);
      assert.ok((pod.volumes ?? []).every((volume) => 'persistentVolumeClaim' in volume));
    });
  }

  test('the CronJob: one at a time, two tries that end before the next slot, a short history', async () => {
    const { spec } = (await find('.', 'CronJob')) as unknown as CronJob;
    assert.equal(spec.concurrencyPolicy, 'Forbid');
    assert.equal(spec.schedule, '*/5 * * * *');
    assert.ok(spec.startingDeadlineSeconds < 300);
    assert.ok(spec.successfulJobsHistoryLimit <= 3 && spec.failedJobsHistoryLimit <= 3);
    const job = spec.jobTemplate.spec;
    assert.deepEqual([job.backoffLimit, job.activeDeadlineSeconds < 300], [1, true]);
    const { data } = (await find('.', 'ConfigMap')) as unknown as { data: Record<string, string> };
    // the deadline of a run, as it is given; two of them and what lies between fit into the Job's
    const timeoutSeconds = 60 * Number(/^(\d+)m$/.exec(data['KUBE_BINPACK_TIMEOUT'] ?? '')?.[1]);
    assert.ok(2 * timeoutSeconds <= job.activeDeadlineSeconds, `${timeoutSeconds} s`);
  });

  test('an overlay says where snapshots go, and who may write them there', async () => {
    const irsa = await find('overlays/eks-irsa', 'ServiceAccount');
    assert.match(
      irsa.metadata.annotations?.['eks.amazonaws.com/role-arn'] ?? '',
      /^arn:aws:iam::\d{12}:role\//,
    );
    const stores: Record<string, string | undefined> = {};
    for (const overlay of overlays) {
      const { data } = (await find(`overlays/${overlay}`, 'ConfigMap')) as unknown as {
        data: Record<string, string>;
      };
      stores[overlay] = data['KUBE_BINPACK_STORE'];
    }
    assert.deepEqual(stores, {
      directory: '/snapshots',
      'eks-irsa': 's3://my-bucket/binpack',
      flowschema: undefined,
      'pod-identity': 's3://my-bucket/binpack',
    });
  });

  test("the FlowSchema is of the job's own requests", async () => {
    const { spec } = (await find('overlays/flowschema', 'FlowSchema')) as unknown as {
      spec: { rules: unknown; priorityLevelConfiguration: unknown };
    };
    assert.deepEqual(spec.priorityLevelConfiguration, { name: 'kube-binpack' });
    assert.deepEqual(spec.rules, [
      {
        subjects: [
          { kind: 'ServiceAccount', serviceAccount: { namespace: 'kube-binpack', name: 'kube-binpack' } },
        ],
        resourceRules: [
          {
            apiGroups: [''],
            resources: ['nodes', 'pods'],
            verbs: ['list'],
            clusterScope: true,
            namespaces: ['*'],
          },
        ],
      },
    ]);
  });
});

interface CronJob {
  readonly spec: {
    readonly schedule: string;
    readonly concurrencyPolicy: string;
    readonly startingDeadlineSeconds: number;
    readonly successfulJobsHistoryLimit: number;
    readonly failedJobsHistoryLimit: number;
    readonly jobTemplate: {
      readonly spec: {
        readonly backoffLimit: number;
        readonly activeDeadlineSeconds: number;
        readonly template: {
          readonly spec: {
            readonly securityContext: unknown;
            readonly containers: readonly { readonly securityContext: unknown }[];
            readonly volumes?: readonly object[];
          };
        };
      };
    };
  };
}

/** `kubectl apply --dry-run=client`, which asks a server only which kinds there are, and which objects. */
async function dryRun(folder: string, manifests: readonly Manifest[]): Promise<void> {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '', 'http://server');
    const answer = discovery(manifests).get(pathname);
    response.writeHead(answer === undefined ? 404 : 200, { 'content-type': 'application/json' });
    response.end(
      JSON.stringify(
        answer ?? { kind: 'Status', apiVersion: 'v1', status: 'Failure', reason: 'NotFound', code: 404 },
      ),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    const { port } = server.address() as AddressInfo;
    const { stdout } = await promisify(execFile)('kubectl', [
      ...['--server', `http://127.0.0.1:${port}`, '--kubeconfig', '/dev/null', '--cache-dir', '/dev/null'],
      ...['apply', '--dry-run=client', '--validate=false', '-k', path.join(kubernetes, folder)],
    ]);
    const lines = stdout.trimEnd().split('\n');
    assert.equal(lines.length, manifests.length);
    for (const line of lines) assert.match(line, /created \(dry run\)$/);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

/** The kinds of these manifests, by the paths where a server names them. */
function discovery(manifests: readonly Manifest[]): Map<string, object> {
  const versions = [...new Set(manifests.map(({ apiVersion }) => apiVersion))];
  const answers = new Map<string, object>([
    ['/api', { kind: 'APIVersions', versions: ['v1'] }],
    [
      '/apis',
      {
        kind: 'APIGroupList',
        apiVersion: 'v1',
        groups: versions
          .filter((version) => version.includes('/'))
          .map((groupVersion) => {
            const [name = '', version = ''] = groupVersion.split('/');
            return {
              name,
              versions: [{ groupVersion, version }],
              preferredVersion: { groupVersion, version },
            };
          }),
      },
    ],
  ]);
  for (const groupVersion of versions) {
    const kinds = manifests.filter(({ apiVersion }) => apiVersion === groupVersion);
    answers.set(groupVersion === 'v1' ? '/api/v1' : `/apis/${groupVersion}`, {
      kind: 'APIResourceList',
      groupVersion,
      resources: kinds.map(({ kind, metadata }) => ({
        name: `${kind.toLowerCase()}s`,
        singularName: '',
        kind,
        namespaced: metadata.namespace !== undefined,
        verbs: ['get', 'create', 'patch'],
      })),
    });
  }
  return answers;
}

test(
  "the README's own kustomization renders, with what is the reader's in it",
  { skip: kubectl ? false : 'kubectl is not on the PATH' },
  async (t) => {
    const readme = readFileSync(path.join(root, 'README.md'), 'utf8');
    const [, sample = ''] = /```yaml\n(# kustomization\.yaml[\s\S]*?)```/.exec(readme) ?? [];
    const folder = temporaryFolder(t);
    mkdirSync(folder.at('own'));
    symlinkSync(root, folder.at('kube-binpack'));
    // kustomize follows no link out of a folder: the path as it is
    folder.write(
      'own/kustomization.yaml',
      sample.replaceAll('../kube-binpack/', `${path.relative(realpathSync(folder.at('own')), root)}/`),
    );
    const manifests = await manifestsOf('kubectl', 'kustomize', folder.at('own'));
    const text = JSON.stringify(manifests);
    assert.match(text, /"image":"registry\.example\.com\/kube-binpack:0\.1\.0"/);
    assert.match(text, /"eks\.amazonaws\.com\/role-arn":"arn:aws:iam::123456789012:role\/kube-binpack"/);
    assert.ok(manifests.some(({ kind }) => kind === 'FlowSchema'));
  },
);

test("the access entry's group may read nodes and pods; its names are not those of the CronJob's", () => {
  const text = readFileSync(path.join(kubernetes, 'eks-access', 'rbac.yaml'), 'utf8');
  const [role, binding] = text
    .split('\n---\n')
    .map((part) => parse(part) as Manifest & { roleRef?: { name: string } });
  assert.deepEqual(role?.['rules'], [{ apiGroups: [''], resources: ['nodes', 'pods'], verbs: ['list'] }]);
  assert.deepEqual(binding?.['subjects'], [
    { apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: 'kube-binpack' },
  ]);
  assert.deepEqual(
    [role?.metadata.name, binding?.metadata.name, binding?.roleRef?.name],
    Array(3).fill('kube-binpack-access-entry'),
  );
});
