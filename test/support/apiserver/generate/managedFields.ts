import { isObject, type Json, type JsonObject } from '../objects.ts';

/** How the members of a list are named in fieldsV1; lists without a key are owned whole. */
const LIST_KEYS: Readonly<Record<string, readonly string[]>> = {
  containers: ['name'],
  initContainers: ['name'],
  env: ['name'],
  volumes: ['name'],
  ports: ['containerPort', 'protocol'],
  volumeMounts: ['mountPath'],
  ownerReferences: ['uid'],
  conditions: ['type'],
  podIPs: ['ip'],
  addresses: ['type'],
  topologySpreadConstraints: ['topologyKey', 'whenUnsatisfiable'],
};

/** The fieldsV1 tree of a part of an object, as server-side tracking of ownership writes it. */
export function fieldsOf(value: JsonObject): JsonObject {
  const fields: Record<string, JsonObject> = {};
  for (const key of Object.keys(value).sort()) {
    const content = value[key];
    if (content !== undefined) fields[`f:${key}`] = owned(key, content);
  }
  return fields;
}

function owned(name: string, value: Json): JsonObject {
  if (isObject(value)) return Object.keys(value).length === 0 ? {} : { '.': {}, ...fieldsOf(value) };
  const keys = LIST_KEYS[name];
  if (keys === undefined || !Array.isArray(value)) return {};
  const members: Record<string, JsonObject> = { '.': {} };
  for (const item of value) {
    if (!isObject(item)) continue;
    const key = Object.fromEntries(keys.map((one) => [one, item[one] ?? null]));
    members[`k:${JSON.stringify(key)}`] = { '.': {}, ...fieldsOf(item) };
  }
  return members;
}

/** One entry of metadata.managedFields. */
export function managedBy(
  manager: string,
  time: string,
  fieldsV1: JsonObject,
  subresource?: 'status',
): JsonObject {
  const entry = { manager, operation: 'Update', apiVersion: 'v1', time, fieldsType: 'FieldsV1', fieldsV1 };
  return subresource === undefined ? entry : { ...entry, subresource };
}
