import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import type { Constraints, LabelSelector, Requirement } from '../../../lib/model/constraints.ts';
import type { Pod } from '../../../lib/model/pod.ts';
import {
  canonicalConstraints,
  createCanonicaliser,
  filterConstraints,
} from '../../../lib/packing/constraints.ts';
import { pod, type PodAbout } from '../../support/builders.ts';

const canonical = (about: PodAbout, daemonSet = false): unknown =>
  canonicalConstraints(pod(about), daemonSet);
const of = (constraints: Partial<Constraints>, about: PodAbout = {}): unknown =>
  canonical({ ...about, constraints });

const selector = (
  labels: Readonly<Record<string, string>>,
  matchExpressions: readonly Requirement[] = [],
): LabelSelector => ({
  matchLabels: new Map(Object.entries(labels)),
  matchExpressions,
});
const antiAffinity = { topologyKey: 'kubernetes.io/hostname', namespaces: [], namespaceSelector: null };
const spread = {
  maxSkew: 1,
  minDomains: null,
  topologyKey: 'zone',
  matchLabelKeys: [],
  nodeAffinityPolicy: '',
  nodeTaintsPolicy: '',
};

suite('the canonical form', () => {
  test('of a pod without constraints is empty', () => assert.deepEqual(canonical({}), {}));

  test('has every part, sorted, with empty ones left out', () => {
    assert.deepEqual(
      canonical({
        labels: { app: 'db' },
        containers: [
          {
            hostPorts: [
              { ip: '0.0.0.0', protocol: 'UDP', port: 53 },
              { ip: '10.0.0.1', protocol: 'TCP', port: 80 },
            ],
          },
        ],
        initContainers: [
          { restartPolicy: 'Always', hostPorts: [{ ip: '', protocol: 'TCP', port: 9 }] },
          { hostPorts: [{ ip: '', protocol: 'TCP', port: 7 }] },
        ],
        constraints: {
          nodeSelector: new Map([
            ['pool', 'db'],
            ['arch', 'arm64'],
          ]),
          nodeAffinity: [
            {
              matchExpressions: [
                { key: 'zone', operator: 'In', values: ['b', 'a'] },
                { key: 'gpu', operator: 'DoesNotExist', values: [] },
              ],
              matchFields: [{ key: 'metadata.name', operator: 'In', values: ['n1'] }],
            },
          ],
          tolerations: [
            { key: 'spot', operator: '', value: 'yes', effect: '' },
            { key: '', operator: 'Exists', value: '', effect: 'NoExecute' },
          ],
          topologySpread: [
            {
              maxSkew: 2,
              minDomains: 3,
              topologyKey: 'zone',
              selector: selector({ app: 'db' }),
              matchLabelKeys: ['rev', 'pod-template-hash'],
              nodeAffinityPolicy: '',
              nodeTaintsPolicy: '',
            },
          ],
          podAffinity: [
            {
              topologyKey: 'zone',
              selector: selector({ app: 'cache' }),
              namespaces: ['b', 'a'],
              namespaceSelector: selector({ team: 'x' }),
            },
          ],
          podAntiAffinity: [{ ...antiAffinity, selector: selector({ app: 'db' }) }],
        },
      }),
      {
        nodeSelector: { arch: 'arm64', pool: 'db' },
        nodeAffinity: [
          {
            labels: [
              { key: 'gpu', operator: 'DoesNotExist' },
              { key: 'zone', operator: 'In', values: ['a', 'b'] },
            ],
            fields: [{ key: 'metadata.name', operator: 'In', values: ['n1'] }],
          },
        ],
        tolerations: [
          { key: 'spot', operator: 'Equal', value: 'yes' },
          { operator: 'Exists', effect: 'NoExecute' },
        ],
        hostPorts: [
          { ip: '10.0.0.1', protocol: 'TCP', port: 80 },
          { protocol: 'TCP', port: 9 },
          { protocol: 'UDP', port: 53 },
        ],
        topologySpread: [
          {
            maxSkew: 2,
            minDomains: 3,
            topologyKey: 'zone',
            selector: { labels: { app: 'db' } },
            matchLabelKeys: ['pod-template-hash', 'rev'],
            self: true,
          },
        ],
        podAffinity: [
          {
            topologyKey: 'zone',
            selector: { labels: { app: 'cache' } },
            namespaces: ['a', 'b'],
            namespaceSelector: { labels: { team: 'x' } },
            self: false,
          },
        ],
        podAntiAffinity: [
          { topologyKey: 'kubernetes.io/hostname', selector: { labels: { app: 'db' } }, self: true },
        ],
      },
    );
  });

  test('an affinity without terms matches no node, and is not the same as none', () => {
    assert.deepEqual(of({ nodeAffinity: [] }), { nodeAffinity: [] });
  });

  test('no operator of a toleration is Equal; no address of a port is every address', () => {
    const equal = { key: 'k', operator: 'Equal', value: 'v', effect: '' };
    assert.deepEqual(of({ tolerations: [{ ...equal, operator: '' }] }), of({ tolerations: [equal] }));
    const at = (ip: string): unknown =>
      canonical({ containers: [{ hostPorts: [{ ip, protocol: 'TCP', port: 1 }] }] });
    assert.deepEqual(at(''), at('0.0.0.0'));
  });
});

suite('the node that the DaemonSet controller names', () => {
  const nodeName = (name: string): Constraints['nodeAffinity'] => [
    { matchExpressions: [], matchFields: [{ key: 'metadata.name', operator: 'In', values: [name] }] },
  ];

  test('is no constraint of the workload', () => {
    assert.deepEqual(canonical({ constraints: { nodeAffinity: nodeName('n1') } }, true), {});
    assert.notDeepEqual(
      canonical({ constraints: { nodeAffinity: nodeName('n1') } }),
      canonical({ constraints: { nodeAffinity: nodeName('n2') } }),
    );
  });

  test('goes, what else is in its term stays', () => {
    const matchExpressions = [{ key: 'pool', operator: 'Exists', values: [] }];
    const nodeAffinity = (nodeName('n1') ?? []).map((term) => ({ ...term, matchExpressions }));
    assert.deepEqual(canonical({ constraints: { nodeAffinity } }, true), {
      nodeAffinity: [{ labels: [{ key: 'pool', operator: 'Exists' }] }],
    });
  });
});

suite('whether a term selects its own pod', () => {
  const selfOf = (about: PodAbout): boolean | undefined =>
    canonicalConstraints(pod(about), false).podAntiAffinity?.[0]?.self;
  const app = selector({ app: 'web' });
  for (const [what, term, self] of [
    ['its labels match', { selector: app }, true],
    ['a label differs', { selector: selector({ app: 'db' }) }, false],
    ['one of two labels is missing', { selector: selector({ app: 'web', tier: 'x' }) }, false],
    ['an empty selector selects everything', { selector: selector({}) }, true],
    ['no selector selects nothing', { selector: null }, false],
    ['In', { selector: selector({}, [{ key: 'app', operator: 'In', values: ['a', 'web'] }]) }, true],
    ['NotIn', { selector: selector({}, [{ key: 'app', operator: 'NotIn', values: ['web'] }]) }, false],
    [
      'NotIn of a label it has not',
      { selector: selector({}, [{ key: 'x', operator: 'NotIn', values: ['1'] }]) },
      true,
    ],
    ['its own namespace is named', { selector: app, namespaces: ['other', 'default'] }, true],
    ['only other namespaces are named', { selector: app, namespaces: ['other'] }, false],
    ['an empty namespace selector means all', { selector: app, namespaceSelector: selector({}) }, true],
  ] as const) {
    test(`${what}: ${self}`, () => {
      const podAntiAffinity = [{ ...antiAffinity, ...term }];
      assert.equal(selfOf({ labels: { app: 'web' }, constraints: { podAntiAffinity } }), self);
    });
  }

  test('and so for topology spread', () => {
    const spreadSelf = (of: LabelSelector | null): boolean | undefined =>
      canonicalConstraints(
        pod({ labels: { app: 'web' }, constraints: { topologySpread: [{ ...spread, selector: of }] } }),
        false,
      ).topologySpread?.[0]?.self;
    assert.deepEqual(
      [spreadSelf(app), spreadSelf(selector({ app: 'db' })), spreadSelf(null)],
      [true, false, false],
    );
  });
});

const word = fc.constantFrom('a', 'b', 'c', 'app', 'pool', '1', '10', '2');
const words = fc.array(word, { maxLength: 3 });
const requirement = fc.record({
  key: word,
  operator: fc.constantFrom('In', 'NotIn', 'Exists'),
  values: words,
});
const entries = fc.uniqueArray(fc.tuple(word, word), { selector: ([key]) => key, maxLength: 4 });
const labelSelector = fc.record({
  matchLabels: entries,
  matchExpressions: fc.array(requirement, { maxLength: 3 }),
});
const parts = fc.record({
  nodeSelector: entries,
  terms: fc.array(
    fc.record({
      matchExpressions: fc.array(requirement, { maxLength: 3 }),
      matchFields: fc.array(requirement, { maxLength: 2 }),
    }),
    { maxLength: 3 },
  ),
  tolerations: fc.array(
    fc.record({
      key: word,
      operator: fc.constantFrom('', 'Exists', 'Equal'),
      value: word,
      effect: fc.constantFrom('', 'NoSchedule'),
    }),
    { maxLength: 4 },
  ),
  spread: fc.array(
    fc.record({
      maxSkew: fc.integer({ min: 1, max: 2 }),
      minDomains: fc.constant(null),
      topologyKey: word,
      selector: fc.option(labelSelector),
      matchLabelKeys: words,
      nodeAffinityPolicy: fc.constantFrom('', 'Honor', 'Ignore'),
      nodeTaintsPolicy: fc.constantFrom('', 'Honor', 'Ignore'),
    }),
    { maxLength: 3 },
  ),
  affinity: fc.array(
    fc.record({
      topologyKey: word,
      selector: fc.option(labelSelector),
      namespaces: words,
      namespaceSelector: fc.option(labelSelector),
    }),
    { maxLength: 3 },
  ),
  ports: fc.array(
    fc.record({
      ip: fc.constantFrom('', '10.0.0.1'),
      protocol: fc.constantFrom('TCP', 'UDP'),
      port: fc.constantFrom(1, 80),
    }),
    { maxLength: 3 },
  ),
});
type Parts = typeof parts extends fc.Arbitrary<infer T> ? T : never;

/** The pod of these parts, each list within them in the order that `order` gives it. */
function built(about: Parts, order: <T>(items: readonly T[]) => T[]): unknown {
  const required = (items: readonly Requirement[]): Requirement[] =>
    order(items.map((item) => ({ ...item, values: order(item.values) })));
  const selectorFrom = (from: Parts['spread'][number]['selector']): LabelSelector | null =>
    from === null
      ? null
      : { matchLabels: new Map(order(from.matchLabels)), matchExpressions: required(from.matchExpressions) };
  return canonical({
    labels: { app: 'a', pool: 'b' },
    containers: [{ hostPorts: order(about.ports) }],
    constraints: {
      nodeSelector: new Map(order(about.nodeSelector)),
      nodeAffinity: order(
        about.terms.map((term) => ({
          matchExpressions: required(term.matchExpressions),
          matchFields: required(term.matchFields),
        })),
      ),
      tolerations: order(about.tolerations),
      topologySpread: order(
        about.spread.map((one) => ({
          ...one,
          selector: selectorFrom(one.selector),
          matchLabelKeys: order(one.matchLabelKeys),
          nodeAffinityPolicy: '',
          nodeTaintsPolicy: '',
        })),
      ),
      podAffinity: order(about.affinity.map(affinityFrom)),
      podAntiAffinity: order(about.affinity.map(affinityFrom)),
    },
  });

  function affinityFrom(one: Parts['affinity'][number]): Constraints['podAffinity'][number] {
    return {
      ...one,
      selector: selectorFrom(one.selector),
      namespaces: order(one.namespaces),
      namespaceSelector: selectorFrom(one.namespaceSelector),
    };
  }
}

suite('algebra', () => {
  test('the order in which anything is written makes no difference, not even to the text', () => {
    fc.assert(
      fc.property(parts, fc.array(fc.nat(), { minLength: 64, maxLength: 64 }), (about, dice) => {
        let thrown = 0;
        const shuffle = <T>(items: readonly T[]): T[] =>
          items
            .map((item) => ({ item, at: dice[thrown++ % dice.length] ?? 0 }))
            .sort((a, b) => a.at - b.at)
            .map(({ item }) => item);
        const asIs = built(about, (items) => [...items]);
        assert.equal(JSON.stringify(built(about, shuffle)), JSON.stringify(asIs));
      }),
    );
  });

  test('the filters on nodes come back as they were, up to order', () => {
    fc.assert(
      fc.property(parts, ({ nodeSelector, terms, tolerations }) => {
        const constraints = { nodeSelector: new Map(nodeSelector), nodeAffinity: terms, tolerations };
        const form = canonicalConstraints(pod({ constraints }), false);
        const back = canonicalConstraints(pod({ constraints: filterConstraints(form) }), false);
        assert.deepEqual(back, form);
      }),
    );
  });
});

suite('each distinct form once', () => {
  const tolerations: Constraints['tolerations'] = [
    { key: 'spot', operator: 'Exists', value: '', effect: '' },
  ];
  const nodeSelector = new Map([['pool', 'db']]);

  test('of equal constraints is one object with one id, whether their parts are shared or not', () => {
    const canonicalise = createCanonicaliser();
    const shared = pod({ constraints: { tolerations, nodeSelector } });
    const equal = pod({
      constraints: { tolerations: [...tolerations], nodeSelector: new Map(nodeSelector) },
    });
    const first = canonicalise(shared, false);
    assert.deepEqual(first, {
      value: { nodeSelector: { pool: 'db' }, tolerations: [{ key: 'spot', operator: 'Exists' }] },
      id: 0,
    });
    for (const each of [shared, equal, { ...shared, name: 'web-2' }])
      assert.equal(canonicalise(each, false), first);
    assert.deepEqual(canonicalise(pod({ constraints: { tolerations } }), false), {
      value: { tolerations: [{ key: 'spot', operator: 'Exists' }] },
      id: 1,
    });
  });

  test('is that of the pod, though another was of the same parts', () => {
    const canonicalise = createCanonicaliser();
    const parts = { tolerations, nodeSelector };
    const podAntiAffinity = [{ ...antiAffinity, selector: selector({ app: 'db' }) }];
    const hostPorts = [{ ip: '', protocol: 'TCP', port: 80 }];
    const nodeAffinity: Constraints['nodeAffinity'] = [
      { matchExpressions: [], matchFields: [{ key: 'metadata.name', operator: 'In', values: ['n1'] }] },
    ];
    const both: readonly (readonly [pod: Pod, daemonSet: boolean])[] = [
      [pod({ constraints: parts }), false],
      [pod({ constraints: parts, containers: [{ hostPorts }] }), false],
      [pod({ constraints: { ...parts, podAntiAffinity }, labels: { app: 'db' } }), false],
      [pod({ constraints: { ...parts, podAntiAffinity }, labels: { app: 'web' } }), false],
      [pod({ constraints: { ...parts, nodeAffinity } }), false],
      [pod({ constraints: { ...parts, nodeAffinity } }), true],
    ];
    for (const [each, daemonSet] of [...both, ...both.toReversed()])
      assert.deepEqual(canonicalise(each, daemonSet).value, canonicalConstraints(each, daemonSet));
  });

  test('may be of very many pods with the same tolerations', () => {
    const canonicalise = createCanonicaliser();
    const pods = Array.from({ length: 120 }, (_, index) =>
      pod({ constraints: { tolerations, nodeSelector: new Map([['pool', `p${index}`]]) } }),
    );
    for (let round = 0; round < 2; round++) {
      for (const [index, each] of pods.entries()) {
        const { value, id } = canonicalise(each, false);
        assert.deepEqual([value.nodeSelector, id], [{ pool: `p${index}` }, index]);
      }
    }
  });

  test('is what every pod alone would have, whichever order they come in', () => {
    // a few objects of each part, which pods share or not, as they come from a decoder
    const pool = <T>(part: fc.Arbitrary<T>): fc.Arbitrary<T[]> =>
      fc.array(part, { minLength: 1, maxLength: 3 });
    const cluster = fc.record({
      selectors: pool(entries.map((each) => new Map(each))),
      affinities: pool(fc.option(parts.map(({ terms }) => terms))),
      tolerations: pool(parts.map((about) => about.tolerations)),
      ports: pool(parts.map((about) => about.ports)),
      antiAffinities: pool(
        fc.array(
          labelSelector.map((of) => ({
            ...antiAffinity,
            selector: { ...of, matchLabels: new Map(of.matchLabels) },
          })),
          { maxLength: 1 },
        ),
      ),
      picks: fc.array(
        fc.record({
          part: fc.tuple(fc.nat(2), fc.nat(2), fc.nat(2)),
          port: fc.option(fc.nat(2)),
          antiAffinity: fc.option(fc.nat(2)),
          app: word,
          daemonSet: fc.boolean(),
        }),
        { maxLength: 20 },
      ),
    });
    const of = <T>(pool: readonly T[], pick: number): T => pool[pick % pool.length] as T;
    fc.assert(
      fc.property(cluster, ({ selectors, affinities, tolerations, ports, antiAffinities, picks }) => {
        const pods = picks.map(({ part: [a, b, c], port, antiAffinity, app, daemonSet }) => ({
          daemonSet,
          pod: pod({
            labels: { app },
            containers: [{ hostPorts: port === null ? [] : of(ports, port) }],
            constraints: {
              nodeSelector: of(selectors, a),
              nodeAffinity: of(affinities, b),
              tolerations: of(tolerations, c),
              podAntiAffinity: antiAffinity === null ? [] : of(antiAffinities, antiAffinity),
            },
          }),
        }));
        for (const ordered of [pods, pods.toReversed(), [...pods, ...pods]]) {
          const canonicalise = createCanonicaliser();
          const texts = new Map<string, number>();
          for (const { pod, daemonSet } of ordered) {
            const { value, id } = canonicalise(pod, daemonSet);
            const alone = canonicalConstraints(pod, daemonSet);
            assert.deepEqual(value, alone);
            const text = JSON.stringify(alone);
            assert.equal(id, texts.get(text) ?? texts.size, 'one id for one text');
            texts.set(text, id);
          }
        }
      }),
    );
  });
});
