/** Both encodings of one object are one object to us; what is not an object of the API is an error, never a hang. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { nodeFromJson, podFromJson } from '../../../../lib/cluster/decode/json-objects.ts';
import type { Encoding } from '../../../../lib/cluster/page.ts';
import { createQuantityReader } from '../../../../lib/cluster/decode/quantities.ts';
import { DecodeError } from '../../../../lib/errors.ts';
import type { Node } from '../../../../lib/model/node.ts';
import type { Pod } from '../../../../lib/model/pod.ts';
import type { JsonObject } from '../../../support/apiserver/objects.ts';
import { encodeMessage } from '../../../support/apiserver/protobuf.ts';
import { decode, inBoth, protobufPage, recorded, type Kind, type Page } from '../../../support/decoding.ts';
import { within } from '../../../support/within.ts';

function decodeRecorded(id: string, chunkSize?: number): Page {
  const { kind, encoding, body } = recorded(id);
  return decode(kind, encoding, body, chunkSize);
}

const itemsOf = (ids: readonly string[]): readonly (Node | Pod)[] =>
  ids.flatMap((id) => decodeRecorded(id).items);
const pages = (prefix: string, count: number): string[] =>
  Array.from({ length: count }, (_, i) => `${prefix}-p${i + 1}`);

const twins: readonly (readonly [protobuf: string, json: string, items: number])[] = [
  ['nodes-pb-l5-p1', 'nodes-json-l5-p1', 5],
  ['nodes-pb-l5-p2', 'nodes-json-l5-p2', 5],
  ['nodes-pb-l5-p3', 'nodes-json-l5-p3', 2],
  ['pods-pb-l50-p1', 'pods-json-l50-p1', 50],
  ['pods-pb-l50-p2', 'pods-json-l50-p2', 50],
  ['pods-pb-l50-p3', 'pods-json-l50-p3', 50],
  ['pods-pb-fs-l60-p1', 'pods-json-fs-l60-p1', 60],
  ['pods-pb-fs-l60-p2', 'pods-json-fs-l60-p2', 60],
  ['pods-pb-fs-l60-p3', 'pods-json-fs-l60-p3', 13],
  ['gzip-pods-pb-l50', 'gzip-pods-json-l50', 50],
  ['pods-pb-nolimit', 'pods-json-nolimit', 150],
  ['pods-pb-ls-none', 'pods-json-ls-none', 0],
  ['accept-pb-json', 'accept-none', 1],
];

suite('both encodings of a recorded page', () => {
  for (const [protobuf, json, count] of twins) {
    test(`${protobuf} and ${json} give equal objects`, () => {
      assert.equal(recorded(protobuf).encoding, 'protobuf');
      assert.equal(recorded(json).encoding, 'json');
      const page = decodeRecorded(protobuf);
      assert.equal(page.items.length, count);
      assert.deepStrictEqual(page, decodeRecorded(json));
      for (const item of page.items) assert.deepEqual(item.problems, [], item.name);
    });
  }

  const lists: readonly (readonly [
    name: string,
    protobuf: readonly string[],
    json: readonly string[],
    items: number,
  ])[] = [
    ['at one exact revision', pages('exact-2-pods-l50', 3), pages('exact-3-pods-l75', 2), 150],
    [
      'of a server without streaming encoders',
      pages('legacy-pods-pb-l75', 2),
      ['legacy-pods-json-rv0-l50'],
      150,
    ],
    ['in pages and in one', pages('pods-pb-l50', 3), ['pods-json-nolimit'], 150],
  ];
  for (const [name, protobuf, json, count] of lists) {
    test(`lists ${name} give equal objects`, () => {
      const items = itemsOf(protobuf);
      assert.equal(items.length, count);
      assert.deepStrictEqual(items, itemsOf(json));
    });
  }

  for (const chunkSize of [7, 2_048]) {
    test(`in pieces of ${chunkSize} bytes they are what they are in one`, () => {
      for (const id of twins.flatMap(([protobuf, json]) => [protobuf, json])) {
        assert.deepStrictEqual(decodeRecorded(id, chunkSize), decodeRecorded(id), id);
      }
    });
  }

  test('byte by byte they are what they are in one', () => {
    for (const id of [
      'wire-pods-pb-l3',
      'accept-pb-json',
      'nodes-pb-l5-p3',
      'nodes-json-l5-p3',
      'ua-curl',
      'pods-pb-ls-none',
      'pretty',
    ]) {
      assert.deepStrictEqual(decodeRecorded(id, 1), decodeRecorded(id), id);
    }
  });

  test('the metadata of a page is that of the server', () => {
    const list = JSON.parse(recorded('pods-json-l50-p1').body.toString('utf8')) as {
      metadata: { resourceVersion: string; continue: string; remainingItemCount: number };
    };
    assert.deepEqual(decodeRecorded('pods-pb-l50-p1').metas, [
      {
        resourceVersion: list.metadata.resourceVersion,
        continueToken: list.metadata.continue,
        remainingItemCount: 100,
      },
    ]);
    assert.equal(decodeRecorded('pods-pb-l50-p3').metas[0]?.continueToken, '');
  });

  test('a page that the server itself cut short is an error', () => {
    assert.throws(() => decodeRecorded('truncated-timeout-1ms'), {
      name: 'DecodeError',
      message: /^the body ends early, after \d+ items, at byte 122308$/,
    });
  });
});

// -- objects of our own, in both encodings -----------------------------------------------------------

function podOf(object: JsonObject): Pod {
  const { protobuf, json } = inBoth('PodList', object);
  assert.deepStrictEqual(protobuf, json);
  return json as Pod;
}

function nodeOf(object: JsonObject): Node {
  const { protobuf, json } = inBoth('NodeList', object);
  assert.deepStrictEqual(protobuf, json);
  return json as Node;
}

const container = (requests: JsonObject): JsonObject => ({ name: 'c0', resources: { requests } });

suite('what is read of an object, in both encodings', () => {
  for (const priority of [-1_000, -2_147_483_648, 2_147_483_647, 0]) {
    test(`a priority of ${priority}`, () => assert.equal(podOf({ spec: { priority } }).priority, priority));
  }

  test('a quantity that does not parse counts as absent and is told', () => {
    const pod = podOf({
      spec: { containers: [container({ cpu: 'lots', memory: '1Gi' })], overhead: { cpu: '1KB' } },
    });
    assert.deepEqual(pod.containers[0]?.requests, new Map([['memory', 1_073_741_824_000]]));
    assert.deepEqual(pod.overhead, new Map());
    assert.deepEqual(pod.problems.toSorted(), [
      'cpu: "1KB" is not a quantity (format)',
      'cpu: "lots" is not a quantity (format)',
    ]);
  });

  test('a problem belongs to the object that has it, and to no other', () => {
    const bad: JsonObject = { metadata: { name: 'bad' }, status: { allocatable: { cpu: 'x' } } };
    const good: JsonObject = { metadata: { name: 'good' }, status: { allocatable: { cpu: '1' } } };
    const items = [bad, good, bad].map((object) => encodeMessage('Node', object));
    const problems = decode('NodeList', 'protobuf', protobufPage('NodeList', items)).items.map(
      (item) => item.problems.length,
    );
    assert.deepEqual(problems, [1, 0, 1]);
  });

  test('the controller is the owner that says so', () => {
    const ownerReferences = [
      { kind: 'Config', name: 'a', uid: '1', apiVersion: 'v1' },
      { kind: 'Job', name: 'b', uid: '2', apiVersion: 'batch/v1', controller: false },
      { kind: 'ReplicaSet', name: 'c', uid: '3', apiVersion: 'apps/v1', controller: true },
    ];
    assert.deepEqual(podOf({ metadata: { ownerReferences } }).controller, { kind: 'ReplicaSet', name: 'c' });
    assert.equal(podOf({ metadata: { ownerReferences: ownerReferences.slice(0, 2) } }).controller, null);
  });

  test('what keeps it on its node: annotations, and volumes that are on the node', () => {
    const pinsOf = (annotations: JsonObject, ...volumes: JsonObject[]): readonly string[] =>
      podOf({ metadata: { annotations: { a: 'b', ...annotations } }, spec: { volumes } }).pins;
    const [disk, memory, host, config] = [
      { name: 'disk', emptyDir: {} },
      { name: 'memory', emptyDir: { medium: 'Memory' } },
      { name: 'host', hostPath: { path: '/var/log' } },
      { name: 'config', configMap: { name: 'c' } },
    ];
    assert.deepEqual(pinsOf({}, memory, config), []);
    assert.deepEqual(pinsOf({ 'karpenter.sh/do-not-disrupt': 'true' }), ['do-not-disrupt']);
    assert.deepEqual(pinsOf({ 'cluster-autoscaler.kubernetes.io/safe-to-evict': 'false' }, memory), [
      'safe-to-evict',
    ]);
    assert.deepEqual(pinsOf({}, config, disk), ['local storage']);
    assert.deepEqual(pinsOf({}, host), ['local storage']);
    const safe = { 'cluster-autoscaler.kubernetes.io/safe-to-evict-local-volumes': 'disk' };
    assert.deepEqual(pinsOf(safe, disk, memory), []);
    assert.deepEqual(pinsOf(safe, disk, host), ['local storage']);
    assert.deepEqual(pinsOf({}), [], 'and nothing of the pod before');
    const both = { name: 'both', hostPath: { path: '/' }, emptyDir: { medium: 'Memory' } };
    assert.deepEqual(pinsOf({}, both), ['local storage']);
  });

  test('only the first pending resize tells whether it is infeasible', () => {
    const condition = (type: string, reason: string): JsonObject => ({ type, reason, status: 'True' });
    const infeasible = (...conditions: JsonObject[]): boolean =>
      podOf({ status: { conditions } }).resizeInfeasible;
    const [pending, deferred] = [
      condition('PodResizePending', 'Infeasible'),
      condition('PodResizePending', 'Deferred'),
    ];
    assert.equal(infeasible(condition('PodResizeInProgress', 'Infeasible'), pending, deferred), true);
    assert.equal(infeasible(deferred, pending), false);
    assert.equal(infeasible(condition('PodResizePending', ''), pending), false);
    assert.equal(infeasible(condition('PodResizeInProgress', 'Infeasible')), false);
  });

  test('a status whose resources are an empty object is not one without resources', () => {
    const status = (resources?: JsonObject): unknown =>
      podOf({
        status: { containerStatuses: [resources === undefined ? { name: 'c0' } : { name: 'c0', resources }] },
      }).containerStatuses[0]?.actual;
    assert.equal(status(), null);
    assert.deepEqual(status({}), { requests: null });
    assert.deepEqual(status({ limits: { cpu: '1' } }), { requests: null });
    assert.deepEqual(status({ requests: { cpu: '1' } }), { requests: new Map([['cpu', 1_000]]) });
    assert.deepEqual(podOf({ status: { resources: {} } }).actual, { requests: null });
    assert.equal(podOf({ status: {} }).actual, null);
  });

  test('an affinity without required terms is none, one with no terms matches no node', () => {
    const affinity = (nodeAffinity: JsonObject): unknown =>
      podOf({ spec: { affinity: { nodeAffinity } } }).constraints.nodeAffinity;
    assert.equal(affinity({}), null);
    assert.deepEqual(affinity({ requiredDuringSchedulingIgnoredDuringExecution: {} }), []);
    assert.deepEqual(
      affinity({ requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{}] } }),
      [{ matchExpressions: [], matchFields: [] }],
    );
  });

  test('only spreads that forbid scheduling are kept, and only ports of the host', () => {
    const spread = (whenUnsatisfiable: string): JsonObject => ({
      maxSkew: 2,
      topologyKey: 'zone',
      whenUnsatisfiable,
    });
    const ports = [
      { containerPort: 80 },
      { containerPort: 81, hostPort: 8_081 },
      { containerPort: 53, hostPort: 53, protocol: 'UDP', hostIP: '10.0.0.1' },
    ];
    const pod = podOf({
      spec: {
        topologySpreadConstraints: [spread('ScheduleAnyway'), spread('DoNotSchedule')],
        containers: [{ name: 'c0', ports }],
      },
    });
    assert.deepEqual(pod.constraints.topologySpread, [
      {
        maxSkew: 2,
        minDomains: null,
        topologyKey: 'zone',
        selector: null,
        matchLabelKeys: [],
        nodeAffinityPolicy: '',
        nodeTaintsPolicy: '',
      },
    ]);
    assert.deepEqual(pod.containers[0]?.hostPorts, [
      { ip: '', protocol: 'TCP', port: 8_081 },
      { ip: '10.0.0.1', protocol: 'UDP', port: 53 },
    ]);
  });

  test('mirror, terminating, gated, nominated', () => {
    const pod = podOf({
      metadata: {
        annotations: { 'kubernetes.io/config.mirror': '' },
        deletionTimestamp: '2026-11-21T08:26:05Z',
      },
      spec: { schedulingGates: [{ name: 'wait' }] },
      status: { nominatedNodeName: 'node-1', phase: 'Pending' },
    });
    const { mirror, terminating, gated, nominatedNodeName, nodeName, phase } = pod;
    assert.deepEqual(
      { mirror, terminating, gated, nominatedNodeName, nodeName, phase },
      {
        mirror: true,
        terminating: true,
        gated: true,
        nominatedNodeName: 'node-1',
        nodeName: null,
        phase: 'Pending',
      },
    );
    const { mirror: no, ...plain } = podOf({ metadata: { annotations: { other: '' } } });
    assert.deepEqual([no, plain.terminating, plain.gated], [false, false, false]);
  });

  test('a node', () => {
    const node = nodeOf({
      metadata: {
        name: 'node-1',
        creationTimestamp: '2026-11-21T08:26:05Z',
        labels: { zone: 'a', empty: '' },
      },
      spec: { unschedulable: true, taints: [{ key: 'team', value: 'a', effect: 'NoSchedule' }] },
      status: {
        capacity: { cpu: '4' },
        allocatable: { cpu: '3920m', pods: '110' },
        conditions: [{ type: 'Ready', status: 'True' }],
        nodeInfo: { architecture: 'arm64', operatingSystem: 'linux' },
      },
    });
    assert.deepEqual(node, {
      name: 'node-1',
      labels: new Map([
        ['zone', 'a'],
        ['empty', ''],
      ]),
      createdAt: '2026-11-21T08:26:05Z',
      unschedulable: true,
      taints: [{ key: 'team', value: 'a', effect: 'NoSchedule' }],
      capacity: new Map([['cpu', 4_000]]),
      allocatable: new Map([
        ['cpu', 3_920],
        ['pods', 110_000],
      ]),
      conditions: [{ type: 'Ready', status: 'True' }],
      architecture: 'arm64',
      operatingSystem: 'linux',
      problems: [],
    });
  });

  test('a node whose maps an encoder wrote in pieces', () => {
    const status = (name: string, value: string): Buffer =>
      encodeMessage('Node', { status: { capacity: { [name]: value }, allocatable: { [name]: value } } });
    const item = Buffer.concat([status('cpu', '4'), status('memory', '1k'), status('pods', '5')]);
    const [node] = decode('NodeList', 'protobuf', protobufPage('NodeList', [item])).items as Node[];
    assert.deepEqual(node?.capacity, node?.allocatable);
    assert.deepEqual(Object.fromEntries(node?.capacity ?? []), { cpu: 4000, memory: 1_000_000, pods: 5000 });
  });

  test('a pod with more odd quantities than anybody wants to hear of', () => {
    const requests = Object.fromEntries(
      Array.from({ length: 1000 }, (_, index) => [`r${index}`, `x${index}`]),
    );
    const { protobuf, json } = inBoth('PodList', { spec: { overhead: requests } });
    assert.deepEqual([protobuf.problems.length, json.problems.length], [100, 100]);
  });

  test('an object without anything in it', () => {
    assert.equal(podOf({}).phase, '');
    assert.equal(nodeOf({}).createdAt, null);
  });
});

// -- what is not an object of the API ----------------------------------------------------------------

/** A list or a DecodeError that points into the body; anything else is thrown on. */
function outcome(kind: Kind, encoding: Encoding, body: Buffer, chunkSize?: number): void {
  try {
    decode(kind, encoding, body, chunkSize);
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    assert.ok(error.offset >= 0 && error.offset <= body.length, error.message);
    assert.ok(error.message.endsWith(` at byte ${error.offset}`), error.message);
  }
}

suite('garbage is an error or a list, never a hang', () => {
  test('random bytes', () => {
    const bodies = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.uint8Array({ maxLength: 200 }).map((bytes) => protobufPage('PodList', [Buffer.from(bytes)])),
      fc
        .string({ unit: fc.constantFrom(...Array.from('{}[]",:\\ ae1-.')), maxLength: 60 })
        .map((text) => Buffer.from(text)),
      fc
        .string({ unit: fc.constantFrom(...Array.from('{}[]",:\\ ae1-.')), maxLength: 60 })
        .map((text) => Buffer.from(`{"kind":"PodList","items":[${text}`)),
    );
    within(30_000, () =>
      fc.assert(
        fc.property(
          bodies,
          fc.constantFrom('protobuf' as const, 'json' as const),
          fc.integer({ min: 1, max: 64 }),
          (bytes, encoding, size) => outcome('PodList', encoding, Buffer.from(bytes), size),
        ),
        { numRuns: 3_000 },
      ),
    );
  });

  for (const id of ['wire-pods-pb-l3', 'accept-pb-json', 'ua-curl', 'accept-none']) {
    test(`a recorded page with some bytes changed: ${id}`, () => {
      const { kind, encoding, body } = recorded(id);
      const changes = fc.array(
        fc.tuple(
          fc.nat(body.length - 1),
          fc.oneof(fc.nat(255), fc.constantFrom(0x80, 0xff, 0x00, 0x22, 0x7b)),
        ),
        { minLength: 1, maxLength: 6 },
      );
      within(30_000, () =>
        fc.assert(
          fc.property(changes, (changed) => {
            const copy = Buffer.from(body);
            for (const [at, byte] of changed) copy[at] = byte;
            outcome(kind, encoding, copy);
          }),
          { numRuns: 500 },
        ),
      );
    });
  }

  for (const kind of ['NodeList', 'PodList'] as const) {
    test(`a small ${kind} with many bytes changed, removed or put in`, () => {
      const object =
        kind === 'NodeList'
          ? encodeMessage('Node', {
              metadata: { name: 'n', creationTimestamp: '2026-11-21T08:26:05Z' },
              spec: { taints: [{ key: 'a' }] },
              status: { allocatable: { cpu: '1' }, conditions: [{ type: 'Ready' }] },
            })
          : encodeMessage('Pod', {
              metadata: { name: 'p', ownerReferences: [{ kind: 'Job', controller: true }] },
              spec: {
                priority: -1,
                containers: [container({ cpu: '1' })],
                tolerations: [{ operator: 'Exists' }],
              },
              status: { conditions: [{ type: 'PodResizePending', reason: 'Infeasible' }] },
            });
      const edits = fc.array(fc.tuple(fc.nat(object.length), fc.nat(2), fc.uint8Array({ maxLength: 11 })), {
        minLength: 1,
        maxLength: 4,
      });
      within(30_000, () =>
        fc.assert(
          fc.property(edits, (changes) => {
            let item = object;
            for (const [at, removed, bytes] of changes) {
              item = Buffer.concat([item.subarray(0, at), bytes, item.subarray(at + removed)]);
            }
            outcome(kind, 'protobuf', protobufPage(kind, [item]));
          }),
          { numRuns: 3_000 },
        ),
      );
    });
  }

  test('a length that leads back within the item', () => {
    // field 15 of the pod, of -11 bytes: back to its own tag
    const item = Buffer.from('7af5ffffffffffffffff01', 'hex');
    const run = (): Page => decode('PodList', 'protobuf', protobufPage('PodList', [item]));
    assert.throws(() => within(5_000, run), { name: 'DecodeError' });
  });

  test('a time that no calendar has', () => {
    // metadata { creationTimestamp { seconds: 2^62 } }
    const item = Buffer.from('0a0c420a08808080808080808040', 'hex');
    outcome('NodeList', 'protobuf', protobufPage('NodeList', [item]));
  });

  test('JSON of the wrong types counts as absent', () => {
    const odd = {
      metadata: [],
      spec: {
        containers: { a: 1 },
        initContainers: [null, 5, []],
        overhead: 'x',
        nodeName: 7,
        priority: '5',
      },
      status: null,
    };
    const body = Buffer.from(JSON.stringify({ kind: 'PodList', items: [odd] }));
    assert.deepEqual(decode('PodList', 'json', body).items, [podOf({})]);
  });

  test('any JSON at all, as a pod and as a node', () => {
    const quantities = createQuantityReader();
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), fc.jsonValue(), (metadata, spec, status) => {
        podFromJson({ metadata, spec, status }, quantities);
        nodeFromJson({ metadata, spec, status }, quantities);
      }),
    );
  });
});
