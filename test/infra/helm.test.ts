/** The chart, rendered by the real helm ($HELM, or the one on the PATH), beside what kustomize renders. */
import assert from 'node:assert/strict';
import { cpSync, readFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { suite, test } from 'node:test';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { temporaryFolder } from '../support/kubeconfig.ts';
import { has, idOf, manifestsOf, typeProblems, type Manifest } from '../support/manifests.ts';

const run = promisify(execFile);
const root = path.join(import.meta.dirname, '..', '..');
const chart = path.join(root, 'infra', 'helm', 'kube-binpack');
const helm = process.env['HELM'] ?? 'helm';
const hasHelm = await has(helm, 'version');
const hasKubectl = await has('kubectl', 'version', '--client');

async function template(...values: readonly string[]): Promise<Manifest[]> {
  const args = ['template', 'kube-binpack', chart, '--namespace', 'kube-binpack'];
  return manifestsOf(helm, ...args, ...values.flatMap((value) => ['--set', value]));
}

async function kustomize(folder: string): Promise<Manifest[]> {
  return manifestsOf('kubectl', 'kustomize', path.join(root, 'infra', 'kubernetes', folder));
}

const ofHelmAlone = new Set([
  'app.kubernetes.io/instance',
  'app.kubernetes.io/version',
  'app.kubernetes.io/managed-by',
  'helm.sh/chart',
  'helm.sh/resource-policy',
]);

/** Without the labels that Helm's conventions ask for, and the annotations that are orders to helm. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(([key]) => !ofHelmAlone.has(key));
  const fields = kept.map(([key, field]) => [key, plain(field)] as const);
  return Object.fromEntries(
    fields.filter(([key, field]) => key !== 'annotations' || Object.keys(field as object).length > 0),
  );
}

suite('the chart', { skip: hasHelm ? false : 'helm is not to be had' }, () => {
  test('passes helm lint --strict', async () => {
    const { stdout } = await run(helm, ['lint', '--strict', chart]);
    assert.match(stdout, /1 chart\(s\) linted, 0 chart\(s\) failed/);
  });

  const pairs: readonly (readonly [string, readonly string[], string])[] = [
    ['the base', [], '.'],
    [
      'the overlay eks-irsa',
      [
        'config.cluster=prod',
        'config.store=s3://my-bucket/binpack',
        'config.metrics=cloudwatch',
        'serviceAccount.annotations.eks\\.amazonaws\\.com/role-arn=arn:aws:iam::111122223333:role/kube-binpack',
      ],
      'overlays/eks-irsa',
    ],
    ['the overlay directory', ['config.cluster=prod', 'persistence.enabled=true'], 'overlays/directory'],
    ['the overlay flowschema', ['flowSchema.enabled=true'], 'overlays/flowschema'],
  ];
  for (const [name, values, folder] of pairs) {
    test(
      `with the same settings is ${name}, resource by resource`,
      { skip: hasKubectl ? false : 'kubectl is not on the PATH' },
      async () => {
        const rendered = await template(...values);
        // helm makes the namespace itself: --create-namespace
        const expected = (await kustomize(folder)).filter(({ kind }) => kind !== 'Namespace');
        assert.deepEqual(rendered.map(idOf), expected.map(idOf));
        for (const [index, manifest] of rendered.entries()) {
          assert.deepEqual(typeProblems(manifest), [], idOf(manifest));
          assert.deepEqual(plain(manifest), plain(expected[index]), idOf(manifest));
        }
      },
    );
  }

  test('takes each form of a value: numbers, lists, lists of lists', async () => {
    const manifests = await template(
      'config.listPageSize=1000000',
      'config.storageResolution=1',
      'config.interval=300',
      'config.labelGroups={karpenter.sh/nodepool,topology.kubernetes.io/zone\\,kubernetes.io/arch}',
      'config.resources={cpu,memory}',
      'config.readinessRules[0].name=cni',
      'config.readinessRules[0].conditions[0].type=example.com/NetworkReady',
      'config.readinessRules[0].conditions[0].requiredStatus=true',
    );
    const { data } = manifests.find(({ kind }) => kind === 'ConfigMap') as unknown as { data: unknown };
    assert.deepEqual(data, {
      KUBE_BINPACK_LIST_PAGE_SIZE: '1000000',
      KUBE_BINPACK_STORAGE_RESOLUTION: '1',
      KUBE_BINPACK_INTERVAL: '300',
      KUBE_BINPACK_LABEL_GROUP: 'karpenter.sh/nodepool;topology.kubernetes.io/zone,kubernetes.io/arch',
      KUBE_BINPACK_READINESS_RULES:
        '[{"conditions":[{"requiredStatus":true,"type":"example.com/NetworkReady"}],"name":"cni"}]',
      KUBE_BINPACK_RESOURCES: 'cpu,memory',
      KUBE_BINPACK_TIMEOUT: '2m',
      KUBE_BINPACK_OUTPUT: 'none',
      KUBE_BINPACK_LOG_FORMAT: 'json',
    });
  });

  const refused: readonly (readonly [string, RegExp])[] = [
    ['config.metrics=cloud', /at '\/config\/metrics': value must be one of '', 'none', 'cloudwatch', 'emf'/],
    ['config.listPagesize=500', /at '\/config': additional properties 'listPagesize' not allowed/],
    ['config.maxMetrics=many', /at '\/config\/maxMetrics': 'many' does not match pattern/],
    ['config.readinessRules={cni}', /at '\/config\/readinessRules\/0': got string, want object/],
    ['config.timeout=soon', /at '\/config\/timeout': 'soon' does not match pattern/],
    ['image.digest=latest', /at '\/image\/digest': 'latest' does not match pattern/],
    ['job.backoffLimit=-1', /at '\/job\/backoffLimit': minimum: got -1, want 0/],
    ['persistance.enabled=true', /additional properties 'persistance' not allowed/],
  ];
  for (const [value, message] of refused) {
    test(`refuses ${value} with a clear word`, async () => {
      await assert.rejects(template(value), ({ stderr }: { stderr: string }) => {
        assert.match(stderr, message);
        return true;
      });
    });
  }

  test('says what is missing after an installation', async (t) => {
    const folder = temporaryFolder(t);
    cpSync(chart, folder.at('chart'), { recursive: true });
    const text = readFileSync(path.join(chart, 'templates', 'NOTES.txt'), 'utf8');
    // helm shows notes only to a cluster that it may ask: here they are a manifest
    folder.write(
      'chart/templates/notes.yaml',
      `{{- define "notes" }}${text}{{ end }}\nkind: Notes\ntext: {{ include "notes" . | quote }}\n`,
    );
    const notes = async (...values: readonly string[]): Promise<string> => {
      const args = ['template', 'kube-binpack', folder.at('chart'), '--show-only', 'templates/notes.yaml'];
      return (await run(helm, [...args, ...values.flatMap((value) => ['--set', value])])).stdout;
    };
    const bare = await notes();
    assert.match(bare, /The cluster has no name yet, and every run will fail/);
    assert.match(bare, /There is no store yet, and every run will fail/);
    const whole = await notes('config.cluster=prod', 'config.store=s3://bucket/binpack');
    assert.doesNotMatch(whole, /will fail/);
    assert.match(whole, /create job --from=cronjob\/kube-binpack snapshot-now/);
  });
});
