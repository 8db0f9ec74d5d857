import { readFile } from 'node:fs/promises';
import { ConfigError } from '../../errors.ts';
import { execPlugin } from './exec.ts';
import type { ExecPlugin } from './exec.ts';
import { describe, filePath, isFields, readFailure, text } from './kubeconfig.ts';
import type { Entry } from './kubeconfig.ts';

/** PEM text: in the kubeconfig, or in a file that is read anew for every request. `what` names it in errors. */
export interface Material {
  readonly what: string;
  readonly source: { readonly pem: string } | { readonly file: string };
}

/** A list is sent as one header line each: several groups must not become one group with commas in its name. */
export type RequestHeaders = Readonly<Record<string, string | string[]>>;

export interface User {
  /** As it reads in an error: `user "jane" in /home/jane/.kube/config`. */
  readonly what: string;
  readonly certificate: Material | null;
  readonly key: Material | null;
  readonly token: string | null;
  readonly tokenFile: string | null;
  readonly basic: { readonly username: string; readonly password: string } | null;
  readonly impersonation: RequestHeaders;
  readonly exec: ExecPlugin | null;
  readonly authProvider: Readonly<Record<string, unknown>> | null;
}

export const anonymous: User = {
  what: 'no user',
  certificate: null,
  key: null,
  token: null,
  tokenFile: null,
  basic: null,
  impersonation: {},
  exec: null,
  authProvider: null,
};

export function userOf(entry: Entry): User {
  const username = text(entry, 'username');
  const authProvider = entry.fields['auth-provider'];
  return {
    what: describe(entry),
    certificate: material(entry, 'client-certificate'),
    key: material(entry, 'client-key'),
    token: text(entry, 'token'),
    tokenFile: filePath(entry, 'tokenFile') ?? filePath(entry, 'token-file'),
    basic: username === null ? null : { username, password: text(entry, 'password') ?? '' },
    impersonation: impersonation(entry),
    exec: execPlugin(entry),
    authProvider: isFields(authProvider) ? authProvider : null,
  };
}

/** The `-data` field overrides the file, as in client-go (client-node prefers the file). */
export function material(entry: Entry, field: string): Material | null {
  const what = `${field} of ${describe(entry)}`;
  const data = text(entry, `${field}-data`);
  if (data !== null) return { what, source: { pem: Buffer.from(data, 'base64').toString('latin1') } };
  const file = filePath(entry, field);
  return file === null ? null : { what, source: { file } };
}

export async function readMaterial({ what, source }: Material): Promise<string> {
  if ('pem' in source) return source.pem;
  try {
    return await readFile(source.file, 'latin1');
  } catch (error) {
    throw new ConfigError(
      `could not read ${what}: ${source.file}: ${readFailure(error)}; correct the path or its permissions`,
      { cause: error },
    );
  }
}

/** The Authorization header of a user that needs nobody to issue it one, else null. */
export async function readAuthorization(user: User): Promise<string | null> {
  const token = user.tokenFile === null ? user.token : await readToken(user, user.tokenFile);
  if (token !== null) return `Bearer ${token.trim()}`;
  if (user.basic === null) return null;
  return `Basic ${Buffer.from(`${user.basic.username}:${user.basic.password}`).toString('base64')}`;
}

/** Read for every request: the kubelet writes a new token well before the old one ends. */
async function readToken(user: User, file: string): Promise<string> {
  try {
    const token = await readFile(file, 'utf8');
    if (token.trim() !== '') return token;
    throw new ConfigError('the file is empty');
  } catch (error) {
    // client-go's rule: the file has precedence over the token beside it, which serves where there is no file.
    if (user.token !== null) return user.token;
    throw new ConfigError(
      `could not read the token of ${user.what}: ${file}: ${readFailure(error)}; correct the path (in a pod: automountServiceAccountToken must not be false)`,
      { cause: error },
    );
  }
}

/** https://kubernetes.io/docs/reference/access-authn-authz/authentication/#user-impersonation */
function impersonation(entry: Entry): RequestHeaders {
  const as = text(entry, 'as');
  const uid = text(entry, 'as-uid');
  const groups = texts(entry.fields['as-groups']);
  const extra = entry.fields['as-user-extra'];
  const extras = isFields(extra) ? Object.entries(extra) : [];
  if (as === null && (uid !== null || groups.length > 0 || extras.length > 0)) {
    throw new ConfigError(`${describe(entry)} impersonates groups but no user: add "as" to it`);
  }
  return {
    ...(as === null ? {} : { 'Impersonate-User': as }),
    ...(uid === null ? {} : { 'Impersonate-Uid': uid }),
    ...(groups.length === 0 ? {} : { 'Impersonate-Group': groups }),
    ...Object.fromEntries(
      extras.map(([key, values]) => [`Impersonate-Extra-${encodeURIComponent(key)}`, texts(values)]),
    ),
  };
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}
