import type { PeerCertificate } from 'node:tls';
import { forbidden, unauthorized } from './status.ts';

export interface Access {
  readonly verb: string;
  readonly resource: string;
  readonly group?: string;
  readonly namespace?: string;
}

interface Rule {
  readonly verbs: readonly string[];
  readonly resources: readonly string[];
  /** Null: in all namespaces. */
  readonly namespace: string | null;
  /** What a SelfSubjectAccessReview says about why. */
  readonly reason: string;
}

export interface User {
  readonly name: string;
  readonly groups: readonly string[];
  readonly rules: readonly Rule[] | 'everything';
}

/** The users of the recorded server, so that recorded requests can be replayed. */
export const TOKENS = {
  reader: 'fixture-reader-token',
  nodesOnly: 'fixture-nodesonly-token',
  namespaceReader: 'fixture-nsreader-token',
  nothing: 'fixture-nothing-token',
  admin: 'fixture-admin-token',
} as const;

export type TokenName = keyof typeof TOKENS;

const READ = ['get', 'list'] as const;

function clusterRole(name: string, group: string, resources: readonly string[]): User {
  const reason = `RBAC: allowed by ClusterRoleBinding "${name}" of ClusterRole "${name}" to Group "${group}"`;
  return { name, groups: [group], rules: [{ verbs: READ, resources, namespace: null, reason }] };
}

const USERS: { readonly [name in TokenName]: User } = {
  reader: clusterRole('fixture-reader', 'fixture:readers', ['nodes', 'pods']),
  nodesOnly: clusterRole('fixture-nodes-only', 'fixture:nodes-only', ['nodes']),
  namespaceReader: {
    name: 'fixture-ns-reader',
    groups: ['fixture:ns-readers'],
    rules: [
      {
        verbs: READ,
        resources: ['pods'],
        namespace: 'web',
        reason:
          'RBAC: allowed by RoleBinding "pod-reader/web" of Role "pod-reader" to Group "fixture:ns-readers"',
      },
    ],
  },
  nothing: { name: 'fixture-nothing', groups: [], rules: [] },
  admin: { name: 'fixture-admin', groups: ['system:masters'], rules: 'everything' },
};

export const ANONYMOUS: User = { name: 'system:anonymous', groups: ['system:unauthenticated'], rules: [] };
const BY_TOKEN = new Map(
  Object.entries(TOKENS).map(([name, token]) => [token as string, USERS[name as TokenName]]),
);
const BY_NAME = new Map(Object.values(USERS).map((user) => [user.name, user]));

export function userNamed(name: TokenName): User {
  return USERS[name];
}

/** A client certificate wins over a token, as in the real server; a wrong token is a 401, none is anonymous. */
export function authenticate(
  certificate: PeerCertificate | null,
  authorization: string | undefined,
  reviewToken: (token: string) => TokenName | User | null,
): User {
  const commonName = certificate?.subject.CN;
  if (typeof commonName === 'string') return BY_NAME.get(commonName) ?? { ...ANONYMOUS, name: commonName };
  const token = /^Bearer\s+(.*)$/i.exec(authorization ?? '')?.[1];
  if (token === undefined) return ANONYMOUS;
  const reviewed = reviewToken(token);
  const user =
    reviewed === null ? BY_TOKEN.get(token) : typeof reviewed === 'string' ? USERS[reviewed] : reviewed;
  if (user === undefined) throw unauthorized();
  return user;
}

/** Whether the user may, and the reason the server gives (none for administrators). */
export function decide(user: User, access: Access): { readonly allowed: boolean; readonly reason: string } {
  if (user.rules === 'everything') return { allowed: true, reason: '' };
  const rule = user.rules.find(
    ({ verbs, resources, namespace }) =>
      verbs.includes(access.verb) &&
      resources.includes(access.resource) &&
      (access.group ?? '') === '' &&
      (namespace === null || namespace === access.namespace),
  );
  return { allowed: rule !== undefined, reason: rule?.reason ?? '' };
}

/** Throws the 403 of the real server, with its wording. */
export function authorize(user: User, access: Access): void {
  if (decide(user, access).allowed) return;
  const { verb, resource, group = '', namespace } = access;
  const where = namespace === undefined ? 'at the cluster scope' : `in the namespace "${namespace}"`;
  const qualified = group === '' ? resource : `${resource}.${group}`;
  throw forbidden(
    `${qualified} is forbidden: User "${user.name}" cannot ${verb} resource "${resource}" in API group "${group}" ${where}`,
    group === '' ? { kind: resource } : { group, kind: resource },
  );
}

/** Paths outside the API need a right of their own, which only administrators have here. */
export function authorizePath(user: User, verb: string, path: string): void {
  if (user.rules === 'everything') return;
  throw forbidden(`forbidden: User "${user.name}" cannot ${verb} path "${path}"`, {});
}
