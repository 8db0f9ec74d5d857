/** Users by the manifests of RBAC, so that the server authorizes by what is applied to a cluster. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { parseAllDocuments } from 'yaml';
import type { User } from './users.ts';

export interface PolicyRule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

interface ClusterRole {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly rules: readonly PolicyRule[];
}

/** The one ClusterRole of a file. */
export function clusterRoleIn(file: string): ClusterRole {
  const roles = parseAllDocuments(readFileSync(file, 'utf8'))
    .map((document) => document.toJS() as ClusterRole)
    .filter(({ kind }) => kind.endsWith('Role'));
  const [role] = roles;
  assert.ok(role !== undefined && roles.length === 1 && role.kind === 'ClusterRole', file);
  return role;
}

/** Rules of one resource and one verb each: what a role is made of, and what may be taken away from it. */
export function singleRules(rules: readonly PolicyRule[]): PolicyRule[] {
  return rules.flatMap(({ apiGroups, resources, verbs }) =>
    apiGroups.flatMap((group) =>
      resources.flatMap((resource) =>
        verbs.map((verb) => ({ apiGroups: [group], resources: [resource], verbs: [verb] })),
      ),
    ),
  );
}

/** Who is bound to these rules and to nothing else. */
export function userBoundTo(rules: readonly PolicyRule[]): User {
  return {
    name: 'system:serviceaccount:kube-binpack:kube-binpack',
    groups: ['system:serviceaccounts', 'system:authenticated'],
    rules: rules.map((rule) => {
      assert.deepEqual(Object.keys(rule).toSorted(), ['apiGroups', 'resources', 'verbs']);
      assert.deepEqual(rule.apiGroups, [''], 'the simulated server has the core group alone');
      return {
        verbs: rule.verbs,
        resources: rule.resources,
        namespace: null,
        reason: 'RBAC: by the manifest',
      };
    }),
  };
}
