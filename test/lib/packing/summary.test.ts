import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Node } from '../../../lib/model/node.ts';
import type { ReadinessRule } from '../../../lib/model/readiness-rule.ts';
import type { Snapshot, StoredObject } from '../../../lib/model/snapshot.ts';
import { createFold } from '../../../lib/packing/fold.ts';
import { createProblems, type Problems, type ProblemReason } from '../../../lib/packing/problems.ts';
import { summarise } from '../../../lib/packing/summary.ts';
import { semanticsFor } from '../../../lib/scheduler/semantics.ts';
import { encodeSummary } from '../../../lib/store/codec.ts';
import { detailKey } from '../../../lib/store/keys.ts';
import { node, pod, type Amounts, type NodeAbout, type PodAbout } from '../../support/builders.ts';
import { readinessRule } from '../../support/readiness.ts';

const { semantics } = semanticsFor(36);
const [KiB, ready] = [1024, [{ type: 'Ready', status: 'True' }]];

interface About {
  readonly nodes: readonly Node[];
  readonly pods?: readonly PodAbout[];
  readonly labelGroups?: readonly (readonly string[])[];
  readonly readinessRules?: readonly ReadinessRule[];
  readonly problems?: Problems;
  readonly cluster?: string;
}

function snapshotOf({
  nodes,
  pods = [],
  labelGroups = [],
  readinessRules = [],
  problems = createProblems(),
  cluster,
}: About): Snapshot {
  const fold = createFold(nodes, semantics, problems);
  for (const one of pods) fold.add(pod(one));
  const list = {
    items: 150_000,
    pages: 300,
    bytes: 1e9,
    encoding: 'protobuf',
    durationMs: 9e4,
    retries: 9,
    restarts: 1,
  } as const;
  const identity = {
    snapshotId: '20261121T074500Z',
    cluster: cluster ?? 'arn:aws:eks:eu-central-1:123456789012:cluster/production-eu-central-1-blue',
    scheduledAt: '2026-11-21T07:45:00.000Z',
    takenAt: '2026-11-21T07:45:03.123Z',
    durationMs: 31_415,
    toolVersion: '1.2.3',
    kubernetesVersion: 'v1.36.2-eks-1a2b3c4',
    semantics: semantics.row,
    run: '0123456789abcdef',
    resourceVersion: '1234567890123',
    consistency: 'exact',
    collection: [
      { resource: 'nodes', ...list },
      { resource: 'pods', ...list },
    ],
  } as const;
  return summarise(
    fold.result(),
    { ...identity, collection: [...identity.collection] },
    {
      labelGroups,
      readinessRules,
      problems,
      pods: null,
      search: { maxSearchMs: 0, expired: () => true },
    },
  );
}

const summaryOf = (about: About): Snapshot['summary'] => snapshotOf(about).summary;

/** As it is stored: with the names of three detail objects. */
function storedBytes(summary: Snapshot['summary']): number {
  const objects = (['nodes', 'workloads', 'pods'] as const).map((kind): StoredObject => ({
    kind,
    key: detailKey(kind, summary, summary.run),
    rows: 150_000,
    bytes: 123_456_789,
    sha256: 'f'.repeat(64),
  }));
  return encodeSummary({ ...summary, objects }).length;
}

const many = (count: number, about: (index: number) => NodeAbout): Node[] =>
  Array.from({ length: count }, (_, index) =>
    node({ name: `ip-10-0-${index}.ec2.internal`, conditions: ready, ...about(index) }),
  );

/** cpu, memory, pods and extended resources up to this number of names. */
function amounts(names: number, nameOf: (index: number) => string, amount: string): Amounts {
  const extended = Array.from({ length: names - 3 }, (_, index) => [nameOf(index), amount] as const);
  return { cpu: '31850m', memory: '130451771392', pods: '110', ...Object.fromEntries(extended) };
}

const plainName = (index: number): string => `devices.example.com/accelerator-model-${index}`;

suite('a summary stays small', () => {
  test('5,000 nodes and the usual resources: nothing is left out', () => {
    const usual = { cpu: '31850m', memory: '130451771392', 'ephemeral-storage': '76224326324', pods: '110' };
    const summary = summaryOf({ nodes: many(5_000, () => ({ allocatable: usual })) });
    assert.ok(storedBytes(summary) < 4 * KiB);
    assert.deepEqual(summary.problems, []);
    assert.deepEqual(Object.keys(summary.resources), ['cpu', 'memory', 'ephemeral-storage', 'pods']);
  });

  test('60 resource names: what does not fit is left out, the important ones last, and it is said', () => {
    const allocatable = amounts(60, plainName, '12345678901');
    const nodes = many(5_000, () => ({ allocatable }));
    const pods = many(5_000, () => ({})).map(({ name }) => ({
      nodeName: name,
      requests: amounts(60, plainName, '1234567'),
    }));
    const summary = summaryOf({ nodes, pods });
    assert.ok(storedBytes(summary) <= 16 * KiB, `${storedBytes(summary)} bytes`);
    const kept = Object.keys(summary.resources);
    assert.deepEqual(kept.slice(0, 3), ['cpu', 'memory', 'pods']);
    assert.ok(kept.length >= 10 && kept.length < 60, `${kept.length} resources`);
    assert.deepEqual(
      summary.problems.map(({ reason, count }) => [reason, count]),
      [['SummaryTooLarge', 1]],
    );
    assert.match(summary.problems[0]?.examples[0] ?? '', new RegExp(` ${kept.length} of 60 resources$`));
  });

  test('resource names as long as names can be', () => {
    const long = (index: number): string => `${`${index}.`.padEnd(200, 'x')}.io/${'y'.repeat(60)}`;
    const allocatable = amounts(60, long, '12345678901');
    const summary = summaryOf({ nodes: many(50, () => ({ allocatable })) });
    assert.ok(storedBytes(summary) <= 16 * KiB, `${storedBytes(summary)} bytes`);
    assert.ok(Object.keys(summary.resources).length >= 4);
  });

  test('hundreds of values of a label: the largest are kept, the rest are together', () => {
    const nodes = many(5_000, (index) => ({
      allocatable: { cpu: '4', memory: '8Gi', pods: '110' },
      labels: { pool: `pool-${index % 700}` },
    }));
    const summary = summaryOf({ nodes, labelGroups: [['pool']] });
    assert.ok(storedBytes(summary) <= 64 * KiB);
    assert.equal(summary.groups.length, 51);
    assert.deepEqual(summary.groups.at(-1)?.values, ['(other)']);
    // 5,000 nodes over 700 values: the first 100 values have 8 nodes, the rest 7
    assert.equal(summary.groups[0]?.nodes, 8);
    assert.equal(summary.groups.at(-1)?.nodes, 5_000 - 50 * 8);
    assert.deepEqual(summary.problems, []);
  });

  test('several combinations of long labels and 60 resources', () => {
    const allocatable = amounts(60, plainName, '12345678901');
    const nodes = many(5_000, (index) => ({
      allocatable,
      labels: {
        a: `${index % 400}-`.padEnd(63, 'a'),
        b: `${index % 300}-`.padEnd(63, 'b'),
        c: `${index % 7}`,
      },
    }));
    const summary = summaryOf({ nodes, labelGroups: [['a'], ['b'], ['a', 'b'], ['c']] });
    assert.ok(storedBytes(summary) <= 64 * KiB, `${storedBytes(summary)} bytes`);
    assert.ok(Object.keys(summary.resources).length >= 4);
    const [problem] = summary.problems;
    assert.equal(problem?.reason, 'SummaryTooLarge');
    for (const labels of ['a', 'b', 'c']) {
      const groups = summary.groups.filter((group) => group.labels.join(',') === labels);
      assert.equal(
        groups.reduce((sum, group) => sum + group.nodes, 0),
        5_000,
        `every node is in a group of ${labels}`,
      );
    }
  });

  test('a cluster that means ill: conditions of many long names, every problem with long examples', () => {
    const problems = createProblems();
    const reasons: readonly ProblemReason[] = [
      'InvalidQuantity',
      'NodeWithoutAllocatable',
      'PodOnUnknownNode',
      'OverheadCountedTwice',
      'UnknownKubernetesVersion',
    ];
    for (const reason of reasons)
      for (let i = 0; i < 5; i += 1) problems.add(reason, `${i}`.padEnd(500, '€'));
    const conditions = Array.from({ length: 200 }, (_, index) => ({
      type: `${index}`.padEnd(316, 'c'),
      status: 'Unknown',
    }));
    const allocatable = amounts(60, plainName, '12345678901');
    const summary = summaryOf({ nodes: many(10, () => ({ allocatable, conditions })), problems });
    assert.ok(storedBytes(summary) <= 16 * KiB, `${storedBytes(summary)} bytes`);
  });

  /** Twenty, each with ten conditions; every node fails them. */
  const rulesOf = (typeOf: (index: number) => string): ReadinessRule[] =>
    Array.from({ length: 20 }, (_, index) =>
      readinessRule({
        name: `${index}-`.padEnd(63, 'r'),
        conditions: Array.from({ length: 10 }, (_each, at) => ({ type: typeOf(at), requiredStatus: 'True' })),
        taint: { key: 'a', value: null, effect: null },
      }),
    );

  test('a few readiness rules, of which all nodes fail: ten of them are named', () => {
    const rules = rulesOf((index) => `example.com/Condition${index}`).slice(0, 5);
    const nodes = many(5_000, () => ({ allocatable: { cpu: '4', memory: '8Gi', pods: '110' } }));
    const { readiness, problems, ...summary } = summaryOf({
      nodes,
      readinessRules: rules.map((rule) => ({ ...rule, conditions: rule.conditions.slice(0, 2) })),
    });
    assert.deepEqual(problems, []);
    assert.ok(storedBytes({ ...summary, readiness, problems }) <= 16 * KiB);
    assert.equal(readiness?.length, 5);
    for (const { failing, failingNodes, unknown, conditions } of readiness) {
      assert.deepEqual([failing, unknown, failingNodes.length], [5_000, 5_000, 10]);
      assert.deepEqual(failingNodes.slice(0, 3), [
        'ip-10-0-0.ec2.internal',
        'ip-10-0-1.ec2.internal',
        'ip-10-0-10.ec2.internal',
      ]);
      assert.deepEqual(
        conditions.map(({ missing }) => missing),
        [5_000, 5_000],
      );
    }
  });

  test('many readiness rules: fewer of their nodes are named, which is no problem to be told', () => {
    const rules = rulesOf((index) => `example.com/Condition${index}`);
    const summary = summaryOf({
      nodes: many(5_000, () => ({ allocatable: { cpu: '4', memory: '8Gi', pods: '110' } })),
      readinessRules: rules.map((rule) => ({ ...rule, conditions: rule.conditions.slice(0, 2) })),
    });
    assert.ok(storedBytes(summary) <= 16 * KiB, `${storedBytes(summary)} bytes`);
    assert.deepEqual(summary.problems, []);
    assert.equal(summary.readiness?.length, 20);
    for (const { failing, failingNodes, conditions } of summary.readiness)
      assert.deepEqual([failing, failingNodes.length < 10, conditions.length], [5_000, true, 2]);
  });

  test('as many readiness rules as there may be, with the longest names, in a cluster that means ill', () => {
    const conditions = Array.from({ length: 40 }, (_, index) => ({
      type: `${index}`.padEnd(316, 'c'),
      status: 'Unknown',
    }));
    const nodes = many(50, (index) => ({
      name: `${index}-`.padEnd(253, 'n'),
      allocatable: amounts(60, plainName, '12345678901'),
      conditions,
    }));
    const long = `${'p'.repeat(250)}/`;
    const readinessRules = rulesOf((index) => `${long}${index}`.padEnd(314, 'c'));
    const summary = summaryOf({ nodes, readinessRules });
    assert.ok(storedBytes(summary) <= 16 * KiB, `${storedBytes(summary)} bytes`);
    assert.equal(summary.readiness?.length, 20, 'every rule has its counts');
    for (const { applicable, unknown, failing } of summary.readiness)
      assert.deepEqual([applicable, unknown, failing], [50, 50, 50]);
    assert.match(
      summary.problems[0]?.examples[0] ?? '',
      /^kept at most \d+ readiness rules, \d+ conditions of each, /,
    );
  });

  test('zones and resources with the longest names beside the most readiness rules', () => {
    const nodes = many(50, (index) => ({
      name: `${index}-`.padEnd(253, 'n'),
      labels: { 'topology.kubernetes.io/zone': `${index}-`.padEnd(63, 'z') },
      allocatable: amounts(120, (at) => `${'d'.repeat(250)}/${'h'.repeat(59)}${at}`, '3'),
      conditions: [{ type: 'Ready', status: 'True' }],
    }));
    const summary = summaryOf({
      nodes,
      readinessRules: rulesOf((index) => `${'p'.repeat(250)}/${index}`.padEnd(314, 'c')),
    });
    assert.ok(storedBytes(summary) <= 16 * KiB, `${storedBytes(summary)} bytes`);
    assert.equal(summary.problems[0]?.reason, 'SummaryTooLarge');
  });

  test('without readiness rules there is no word of them', () => {
    const { summary, nodes } = snapshotOf({ nodes: many(1, () => ({})) });
    assert.ok(!('readiness' in summary));
    assert.ok([...nodes].every((row) => !('readiness' in row)));
  });

  test('a node row says what each rule makes of it', () => {
    const rules = [
      readinessRule({ name: 'up' }),
      readinessRule({ name: 'net', conditions: [{ type: 'Network', requiredStatus: 'True' }] }),
      readinessRule({
        name: 'gpu',
        nodeSelector: { matchLabels: new Map([['gpu', 'a']]), matchExpressions: [] },
      }),
    ];
    const { nodes } = snapshotOf({ nodes: many(1, () => ({})), readinessRules: rules });
    assert.deepEqual(
      Array.from(nodes, ({ readiness }) => readiness),
      [{ up: 'ready', net: 'unknown' }],
    );
  });

  test('a cluster whose name is as long as it may be', () => {
    const allocatable = amounts(60, plainName, '12345678901');
    const summary = summaryOf({ nodes: many(10, () => ({ allocatable })), cluster: 'ü'.repeat(200) });
    assert.ok(storedBytes(summary) <= 16 * KiB, `${storedBytes(summary)} bytes`);
  });
});

suite('nodes by condition', () => {
  test('each type is true, false, unknown or missing on every node; one that stands twice counts once', () => {
    const conditions = (...pairs: readonly string[]): NodeAbout => ({
      conditions: pairs.map((pair) => ({ type: pair.split('=')[0] ?? '', status: pair.split('=')[1] ?? '' })),
    });
    const abouts = [
      conditions('Ready=True', 'DiskPressure=False'),
      conditions('Ready=False', 'DiskPressure=True', 'DiskPressure=False'),
      conditions('Ready=Unknown'),
      conditions('Ready=strange'),
      conditions(),
    ];
    const { nodes } = summaryOf({ nodes: many(5, (index) => abouts[index] ?? {}) });
    assert.deepEqual(nodes, {
      total: 5,
      ready: 1,
      notReady: 1,
      unknown: 3,
      unschedulable: 0,
      tainted: 0,
      conditions: {
        DiskPressure: { true: 1, false: 1, unknown: 0, missing: 3 },
        Ready: { true: 1, false: 1, unknown: 2, missing: 1 },
      },
    });
  });
});

suite('a resource', () => {
  test('that no node gives but a pod takes has no ratio', () => {
    const [only] = many(1, () => ({ allocatable: { cpu: '1', pods: '5' } }));
    assert.ok(only);
    const { resources } = summaryOf({
      nodes: [only],
      pods: [{ nodeName: only.name, requests: { 'nvidia.com/gpu': '2' } }],
    });
    assert.deepEqual(resources['nvidia.com/gpu'], {
      capacity: 0,
      allocatable: 0,
      allocated: 2,
      daemonSet: 0,
      pending: 0,
      free: 0,
      usableFree: 0,
      stranded: 0,
      strandedSimply: 0,
      fragmented: 0,
      nMinusOne: null,
      density: null,
      utilization: null,
      nodeUtilization: null,
    });
  });

  test('beyond 2^53 is added exactly before it is rounded', () => {
    const exact = '9007199254740993';
    const { resources } = summaryOf({ nodes: many(2, () => ({ allocatable: { 'example.com/x': exact } })) });
    assert.equal(resources['example.com/x']?.allocatable, Number(2n * BigInt(exact)));
  });

  test('is over-committed above 1, and has nothing free', () => {
    const [only] = many(1, () => ({ allocatable: { cpu: '1' } }));
    assert.ok(only);
    const { resources } = summaryOf({
      nodes: [only],
      pods: [{ nodeName: only.name, requests: { cpu: '1500m' } }],
    });
    assert.equal(resources['cpu']?.utilization, 1.5);
    assert.equal(resources['cpu'].free, 0);
    assert.equal(resources['cpu'].nodeUtilization?.max, 1.5);
  });
});
