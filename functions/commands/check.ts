import { randomBytes } from 'node:crypto';
import { mayList } from '../../lib/cluster/access.ts';
import { ClusterError, KubeBinpackError, StoreError } from '../../lib/errors.ts';
import { renderView, type View } from '../../lib/report/view.ts';
import { semanticsFor } from '../../lib/scheduler/semantics.ts';
import { probeKey } from '../../lib/store/keys.ts';
import type { Store } from '../../lib/store/store.ts';
import type { Command, Context } from '../command.ts';
import { openConnection } from '../connection.ts';
import { clusterSettings, storeSettings } from '../settings.ts';
import { openCloudWatch, openCluster, openStore, requireClusterName } from '../wire.ts';

/** Whoever waits for an answer wants to know what is wrong now, not whether it may pass. */
const checkAttempts = 2;

interface Finding {
  readonly check: string;
  readonly ok: boolean;
  readonly detail: string;
}

export const checkCommand: Command = {
  name: 'check',
  summary: 'check that a snapshot would work: API server, version, permissions, store, CloudWatch',
  settings: [...clusterSettings, ...storeSettings, 'namespace', 'requestTimeout', 'timeout', 'output'],
  options: [['--publish-probe', 'send one metric, PublishProbe, to see whether CloudWatch takes gauges']],
  examples: [
    ['kube-binpack check --context prod', 'each line is ok, or says what to do'],
    ['kube-binpack check --store s3://my-bucket/binpack --publish-probe', 'the bucket and CloudWatch too'],
  ],
  async run(context) {
    const failures: KubeBinpackError[] = [];
    const findings: Finding[] = [];
    const check = async (name: string, work: () => Promise<string>): Promise<boolean> => {
      try {
        findings.push({ check: name, ok: true, detail: await work() });
        return true;
      } catch (error) {
        context.signal.throwIfAborted();
        if (!(error instanceof KubeBinpackError)) throw error;
        failures.push(error);
        findings.push({ check: name, ok: false, detail: error.message });
        return false;
      }
    };
    const name = await checkCluster(context, check);
    await check('store', async () =>
      probeStore(await openStore(context, checkAttempts), name, context.signal),
    );
    if (context.options['publishProbe'] === true)
      await check('CloudWatch', async () => {
        await (await openCloudWatch(context, checkAttempts)).probe(name, context.signal);
        return 'takes gauges';
      });
    context.write(renderView(viewOf(findings), context.config.output, { ...context.table, width: null }));
    const [first] = failures;
    if (first !== undefined) throw new CheckFailedError(first, failures.length, findings.length);
  },
};

/** Carries the exit code of the first failure; its lines stand in the result already. */
class CheckFailedError extends KubeBinpackError {
  constructor(first: KubeBinpackError, failed: number, all: number) {
    super(`${failed} of ${all} checks failed`, { cause: first });
  }
}

/** Returns the cluster's name, as far as it is known. */
async function checkCluster(
  context: Context,
  check: (name: string, work: () => Promise<string>) => Promise<boolean>,
): Promise<string> {
  const { signal } = context;
  const access: { value: ReturnType<typeof openCluster> | null } = { value: null };
  const found = await check('credentials', async () => {
    access.value = openCluster(await openConnection(context), context);
    return `for ${access.value.http.server.origin}`;
  });
  const { value } = access;
  const name = value?.clusterName || context.config.cluster || 'unknown';
  if (!found || value === null) return name;
  try {
    await check('cluster name', async () => requireClusterName(value.clusterName));
    const reachable = await check('API server', async () => {
      const version = await value.cluster.version(signal);
      const { semantics, problem } = semanticsFor(version.minor);
      return `Kubernetes ${version.gitVersion}, ${problem ?? `counted as a scheduler of ${semantics.row}`}`;
    });
    if (!reachable) return name;
    for (const resource of ['nodes', 'pods'] as const) {
      await check(`list ${resource}`, async () => {
        if (await mayList(value.http, resource, resource === 'pods' ? context.config.namespace : '', signal))
          return 'allowed';
        const text = `not allowed: grant list on nodes and pods to this user (see README, Permissions)`;
        throw new ClusterError(text, { status: 403 });
      });
    }
    return name;
  } finally {
    value.close();
  }
}

/** What the job itself would do, where it would do it, since a role may be allowed no more than that. */
async function probeStore(store: Store, cluster: string, signal: AbortSignal): Promise<string> {
  const key = probeKey(cluster, randomBytes(6).toString('hex'));
  // a run begins by looking for a summary that is mostly not there
  await store.read(key, signal);
  const bytes = Buffer.from('kube-binpack check\n');
  await store.create(key, bytes, signal);
  const read = await store.read(key, signal);
  if (read?.equals(bytes) !== true)
    throw new StoreError(
      `what was written to ${store.location} is not read back (${key}): is it shared by several?`,
    );
  try {
    await store.remove(key, signal);
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    return `${store.location} is writable, but nothing can be removed there, which is enough: ${key} stays behind (${error.message})`;
  }
  return `${store.location} is writable`;
}

function viewOf(findings: readonly Finding[]): View<Finding> {
  return {
    rows: findings,
    columns: [
      { key: 'ok', title: '', text: ({ ok }) => (ok ? 'ok' : 'FAILED') },
      { key: 'check', title: 'CHECK', text: ({ check }) => check },
      { key: 'detail', title: '', text: ({ detail }) => detail },
    ],
  };
}
