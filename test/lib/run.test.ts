import assert from 'node:assert/strict';
import { suite, test, type TestContext } from 'node:test';
import { PublishError, StoreError } from '../../lib/errors.ts';
import type { Publisher } from '../../lib/metrics/publisher.ts';
import type { Summary } from '../../lib/model/snapshot.ts';
import { run, type Ran } from '../../lib/run.ts';
import type { TakeOptions } from '../../lib/take.ts';
import { readRows } from '../../lib/store/snapshots.ts';
import type { Store } from '../../lib/store/store.ts';
import type { JsonObject, KubeObject } from '../support/apiserver/objects.ts';
import {
  errorOf,
  generous,
  pageOf,
  recordedLog,
  startCluster,
  type UnderTest,
} from '../support/cluster-under-test.ts';
import { createMemoryStore } from '../support/memory-store.ts';

/** Objects in a map, with the rule that all stores have: what exists is not written again. */
interface MemoryStore extends Store {
  readonly objects: ReadonlyMap<string, Buffer>;
  /** Awaited before an object is written. */
  beforeCreate: (key: string) => Promise<void> | void;
}

function memoryStore(): MemoryStore {
  const store = createMemoryStore();
  return {
    ...store,
    beforeCreate() {},
    async create(key, bytes, signal) {
      await this.beforeCreate(key);
      return store.create(key, bytes, signal);
    },
  };
}

interface NodeAbout {
  readonly cpu: string;
  readonly memory: string;
  readonly capacity: string;
  readonly pods: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly spec?: JsonObject;
  readonly conditions: Readonly<Record<string, string>>;
}

function nodeObject(name: string, about: NodeAbout): KubeObject {
  const { cpu, memory, pods, labels = {}, spec = {}, conditions } = about;
  return {
    metadata: { name, labels, creationTimestamp: '2026-11-01T10:00:00Z' },
    spec,
    status: {
      allocatable: { cpu, memory, pods },
      capacity: { cpu, memory: about.capacity, pods },
      conditions: Object.entries(conditions).map(([type, status]) => ({ type, status })),
      nodeInfo: { architecture: 'arm64', operatingSystem: 'linux' },
    },
  };
}

function podObject(
  namespace: string,
  name: string,
  about: {
    readonly metadata?: JsonObject;
    readonly requests: Readonly<Record<string, string>>;
    readonly node?: string;
    readonly spec?: JsonObject;
    readonly phase?: string;
  },
): KubeObject {
  const {
    metadata = {},
    requests,
    node,
    spec = {},
    phase = node === undefined ? 'Pending' : 'Running',
  } = about;
  return {
    metadata: { name, namespace, uid: `uid-${name}`, ...metadata },
    spec: {
      ...(node === undefined ? {} : { nodeName: node }),
      containers: [{ name: 'main', resources: { requests } }],
      ...spec,
    },
    status: { phase },
  };
}

function ownedBy(kind: string, name: string): JsonObject {
  return { ownerReferences: [{ apiVersion: 'v1', kind, name, uid: 'u', controller: true }] };
}

const ofWeb: JsonObject = { ...ownedBy('ReplicaSet', 'web-5d9f'), labels: { 'pod-template-hash': '5d9f' } };
const web = { cpu: '500m', memory: '1Gi' };
const agent = { cpu: '100m', memory: '128Mi' };

const nodes = [
  nodeObject('a', {
    cpu: '4',
    memory: '8Gi',
    capacity: '9Gi',
    pods: '10',
    labels: { pool: 'web', 'topology.kubernetes.io/zone': 'z1' },
    conditions: { Ready: 'True', MemoryPressure: 'False' },
  }),
  nodeObject('b', {
    cpu: '2',
    memory: '4Gi',
    capacity: '4Gi',
    pods: '10',
    labels: { pool: 'web' },
    conditions: { Ready: 'False', MemoryPressure: 'Unknown' },
  }),
  nodeObject('c', {
    cpu: '2',
    memory: '4Gi',
    capacity: '4Gi',
    pods: '5',
    spec: {
      unschedulable: true,
      taints: [{ key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' }],
    },
    conditions: { Ready: 'True' },
  }),
];

const pods = [
  podObject('app', 'done', {
    metadata: ownedBy('Job', 'done'),
    requests: { cpu: '4' },
    node: 'a',
    phase: 'Succeeded',
  }),
  podObject('app', 'gated', {
    requests: { cpu: '1' },
    spec: { schedulingGates: [{ name: 'example.com/wait' }] },
  }),
  podObject('app', 'lost', { requests: { cpu: '1' }, node: 'gone' }),
  podObject('app', 'old', { requests: { cpu: '1900m', memory: '512Mi' }, node: 'c' }),
  podObject('app', 'side', {
    requests: { cpu: '200m', memory: '256Mi' },
    node: 'a',
    spec: {
      initContainers: [
        { name: 'proxy', restartPolicy: 'Always', resources: { requests: { cpu: '50m', memory: '64Mi' } } },
        { name: 'migrate', resources: { requests: { cpu: '1', memory: '64Mi' } } },
      ],
    },
  }),
  podObject('app', 'web-1', { metadata: ofWeb, requests: web, node: 'a' }),
  podObject('app', 'web-2', { metadata: ofWeb, requests: web, node: 'a' }),
  podObject('app', 'web-3', { metadata: ofWeb, requests: web }),
  podObject('kube-system', 'agent-a', {
    metadata: ownedBy('DaemonSet', 'agent'),
    requests: agent,
    node: 'a',
  }),
  podObject('kube-system', 'agent-b', {
    metadata: { ...ownedBy('DaemonSet', 'agent'), deletionTimestamp: '2026-11-21T07:44:00Z' },
    requests: agent,
    node: 'b',
  }),
  podObject('kube-system', 'proxy-c', {
    metadata: { ...ownedBy('Node', 'c'), annotations: { 'kubernetes.io/config.mirror': 'x' } },
    requests: { cpu: '100m' },
    node: 'c',
  }),
];

const MiB = 1_048_576;
const GiB = 1024 * MiB;
const takenAt = '2026-11-21T07:45:03.000Z';

const options: TakeOptions = {
  clusterName: 'prod',
  snapshotId: '20261121T074500Z',
  run: 'r1',
  toolVersion: '1.2.3',
  labelGroups: [['pool']],
  readinessRules: [],
  podRows: false,
  selectors: {},
  exclude: [],
  repackBudgetMs: 2000,
};

async function tick(
  under: UnderTest,
  store: Store,
  about: Partial<TakeOptions> = {},
  log = recordedLog(),
): Promise<Ran> {
  const now = (): Date => new Date(takenAt);
  return run(
    { cluster: under.reader(), store, publishers: [], log, now, elapsedMs: () => 0 },
    { ...options, ...about },
    generous(),
  );
}

const tiny = (t: TestContext): Promise<UnderTest> => startCluster(t, { nodes, pods, resourceVersion: 4711 });

const identity = { cluster: 'prod', snapshotId: '20261121T074500Z', run: 'r1', takenAt };
const nodesKey = 'v1/nodes/cluster=prod/date=2026-11-21/20261121T074500Z-r1.ndjson.gz';
const workloadsKey = 'v1/workloads/cluster=prod/date=2026-11-21/20261121T074500Z-r1.ndjson.gz';
const podsKey = 'v1/pods/cluster=prod/date=2026-11-21/20261121T074500Z-r1.ndjson.gz';
const summaryKey = 'v1/summary/cluster=prod/date=2026-11-21/20261121T074500Z.json';

suite('a snapshot of three nodes and eleven pods', () => {
  test('its summary, number by number', async (t) => {
    const store = memoryStore();
    const under = await tiny(t);
    const { summary, own } = await tick(under, store);
    assert.equal(own, true);
    const { objects, collection, resources, groups, ...rest } = summary;
    assert.deepEqual(rest, {
      schemaVersion: 1,
      snapshotId: '20261121T074500Z',
      cluster: 'prod',
      scheduledAt: '2026-11-21T07:45:00.000Z',
      takenAt,
      durationMs: 0,
      toolVersion: '1.2.3',
      kubernetesVersion: 'v1.36.2',
      semantics: '1.36',
      run: 'r1',
      resourceVersion: '4711',
      consistency: 'exact',
      nodes: {
        total: 3,
        ready: 2,
        notReady: 1,
        unknown: 0,
        unschedulable: 1,
        tainted: 1,
        conditions: {
          MemoryPressure: { true: 0, false: 1, unknown: 1, missing: 1 },
          Ready: { true: 2, false: 1, unknown: 0, missing: 0 },
        },
      },
      pods: {
        counted: 7,
        pending: 2,
        terminating: 1,
        daemonSet: 2,
        mirror: 1,
        gated: 1,
        terminal: 1,
        onUnknownNode: 1,
      },
      // bare pods hold a and c; b has none but a DaemonSet's. Filled are a (0.5375 of cpu, 0.3046875 of memory) and c.
      packing: {
        lowerBoundNodes: 2,
        repackedNodes: 2,
        nodes: 3,
        reclaimable: 1,
        balance: (0.2328125 + 0.875) / 2,
        efficiency: 2 / 3,
        emptyNodes: 0,
        search: 'done',
        zones: [
          {
            zone: 'z1',
            nodes: 1,
            nMinusOne: { cpu: -2.15, memory: -2496 * MiB, pods: -4 },
            withoutZone: { cpu: -2.15, memory: -2496 * MiB, pods: -4 },
          },
        ],
      },
      problems: [{ reason: 'PodOnUnknownNode', count: 1, examples: ['pod app/lost on gone'] }],
    });
    assert.deepEqual(
      collection.map(({ bytes, ...list }) => ({ ...list, bytes: bytes > 0 })),
      [
        {
          resource: 'nodes',
          items: 3,
          pages: 1,
          encoding: 'protobuf',
          durationMs: 0,
          retries: 0,
          restarts: 0,
          bytes: true,
        },
        {
          resource: 'pods',
          items: 11,
          pages: 1,
          encoding: 'protobuf',
          durationMs: 0,
          retries: 0,
          restarts: 0,
          bytes: true,
        },
      ],
    );
    // Usable is node a alone: b is not ready, c is cordoned. `old` (1.9 cores, one pod of five that are not of a
    // DaemonSet) does not fit into its 1.85 free cores, so a fifth of what is free there is stranded; the smallest common
    // requests (0.1 cores, 320 MiB) do.
    assert.deepEqual(resources, {
      cpu: {
        capacity: 8,
        allocatable: 8,
        allocated: 4.25,
        daemonSet: 0.2,
        pending: 1.5,
        free: 3.75,
        usableFree: 1.85,
        stranded: 0.37,
        strandedSimply: 0,
        nMinusOne: -2.15,
        density: 4150 / 6000,
        utilization: 0.53125,
        nodeUtilization: {
          min: 0.05,
          p10: 0.05,
          p50: 0.5375,
          p90: 1,
          p99: 1,
          max: 1,
          mean: (0.05 + 0.5375 + 1) / 3,
        },
      },
      memory: {
        capacity: 17 * GiB,
        allocatable: 16 * GiB,
        allocated: 3136 * MiB,
        daemonSet: 256 * MiB,
        pending: 1 * GiB,
        free: 13_248 * MiB,
        usableFree: 5_972_688_896,
        stranded: 1_194_537_779,
        strandedSimply: 0,
        nMinusOne: -2496 * MiB,
        density: 3008 / 12_288,
        utilization: 0.19140625,
        nodeUtilization: {
          min: 0.03125,
          p10: 0.03125,
          p50: 0.125,
          p90: 0.3046875,
          p99: 0.3046875,
          max: 0.3046875,
          mean: 0.4609375 / 3,
        },
      },
      pods: {
        capacity: 25,
        allocatable: 25,
        allocated: 7,
        daemonSet: 2,
        pending: 2,
        free: 18,
        usableFree: 6,
        stranded: 1,
        strandedSimply: 0,
        nMinusOne: -4,
        density: 0.4,
        utilization: 0.28,
        nodeUtilization: {
          min: 0.1,
          p10: 0.1,
          p50: 0.4,
          p90: 0.4,
          p99: 0.4,
          max: 0.4,
          mean: (0.1 + 0.4 + 0.4) / 3,
        },
      },
    });
    assert.deepEqual(groups, [
      {
        labels: ['pool'],
        values: ['web'],
        nodes: 2,
        pods: 5,
        resources: {
          cpu: { allocatable: 6, allocated: 2.25, daemonSet: 0.2, free: 3.75, utilization: 0.375 },
          memory: {
            allocatable: 12 * GiB,
            allocated: 2624 * MiB,
            daemonSet: 256 * MiB,
            free: 9664 * MiB,
            utilization: 2624 / 12_288,
          },
          pods: { allocatable: 20, allocated: 5, daemonSet: 2, free: 15, utilization: 0.25 },
        },
      },
      {
        labels: ['pool'],
        values: ['<none>'],
        nodes: 1,
        pods: 2,
        resources: {
          cpu: { allocatable: 2, allocated: 2, daemonSet: 0, free: 0, utilization: 1 },
          memory: {
            allocatable: 4 * GiB,
            allocated: 512 * MiB,
            daemonSet: 0,
            free: 3584 * MiB,
            utilization: 0.125,
          },
          pods: { allocatable: 5, allocated: 2, daemonSet: 0, free: 3, utilization: 0.4 },
        },
      },
    ]);
    assert.deepEqual(
      objects.map(({ kind, key, rows }) => [kind, key, rows]),
      [
        ['nodes', nodesKey, 3],
        ['workloads', workloadsKey, 6],
      ],
    );
    // details in any order, since they are written at once; the summary last
    const written = [...store.objects.keys()];
    assert.deepEqual(written.slice(0, 2).toSorted(), [nodesKey, workloadsKey]);
    assert.deepEqual(written.slice(2), [summaryKey]);
    for (const { key, bytes } of objects) assert.equal(store.objects.get(key)?.length, bytes);
    assert.deepEqual(JSON.parse(String(store.objects.get(summaryKey))), JSON.parse(JSON.stringify(summary)));
  });

  test('its node rows', async (t) => {
    const store = memoryStore();
    const { summary } = await tick(await tiny(t), store);
    const common = {
      ...identity,
      instanceType: null,
      nodePool: null,
      capacityType: null,
      arch: 'arm64',
      os: 'linux',
      createdAt: '2026-11-01T10:00:00Z',
    };
    const none = { daemonSet: 0 };
    assert.deepEqual(await readRows(store, summary, 'nodes', generous()), [
      {
        ...common,
        node: 'a',
        zone: 'z1',
        ready: true,
        unschedulable: false,
        taints: [],
        abnormalConditions: [],
        labels: { pool: 'web', 'topology.kubernetes.io/zone': 'z1' },
        pods: 4,
        resources: {
          cpu: { capacity: 4, allocatable: 4, allocated: 2.15, daemonSet: 0.1, utilization: 0.5375 },
          memory: {
            capacity: 9 * GiB,
            allocatable: 8 * GiB,
            allocated: 2496 * MiB,
            daemonSet: 128 * MiB,
            utilization: 0.3046875,
          },
          pods: { capacity: 10, allocatable: 10, allocated: 4, daemonSet: 1, utilization: 0.4 },
        },
        placements: [
          [2, 1],
          [3, 2],
          [4, 1],
        ],
      },
      {
        ...common,
        node: 'b',
        zone: null,
        ready: false,
        unschedulable: false,
        taints: [],
        abnormalConditions: ['Ready=False', 'MemoryPressure=Unknown'],
        labels: { pool: 'web' },
        pods: 1,
        resources: {
          cpu: { capacity: 2, allocatable: 2, allocated: 0.1, daemonSet: 0.1, utilization: 0.05 },
          memory: {
            capacity: 4 * GiB,
            allocatable: 4 * GiB,
            allocated: 128 * MiB,
            daemonSet: 128 * MiB,
            utilization: 0.03125,
          },
          pods: { capacity: 10, allocatable: 10, allocated: 1, daemonSet: 1, utilization: 0.1 },
        },
        placements: [[4, 1]],
      },
      {
        ...common,
        node: 'c',
        zone: null,
        ready: true,
        unschedulable: true,
        taints: ['node.kubernetes.io/unschedulable:NoSchedule'],
        abnormalConditions: [],
        labels: {},
        pods: 2,
        resources: {
          cpu: { capacity: 2, allocatable: 2, allocated: 2, ...none, utilization: 1 },
          memory: {
            capacity: 4 * GiB,
            allocatable: 4 * GiB,
            allocated: 512 * MiB,
            ...none,
            utilization: 0.125,
          },
          pods: { capacity: 5, allocatable: 5, allocated: 2, ...none, utilization: 0.4 },
        },
        placements: [
          [1, 1],
          [5, 1],
        ],
      },
    ]);
  });

  test('its workload rows, in the order in which their first pod was listed', async (t) => {
    const store = memoryStore();
    const { summary } = await tick(await tiny(t), store);
    const common = { ...identity, priority: 0, daemonSet: false, constraints: {} };
    assert.deepEqual(await readRows(store, summary, 'workloads', generous()), [
      {
        ...common,
        ...{ index: 0, namespace: 'app', kind: 'Pod', name: 'gated', pods: 0, pending: 1, nodes: 0 },
        requests: { cpu: 1 },
        total: { cpu: 0 },
      },
      {
        ...common,
        ...{ index: 1, namespace: 'app', kind: 'Pod', name: 'old', pods: 1, pending: 0, nodes: 1 },
        requests: { cpu: 1.9, memory: 512 * MiB },
        total: { cpu: 1.9, memory: 512 * MiB },
      },
      {
        ...common,
        ...{ index: 2, namespace: 'app', kind: 'Pod', name: 'side', pods: 1, pending: 0, nodes: 1 },
        requests: { cpu: 1.05, memory: 320 * MiB },
        total: { cpu: 1.05, memory: 320 * MiB },
      },
      {
        ...common,
        ...{ index: 3, namespace: 'app', kind: 'Deployment', name: 'web', pods: 2, pending: 1, nodes: 1 },
        requests: { cpu: 0.5, memory: GiB },
        total: { cpu: 1, memory: 2 * GiB },
      },
      {
        ...common,
        ...{
          index: 4,
          namespace: 'kube-system',
          kind: 'DaemonSet',
          name: 'agent',
          pods: 2,
          pending: 0,
          nodes: 2,
        },
        daemonSet: true,
        requests: { cpu: 0.1, memory: 128 * MiB },
        total: { cpu: 0.2, memory: 256 * MiB },
      },
      {
        ...common,
        ...{
          index: 5,
          namespace: 'kube-system',
          kind: 'StaticPod',
          name: 'proxy',
          pods: 1,
          pending: 0,
          nodes: 1,
        },
        requests: { cpu: 0.1 },
        total: { cpu: 0.1 },
      },
    ]);
  });

  test('its pod rows, where they are wanted: all that count or wait', async (t) => {
    const store = memoryStore();
    const { summary } = await tick(await tiny(t), store, { podRows: true });
    const rows = await readRows(store, summary, 'pods', generous());
    assert.deepEqual(
      rows.map(({ namespace, pod, node, phase, terminating, workload }) => [
        `${namespace}/${pod}`,
        node,
        phase,
        terminating,
        workload,
      ]),
      [
        ['app/gated', null, 'Pending', false, 0],
        ['app/old', 'c', 'Running', false, 1],
        ['app/side', 'a', 'Running', false, 2],
        ['app/web-1', 'a', 'Running', false, 3],
        ['app/web-2', 'a', 'Running', false, 3],
        ['app/web-3', null, 'Pending', false, 3],
        ['kube-system/agent-a', 'a', 'Running', false, 4],
        ['kube-system/agent-b', 'b', 'Running', true, 4],
        ['kube-system/proxy-c', 'c', 'Running', false, 5],
      ],
    );
    assert.deepEqual(rows[0], {
      ...identity,
      namespace: 'app',
      pod: 'gated',
      uid: 'uid-gated',
      node: null,
      phase: 'Pending',
      terminating: false,
      workload: 0,
    });
    assert.ok(store.objects.has(podsKey));
  });

  test('what the lists were narrowed to is on record', async (t) => {
    const selectors = { nodeSelector: 'pool=web' };
    const { summary } = await tick(await tiny(t), memoryStore(), { selectors });
    assert.deepEqual(summary.selectors, selectors);
  });

  test('with a node selector, pods on the other nodes are nothing odd', async (t) => {
    const under = await tiny(t);
    const now = (): Date => new Date(takenAt);
    const ports = {
      cluster: under.reader({ nodeSelector: 'pool=web' }),
      store: memoryStore(),
      publishers: [],
      log: recordedLog(),
      now,
      elapsedMs: () => 0,
    };
    const selectors = { nodeSelector: 'pool=web' };
    const { summary } = await run(ports, { ...options, selectors }, generous());
    assert.equal(summary.nodes.total, 2);
    assert.deepEqual([summary.pods.counted, summary.pods.onUnknownNode], [5, 3]);
    assert.deepEqual(summary.problems, []);
  });

  for (const [kubernetesVersion, semantics, problem] of [
    ['1.29.3', '1.29', null],
    ['v1.33.4-eks-1a2b3c4', '1.33', null],
    ['1.28.9', '1.29', 'Kubernetes 1.28 is outside the known versions 1.29 to 1.37: counted as 1.29'],
    ['1.45.0', '1.37', 'Kubernetes 1.45 is outside the known versions 1.29 to 1.37: counted as 1.37'],
  ] as const) {
    test(`Kubernetes ${kubernetesVersion} is counted as ${semantics}`, async (t) => {
      const under = await startCluster(t, { nodes, pods: [], kubernetesVersion });
      const { summary } = await tick(under, memoryStore());
      assert.equal(summary.semantics, semantics);
      assert.deepEqual(
        summary.problems,
        problem === null ? [] : [{ reason: 'UnknownKubernetesVersion', count: 1, examples: [problem] }],
      );
    });
  }

  test('a cluster of nothing: unknown is null', async (t) => {
    const { summary } = await tick(await startCluster(t, { nodes: [], pods: [] }), memoryStore());
    assert.deepEqual(summary.resources, {});
    assert.deepEqual(summary.groups, []);
    assert.equal(summary.nodes.total, 0);
    const waiting = await startCluster(t, { nodes: [], pods: pods.slice(1, 2) });
    const { resources } = (await tick(waiting, memoryStore())).summary;
    assert.deepEqual(resources['cpu'], {
      capacity: 0,
      allocatable: 0,
      allocated: 0,
      daemonSet: 0,
      pending: 1,
      free: 0,
      usableFree: 0,
      stranded: null,
      strandedSimply: null,
      nMinusOne: null,
      density: null,
      utilization: null,
      nodeUtilization: null,
    });
  });
});

suite('consistency', () => {
  test('per-resource where the revision of the nodes is gone when the pods are listed', async (t) => {
    const under = await tiny(t);
    under.server.faults.next({
      match({ path }) {
        if (path.endsWith('/pods')) under.server.state.mutate(() => {});
        if (path.endsWith('/pods')) under.server.state.compact();
        return false;
      },
      action: { kind: 'reset' },
    });
    const { summary } = await tick(under, memoryStore());
    assert.equal(summary.consistency, 'per-resource');
    assert.equal(summary.resourceVersion, '4711');
    assert.equal(summary.pods.counted, 7);
  });

  test('a list that breaks for good stores nothing', async (t) => {
    const under = await tiny(t);
    const store = memoryStore();
    under.server.faults.next({ match: pageOf('pods', 'first'), action: { kind: 'garbage' } });
    const error = await errorOf(tick(under, store));
    assert.equal(
      error.message,
      'could not list pods (page 1): the body is not Kubernetes protobuf at byte 0',
    );
    assert.deepEqual([...store.objects.keys()], []);
  });
});

suite('one snapshot a slot', () => {
  test('a second run adds nothing, asks the cluster nothing, and gives the first one', async (t) => {
    const under = await tiny(t);
    const store = memoryStore();
    const first = await tick(under, store);
    const before = new Map(store.objects);
    const asked = under.server.requests.length;
    const log = recordedLog();
    const second = await tick(under, store, { run: 'r2' }, log);
    assert.equal(second.own, false);
    assert.deepEqual(second.summary, plain(first.summary));
    assert.deepEqual(store.objects, before);
    assert.equal(under.server.requests.length, asked);
    assert.deepEqual(log.lines, [
      'info: snapshot 20261121T074500Z of prod exists already and is taken as it is, nothing was read: another instant (--scheduled-at), or the next minute, gives a new one',
    ]);
  });

  test('another slot is another snapshot', async (t) => {
    const under = await tiny(t);
    const store = memoryStore();
    await tick(under, store);
    const { own } = await tick(under, store, { run: 'r2', snapshotId: '20261121T075000Z' });
    assert.equal(own, true);
    assert.equal(store.objects.size, 6);
  });

  test('of two that race the first to commit wins, and the other takes its details away', async (t) => {
    const under = await tiny(t);
    const store = memoryStore();
    const bothWait = Promise.withResolvers<void>();
    let waiting = 0;
    let most: readonly string[] = [];
    store.beforeCreate = async (key) => {
      if (key !== summaryKey) return;
      waiting += 1;
      if (waiting === 2) {
        most = [...store.objects.keys()].sort();
        bothWait.resolve();
      }
      await bothWait.promise;
    };
    const logs = [recordedLog(), recordedLog()];
    const runs = await Promise.all(
      ['r1', 'r2'].map((name, index) => tick(under, store, { run: name }, logs[index])),
    );
    assert.deepEqual(most, [
      nodesKey,
      nodesKey.replace('r1', 'r2'),
      workloadsKey,
      workloadsKey.replace('r1', 'r2'),
    ]);
    const winner = runs.find(({ own }) => own);
    const loser = runs.find(({ own }) => !own);
    assert.ok(winner && loser);
    assert.deepEqual(loser.summary, plain(winner.summary));
    const kept = [...winner.summary.objects.map(({ key }) => key), summaryKey].sort();
    assert.deepEqual([...store.objects.keys()].sort(), kept);
    assert.equal((await readRows(store, loser.summary, 'nodes', generous())).length, 3);
    const said = logs.flatMap(({ lines }) => lines).filter((line) => line.startsWith('info'));
    assert.deepEqual(said, [
      'info: another run committed snapshot 20261121T074500Z of prod first; taking its',
    ]);
  });

  test('a run that died before its summary is invisible, and does not stand in the way', async (t) => {
    const under = await tiny(t);
    const store = memoryStore();
    store.beforeCreate = (key) => {
      if (key === summaryKey) throw new StoreError('the disk is full');
    };
    await assert.rejects(tick(under, store), { name: 'StoreError', message: 'the disk is full' });
    store.beforeCreate = () => {};
    const { own, summary } = await tick(under, store, { run: 'r2' });
    assert.equal(own, true);
    assert.equal(summary.run, 'r2');
    assert.ok((await readRows(store, summary, 'nodes', generous())).every(({ run: of }) => of === 'r2'));
  });
});

suite('gauges', () => {
  interface Published {
    readonly publisher: Publisher;
    readonly seen: { readonly snapshotId: string; readonly nodes: readonly string[] }[];
  }

  function publisher(fail: Error | null = null): Published {
    const seen: Published['seen'] = [];
    return {
      seen,
      publisher: {
        async publish({ summary, nodes: rows }) {
          seen.push({ snapshotId: summary.snapshotId, nodes: Array.from(rows, ({ node }) => node) });
          if (fail !== null) throw fail;
        },
      },
    };
  }

  async function tickWith(
    under: UnderTest,
    store: Store,
    publishers: readonly Publisher[],
    signal = generous(),
  ): Promise<Ran> {
    const ports = {
      cluster: under.reader(),
      store,
      publishers,
      log: recordedLog(),
      now: () => new Date(takenAt),
      elapsedMs: () => 0,
    };
    return run(ports, options, signal);
  }

  test('are published once the snapshot is committed, and of a slot that is taken already as well', async (t) => {
    const [under, store, { publisher: to, seen }] = [await tiny(t), memoryStore(), publisher()];
    store.beforeCreate = () => assert.equal(seen.length, 0, 'nothing is published before the commit');
    const first = await tickWith(under, store, [to]);
    const second = await tickWith(under, store, [to]);
    assert.deepEqual(
      [first.own, first.unpublished, second.own, second.unpublished],
      [true, null, false, null],
    );
    const expected = { snapshotId: options.snapshotId, nodes: ['a', 'b', 'c'] };
    assert.deepEqual(seen, [expected, expected]);
  });

  test('that fail in one place are published in the others, and the snapshot stands', async (t) => {
    const failing = publisher(new PublishError('no permission'));
    const other = publisher();
    const store = memoryStore();
    const { own, unpublished } = await tickWith(await tiny(t), store, [failing.publisher, other.publisher]);
    assert.equal(own, true);
    assert.equal(unpublished?.message, 'no permission');
    assert.equal(other.seen.length, 1);
    assert.ok(store.objects.has(summaryKey));
  });

  test('that fail in two places are told of in one error', async (t) => {
    const failing = ['a', 'b'].map((text) => publisher(new PublishError(text)).publisher);
    const { unpublished } = await tickWith(await tiny(t), memoryStore(), failing);
    assert.equal(unpublished?.message, 'a; b');
  });

  test('that are stopped in the middle are named, with the reason', async (t) => {
    const stop = new AbortController();
    const stopping: Publisher = {
      async publish(_publication, signal) {
        stop.abort(new Error('told to stop'));
        signal.throwIfAborted();
      },
    };
    const { unpublished } = await tickWith(await tiny(t), memoryStore(), [stopping], stop.signal);
    assert.ok(unpublished instanceof PublishError);
    assert.match(
      unpublished.message,
      /^snapshot 20261121T074500Z is stored, but not all of its gauges were published: told to stop$/,
    );
  });

  test('that fail for a reason of our own are no gauges that were refused', async (t) => {
    const bug = new TypeError('a bug');
    await assert.rejects(tickWith(await tiny(t), memoryStore(), [publisher(bug).publisher]), bug);
  });

  test('of a stored snapshot whose rows are gone cannot be published, and that is told', async (t) => {
    const [under, store] = [await tiny(t), memoryStore()];
    const { summary } = await tickWith(under, store, []);
    for (const { key } of summary.objects) await store.remove(key, generous());
    await assert.rejects(
      tickWith(under, store, [publisher().publisher]),
      /the nodes of snapshot .* are missing/,
    );
  });
});

/** As it is read back. */
function plain(summary: Summary): Summary {
  return JSON.parse(JSON.stringify(summary)) as Summary;
}
