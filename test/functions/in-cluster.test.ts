/** The command line as the CronJob of infra/kubernetes starts it: its arguments, its environment, its mounts, and no more. */
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { text } from 'node:stream/consumers';
import { suite, test, type TestContext } from 'node:test';
import { generateCluster } from '../support/apiserver/generate.ts';
import { startApiServer, type ApiServer, type ApiServerOptions } from '../support/apiserver/server.ts';
import { logLines, type CliResult } from '../support/cli.ts';
import { temporaryFolder } from '../support/kubeconfig.ts';
import { has, manifestsOf } from '../support/manifests.ts';
import { assertNoSecrets } from '../support/secrets.ts';

const root = path.join(import.meta.dirname, '..', '..');
const serviceAccount = '/var/run/secrets/kubernetes.io/serviceaccount';

/** A process that sees another folder there needs mounts of its own, which some containers forbid. */
function mayMount(): boolean {
  try {
    execFileSync('unshare', ['--user', '--map-root-user', '--mount', 'true'], { stdio: 'ignore' });
    return true;
  } catch {
    console.error('NOT RUN: the tests of the CronJob, since this machine allows no mount namespaces');
    return false;
  }
}

const possible = (await has('kubectl', 'version', '--client')) && mayMount();

interface EnvVar {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: { readonly fieldRef: { readonly fieldPath: string } };
}

interface PodSpec {
  readonly containers: readonly {
    readonly args: readonly string[];
    readonly env: readonly EnvVar[];
    readonly envFrom: readonly { readonly configMapRef: { readonly name: string } }[];
  }[];
}

interface Job {
  readonly name: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** What the kubelet would make of the container's environment in a pod of the Job. */
async function environmentOf(job: Job): Promise<{ args: readonly string[]; env: Record<string, string> }> {
  const manifests = await manifestsOf(
    'kubectl',
    'kustomize',
    path.join(root, 'infra/kubernetes/overlays/directory'),
  );
  const find = (kind: string): unknown => manifests.find((manifest) => manifest.kind === kind);
  const { data } = find('ConfigMap') as { data: Record<string, string> };
  const { spec } = find('CronJob') as {
    spec: { jobTemplate: { spec: { template: { spec: PodSpec } } } };
  };
  const [container] = spec.jobTemplate.spec.template.spec.containers;
  assert.ok(container !== undefined);
  assert.deepEqual(container.envFrom, [{ configMapRef: { name: 'kube-binpack' } }]);
  // the Job controller labels its pods; it copies no annotation of the Job
  const fields: Record<string, string> = { "metadata.labels['batch.kubernetes.io/job-name']": job.name };
  for (const [name, value] of Object.entries(job.annotations ?? {}))
    fields[`metadata.annotations['${name}']`] = value;
  const own = container.env.map(({ name, value, valueFrom }) => [
    name,
    value ?? fields[valueFrom?.fieldRef.fieldPath ?? ''] ?? '',
  ]);
  return { args: container.args, env: { ...data, ...(Object.fromEntries(own) as Record<string, string>) } };
}

interface Pod {
  readonly server: ApiServer;
  readonly run: (env?: Record<string, string>) => Promise<CliResult>;
  readonly at: (name: string) => string;
}

async function start(t: TestContext, job: Job, options: Partial<ApiServerOptions> = {}): Promise<Pod> {
  const server = await startApiServer({ ...generateCluster({ nodes: 10, pods: 100, seed: 5 }), ...options });
  t.after(() => server.close());
  const folder = temporaryFolder(t);
  mkdirSync(folder.at('serviceaccount'));
  mkdirSync(folder.at('snapshots'));
  writeFileSync(folder.at('serviceaccount/ca.crt'), server.caPem);
  writeFileSync(folder.at('serviceaccount/namespace'), 'kube-binpack');
  writeFileSync(folder.at('serviceaccount/token'), 'hunter2-first\n');
  const { args, env } = await environmentOf(job);
  assert.equal(env['KUBE_BINPACK_STORE'], '/snapshots');
  const { hostname, port } = new URL(server.url);
  return {
    server,
    at: folder.at,
    async run(extra = {}) {
      const mount = `mount -t tmpfs tmpfs /run && mkdir -p ${serviceAccount} && mount --bind "$0" ${serviceAccount} && exec "$@"`;
      const line = [
        '--user',
        '--map-root-user',
        '--mount',
        '/bin/sh',
        '-ec',
        mount,
        folder.at('serviceaccount'),
      ];
      const child = spawn(
        'unshare',
        [...line, process.execPath, path.join(root, 'functions/cli.ts'), ...args],
        {
          cwd: folder.at(''),
          env: {
            PATH: process.env['PATH'],
            KUBERNETES_SERVICE_HOST: hostname,
            KUBERNETES_SERVICE_PORT: port,
            ...env,
            // the volume is mounted elsewhere
            KUBE_BINPACK_STORE: folder.at('snapshots'),
            ...extra,
          },
          stdio: ['ignore', 'pipe', 'pipe'],
        },
      );
      const [stdout, stderr, [code, signal]] = await Promise.all([
        text(child.stdout),
        text(child.stderr),
        once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>,
      ]);
      assertNoSecrets({ stdout, stderr });
      return { code, signal, stdout, stderr };
    },
  };
}

const slotMinutes = Math.floor(Date.now() / 60_000) - 3;
const slot = new Date(slotMinutes * 60_000).toISOString().replace('.000Z', 'Z').replaceAll(/[-:]/g, '');
const known = (token: string): 'reader' | null => (token === 'hunter2-first' ? 'reader' : null);

suite("as the CronJob's pod", { skip: possible ? false : 'it needs kubectl and mount namespaces' }, () => {
  test('it takes the snapshot of its slot; the log is JSON, and its last line is the result', async (t) => {
    const { run, at } = await start(t, { name: `kube-binpack-${slotMinutes}` }, { reviewToken: known });
    const result = await run();
    assert.equal(result.code, 0, result.stderr);
    assert.equal(result.stdout, '');
    const last = logLines(result).at(-1) as unknown as { result: Record<string, unknown> };
    const { key, durationMs, ...shown } = last.result;
    assert.deepEqual(shown, {
      cluster: 'prod',
      snapshotId: slot,
      nodes: 10,
      pods: shown['pods'],
      requests: 2,
      own: true,
      exit: 0,
    });
    assert.ok(typeof durationMs === 'number' && typeof shown['pods'] === 'number' && shown['pods'] > 50);
    assert.match(String(key), new RegExp(`^v1/summary/cluster=prod/date=[\\d-]+/${slot}\\.json$`));
    assert.ok(readdirSync(at('snapshots/v1')).includes('summary'));
  });

  test("a slot that an annotation of the pod tells goes before the Job's name", async (t) => {
    const instant = new Date((slotMinutes - 5) * 60_000).toISOString().replace('.000Z', 'Z');
    const annotations = { 'batch.kubernetes.io/cronjob-scheduled-timestamp': instant };
    const { run } = await start(
      t,
      { name: `kube-binpack-${slotMinutes}`, annotations },
      { reviewToken: known },
    );
    const last = logLines(await run()).at(-1) as unknown as { result: { snapshotId: string } };
    assert.equal(last.result.snapshotId, instant.replaceAll(/[-:]/g, ''));
  });

  test('a token that changes in the middle of the run is used from the next request on', async (t) => {
    const seen: string[] = [];
    const late: { write: (() => void) | null } = { write: null };
    const { run, at } = await start(
      t,
      { name: `kube-binpack-${slotMinutes}` },
      {
        reviewToken(token) {
          seen.push(token);
          // the kubelet writes the new one; from then on the server refuses the old
          if (seen.length === 5) late.write?.();
          const valid = seen.length <= 5 ? 'hunter2-first' : 'hunter2-second';
          return token === valid ? 'reader' : null;
        },
      },
    );
    late.write = () => writeFileSync(at('serviceaccount/token'), 'hunter2-second\n');
    const result = await run({ KUBE_BINPACK_LIST_PAGE_SIZE: '10' });
    assert.equal(result.code, 0, result.stderr);
    assert.deepEqual([...new Set(seen)], ['hunter2-first', 'hunter2-second']);
    assert.ok(seen.length > 8);
  });

  test('a failure is the last line too, with the exit code', async (t) => {
    const { run } = await start(t, { name: 'snapshot-now' }, { reviewToken: () => null });
    const result = await run();
    assert.equal(result.code, 3);
    const last = logLines(result).at(-1) as unknown as { level: string; result: unknown };
    assert.deepEqual([last.level, last.result], ['error', { exit: 3 }]);
    const unnamed = await run({ KUBE_BINPACK_CLUSTER: '' });
    assert.equal(unnamed.code, 2);
  });
});
