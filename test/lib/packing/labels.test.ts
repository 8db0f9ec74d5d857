import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { traitsOf, type NodeTraits } from '../../../lib/packing/labels.ts';

const none = { instanceType: null, zone: null, nodePool: null, capacityType: null, arch: null, os: null };

function traits(
  labels: Readonly<Record<string, string>>,
  architecture = '',
  operatingSystem = '',
): NodeTraits {
  return traitsOf({ labels: new Map(Object.entries(labels)), architecture, operatingSystem });
}

suite('what clouds write on a node', () => {
  test('nothing: unknown', () => assert.deepEqual(traits({}), none));

  test('the kubelet itself says architecture and system; a label has the last word', () => {
    assert.deepEqual(traits({}, 'arm64', 'linux'), { ...none, arch: 'arm64', os: 'linux' });
    const labels = { 'kubernetes.io/arch': 'amd64', 'kubernetes.io/os': 'windows' };
    assert.deepEqual(traits(labels, 'arm64', 'linux'), { ...none, arch: 'amd64', os: 'windows' });
  });

  for (const [who, labels, expected] of [
    [
      'Karpenter',
      {
        'node.kubernetes.io/instance-type': 'm7g.large',
        'topology.kubernetes.io/zone': 'eu-west-1a',
        'karpenter.sh/nodepool': 'default',
        'karpenter.sh/capacity-type': 'spot',
      },
      { instanceType: 'm7g.large', zone: 'eu-west-1a', nodePool: 'default', capacityType: 'spot' },
    ],
    [
      'an old Karpenter, an old kubelet',
      {
        'beta.kubernetes.io/instance-type': 'm5.large',
        'failure-domain.beta.kubernetes.io/zone': 'us-east-1b',
        'karpenter.sh/provisioner-name': 'general',
        'karpenter.sh/capacity-type': 'on-demand',
      },
      { instanceType: 'm5.large', zone: 'us-east-1b', nodePool: 'general', capacityType: 'on-demand' },
    ],
    [
      'an EKS node group',
      { 'eks.amazonaws.com/nodegroup': 'workers', 'eks.amazonaws.com/capacityType': 'ON_DEMAND' },
      { nodePool: 'workers', capacityType: 'on-demand' },
    ],
    [
      'an EKS node group of spot',
      { 'eks.amazonaws.com/nodegroup': 'workers', 'eks.amazonaws.com/capacityType': 'SPOT' },
      { nodePool: 'workers', capacityType: 'spot' },
    ],
    [
      'GKE spot',
      { 'cloud.google.com/gke-nodepool': 'p1', 'cloud.google.com/gke-spot': 'true' },
      { nodePool: 'p1', capacityType: 'spot' },
    ],
    ['GKE preemptible', { 'cloud.google.com/gke-preemptible': 'true' }, { capacityType: 'spot' }],
    [
      'AKS spot',
      { 'kubernetes.azure.com/agentpool': 'np1', 'kubernetes.azure.com/scalesetpriority': 'spot' },
      { nodePool: 'np1', capacityType: 'spot' },
    ],
    ['AKS regular: not said', { 'kubernetes.azure.com/scalesetpriority': 'regular' }, {}],
    [
      'new and old labels: the new',
      { 'node.kubernetes.io/instance-type': 'new', 'beta.kubernetes.io/instance-type': 'old' },
      { instanceType: 'new' },
    ],
    [
      'an empty label says nothing',
      { 'karpenter.sh/nodepool': '', 'eks.amazonaws.com/nodegroup': 'ng' },
      { nodePool: 'ng' },
    ],
  ] as const) {
    test(who, () => {
      assert.deepEqual(traits(labels as Readonly<Record<string, string>>), { ...none, ...expected });
    });
  }
});
