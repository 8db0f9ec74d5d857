import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import stringWidth from 'string-width';
import type { GroupSummary } from '../../../lib/model/snapshot.ts';
import { renderTable } from '../../../lib/report/table.ts';
import { renderView, type View } from '../../../lib/report/view.ts';
import {
  groupsView,
  nodesView,
  resourcesView,
  snapshotsView,
  workloadsView,
} from '../../../lib/report/views.ts';
import { nodeAmounts, nodeRow, resourceSummary, summary, workloadRow } from '../../support/snapshots.ts';

const gib = 1024 ** 3;
const names = ['cpu', 'memory', 'ephemeral-storage', 'pods', 'nvidia.com/gpu'];

const full = summary({
  resources: {
    cpu: resourceSummary({
      allocatable: 1389,
      allocated: 230.18,
      usableFree: 112,
      stranded: 87.9,
      daemonSet: 8.7,
      pending: 193,
      nodeUtilization: { min: 0, p10: 0.02, p50: 0.57, p90: 0.95, p99: 1, max: 1, mean: 0.5 },
    }),
    memory: resourceSummary({
      allocatable: 5468 * gib,
      allocated: 5600 * gib,
      usableFree: 694 * gib,
      daemonSet: 10.9 * gib,
      pending: 1024 * gib,
    }),
    pods: resourceSummary({ allocatable: 3462, allocated: 285, stranded: 1290 }),
    'nvidia.com/gpu': resourceSummary({ pending: 2 }),
    'hugepages-2Mi': resourceSummary({ allocatable: gib }),
  },
});

const nodes = [
  nodeRow({
    node: 'ip-10-64-0-0.ec2.internal',
    nodePool: 'general',
    instanceType: 'm6i.4xlarge',
    zone: 'us-east-1a',
    capacityType: 'on-demand',
    pods: 11,
    resources: {
      cpu: nodeAmounts(16, 14.88),
      memory: nodeAmounts(64 * gib, 39.9 * gib),
      'ephemeral-storage': nodeAmounts(100 * gib, 0),
    },
  }),
  nodeRow({
    node: 'a',
    ready: null,
    unschedulable: true,
    taints: ['x=y:NoSchedule'],
    abnormalConditions: ['Ready=Unknown', 'DiskPressure=True'],
    pods: 1204,
    resources: { cpu: nodeAmounts(0, 0), 'nvidia.com/gpu': nodeAmounts(8, 12) },
  }),
  nodeRow({
    node: 'b',
    ready: false,
    taints: ['x=y:PreferNoSchedule'],
    resources: { cpu: nodeAmounts(4, 4) },
  }),
  nodeRow({ node: 'c', taints: ['x:NoExecute'], resources: {} }),
];

const group = (about: Partial<GroupSummary>): GroupSummary => ({
  labels: ['topology.kubernetes.io/zone'],
  values: ['us-east-1a'],
  nodes: 10,
  pods: 94,
  resources: {
    cpu: { allocatable: 100, allocated: 56.5, daemonSet: 0, free: 43.5, utilization: 0.565 },
    memory: {
      allocatable: 100 * gib,
      allocated: 26.5 * gib,
      daemonSet: 0,
      free: 73.5 * gib,
      utilization: 0.265,
    },
  },
  ...about,
});
const groups = [
  group({}),
  group({ labels: ['zone', 'arch'], values: ['<none>', 'arm64'], nodes: 1200, resources: {} }),
];

const workloads = [
  workloadRow({
    name: 'billing-cache-legacy-18',
    namespace: 'billing',
    pods: 4,
    nodes: 3,
    requests: { cpu: 1.95, memory: 6272 * 1024 ** 2 },
    total: { cpu: 7.8, memory: 24.5 * gib },
  }),
  workloadRow({
    name: 'train',
    kind: 'Job',
    pods: 0,
    pending: 1500,
    nodes: 0,
    requests: { cpu: 0, 'nvidia.com/gpu': 8 },
    total: {},
  }),
];

const snapshots = [summary({ cluster: 'arn:aws:eks:eu-west-1:123456789012:cluster/prod' }), full];

const table = <Row>(view: View<Row>, width: number | null = null): string =>
  renderTable(view.rows, view.columns, { width, color: false });

suite('the packing table', () => {
  test('has a line for each resource that was asked for and that the cluster has or wants', () => {
    assert.equal(
      table(resourcesView(full, names)),
      [
        'RESOURCE        UTILIZATION           ALLOCATED  ALLOCATABLE  USABLE FREE  STRANDED  DAEMONSETS  PENDING  P10  P50  P90',
        'cpu             ██░░░░░░░░░░  16.6 %        230        1,389          112      87.9         8.7      193    2   57   95',
        'memory          ███████████▶ 102.4 %   5.47 TiB     5.34 TiB      694 GiB         -    10.9 GiB    1 TiB    -    -    -',
        'pods            █░░░░░░░░░░░   8.2 %        285        3,462        3,177     1,290           0        0    -    -    -',
        'nvidia.com/gpu                     -          0            0            0         -           0        2    -    -    -',
        '',
      ].join('\n'),
    );
  });

  test('is CSV in raw units: cores and bytes', () => {
    assert.equal(
      renderView(resourcesView(summary(), names), 'csv', { width: null, color: false }),
      'resource,utilization,allocated,allocatable,usableFree,stranded,daemonSet,pending,p10,p50,p90\r\n' +
        'cpu,0.5,4,8,4,,0,0,,,\r\n' +
        'memory,0.5,17179869184,34359738368,17179869184,,0,0,,,\r\n',
    );
  });

  test('of an empty cluster is a header', () => {
    assert.equal(table(resourcesView({ resources: {} }, names)).split('\n').length, 2);
  });

  test('is coloured by how full it is', () => {
    const paintedAs = (utilization: number | null): string | undefined => {
      const view = resourcesView({ resources: { cpu: resourceSummary({ allocatable: 1, utilization }) } }, [
        'cpu',
      ]);
      const text = renderTable(view.rows, view.columns, { width: null, color: true }).replaceAll(
        '\u001b',
        '␛',
      );
      return /␛\[(\d+)m/.exec(text)?.[1];
    };
    assert.deepEqual([0.8, 0.81, 0.95, 0.96, 2, null].map(paintedAs), [
      '32',
      '33',
      '33',
      '31',
      '31',
      undefined,
    ]);
  });
});

suite('the table of nodes', () => {
  test('says where they are, how they are and how full they are', () => {
    assert.equal(
      table(nodesView(nodes, names)),
      [
        'NODE                       NODE POOL  TYPE         ZONE        CAPACITY TYPE  STATUS                                         PODS  CPU             MEMORY          EPHEMERAL-STORAGE  NVIDIA.COM/GPU',
        'ip-10-64-0-0.ec2.internal  general    m6i.4xlarge  us-east-1a  on-demand      Ready                                            11  ██████  93.0 %  ████░░  62.3 %  ░░░░░░   0.0 %                  -',
        'a                          -          -            -           -              Unknown,SchedulingDisabled,DiskPressure=True  1,204               -               -               -     █████▶ 150.0 %',
        'b                          -          -            -           -              NotReady                                          2  ██████ 100.0 %               -               -                  -',
        'c                          -          -            -           -              Ready,Tainted                                     2               -               -               -                  -',
        '',
      ].join('\n'),
    );
  });

  test('fits 80 columns: whole names, the least important columns gone, which is said', () => {
    assert.equal(
      table(nodesView(nodes.slice(0, 1), names), 80),
      [
        'NODE                       NODE POOL  PODS  CPU             MEMORY',
        'ip-10-64-0-0.ec2.internal  general      11  ██████  93.0 %  ████░░  62.3 %',
        '(no room for TYPE, ZONE, CAPACITY TYPE, STATUS, EPHEMERAL-STORAGE)',
        '',
      ].join('\n'),
    );
  });
});

suite('the table of workloads', () => {
  test('says what one pod asks for, exactly, and what all take', () => {
    assert.equal(
      table(workloadsView(workloads, names)),
      [
        'NAMESPACE  KIND        NAME                     PODS  PENDING  NODES  CPU EACH  CPU  MEMORY EACH    MEMORY  NVIDIA.COM/GPU EACH  NVIDIA.COM/GPU',
        'billing    Deployment  billing-cache-legacy-18     4        0      3     1950m  7.8       6272Mi  24.5 GiB                    -               -',
        'default    Job         train                       0    1,500      0         0    -            -         -                    8               -',
        '',
      ].join('\n'),
    );
  });
});

suite('the table of groups', () => {
  test('names the labels and their values', () => {
    assert.equal(
      table(groupsView(groups, names)),
      [
        'GROUP                                   NODES  PODS  CPU                   MEMORY',
        'topology.kubernetes.io/zone=us-east-1a     10    94  ███████░░░░░  56.5 %  ███░░░░░░░░░  26.5 %',
        'zone=<none>,arch=arm64                  1,200    94                     -                     -',
        '',
      ].join('\n'),
    );
  });
});

suite('the table of snapshots', () => {
  test('says how full each cluster was', () => {
    assert.equal(
      table(snapshotsView(snapshots)),
      [
        'CLUSTER                                          SNAPSHOT          NODES  PODS  PENDING  CPU             MEMORY          CONSISTENCY  PROBLEMS',
        'arn:aws:eks:eu-west-1:123456789012:cluster/prod  20261121T074500Z      2     8        0  ███░░░  50.0 %  ███░░░  50.0 %  exact               0',
        'prod                                             20261121T074500Z      2     8        0  █░░░░░  16.6 %  █████▶ 102.4 %  exact               0',
        '',
      ].join('\n'),
    );
  });
});

suite('every table fits a terminal', () => {
  const large = summary({
    cluster: 'arn:aws:eks:eu-west-1:123456789012:cluster/production',
    nodes: { ...summary().nodes, total: 5000 },
    pods: { ...summary().pods, counted: 150_000, pending: 12_000 },
    resources: full.resources,
  });
  const everyResource = Object.fromEntries(
    names.map((name) => [name, { allocatable: 1, allocated: 1, daemonSet: 0, free: 0, utilization: 1 }]),
  );
  const views: readonly (readonly [name: string, render: (width: number) => string])[] = [
    ['resources', (width) => table(resourcesView(full, names), width)],
    ['nodes', (width) => table(nodesView(nodes, names), width)],
    ['workloads', (width) => table(workloadsView(workloads, names), width)],
    ['groups', (width) => table(groupsView(groups, names), width)],
    [
      'groups of five resources',
      (width) => table(groupsView([group({ resources: everyResource })], names), width),
    ],
    ['snapshots', (width) => table(snapshotsView(snapshots), width)],
    ['snapshots of a large cluster', (width) => table(snapshotsView([large]), width)],
  ];
  for (const [name, render] of views) {
    for (const width of [80, 100, 132, 200]) {
      test(`${name} in ${width} columns`, () => {
        const text = render(width);
        for (const line of text.split('\n'))
          assert.ok(stringWidth(line) <= width, `${stringWidth(line)} columns: ${line}`);
      });
    }
  }
});
