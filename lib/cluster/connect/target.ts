import path from 'node:path';
import { isIPv6 } from 'node:net';
import { ConfigError } from '../../errors.ts';
import { describe, findKubeconfig, homeKubeconfig, isFields, text } from './kubeconfig.ts';
import type { Entry, Environment, Kubeconfig } from './kubeconfig.ts';
import { checkedProxy, proxyFromEnvironment, withoutCredentials } from './proxy.ts';
import { anonymous, material, userOf } from './user.ts';
import type { Material, User } from './user.ts';

/** What a context, or the account of a pod, says about the server and about us. */
export interface Target {
  readonly clusterName: string | null;
  readonly server: URL;
  readonly proxyUrl: string | null;
  readonly tlsServerName: string | null;
  readonly insecureSkipTlsVerify: boolean;
  readonly certificateAuthority: Material | null;
  /** From the cluster's extensions, for its exec plugins. */
  readonly execConfig: unknown;
  readonly user: User;
}

export interface TargetOptions {
  /** The file of --kubeconfig. */
  readonly kubeconfig: string | null;
  readonly context: string | null;
  /** KUBECONFIG, HOME, KUBERNETES_SERVICE_HOST, HTTPS_PROXY ...; exec plugins get all of it. */
  readonly env: Environment;
  /** Where a pod finds `token` and `ca.crt` of its account. */
  readonly serviceAccountDirectory?: string;
}

const SERVICE_ACCOUNT_DIRECTORY = '/var/run/secrets/kubernetes.io/serviceaccount';

export async function findTarget(options: TargetOptions): Promise<Target> {
  const { env, context } = options;
  const config = await findKubeconfig(options);
  if (config !== null) return targetOfContext(config, context, env);
  const looked = `no kubeconfig was found (looked at --kubeconfig, $KUBECONFIG and ${homeKubeconfig(env) ?? '~/.kube/config'})`;
  if (context !== null) {
    throw new ConfigError(
      `there is no context "${context}": ${looked}; name the file with --kubeconfig, or leave out --context`,
    );
  }
  const pod = targetOfPod(env, options.serviceAccountDirectory ?? SERVICE_ACCOUNT_DIRECTORY);
  if (pod !== null) return pod;
  throw new ConfigError(
    `${looked}, and this is not a pod (KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not both set): name a kubeconfig with --kubeconfig`,
  );
}

function targetOfContext(config: Kubeconfig, wanted: string | null, env: Environment): Target {
  const context = chooseContext(config, wanted);
  const cluster = follow(context, 'cluster', config.clusters);
  const user = follow(context, 'user', config.users);
  if (cluster === null) throw new ConfigError(`${describe(context)} names no cluster: add one to it`);
  const server = serverOf(cluster);
  const proxyUrl = text(cluster, 'proxy-url');
  return {
    clusterName: cluster.name,
    server,
    proxyUrl:
      proxyUrl === null
        ? proxyFromEnvironment(server, env)
        : checkedProxy(proxyUrl, `proxy-url of ${describe(cluster)}`),
    tlsServerName: text(cluster, 'tls-server-name'),
    insecureSkipTlsVerify: cluster.fields['insecure-skip-tls-verify'] === true,
    certificateAuthority: material(cluster, 'certificate-authority'),
    execConfig: execConfigOf(cluster),
    user: user === null ? anonymous : userOf(user),
  };
}

/** The account that Kubernetes mounts into a pod; null outside of one. */
function targetOfPod(env: Environment, directory: string): Target | null {
  const host = env['KUBERNETES_SERVICE_HOST'];
  const port = env['KUBERNETES_SERVICE_PORT'];
  if (!host || !port) return null;
  const server = URL.parse(`https://${isIPv6(host) ? `[${host}]` : host}:${port}`);
  if (server === null) {
    throw new ConfigError(
      `KUBERNETES_SERVICE_HOST (${host}) and KUBERNETES_SERVICE_PORT (${port}) are not a host and a port: unset both outside of a pod`,
    );
  }
  const ca = path.join(directory, 'ca.crt');
  return {
    clusterName: null,
    server,
    proxyUrl: proxyFromEnvironment(server, env),
    tlsServerName: null,
    insecureSkipTlsVerify: false,
    certificateAuthority: {
      what: "the certificate authority of the pod's service account",
      source: { file: ca },
    },
    execConfig: null,
    user: { ...anonymous, what: "the pod's service account", tokenFile: path.join(directory, 'token') },
  };
}

function chooseContext(config: Kubeconfig, wanted: string | null): Entry {
  const files = config.files.join(', ');
  const name = wanted ?? config.currentContext;
  if (config.contexts.size === 0) throw new ConfigError(`kubeconfig ${files} has no contexts: add one to it`);
  if (name === null) {
    throw new ConfigError(
      `kubeconfig ${files} sets no current-context: choose one with --context (${list(config.contexts)})`,
    );
  }
  const context = config.contexts.get(name);
  if (context !== undefined) return context;
  const which = wanted === null ? `current-context "${name}"` : `context "${name}"`;
  throw new ConfigError(
    `${which} is not in kubeconfig ${files}: choose another with --context (${list(config.contexts)})`,
  );
}

function follow(context: Entry, kind: 'cluster' | 'user', among: ReadonlyMap<string, Entry>): Entry | null {
  const name = text(context, kind);
  if (name === null) return null;
  const found = among.get(name);
  if (found !== undefined) return found;
  throw new ConfigError(
    `${describe(context)} names ${kind} "${name}", which no kubeconfig defines: correct it (${kind}s: ${list(among)})`,
  );
}

function list(entries: ReadonlyMap<string, Entry>): string {
  return entries.size === 0 ? 'there are none' : [...entries.keys()].sort().join(', ');
}

function serverOf(cluster: Entry): URL {
  const server = text(cluster, 'server');
  if (server === null) throw new ConfigError(`${describe(cluster)} has no server: add its URL`);
  const url = URL.parse(server);
  const isPlain = url !== null && url.username === '' && url.password === '' && url.search === '';
  if (!isPlain || !/^https?:$/.test(url.protocol)) {
    throw new ConfigError(
      `server "${withoutCredentials(server)}" of ${describe(cluster)} is not a URL like https://host:6443`,
    );
  }
  if (url.protocol === 'http:' && cluster.fields['insecure-skip-tls-verify'] !== true) {
    throw new ConfigError(
      `server ${server} of ${describe(cluster)} is plain HTTP, which sends credentials in the clear: use https://, or accept it with insecure-skip-tls-verify: true`,
    );
  }
  return url;
}

/** What the cluster says to exec plugins; `config` is the extension that plugins with provideClusterInfo read. */
export function execCluster(target: Target, ca: string | null): Readonly<Record<string, unknown>> {
  return {
    server: target.server.href.replace(/\/$/, ''),
    ...(target.tlsServerName === null ? {} : { 'tls-server-name': target.tlsServerName }),
    ...(target.insecureSkipTlsVerify ? { 'insecure-skip-tls-verify': true } : {}),
    ...(ca === null ? {} : { 'certificate-authority-data': Buffer.from(ca, 'latin1').toString('base64') }),
    ...(target.proxyUrl === null ? {} : { 'proxy-url': target.proxyUrl }),
    config: target.execConfig,
  };
}

function execConfigOf(cluster: Entry): unknown {
  const extensions = cluster.fields['extensions'];
  const named = (Array.isArray(extensions) ? (extensions as readonly unknown[]) : []).filter(isFields);
  return named.find(({ name }) => name === 'client.authentication.k8s.io/exec')?.['extension'] ?? null;
}
