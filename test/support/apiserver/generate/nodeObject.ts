import type { JsonObject, KubeObject } from '../objects.ts';
import { fieldsOf, managedBy } from './managedFields.ts';
import { capacityKi, type NodePlan, type NodeState } from './pools.ts';
import { seeded, type Random } from './random.ts';

export interface ObjectOptions {
  readonly seed: number;
  readonly kubernetesVersion: string;
  readonly minor: number;
  /** Leave out what only makes objects large: managedFields, env, probes, volumes, images. */
  readonly lean: boolean;
}

const CREATED = '2026-11-02T10:49:54Z';
const HEARTBEAT = '2026-11-21T08:23:16Z';

export function nodeObject(plan: NodePlan, options: ObjectOptions): KubeObject {
  const random = seeded(options.seed, 10, plan.index);
  const instance = `i-0${random.hex(16)}`;
  const labels = labelsOf(plan);
  const annotations = {
    'alpha.kubernetes.io/provided-node-ip': plan.ip,
    'csi.volume.kubernetes.io/nodeid': JSON.stringify({ 'ebs.csi.aws.com': instance }),
    'node.alpha.kubernetes.io/ttl': '0',
    'volumes.kubernetes.io/controller-managed-attach-detach': 'true',
  };
  const taints = taintsOf(plan);
  const status = statusOf(plan, options, random);
  return {
    metadata: {
      name: plan.name,
      uid: random.uuid(),
      resourceVersion: String(100 + plan.index),
      creationTimestamp: CREATED,
      labels,
      annotations,
      ...(plan.pool.manager === 'karpenter' ? { finalizers: ['karpenter.sh/termination'] } : {}),
      ...(options.lean
        ? {}
        : {
            managedFields: [
              managedBy('karpenter', CREATED, fieldsOf({ metadata: { labels }, spec: { taints } })),
              managedBy(
                'kubelet',
                CREATED,
                fieldsOf({ metadata: { annotations }, spec: { providerID: '' } }),
              ),
              managedBy('kubelet', HEARTBEAT, fieldsOf({ status }), 'status'),
            ],
          }),
    },
    spec: {
      providerID: `aws:///${plan.zone}/${instance}`,
      ...(plan.state === 'cordoned' ? { unschedulable: true } : {}),
      ...(taints.length === 0 ? {} : { taints }),
    },
    status,
  };
}

function labelsOf({ name, pool, type, zone, state }: NodePlan): Readonly<Record<string, string>> {
  const [family = '', size = ''] = type.name.split('.');
  const labels: Record<string, string> = {
    'beta.kubernetes.io/arch': type.arch,
    'beta.kubernetes.io/os': 'linux',
    'kubernetes.io/arch': type.arch,
    'kubernetes.io/hostname': name,
    'kubernetes.io/os': 'linux',
    'node.kubernetes.io/instance-type': type.name,
    'topology.kubernetes.io/region': 'us-east-1',
    'topology.kubernetes.io/zone': zone,
  };
  if (state === 'virtual') {
    return sorted({ ...labels, type: 'virtual-kubelet', 'kubernetes.io/role': 'agent' });
  }
  if (pool.manager === 'eks') {
    return sorted({
      ...labels,
      'eks.amazonaws.com/capacityType': pool.capacityType === 'spot' ? 'SPOT' : 'ON_DEMAND',
      'eks.amazonaws.com/nodegroup': pool.name,
      'eks.amazonaws.com/nodegroup-image': 'ami-0c5ea7a8f7d6b1e11',
      'k8s.io/cloud-provider-aws': '86dcc413845879f8a2a2b694e82dd882',
    });
  }
  return sorted({
    ...labels,
    'karpenter.k8s.aws/ec2nodeclass': 'default',
    'karpenter.k8s.aws/instance-category': family.slice(0, 1),
    'karpenter.k8s.aws/instance-cpu': String(type.cpu),
    'karpenter.k8s.aws/instance-family': family,
    'karpenter.k8s.aws/instance-memory': String(type.memoryGi * 1024),
    'karpenter.k8s.aws/instance-size': size,
    ...(type.gpus === 0 ? {} : { 'karpenter.k8s.aws/instance-gpu-count': String(type.gpus) }),
    'karpenter.sh/capacity-type': pool.capacityType,
    'karpenter.sh/initialized': 'true',
    'karpenter.sh/nodepool': pool.name,
    'karpenter.sh/registered': 'true',
    'topology.ebs.csi.aws.com/zone': zone,
  });
}

function sorted(labels: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function taintsOf({ pool, state }: NodePlan): readonly JsonObject[] {
  if (state === 'virtual') {
    return [{ key: 'virtual-kubelet.io/provider', value: 'acme', effect: 'NoSchedule' }];
  }
  const since = { timeAdded: '2026-11-21T08:01:12Z' };
  const own = pool.taint === null ? [] : [{ ...pool.taint, effect: 'NoSchedule' }];
  const lifecycle = (name: string, effects: readonly string[]): readonly JsonObject[] =>
    effects.map((effect) => ({ key: `node.kubernetes.io/${name}`, effect, ...since }));
  const more: { readonly [state in NodeState]?: readonly JsonObject[] } = {
    cordoned: lifecycle('unschedulable', ['NoSchedule']),
    'not-ready': lifecycle('not-ready', ['NoSchedule', 'NoExecute']),
    unreachable: lifecycle('unreachable', ['NoSchedule', 'NoExecute']),
    'disk-pressure': lifecycle('disk-pressure', ['NoSchedule']),
    disrupted: [{ key: 'karpenter.sh/disrupted', effect: 'NoSchedule', ...since }],
  };
  return [...own, ...(more[state] ?? [])];
}

function statusOf(plan: NodePlan, options: ObjectOptions, random: Random): JsonObject {
  const { type, cpuMilli, memoryKi, pods, gpus, state } = plan;
  const resources = (cpu: string, memory: string, storage: string): JsonObject => ({
    cpu,
    'ephemeral-storage': storage,
    'hugepages-1Gi': '0',
    'hugepages-2Mi': '0',
    memory,
    ...(gpus === 0 ? {} : { 'nvidia.com/gpu': String(gpus) }),
    pods: String(pods),
  });
  const cpu = cpuMilli % 1000 === 0 ? String(cpuMilli / 1000) : `${cpuMilli}m`;
  const version = options.kubernetesVersion;
  return {
    capacity: resources(String(type.cpu), `${capacityKi(type)}Ki`, '83873772Ki'),
    allocatable: resources(cpu, `${memoryKi}Ki`, '76224326324'),
    conditions: conditionsOf(plan),
    addresses: [
      { type: 'InternalIP', address: plan.ip },
      { type: 'Hostname', address: plan.name },
    ],
    daemonEndpoints: { kubeletEndpoint: { Port: 10250 } },
    nodeInfo: {
      machineID: random.hex(32),
      systemUUID: random.uuid(),
      bootID: random.uuid(),
      kernelVersion: '6.12.46-66.121.amzn2023.x86_64',
      osImage: 'Amazon Linux 2023.9.20251027',
      containerRuntimeVersion: 'containerd://2.1.4',
      kubeletVersion: state === 'virtual' ? `v${version}-vk` : `v${version}-eks-a1b2c3d`,
      kubeProxyVersion: '',
      operatingSystem: 'linux',
      architecture: type.arch,
    },
    ...(options.lean || state === 'virtual' ? {} : { images: images(random) }),
  };
}

function conditionsOf({ state }: NodePlan): readonly JsonObject[] {
  const unknown = state === 'unreachable';
  const condition = (type: string, bad: boolean, reason: string, message: string): JsonObject => ({
    type,
    status: unknown ? 'Unknown' : type === 'Ready' ? (bad ? 'False' : 'True') : bad ? 'True' : 'False',
    lastHeartbeatTime: HEARTBEAT,
    lastTransitionTime: bad || unknown ? '2026-11-21T08:01:12Z' : CREATED,
    reason: unknown ? 'NodeStatusUnknown' : reason,
    message: unknown ? 'Kubelet stopped posting node status.' : message,
  });
  const disk = state === 'disk-pressure';
  const down = state === 'not-ready';
  return [
    condition(
      'MemoryPressure',
      false,
      'KubeletHasSufficientMemory',
      'kubelet has sufficient memory available',
    ),
    disk
      ? condition('DiskPressure', true, 'KubeletHasDiskPressure', 'kubelet has disk pressure')
      : condition('DiskPressure', false, 'KubeletHasNoDiskPressure', 'kubelet has no disk pressure'),
    condition('PIDPressure', false, 'KubeletHasSufficientPID', 'kubelet has sufficient PID available'),
    down
      ? condition(
          'Ready',
          true,
          'KubeletNotReady',
          'container runtime network not ready: cni plugin not initialized',
        )
      : condition('Ready', false, 'KubeletReady', 'kubelet is posting ready status'),
  ];
}

function images(random: Random): readonly JsonObject[] {
  return Array.from({ length: 20 }, (_, index) => {
    const name = `123456789012.dkr.ecr.us-east-1.amazonaws.com/acme/image-${index}`;
    return {
      names: [`${name}@sha256:${random.hex(64)}`, `${name}:v${index}.${random.below(30)}.0`],
      sizeBytes: 20_000_000 + random.below(800_000_000),
    };
  });
}
