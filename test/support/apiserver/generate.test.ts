import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { generateCluster, objectsOf, type GeneratedCluster } from './generate.ts';
import {
  goJson,
  isObject,
  objectAt,
  textAt,
  type Json,
  type JsonObject,
  type KubeObject,
} from './objects.ts';
import { encodeMessage } from './protobuf.ts';

const cluster = generateCluster({ seed: 1, nodes: 60, pods: 1200 });
const nodes = objectsOf(cluster.nodes);
const pods = objectsOf(cluster.pods);

test('the same seed gives the same cluster, another seed another one', () => {
  const again = generateCluster({ seed: 1, nodes: 60, pods: 1200 });
  const other = generateCluster({ seed: 2, nodes: 60, pods: 1200 });
  assert.deepEqual(again.pods.at(700), cluster.pods.at(700));
  assert.deepEqual(objectsOf(again.nodes), nodes);
  assert.notDeepEqual(other.pods.at(700), cluster.pods.at(700));
});

test('objects do not depend on the order they are asked in', () => {
  const again = generateCluster({ seed: 1, nodes: 60, pods: 1200 });
  for (const index of [1199, 0, 600, 601, 5]) assert.deepEqual(again.pods.at(index), pods[index]);
});

for (const [nodeCount, podCount] of [
  [0, 0],
  [1, 1],
  [3, 20],
  [12, 150],
  [60, 1200],
] as const) {
  test(`${nodeCount} nodes and ${podCount} pods are exactly that many, with names of their own`, () => {
    const { nodes, pods } = generateCluster({ seed: 5, nodes: nodeCount, pods: podCount });
    const keys = objectsOf(pods).map(({ metadata: { namespace, name } }) => `${namespace}/${name}`);
    assert.equal(nodes.length, nodeCount);
    assert.equal(pods.length, podCount);
    assert.equal(new Set(keys).size, podCount);
    assert.equal(new Set(objectsOf(nodes).map(({ metadata }) => metadata.name)).size, nodeCount);
  });
}

test('a name by index is the name of the object', () => {
  for (let index = 0; index < cluster.pods.length; index += 37) {
    const { name, namespace } = cluster.pods.at(index).metadata;
    assert.deepEqual(cluster.pods.nameAt(index), { name, namespace });
  }
});

for (const kubernetesVersion of ['1.29.3', '1.34.1', '1.36.2']) {
  test(`no node of ${kubernetesVersion} is given more than it has`, () => {
    const used = usage(generateCluster({ seed: 3, nodes: 100, pods: 3000, kubernetesVersion, lean: true }));
    for (const { name, taken, allocatable } of used) {
      assert.ok(taken.cpu <= allocatable.cpu, `${name}: cpu ${taken.cpu} of ${allocatable.cpu}`);
      assert.ok(taken.memory <= allocatable.memory, `${name}: memory`);
      assert.ok(taken.gpus <= allocatable.gpus, `${name}: gpus`);
      assert.ok(taken.pods <= allocatable.pods, `${name}: pods`);
    }
  });
}

test('some nodes are full and some nearly empty', () => {
  const parts = usage(cluster).map(({ taken, allocatable }) => taken.cpu / allocatable.cpu);
  assert.ok(parts.some((part) => part > 0.9));
  assert.ok(parts.some((part) => part < 0.2));
});

test('pods are as large as in production, lean ones smaller', () => {
  const sizes = pods.map((pod) => goJson(pod).length);
  const mean = sizes.reduce((sum, size) => sum + size, 0) / sizes.length;
  const lean = generateCluster({ seed: 1, nodes: 60, pods: 1200, lean: true });
  assert.ok(mean > 6000, `mean ${mean}`);
  assert.ok(goJson(lean.pods.at(700)).length < mean / 2);
});

test('every generated object can be written as protobuf', () => {
  for (const node of nodes) assert.ok(encodeMessage('Node', node).length > 1000);
  for (const pod of pods) assert.ok(encodeMessage('Pod', pod).length > 300);
});

describe('every feature that matters to binpacking is there', () => {
  const has = (value: KubeObject, text: string): boolean => goJson(value).includes(text);
  const features: readonly (readonly [name: string, of: readonly KubeObject[], text: string])[] = [
    ['owners of every kind', pods, '"kind":"ReplicaSet"'],
    ['StatefulSets', pods, '"kind":"StatefulSet"'],
    ['DaemonSets bound by field', pods, '"matchFields":[{"key":"metadata.name"'],
    ['Jobs', pods, '"batch.kubernetes.io/job-name"'],
    ['Jobs of CronJobs', pods, '-29388'],
    ['mirror pods', pods, '"kubernetes.io/config.mirror"'],
    ['sidecars', pods, '"restartPolicy":"Always","volumeMounts"'],
    ['init containers', pods, '"name":"migrate"'],
    ['overhead', pods, '"runtimeClassName":"kata"'],
    ['GPU pods', pods, '"nvidia.com/gpu":"1"'],
    ['pod-level resources', pods, '"preemptionPolicy":"PreemptLowerPriority","resources":{"requests"'],
    ['resizes put off', pods, '"reason":"Deferred"'],
    ['resizes refused', pods, '"reason":"Infeasible"'],
    ['placeholders', pods, '"priority":-10'],
    ['unschedulable pods', pods, '"reason":"Unschedulable"'],
    ['scheduling gates', pods, '"schedulingGates":[{"name"'],
    ['terminating pods', pods, '"deletionTimestamp"'],
    ['ended pods', pods, '"phase":"Succeeded"'],
    ['failed pods', pods, '"phase":"Failed"'],
    ['topology spread', pods, '"topologySpreadConstraints":[{'],
    ['anti-affinity', pods, '"podAntiAffinity":{"required'],
    ['node selectors', pods, '"nodeSelector":{"karpenter.sh/nodepool"'],
    ['host ports', pods, '"hostPort":8443'],
    [
      'bare pods',
      pods.filter(({ metadata }) => metadata['ownerReferences'] === undefined),
      '"debug-shell-0"',
    ],
    ['GPU nodes', nodes, '"nvidia.com/gpu":"'],
    ['cordoned nodes', nodes, '"unschedulable":true'],
    ['nodes that are not ready', nodes, '"type":"Ready","status":"False"'],
    ['nodes that are lost', nodes, '"type":"Ready","status":"Unknown"'],
    ['nodes under pressure', nodes, '"type":"DiskPressure","status":"True"'],
    ['disrupted nodes', nodes, '"karpenter.sh/disrupted"'],
    ['spot nodes', nodes, '"karpenter.sh/capacity-type":"spot"'],
    ['managed node groups', nodes, '"eks.amazonaws.com/nodegroup"'],
    ['arm nodes', nodes, '"kubernetes.io/arch":"arm64"'],
    ['a virtual node', nodes, '"type":"virtual-kubelet"'],
  ];
  for (const [name, among, text] of features) {
    test(name, () => {
      assert.ok(among.some((value) => has(value, text)));
    });
  }
});

interface Amounts {
  readonly cpu: number;
  readonly memory: number;
  readonly pods: number;
  readonly gpus: number;
}

function usage({ nodes, pods }: GeneratedCluster): readonly {
  readonly name: string;
  readonly taken: Amounts;
  readonly allocatable: Amounts;
}[] {
  const byNode = Map.groupBy(objectsOf(pods), (pod) => textAt(objectAt(pod, 'spec'), 'nodeName'));
  return objectsOf(nodes).map((node) => {
    const allocatable = objectAt(objectAt(node, 'status'), 'allocatable');
    const bound = (byNode.get(node.metadata.name) ?? []).filter(
      (pod) => !/Succeeded|Failed/.test(textAt(objectAt(pod, 'status'), 'phase')),
    );
    const sum = (of: (pod: KubeObject) => number): number => bound.reduce((total, pod) => total + of(pod), 0);
    return {
      name: node.metadata.name,
      taken: {
        cpu: sum((pod) => requested(pod, 'cpu')),
        memory: sum((pod) => requested(pod, 'memory')),
        gpus: sum((pod) => requested(pod, 'nvidia.com/gpu')),
        pods: bound.length,
      },
      allocatable: {
        cpu: amount(allocatable['cpu']),
        memory: amount(allocatable['memory']),
        gpus: amount(allocatable['nvidia.com/gpu']),
        pods: amount(allocatable['pods']),
      },
    };
  });
}

/** The scheduler's rule, as far as generated pods need it; written apart from the generator's own. */
function requested(pod: KubeObject, resource: string): number {
  const spec = objectAt(pod, 'spec');
  const refused = goJson(objectAt(pod, 'status')).includes('"reason":"Infeasible"');
  const of = (part: JsonObject): number =>
    amount(objectAt(objectAt(part, 'resources'), 'requests')[resource]);
  const list = (value: Json | undefined): readonly JsonObject[] => ((value ?? []) as Json[]).filter(isObject);
  const inits = list(spec['initContainers']);
  const main = refused ? list(objectAt(pod, 'status')['containerStatuses']) : list(spec['containers']);
  const running = [...main, ...inits.filter((one) => one['restartPolicy'] === 'Always')];
  const sum = running.reduce((total, one) => total + of(one), 0);
  const whole = Math.max(sum, ...inits.map(of));
  const podLevel = objectAt(objectAt(spec, 'resources'), 'requests')[resource];
  return (podLevel === undefined ? whole : amount(podLevel)) + amount(objectAt(spec, 'overhead')[resource]);
}

function amount(quantity: Json | undefined): number {
  const [, digits = '0', suffix = ''] =
    /^(\d+)(\w*)$/.exec(typeof quantity === 'string' ? quantity : '0') ?? [];
  const factor = { '': 1, m: 0.001, Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30 }[suffix];
  assert.ok(factor !== undefined, `quantity ${digits}${suffix}`);
  // In thousandths, so that sums of milli-cores stay whole.
  return Math.round(Number(digits) * factor * 1000);
}
