import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import type { Constraints } from '../../../lib/model/constraints.ts';
import type { Controller, Pod } from '../../../lib/model/pod.ts';
import { canonicalConstraints } from '../../../lib/packing/constraints.ts';
import { createRecall } from '../../../lib/packing/recall.ts';
import { workloadOf } from '../../../lib/packing/workload.ts';
import { podRequests } from '../../../lib/scheduler/requests.ts';
import { semanticsFor } from '../../../lib/scheduler/semantics.ts';
import { constraints, pod, resources } from '../../support/builders.ts';

const controller: Controller = { kind: 'StatefulSet', name: 'db' };
const selectsOwn: Constraints['podAntiAffinity'] = [
  {
    topologyKey: 'kubernetes.io/hostname',
    selector: { matchLabels: new Map([['app', 'db']]), matchExpressions: [] },
    namespaces: [],
    namespaceSelector: null,
  },
];
const base = pod({
  controller,
  labels: { app: 'db', 'pod-template-hash': '5d' },
  containers: [
    { name: 'main', requests: { cpu: '1' }, status: { actual: { cpu: '1' }, allocated: { cpu: '1' } } },
    { name: 'side' },
  ],
  initContainers: [{ name: 'setup', requests: { cpu: '2' }, status: { actual: 'no requests' } }],
  podLevelRequests: { cpu: '3' },
  overhead: { cpu: '10m' },
  constraints: { podAntiAffinity: selectsOwn },
  actual: { cpu: '3' },
  allocated: { cpu: '3' },
});

/** What `find` says of a pod after `known` were kept as 0, 1, ... */
function foundAfter(known: readonly Pod[], wanted: Pod): number | null {
  const recall = createRecall();
  for (const [index, each] of known.entries()) {
    recall.find(each);
    recall.keep(index);
  }
  return recall.find(wanted);
}

/** The first item of a list, changed. */
const first = <T extends object>(items: readonly T[], change: Partial<T>): readonly T[] =>
  items.map((item, index) => (index === 0 ? { ...item, ...change } : item));
const constrained = (change: Partial<Constraints>): Partial<Pod> => ({
  constraints: { ...base.constraints, ...change },
});

suite('a pod of the same parts', () => {
  test('is found with the index that was kept last for them', () => {
    assert.equal(foundAfter([], base), null);
    assert.equal(foundAfter([base], base), 0);
    assert.equal(foundAfter([pod({ controller }), base, pod({ controller })], base), 1);
  });

  for (const [what, change] of [
    ['its name', { name: 'web-2' }],
    ['its uid', { uid: 'b' }],
    ['its node', { nodeName: 'node-2' }],
    ['its nomination', { nominatedNodeName: 'node-2' }],
    ['its phase', { phase: 'Pending' }],
    ['its end', { terminating: true }],
    ['its gates', { gated: true }],
    ['its problems', { problems: ['a value that cannot be read'] }],
    ['the lists that hold its parts', { containers: [...base.containers] }],
    ['the objects that hold its parts', { containers: base.containers.map((each) => ({ ...each })) }],
    ['the object that holds its constraints', constrained({})],
    ['the map that holds its labels', { labels: new Map(base.labels) }],
  ] as const satisfies readonly (readonly [string, Partial<Pod>])[]) {
    test(`is found, whatever ${what}`, () => assert.equal(foundAfter([base], { ...base, ...change }), 0));
  }

  test('is found, whatever its labels, where no constraint looks at them', () => {
    const known = { ...base, ...constrained({ podAntiAffinity: [] }) };
    assert.equal(foundAfter([known], { ...known, labels: new Map([['app', 'web']]) }), 0);
  });
});

suite('a pod that differs', () => {
  const list = resources({ cpu: '7' });
  const changes: readonly (readonly [what: string, change: Partial<Pod>])[] = [
    ['its namespace', { namespace: 'other' }],
    ['its controller', { controller: { kind: 'StatefulSet', name: 'web' } }],
    ['its template', { templateHash: '6e' }],
    ['its priority', { priority: 1 }],
    ['its requests', { podLevelRequests: list }],
    ['having none', { podLevelRequests: null }],
    ['its overhead', { overhead: list }],
    ['what it really has', { actual: { requests: list } }],
    ['what it was given', { allocated: list }],
    ['an infeasible resize', { resizeInfeasible: true }],
    ['its node selector', constrained({ nodeSelector: new Map([['pool', 'db']]) })],
    ['its node affinity', constrained({ nodeAffinity: [] })],
    // equal, but of other objects: that is enough to be unknown
    ['its tolerations', constrained({ tolerations: [] })],
    ['its spread', constrained({ topologySpread: [] })],
    ['its affinity', constrained({ podAffinity: [] })],
    ['its anti-affinity', constrained({ podAntiAffinity: [...selectsOwn] })],
    ['a label', { labels: new Map([...base.labels, ['app', 'web']]) }],
    [
      'the key of a label',
      {
        labels: new Map([
          ['tier', 'db'],
          ['pod-template-hash', '5d'],
        ]),
      },
    ],
    ['a label more', { labels: new Map([...base.labels, ['tier', 'x']]) }],
    ['a label less', { labels: new Map([['app', 'db']]) }],
    ['a container less', { containers: base.containers.slice(0, 1) }],
    ['the order of its containers', { containers: base.containers.toReversed() }],
    ['the name of a container', { containers: first(base.containers, { name: 'other' }) }],
    ['the requests of a container', { containers: first(base.containers, { requests: list }) }],
    ['a restart policy', { initContainers: first(base.initContainers, { restartPolicy: 'Always' }) }],
    [
      'the open ports of a container',
      { containers: first(base.containers, { hostPorts: [{ ip: '', protocol: 'TCP', port: 80 }] }) },
    ],
    ['an init container less', { initContainers: [] }],
    [
      'which containers are init containers',
      { containers: [...base.containers, ...base.initContainers], initContainers: [] },
    ],
    ['a status less', { containerStatuses: [] }],
    ['the name of a status', { containerStatuses: first(base.containerStatuses, { name: 'other' }) }],
    ['what a container has', { containerStatuses: first(base.containerStatuses, { actual: null }) }],
    ['what a container was given', { containerStatuses: first(base.containerStatuses, { allocated: list }) }],
    ['a status of an init container less', { initContainerStatuses: [] }],
    [
      'what an init container has',
      { initContainerStatuses: first(base.initContainerStatuses, { actual: { requests: list } }) },
    ],
    [
      'which statuses are of init containers',
      {
        containerStatuses: [...base.containerStatuses, ...base.initContainerStatuses],
        initContainerStatuses: [],
      },
    ],
  ];
  for (const [what, change] of changes) {
    test(`in ${what} is not found`, () => {
      const other = { ...base, ...change };
      assert.equal(foundAfter([base], other), null);
      assert.equal(foundAfter([other], base), null);
      assert.equal(foundAfter([base, other], other), 1);
      assert.equal(foundAfter([base, other], base), 0);
    });
  }

  test('in nothing, but has no controller or is a mirror, is not found: each stands for itself', () => {
    for (const change of [{ controller: null }, { mirror: true }]) {
      const other = { ...base, ...change };
      assert.equal(foundAfter([other], other), null);
      assert.equal(foundAfter([base], other), null);
    }
  });

  test('in nothing, but was not looked for last, is not kept for another', () => {
    const recall = createRecall();
    for (const other of [{ controller: null }, { mirror: true }]) {
      recall.find(base);
      recall.find({ ...base, ...other });
      recall.keep(0);
      assert.equal(recall.find(base), null);
    }
  });
});

suite('a pod of a DaemonSet', () => {
  const daemon: Controller = { kind: 'DaemonSet', name: 'agent' };
  const pinned = (node: string, matchExpressions: readonly string[] = []): Constraints['nodeAffinity'] => [
    {
      matchExpressions: matchExpressions.map((key) => ({ key, operator: 'Exists', values: [] })),
      matchFields: [{ key: 'metadata.name', operator: 'In', values: [node] }],
    },
  ];
  const agent = (nodeAffinity: Constraints['nodeAffinity'], of = daemon): Pod => ({
    ...base,
    controller: of,
    ...constrained({ nodeAffinity }),
  });

  test('is found on every node, though each is pinned to its own', () => {
    assert.equal(foundAfter([agent(pinned('a'))], agent(pinned('b'))), 0);
    assert.equal(foundAfter([agent(pinned('a', ['gpu']))], agent(pinned('b', ['gpu']))), 0);
    assert.equal(foundAfter([agent(pinned('a'))], agent(null)), 0);
  });

  test('is not found where what else its affinity says differs', () => {
    assert.equal(foundAfter([agent(pinned('a', ['gpu']))], agent(pinned('a'))), null);
    assert.equal(foundAfter([agent(pinned('a', ['gpu']))], agent(pinned('a', ['disk']))), null);
  });

  test('is not found where it is of another controller, whose pods may be pinned by their users', () => {
    const [a, b] = [pinned('a'), pinned('b')];
    assert.equal(foundAfter([agent(a, controller)], agent(b, controller)), null);
    assert.equal(foundAfter([agent(a, controller)], agent(a, controller)), 0);
  });
});

test('of very many controllers the first are forgotten, and can be learned again', () => {
  const pods = Array.from({ length: 501 }, (_, index): Pod => ({
    ...base,
    controller: { kind: 'StatefulSet', name: `db-${index}` },
  }));
  assert.equal(foundAfter(pods.slice(0, 500), pods[0]!), 0);
  assert.equal(foundAfter(pods, pods[0]!), null);
  assert.equal(foundAfter(pods, pods[500]!), 500);
  assert.equal(foundAfter([...pods, pods[0]!], pods[0]!), 501);
});

const lists = [null, resources({}), resources({ cpu: '1' }), resources({ memory: '1Gi' })];
const actuals = [null, ...lists.map((requests) => ({ requests }))];
const ports = [[], [{ ip: '', protocol: 'TCP', port: 80 }]];
const affinities: readonly Constraints['nodeAffinity'][] = [
  null,
  [],
  ...['a', 'b'].flatMap((name) => {
    const matchFields = [{ key: 'metadata.name', operator: 'In', values: [name] }];
    return [
      [{ matchExpressions: [], matchFields }],
      [{ matchExpressions: [{ key: 'gpu', operator: 'Exists', values: [] }], matchFields }],
    ];
  }),
];
const noConstraints = constraints();
const controllers = ['DaemonSet', 'ReplicaSet', 'StatefulSet'].map((kind) => ({ kind, name: 'db-5d' }));
const rarely = <T>(usual: T, ...others: readonly T[]): fc.Arbitrary<T> =>
  fc.oneof(
    { weight: 2, arbitrary: fc.constant(usual) },
    { weight: 1, arbitrary: fc.constantFrom(...others) },
  );

const container = (init: boolean): fc.Arbitrary<Pod['containers'][number]> =>
  fc.record({
    init: fc.constant(init),
    name: rarely('main', 'side'),
    restartPolicy: rarely('', 'Always'),
    requests: rarely(lists[2]!, ...lists),
    hostPorts: rarely(ports[0]!, ...ports),
  });
const status = fc.record({
  name: rarely('main', 'side'),
  actual: rarely(actuals[0]!, ...actuals),
  allocated: rarely(lists[0]!, ...lists),
});
const few = <T>(item: fc.Arbitrary<T>): fc.Arbitrary<T[]> => fc.array(item, { maxLength: 2 });

const anyPod: fc.Arbitrary<Pod> = fc
  .record({
    namespace: rarely('default', 'other'),
    name: fc.constantFrom('a', 'b'),
    templateHash: rarely<string | null>('5d', null, '6e'),
    labels: fc.constantFrom(new Map<string, string>(), new Map([['app', 'db']]), new Map([['app', 'web']])),
    controller: rarely<Controller | null>(controllers[0]!, ...controllers, null),
    mirror: rarely(false, true),
    priority: rarely(0, 1),
    containers: few(container(false)),
    initContainers: few(container(true)),
    containerStatuses: few(status),
    initContainerStatuses: few(status),
    podLevelRequests: rarely(lists[0]!, ...lists),
    overhead: rarely(lists[0]!, ...lists),
    resizeInfeasible: rarely(false, true),
    actual: rarely(actuals[0]!, ...actuals),
    allocated: rarely(lists[0]!, ...lists),
    nodeAffinity: rarely<Constraints['nodeAffinity']>(null, ...affinities),
    podAntiAffinity: rarely(noConstraints.podAntiAffinity, selectsOwn),
  })
  .map(({ nodeAffinity, podAntiAffinity, ...about }) => ({
    ...base,
    ...about,
    constraints: { ...noConstraints, nodeAffinity, podAntiAffinity },
  }));

/** All that a workload is. */
const isOf = (each: Pod): string =>
  JSON.stringify([
    workloadOf(each),
    each.priority,
    [30, 33, 36, 37].map((minor) =>
      [...podRequests(each, semanticsFor(minor).semantics)]
        .map(([name, amount]) => `${name} ${amount}`)
        .sort(),
    ),
    canonicalConstraints(each, each.controller?.kind === 'DaemonSet'),
  ]);

/** Pods of one template, each with up to two parts of another pod. */
const cluster = fc
  .record({
    template: anyPod,
    others: fc.array(fc.tuple(anyPod, fc.subarray(Object.keys(base) as (keyof Pod)[], { maxLength: 2 })), {
      minLength: 2,
      maxLength: 20,
    }),
  })
  .map(({ template, others }) =>
    others.map(([other, keys]): Pod => ({
      ...template,
      ...Object.fromEntries(keys.map((key) => [key, other[key]])),
    })),
  );

test('whatever is found is of one workload, with the same requests and constraints', () => {
  let recalled = 0;
  fc.assert(
    fc.property(cluster, (pods) => {
      const recall = createRecall();
      for (const [index, each] of pods.entries()) {
        const found = recall.find(each);
        if (found === null) recall.keep(index);
        else {
          assert.equal(isOf(pods[found]!), isOf(each));
          recalled += 1;
        }
      }
    }),
    { numRuns: 200 },
  );
  assert.ok(recalled > 200, `only ${recalled} were found`);
});
