/** Nodes and pods as the API's JSON gives them -> our model. A value of the wrong type counts as absent. */
import {
  selectsPods,
  type Constraints,
  type LabelSelector,
  type NodeSelectorTerm,
  type PodAffinityTerm,
  type Requirement,
  type Toleration,
  type TopologySpread,
} from '../../model/constraints.ts';
import type { Node } from '../../model/node.ts';
import { memoryMedium, pinAnnotations, pinsOf, type Pin } from '../../model/pins.ts';
import type { Container, ContainerStatus, Controller, HostPort, Pod } from '../../model/pod.ts';
import type { Amount } from '../../model/quantity.ts';
import { noResources, type ResourceList } from '../../model/resources.ts';
import type { QuantityReader } from './quantities.ts';

type Json = Readonly<Record<string, unknown>>;

export function podFromJson(value: unknown, quantities: QuantityReader): Pod {
  const pod = object(value);
  const metadata = object(pod['metadata']);
  const spec = object(pod['spec']);
  const status = object(pod['status']);
  const containers = (key: string, init: boolean): Container[] =>
    objects(spec[key]).map((container) => containerFrom(container, init, quantities));
  const statuses = (key: string): ContainerStatus[] =>
    objects(status[key]).map((container) => containerStatusFrom(container, quantities));
  const constraints = constraintsFrom(spec);
  const pending = objects(status['conditions']).find((condition) => condition['type'] === 'PodResizePending');

  return {
    namespace: text(metadata['namespace']),
    name: text(metadata['name']),
    uid: text(metadata['uid']),
    templateHash: text(object(metadata['labels'])['pod-template-hash']) || null,
    labels: selectsPods(constraints) ? texts(metadata['labels']) : noTexts,
    controller: controllerFrom(metadata['ownerReferences']),
    mirror: 'kubernetes.io/config.mirror' in object(metadata['annotations']),
    pins: pinsFrom(metadata, spec),
    terminating: typeof metadata['deletionTimestamp'] === 'string',
    nodeName: text(spec['nodeName']) || null,
    nominatedNodeName: text(status['nominatedNodeName']) || null,
    gated: objects(spec['schedulingGates']).length > 0,
    priority: integer(spec['priority']) ?? 0,
    phase: text(status['phase']),
    containers: containers('containers', false),
    initContainers: containers('initContainers', true),
    podLevelRequests: requestsOf(spec['resources'], quantities),
    overhead: resourceList(spec['overhead'], quantities),
    constraints,
    containerStatuses: statuses('containerStatuses'),
    initContainerStatuses: statuses('initContainerStatuses'),
    resizeInfeasible: pending?.['reason'] === 'Infeasible',
    actual: actualFrom(status['resources'], quantities),
    allocated: resourceList(status['allocatedResources'], quantities),
    problems: quantities.takeProblems(),
  };
}

const noTexts: ReadonlyMap<string, string> = new Map();

export function nodeFromJson(value: unknown, quantities: QuantityReader): Node {
  const node = object(value);
  const metadata = object(node['metadata']);
  const spec = object(node['spec']);
  const status = object(node['status']);
  const info = object(status['nodeInfo']);
  return {
    name: text(metadata['name']),
    labels: texts(metadata['labels']),
    createdAt: timestamp(metadata['creationTimestamp']),
    unschedulable: spec['unschedulable'] === true,
    taints: objects(spec['taints']).map((taint) => ({
      key: text(taint['key']),
      value: text(taint['value']),
      effect: text(taint['effect']),
    })),
    capacity: resourceList(status['capacity'], quantities) ?? noResources,
    allocatable: resourceList(status['allocatable'], quantities) ?? noResources,
    conditions: objects(status['conditions']).map((condition) => ({
      type: text(condition['type']),
      status: text(condition['status']),
    })),
    architecture: text(info['architecture']),
    operatingSystem: text(info['operatingSystem']),
    problems: quantities.takeProblems(),
  };
}

function pinsFrom(metadata: Json, spec: Json): readonly Pin[] {
  const annotations = object(metadata['annotations']);
  return pinsOf({
    doNotDisrupt: text(annotations[pinAnnotations.doNotDisrupt]),
    safeToEvict: text(annotations[pinAnnotations.safeToEvict]),
    safeVolumes: text(annotations[pinAnnotations.safeVolumes]),
    localVolumes: objects(spec['volumes'])
      .filter(isLocal)
      .map((volume) => text(volume['name'])),
  });
}

function isLocal({ hostPath, emptyDir }: Json): boolean {
  if (isObject(hostPath)) return true;
  return isObject(emptyDir) && text(emptyDir['medium']) !== memoryMedium;
}

function containerFrom(container: Json, init: boolean, quantities: QuantityReader): Container {
  return {
    init,
    name: text(container['name']),
    restartPolicy: text(container['restartPolicy']),
    requests: requestsOf(container['resources'], quantities),
    hostPorts: objects(container['ports']).flatMap(hostPortFrom),
  };
}

function hostPortFrom(port: Json): HostPort[] {
  const number = integer(port['hostPort']) ?? 0;
  if (number <= 0) return [];
  return [{ ip: text(port['hostIP']), protocol: text(port['protocol']) || 'TCP', port: number }];
}

function containerStatusFrom(status: Json, quantities: QuantityReader): ContainerStatus {
  return {
    name: text(status['name']),
    actual: actualFrom(status['resources'], quantities),
    allocated: resourceList(status['allocatedResources'], quantities),
  };
}

function actualFrom(resources: unknown, quantities: QuantityReader): Pod['actual'] {
  return isObject(resources) ? { requests: resourceList(resources['requests'], quantities) } : null;
}

function requestsOf(resources: unknown, quantities: QuantityReader): ResourceList | null {
  return isObject(resources) ? resourceList(resources['requests'], quantities) : null;
}

function resourceList(value: unknown, quantities: QuantityReader): ResourceList | null {
  if (!isObject(value)) return null;
  const list = new Map<string, Amount>();
  for (const [name, quantity] of Object.entries(value)) {
    const amount = quantities.read(name, quantityText(quantity));
    if (amount !== null) list.set(name, amount);
  }
  return list;
}

/** Blanks that JSON lets stand unescaped: upstream trims the raw text, in which a tab is a backslash and a t. */
const rawBlanks = /^[\p{Zs}\u0085\u2028\u2029]+|[\p{Zs}\u0085\u2028\u2029]+$/gu;

/** As Quantity.UnmarshalJSON takes it: blanks around are trimmed, bare numbers are legal, null is 0. */
function quantityText(value: unknown): string {
  if (typeof value === 'string') return value.replace(rawBlanks, '');
  if (typeof value === 'number') return String(value);
  return value === null ? '0' : JSON.stringify(value);
}

function controllerFrom(owners: unknown): Controller | null {
  const owner = objects(owners).find((candidate) => candidate['controller'] === true);
  return owner === undefined ? null : { kind: text(owner['kind']), name: text(owner['name']) };
}

function constraintsFrom(spec: Json): Constraints {
  const affinity = object(spec['affinity']);
  const required = (kind: string): unknown =>
    object(affinity[kind])['requiredDuringSchedulingIgnoredDuringExecution'];
  const nodeAffinity = required('nodeAffinity');
  return {
    nodeSelector: texts(spec['nodeSelector']),
    nodeAffinity: isObject(nodeAffinity)
      ? objects(nodeAffinity['nodeSelectorTerms']).map(nodeSelectorTermFrom)
      : null,
    tolerations: objects(spec['tolerations']).map(tolerationFrom),
    topologySpread: objects(spec['topologySpreadConstraints'])
      .filter((constraint) => constraint['whenUnsatisfiable'] === 'DoNotSchedule')
      .map(topologySpreadFrom),
    podAffinity: objects(required('podAffinity')).map(podAffinityTermFrom),
    podAntiAffinity: objects(required('podAntiAffinity')).map(podAffinityTermFrom),
  };
}

function nodeSelectorTermFrom(term: Json): NodeSelectorTerm {
  return {
    matchExpressions: objects(term['matchExpressions']).map(requirementFrom),
    matchFields: objects(term['matchFields']).map(requirementFrom),
  };
}

function requirementFrom(requirement: Json): Requirement {
  return {
    key: text(requirement['key']),
    operator: text(requirement['operator']),
    values: strings(requirement['values']),
  };
}

function tolerationFrom(toleration: Json): Toleration {
  return {
    key: text(toleration['key']),
    operator: text(toleration['operator']),
    value: text(toleration['value']),
    effect: text(toleration['effect']),
  };
}

function topologySpreadFrom(constraint: Json): TopologySpread {
  return {
    maxSkew: integer(constraint['maxSkew']) ?? 0,
    minDomains: integer(constraint['minDomains']),
    topologyKey: text(constraint['topologyKey']),
    selector: labelSelectorFrom(constraint['labelSelector']),
    matchLabelKeys: strings(constraint['matchLabelKeys']),
    nodeAffinityPolicy: text(constraint['nodeAffinityPolicy']),
    nodeTaintsPolicy: text(constraint['nodeTaintsPolicy']),
  };
}

function podAffinityTermFrom(term: Json): PodAffinityTerm {
  return {
    topologyKey: text(term['topologyKey']),
    selector: labelSelectorFrom(term['labelSelector']),
    namespaces: strings(term['namespaces']),
    namespaceSelector: labelSelectorFrom(term['namespaceSelector']),
  };
}

function labelSelectorFrom(value: unknown): LabelSelector | null {
  if (!isObject(value)) return null;
  return {
    matchLabels: texts(value['matchLabels']),
    matchExpressions: objects(value['matchExpressions']).map(requirementFrom),
  };
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const emptyObject: Json = {};

function object(value: unknown): Json {
  return isObject(value) ? value : emptyObject;
}

function objects(value: unknown): readonly Json[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function strings(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

function texts(value: unknown): ReadonlyMap<string, string> {
  return new Map(Object.entries(object(value)).map(([key, item]) => [key, text(item)] as const));
}

/** As the API server writes it; anything else is unknown. */
function timestamp(value: unknown): string | null {
  const canonical = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(text(value));
  return canonical && !Number.isNaN(Date.parse(text(value))) ? text(value) : null;
}

/** An int32, as all of these are. */
function integer(value: unknown): number | null {
  return typeof value === 'number' && (value | 0) === value ? value : null;
}
