import type { KubeConfig } from '@kubernetes/client-node';
import type { RequestOptions } from 'node:https';
import { ClusterError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Dial } from './connect/dial.ts';
import { createDialer } from './connect/dialer.ts';
import { execFailure, execInfo, firstLine, noCredentials } from './connect/exec.ts';
import type { Environment } from './connect/kubeconfig.ts';
import { tunnelThroughProxy } from './connect/proxy.ts';
import { execCluster, findTarget } from './connect/target.ts';
import type { Target, TargetOptions } from './connect/target.ts';
import { checkTls, readTls } from './connect/tls.ts';
import { readAuthorization } from './connect/user.ts';
import type { RequestHeaders } from './connect/user.ts';

/** The way to an API server. The requests themselves are made elsewhere. */
export interface Connection {
  /** The kubeconfig's name for the cluster; null in a pod. */
  readonly clusterName: string | null;
  /** May have a path, as behind Rancher: API paths are appended to it. */
  readonly server: URL;
  /** Asked anew for every request, so that a rotated token or certificate is used. */
  authorize(signal: AbortSignal): Promise<Authorization>;
  /** What to do about a refusal, by its status, or no connection, where this way to the server knows better. */
  readonly advice: Readonly<Record<number, string>> & { readonly noConnection?: string };
  /** Destroys all sockets. */
  close(): void;
}

export interface Authorization {
  readonly headers: RequestHeaders;
  /** The same as long as the certificates are: what it opened may be used again. */
  readonly dial: Dial;
}

export interface ConnectOptions extends TargetOptions {
  readonly log: Log;
}

/** What an exec plugin or an auth-provider handed out, as request options. */
interface Issued {
  readonly authorization: string | null;
  readonly cert: string | null;
  readonly key: string | null;
}

export async function connect(options: ConnectOptions): Promise<Connection> {
  const target = await findTarget(options);
  const { user } = target;
  if (target.insecureSkipTlsVerify) options.log.warn(insecureWarning(target.server));
  const dialer = createDialer({ ...target, tunnel: tunnelThroughProxy(target.proxyUrl) }, (tls) =>
    checkTls(target, tls),
  );
  const issue = issuer(target, options.env);
  // Files that cannot be read end a run here and not at its first request; a plugin runs only when it must.
  const [tls] = await Promise.all([readTls(target), readAuthorization(user)]);
  if (user.exec === null) dialer.dialWith(tls);
  return {
    clusterName: target.clusterName,
    server: target.server,
    advice: {},
    async authorize(signal) {
      signal.throwIfAborted();
      const work = Promise.all([issue(), readAuthorization(user), readTls(target)]);
      const [issued, own, tls] = await abortable(work, signal);
      const dial = dialer.dialWith({
        ca: tls.ca,
        cert: issued.cert ?? tls.cert,
        key: issued.key ?? tls.key,
      });
      const authorization = own ?? issued.authorization;
      return {
        headers: {
          ...user.impersonation,
          ...(authorization === null ? {} : { Authorization: authorization }),
        },
        dial,
      };
    },
    close: () => dialer.close(),
  };
}

function insecureWarning({ protocol, host }: URL): string {
  const what =
    protocol === 'http:'
      ? `requests to ${host} are not encrypted`
      : `the certificate of ${host} is not checked`;
  return `${what}: insecure-skip-tls-verify is set in the kubeconfig`;
}

/**
 * Exec plugins and auth-providers, through client-node, which keeps a token until its expirationTimestamp. Like
 * client-go, a user with a token or a password of its own is not asked for another.
 */
function issuer(target: Target, env: Environment): () => Promise<Issued> {
  const { exec, authProvider, token, tokenFile, basic } = target.user;
  const hasOwn = token !== null || tokenFile !== null || basic !== null;
  if (hasOwn || (exec === null && authProvider === null)) {
    return async () => ({ authorization: null, cert: null, key: null });
  }
  let config: Promise<KubeConfig> | null = null;
  let pending: Promise<Issued> | null = null;
  const ask = async (): Promise<Issued> => {
    const kubeConfig = await (config ??= credentialConfig(target, env));
    const given: RequestOptions = {};
    try {
      await kubeConfig.applyToHTTPSOptions(given);
    } catch (error) {
      throw issueFailure(error, target);
    }
    const headers = (given.headers ?? {}) as Readonly<Record<string, string>>;
    const issued = {
      authorization: headers['Authorization'] ?? null,
      cert: pem(given.cert),
      key: pem(given.key),
    };
    if (issued.authorization !== null || issued.cert !== null) return issued;
    throw exec === null
      ? authProviderFailure(target, 'it gave no token')
      : noCredentials(exec, target.user.what);
  };
  // Requests that start together share one run of the plugin, which may open a browser or cost a second.
  return async () => {
    pending ??= ask().finally(() => (pending = null));
    return pending;
  };
}

async function credentialConfig(target: Target, env: Environment): Promise<KubeConfig> {
  const config = await emptyKubeConfig();
  const { exec, authProvider } = target.user;
  const server = { name: 'cluster', server: 'https://unused', skipTLSVerify: false };
  if (exec === null) {
    config.loadFromClusterAndUser(server, { name: 'user', authProvider });
    return config;
  }
  const { ca } = await readTls(target);
  const inherited = Object.entries(env).map(([name, value]) => ({ name, value }));
  const info = { name: 'KUBERNETES_EXEC_INFO', value: execInfo(exec, execCluster(target, ca)) };
  const { command, args } = exec;
  config.loadFromClusterAndUser(server, {
    name: 'user',
    exec: { command, args, env: [...inherited, ...exec.env, info] },
  });
  return config;
}

async function emptyKubeConfig(): Promise<KubeConfig> {
  const { KubeConfig } = await import('@kubernetes/client-node');
  return new KubeConfig();
}

function issueFailure(error: unknown, target: Target): ClusterError {
  const { exec, what } = target.user;
  if (exec !== null) return execFailure(error, exec, what);
  return authProviderFailure(
    target,
    error instanceof SyntaxError ? 'it gave no JSON' : firstLine((error as Error).message),
  );
}

function authProviderFailure({ user }: Target, why: string): ClusterError {
  return new ClusterError(
    `auth-provider "${String(user.authProvider?.['name'])}" could not authenticate ${user.what}: ${why}; kubectl no longer has auth-providers for clouds: use an exec plugin, or log in again`,
  );
}

function pem(value: RequestOptions['cert'] | RequestOptions['key']): string | null {
  return typeof value === 'string' ? value : null;
}

/** A plugin that waits for a person must not outlive the run's patience; client-node cannot kill it. */
async function abortable<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  const abort = (): void => aborted.reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
