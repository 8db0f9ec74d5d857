/** What clouds and autoscalers write on a node, under the one name we give it. */

type Labels = ReadonlyMap<string, string>;

export interface NodeTraits {
  readonly instanceType: string | null;
  readonly zone: string | null;
  readonly nodePool: string | null;
  readonly capacityType: string | null;
  readonly arch: string | null;
  readonly os: string | null;
}

const instanceType = ['node.kubernetes.io/instance-type', 'beta.kubernetes.io/instance-type'];
const zone = ['topology.kubernetes.io/zone', 'failure-domain.beta.kubernetes.io/zone'];
const nodePool = [
  'karpenter.sh/nodepool',
  'karpenter.sh/provisioner-name',
  'eks.amazonaws.com/nodegroup',
  'cloud.google.com/gke-nodepool',
  'kubernetes.azure.com/agentpool',
];
const capacityType = ['karpenter.sh/capacity-type', 'eks.amazonaws.com/capacityType'];
/** Labels that say spot by their value, where others name the capacity type. */
const spot = [
  ['cloud.google.com/gke-spot', 'true'],
  ['cloud.google.com/gke-preemptible', 'true'],
  ['kubernetes.azure.com/scalesetpriority', 'spot'],
] as const;

export function traitsOf(node: {
  readonly labels: Labels;
  readonly architecture: string;
  readonly operatingSystem: string;
}): NodeTraits {
  const { labels } = node;
  return {
    instanceType: firstOf(labels, instanceType),
    zone: firstOf(labels, zone),
    nodePool: firstOf(labels, nodePool),
    capacityType: capacityTypeOf(labels),
    arch: labels.get('kubernetes.io/arch') ?? (node.architecture || null),
    os: labels.get('kubernetes.io/os') ?? (node.operatingSystem || null),
  };
}

function capacityTypeOf(labels: Labels): string | null {
  const named = firstOf(labels, capacityType);
  if (named !== null) return named.toLowerCase().replace('_', '-');
  return spot.some(([key, value]) => labels.get(key) === value) ? 'spot' : null;
}

function firstOf(labels: Labels, keys: readonly string[]): string | null {
  for (const key of keys) {
    const value = labels.get(key);
    if (value !== undefined && value !== '') return value;
  }
  return null;
}
