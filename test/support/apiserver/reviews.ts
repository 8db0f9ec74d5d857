import { isObject, objectAt, textAt, type Json, type JsonObject } from './objects.ts';
import { badRequest, invalid, unsupportedMediaType } from './status.ts';
import { decide, type User } from './users.ts';

const KIND = 'SelfSubjectAccessReview';
const GROUP_VERSION = 'authorization.k8s.io/v1';
const READABLE = ['application/json', 'application/yaml', 'application/vnd.kubernetes.protobuf'];

/** Answers "may I?" in the shape of the real server, which even notes who wrote the question. */
export function reviewAccess(
  user: User,
  request: { readonly contentType: string | undefined; readonly userAgent: string; readonly body: Buffer },
  now: Date,
): JsonObject {
  const type = (request.contentType ?? 'application/json').split(';')[0]?.trim();
  if (type !== 'application/json') throw unsupportedMediaType(READABLE);
  const attributes = parseAttributes(request.body.toString());
  const { verb, resource, group, namespace } = attributes;
  const { allowed, reason } = decide(user, {
    verb: text(verb),
    resource: text(resource),
    group: text(group),
    ...(text(namespace) === '' ? {} : { namespace: text(namespace) }),
  });
  return {
    kind: KIND,
    apiVersion: GROUP_VERSION,
    metadata: { managedFields: [managedBy(request.userAgent, attributes, now)] },
    spec: { resourceAttributes: inApiOrder(attributes) },
    status: { allowed, ...(reason === '' ? {} : { reason }) },
  };
}

function parseAttributes(body: string): JsonObject {
  const parsed = parse(body);
  const attributes = objectAt(objectAt(parsed, 'spec'), 'resourceAttributes');
  if (Object.keys(attributes).length === 0) {
    const message =
      'Invalid value: null: exactly one of nonResourceAttributes or resourceAttributes must be specified';
    const cause = { reason: 'FieldValueInvalid', message, field: 'spec.resourceAttributes' };
    throw invalid({ group: 'authorization.k8s.io', kind: '' }, cause);
  }
  return attributes;
}

function parse(body: string): Json {
  try {
    return JSON.parse(body) as Json;
  } catch {
    throw badRequest(
      `the object provided is unrecognized (must be of type ${KIND}): couldn't get version/kind; json parse error: unexpected end of JSON input (${body})`,
    );
  }
}

function managedBy(userAgent: string, attributes: JsonObject, now: Date): JsonObject {
  const fields = Object.keys(attributes)
    .sort()
    .map((name) => [`f:${name}`, {}] as const);
  return {
    manager: userAgent.split('/')[0] ?? '',
    operation: 'Update',
    apiVersion: GROUP_VERSION,
    time: `${now.toISOString().slice(0, 19)}Z`,
    fieldsType: 'FieldsV1',
    fieldsV1: { 'f:spec': { 'f:resourceAttributes': { '.': {}, ...Object.fromEntries(fields) } } },
  };
}

function inApiOrder(attributes: JsonObject): JsonObject {
  const order = ['namespace', 'verb', 'group', 'version', 'resource', 'subresource', 'name'];
  return Object.fromEntries(
    order.filter((name) => textAt(attributes, name) !== '').map((name) => [name, attributes[name]]),
  );
}

function text(value: Json | undefined): string {
  return typeof value === 'string' && !isObject(value) ? value : '';
}
