import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { ConfigError } from '../../errors.ts';
import { parseYaml } from '../../yaml.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** A cluster, user or context as its file writes it; nothing in it is checked until a connection needs it. */
export interface Entry {
  readonly kind: 'cluster' | 'user' | 'context';
  readonly name: string;
  readonly file: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

export interface Kubeconfig {
  readonly files: readonly string[];
  readonly currentContext: string | null;
  readonly clusters: ReadonlyMap<string, Entry>;
  readonly users: ReadonlyMap<string, Entry>;
  readonly contexts: ReadonlyMap<string, Entry>;
}

/**
 * The kubeconfig that kubectl would take: the file of --kubeconfig, else the files of $KUBECONFIG merged, else
 * ~/.kube/config. Null where none was asked for and ~/.kube/config does not exist.
 */
export async function findKubeconfig(options: {
  readonly kubeconfig: string | null;
  readonly env: Environment;
}): Promise<Kubeconfig | null> {
  if (options.kubeconfig !== null) {
    const found = await readKubeconfig(options.kubeconfig);
    if (found !== null) return found;
    throw new ConfigError(
      `kubeconfig ${options.kubeconfig} does not exist: check --kubeconfig, or leave it out to use $KUBECONFIG or ~/.kube/config`,
    );
  }
  const listed = (options.env['KUBECONFIG'] ?? '').split(path.delimiter).filter((file) => file !== '');
  if (listed.length > 0) {
    const found = (await Promise.all(listed.map(readKubeconfig))).filter((one) => one !== null);
    if (found.length > 0) return mergeKubeconfigs(found);
    throw new ConfigError(
      `no file of $KUBECONFIG exists (${listed.join(', ')}): correct it, or unset it to use ~/.kube/config`,
    );
  }
  const file = homeKubeconfig(options.env);
  return file === null ? null : readKubeconfig(file);
}

/** Where kubectl looks last; null where there is no home folder, as in most containers. */
export function homeKubeconfig(env: Environment): string | null {
  const home = env['HOME'] || env['USERPROFILE'];
  return home ? path.join(home, '.kube', 'config') : null;
}

/** kubectl's rule: the first file that has a name, or a current-context, wins; entries are never mixed. */
function mergeKubeconfigs(found: readonly Kubeconfig[]): Kubeconfig {
  const merge = (list: 'clusters' | 'users' | 'contexts'): ReadonlyMap<string, Entry> =>
    new Map([...found].reverse().flatMap((one) => [...one[list]]));
  return {
    files: found.flatMap((one) => one.files),
    currentContext: found.find((one) => one.currentContext !== null)?.currentContext ?? null,
    clusters: merge('clusters'),
    users: merge('users'),
    contexts: merge('contexts'),
  };
}

async function readKubeconfig(file: string): Promise<Kubeconfig | null> {
  try {
    return parseKubeconfig(file, parseYaml(await readFile(file, 'utf8'), `kubeconfig ${file}`));
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    throw new ConfigError(`could not read kubeconfig ${file}: ${readFailure(error)}`, { cause: error });
  }
}

function parseKubeconfig(file: string, document: unknown): Kubeconfig {
  const root = document ?? {};
  if (!isFields(root)) {
    throw new ConfigError(
      `${file} is not a kubeconfig: expected a map with clusters, users, contexts and current-context`,
    );
  }
  const currentContext = root['current-context'];
  return {
    files: [file],
    currentContext: typeof currentContext === 'string' && currentContext !== '' ? currentContext : null,
    clusters: entries(file, 'cluster', root['clusters']),
    users: entries(file, 'user', root['users']),
    contexts: entries(file, 'context', root['contexts']),
  };
}

function entries(file: string, kind: Entry['kind'], list: unknown): ReadonlyMap<string, Entry> {
  if (!Array.isArray(list ?? [])) throw new ConfigError(`${kind}s in kubeconfig ${file} is not a list`);
  const named = new Map<string, Entry>();
  for (const [index, item] of ((list ?? []) as readonly unknown[]).entries()) {
    const name = isFields(item) ? item['name'] : undefined;
    if (!isFields(item) || typeof name !== 'string' || name === '') {
      throw new ConfigError(`${kind}s[${index}] in kubeconfig ${file} has no name: give it one, in quotes`);
    }
    const fields = item[kind];
    if (!named.has(name)) named.set(name, { kind, name, file, fields: isFields(fields) ? fields : {} });
  }
  return named;
}

/** A field that must be text; null where it is missing or empty. */
export function text(entry: Entry, field: string): string | null {
  const value = entry.fields[field] ?? '';
  if (typeof value !== 'string') {
    throw new ConfigError(`${field} of ${describe(entry)} must be text: put it in quotes`);
  }
  return value === '' ? null : value;
}

/** A field that names a file: relative to the folder of its kubeconfig, as kubectl reads it. */
export function filePath(entry: Entry, field: string): string | null {
  const value = text(entry, field);
  return value === null ? null : path.resolve(path.dirname(entry.file), value);
}

export function describe(entry: Entry): string {
  return `${entry.kind} "${entry.name}" in ${entry.file}`;
}

export function isFields(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Why a file could not be read, in words; Node's own message repeats the path. */
export function readFailure(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  const words: Readonly<Record<string, string>> = {
    ENOENT: 'no such file',
    ENOTDIR: 'no such file',
    EACCES: 'permission denied',
    EISDIR: 'it is a folder',
  };
  return words[code ?? ''] ?? code ?? message;
}
