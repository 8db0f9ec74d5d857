import path from 'node:path';
import { ClusterError, ConfigError } from '../../errors.ts';
import { describe, isFields } from './kubeconfig.ts';
import type { Entry } from './kubeconfig.ts';

/** A command that prints an ExecCredential: https://kubernetes.io/docs/reference/config-api/client-authentication.v1/ */
export interface ExecPlugin {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: readonly { readonly name: string; readonly value: string }[];
  readonly apiVersion: string;
  readonly provideClusterInfo: boolean;
  readonly installHint: string | null;
}

/** What a plugin with provideClusterInfo is told, in the kubeconfig's own words. */
export type ExecCluster = Readonly<Record<string, unknown>>;

const MESSAGE_LENGTH = 200;

export function execPlugin(user: Entry): ExecPlugin | null {
  const exec = user.fields['exec'];
  if (!isFields(exec)) return null;
  const { command, args, env, apiVersion, installHint, provideClusterInfo } = exec;
  if (typeof command !== 'string' || command === '') {
    throw new ConfigError(`${describe(user)} has an exec plugin without a command: add one`);
  }
  return {
    command: besideKubeconfig(command, user.file),
    args: items(args).map(String),
    env: items(env)
      .filter(isFields)
      .map(({ name, value }) => ({ name: String(name), value: String(value) })),
    apiVersion: typeof apiVersion === 'string' ? apiVersion : 'client.authentication.k8s.io/v1',
    provideClusterInfo: provideClusterInfo === true,
    installHint: typeof installHint === 'string' && installHint.trim() !== '' ? installHint.trim() : null,
  };
}

/** kubectl looks a bare name up on the PATH and takes any other as relative to the kubeconfig's folder. */
function besideKubeconfig(command: string, file: string): string {
  return command.includes('/') || command.includes(path.sep)
    ? path.resolve(path.dirname(file), command)
    : command;
}

/** The value of KUBERNETES_EXEC_INFO, which client-go always sets and client-node never does. */
export function execInfo(plugin: ExecPlugin, cluster: ExecCluster): string {
  return JSON.stringify({
    apiVersion: plugin.apiVersion,
    kind: 'ExecCredential',
    spec: { interactive: false, ...(plugin.provideClusterInfo ? { cluster } : {}) },
  });
}

/**
 * client-node rejects with spawn's error, with stderr as a message, or with whatever parsing stdout threw. No cause is
 * kept where it could quote stdout, which holds the credentials.
 */
export function execFailure(error: unknown, plugin: ExecPlugin, user: string): ClusterError {
  const { command, installHint } = plugin;
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT') {
    const hint = installHint ?? 'install it, or put its folder on the PATH';
    return new ClusterError(`command "${command}", which authenticates ${user}, was not found: ${hint}`, {
      cause: error,
    });
  }
  const failed = `command "${command}", which authenticates ${user},`;
  const byHand = 'run it by hand with the args of the kubeconfig to see why';
  if (code === 'EACCES') {
    return new ClusterError(`${failed} may not be run: make it executable`, { cause: error });
  }
  if (error instanceof SyntaxError) {
    return new ClusterError(`${failed} printed something other than JSON: ${byHand}`);
  }
  if (error instanceof TypeError) return noCredentials(plugin, user);
  const said = firstLine((error as Error).message);
  return new ClusterError(`${failed} failed${said === '' ? '' : `: ${said}`}: ${byHand}`);
}

export function noCredentials({ command }: ExecPlugin, user: string): ClusterError {
  return new ClusterError(
    `command "${command}", which authenticates ${user}, printed neither a token nor a client certificate: it must print an ExecCredential with a status`,
  );
}

/** The first line that says something, short, without what looks like a token (a JWT, one of EKS, a bearer). */
export function firstLine(output: string): string {
  const line = output.split('\n').find((one) => one.trim() !== '') ?? '';
  const safe = line
    .trim()
    .replace(/\b(?:eyJ|k8s-aws-v1\.)[\w.~+/=-]+/g, '[token]')
    .replace(/\bBearer\s+\S+/gi, 'Bearer [token]')
    .replace(/[.:]+$/, '');
  return safe.length <= MESSAGE_LENGTH ? safe : `${safe.slice(0, MESSAGE_LENGTH)}…`;
}

function items(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
