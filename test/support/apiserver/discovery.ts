import type { JsonObject } from './objects.ts';

const noGroups = { kind: 'APIGroupList', apiVersion: 'v1', groups: [] };
const versions = {
  kind: 'APIVersions',
  versions: ['v1'],
  serverAddressByClientCIDRs: [],
};
const resources = {
  kind: 'APIResourceList',
  groupVersion: 'v1',
  resources: [
    { name: 'nodes', singularName: 'node', namespaced: false, kind: 'Node', verbs: ['get', 'list'] },
    { name: 'pods', singularName: 'pod', namespaced: true, kind: 'Pod', verbs: ['get', 'list'] },
  ],
};

/** What kubectl asks before it lists: only what is served here. null for any other path. */
export function discovered(path: string): JsonObject | null {
  return { '/api': versions, '/apis': noGroups, '/api/v1': resources }[path] ?? null;
}
