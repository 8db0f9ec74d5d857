/** Any nodes and pods, as servers write them: what is empty is left out, but for objects behind a pointer. */
import fc from 'fast-check';
import type { JsonObject } from './apiserver/objects.ts';

type Texts = fc.Arbitrary<string>;

const some = (model: Readonly<Record<string, fc.Arbitrary<unknown>>>): fc.Arbitrary<JsonObject> =>
  fc.record(model, { requiredKeys: [] }) as fc.Arbitrary<JsonObject>;
const few = <T>(one: fc.Arbitrary<T>): fc.Arbitrary<T[]> => fc.array(one, { minLength: 1, maxLength: 3 });

/** Any text of Unicode, and often a word that means something; never empty. */
const words: Texts = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.constantFrom(
      ...['a', 'b', 'é', 'node-1', 'Always', 'Infeasible', 'PodResizePending', 'DoNotSchedule', 'NoSchedule'],
      ...['true', 'false', 'Memory', 'Ready', 'True', 'TCP', 'pod-template-hash', '__proto__', 'constructor'],
    ),
  },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', minLength: 1, maxLength: 12 }) },
);
const quantities: Texts = fc.constantFrom(
  '0',
  '1',
  '250m',
  '64Mi',
  '1n',
  'x',
  '9E',
  '-1',
  '1e3',
  '.5',
  '8Ei',
  '1e-400',
  '1e400',
);
const quantityLists = fc.dictionary(
  fc.constantFrom('cpu', 'memory', 'nvidia.com/gpu', 'hugepages-2Mi', '__proto__'),
  quantities,
  { minKeys: 1 },
);
const textMaps = fc.dictionary(words, words, { minKeys: 1 });
const annotations = fc.dictionary(
  fc.constantFrom(
    'kubernetes.io/config.mirror',
    'karpenter.sh/do-not-disrupt',
    'cluster-autoscaler.kubernetes.io/safe-to-evict',
    'cluster-autoscaler.kubernetes.io/safe-to-evict-local-volumes',
    'other',
  ),
  words,
  { minKeys: 1 },
);
const requirements = few(some({ key: words, operator: words, values: few(words) }));
const selectors = some({ matchLabels: textMaps, matchExpressions: requirements });
const requireds = some({
  requiredDuringSchedulingIgnoredDuringExecution: few(
    some({
      topologyKey: words,
      labelSelector: selectors,
      namespaces: few(words),
      namespaceSelector: selectors,
    }),
  ),
});
const specResources = some({ requests: quantityLists, limits: quantityLists });
const ports = some({
  containerPort: fc.nat(65_535),
  hostPort: fc.nat(65_535),
  protocol: words,
  hostIP: words,
});
const containers = few(
  some({ name: words, image: words, resources: specResources, restartPolicy: words, ports: few(ports) }),
);
const statuses = few(
  some({ name: words, ready: fc.boolean(), resources: specResources, allocatedResources: quantityLists }),
);
const volumes = few(
  some({ name: words, emptyDir: some({ medium: words }), hostPath: some({ path: words }) }),
);
const spreads = some({
  maxSkew: fc.integer(),
  minDomains: fc.integer(),
  topologyKey: words,
  whenUnsatisfiable: words,
  labelSelector: selectors,
  matchLabelKeys: few(words),
});
const tolerations = some({
  key: words,
  operator: words,
  value: words,
  effect: words,
  tolerationSeconds: fc.integer(),
});
const terms = some({ matchExpressions: requirements, matchFields: requirements });

export const podObjects: fc.Arbitrary<JsonObject> = some({
  metadata: some({
    name: words,
    namespace: words,
    uid: words,
    labels: textMaps,
    annotations,
    deletionTimestamp: fc.constant('2026-11-21T08:26:05Z'),
    ownerReferences: few(some({ kind: words, name: words, controller: fc.boolean() })),
  }),
  spec: some({
    nodeName: words,
    priority: fc.integer(),
    containers,
    initContainers: containers,
    volumes,
    overhead: quantityLists,
    resources: specResources,
    nodeSelector: textMaps,
    tolerations: few(tolerations),
    schedulingGates: few(some({ name: words })),
    topologySpreadConstraints: few(spreads),
    affinity: some({
      nodeAffinity: some({
        requiredDuringSchedulingIgnoredDuringExecution: some({ nodeSelectorTerms: few(terms) }),
      }),
      podAffinity: requireds,
      podAntiAffinity: requireds,
    }),
  }),
  status: some({
    phase: words,
    nominatedNodeName: words,
    conditions: few(some({ type: words, status: words, reason: words })),
    containerStatuses: statuses,
    initContainerStatuses: statuses,
    resources: specResources,
    allocatedResources: quantityLists,
  }),
});

export const nodeObjects: fc.Arbitrary<JsonObject> = some({
  metadata: some({
    name: words,
    labels: textMaps,
    annotations,
    // protobuf cannot tell the first second of 1970 from no time at all
    creationTimestamp: fc.constantFrom('2026-11-21T08:26:05Z', '9999-12-31T23:59:59Z'),
  }),
  spec: some({
    unschedulable: fc.boolean(),
    taints: few(some({ key: words, value: words, effect: words })),
  }),
  status: some({
    capacity: quantityLists,
    allocatable: quantityLists,
    conditions: few(some({ type: words, status: words })),
    nodeInfo: some({ architecture: words, operatingSystem: words }),
  }),
});
