import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { nonZeroRequests, podRequests } from '../../../lib/scheduler/requests.ts';
import { forCandidate, semanticsFor } from '../../../lib/scheduler/semantics.ts';
import { pod, type Amounts, type ContainerAbout, type PodAbout } from '../../support/builders.ts';

type Expected = Readonly<Record<string, bigint>>;

const versions = [29, 33, 35, 36, 37] as const;

function requestsAt(minor: number, about: PodAbout): Expected {
  return Object.fromEntries(podRequests(pod(about), semanticsFor(minor).semantics));
}

/** For what all versions agree on. */
function everywhere(about: PodAbout, expected: Expected): void {
  for (const minor of versions) assert.deepEqual(requestsAt(minor, about), expected, `1.${minor}`);
}

const MiB = 1_048_576n;

suite('containers', () => {
  test('a pod without requests takes nothing', () => everywhere({}, {}));

  test('one container: its requests', () => {
    everywhere({ requests: { cpu: '250m', memory: '1Gi' } }, { cpu: 250n, memory: 1_073_741_824n });
  });

  test('several containers: their sum', () => {
    everywhere(
      { containers: [{ requests: { cpu: '250m' } }, { requests: { cpu: '1', memory: '64Mi' } }, {}] },
      { cpu: 1_250n, memory: 64n * MiB },
    );
  });

  test('0 is named in the result, an unnamed resource is not', () =>
    everywhere({ requests: { cpu: '0' } }, { cpu: 0n }));

  test('fractions are added exactly and rounded up once', () => {
    everywhere(
      {
        containers: [
          { requests: { cpu: '0.1m', memory: '0.5' } },
          { requests: { cpu: '0.1m', memory: '0.5' } },
        ],
      },
      { cpu: 1n, memory: 1n },
    );
  });

  test('any resource name is carried', () => {
    everywhere(
      {
        requests: { 'nvidia.com/gpu': '2', 'hugepages-2Mi': '4Mi', 'ephemeral-storage': '1G', storage: '1' },
      },
      { 'nvidia.com/gpu': 2n, 'hugepages-2Mi': 4n * MiB, 'ephemeral-storage': 1_000_000_000n, storage: 1n },
    );
  });

  test('the restart policy of a regular container has no influence', () => {
    everywhere({ containers: [{ restartPolicy: 'Always', requests: { cpu: '1' } }] }, { cpu: 1_000n });
  });
});

const init = (cpu: string): ContainerAbout => ({ requests: { cpu } });
const sidecar = (cpu: string): ContainerAbout => ({ requests: { cpu }, restartPolicy: 'Always' });

suite('init containers and sidecars', () => {
  const cases: readonly (readonly [name: string, initContainers: readonly ContainerAbout[], cpu: bigint])[] =
    [
      ['an init container below the sum changes nothing', [init('500m')], 1_000n],
      ['an init container above the sum is what the pod takes', [init('3')], 3_000n],
      [
        'init containers run one after another: only the greatest counts',
        [init('2'), init('3'), init('1')],
        3_000n,
      ],
      ['a sidecar is added to the containers', [sidecar('500m')], 1_500n],
      ['a sidecar before an init container weighs on it', [sidecar('500m'), init('2')], 2_500n],
      ['a sidecar after an init container does not', [init('2'), sidecar('500m')], 2_000n],
      [
        'each init container has the sidecars before it',
        [sidecar('1'), init('2'), sidecar('1'), init('2')],
        4_000n,
      ],
      ['sidecars start up one by one and stay', [sidecar('1'), sidecar('2')], 4_000n],
      ['only Always makes a sidecar', [{ ...init('2'), restartPolicy: 'OnFailure' }], 2_000n],
      ['always in another case does not', [{ ...init('2'), restartPolicy: 'always' }], 2_000n],
    ];
  for (const [name, initContainers, cpu] of cases) {
    test(name, () => everywhere({ requests: { cpu: '1' }, initContainers }, { cpu }));
  }

  test('the greater is taken per resource: cpu from one phase, memory from the other', () => {
    everywhere(
      {
        requests: { cpu: '1', memory: '64Mi' },
        initContainers: [{ requests: { cpu: '500m', memory: '128Mi' } }],
      },
      { cpu: 1_000n, memory: 128n * MiB },
    );
  });

  test('a resource that only an init container names is named in the result', () => {
    everywhere({ initContainers: [{ requests: { 'nvidia.com/gpu': '1' } }] }, { 'nvidia.com/gpu': 1n });
  });
});

suite('overhead', () => {
  test('is added to what the pod takes, after the maximum with the init phase', () => {
    everywhere(
      { requests: { cpu: '1' }, initContainers: [init('2')], overhead: { cpu: '250m', memory: '120Mi' } },
      { cpu: 2_250n, memory: 120n * MiB },
    );
  });

  test('is added to exact amounts, before the one rounding', () => {
    everywhere({ requests: { cpu: '0.5m' }, overhead: { cpu: '0.5m' } }, { cpu: 1n });
  });
});

suite('pod-level requests', () => {
  const replaced: PodAbout = {
    requests: { cpu: '1', memory: '64Mi', 'ephemeral-storage': '5' },
    podLevelRequests: { cpu: '500m', 'hugepages-2Mi': '2Mi' },
    overhead: { cpu: '100m' },
  };

  test('replace what the containers say since 1.34, even by less, and overhead comes on top', () => {
    const expected = { cpu: 600n, memory: 64n * MiB, 'ephemeral-storage': 5n, 'hugepages-2Mi': 2n * MiB };
    for (const minor of [34, 35, 36, 37]) assert.deepEqual(requestsAt(minor, replaced), expected);
  });

  test('are ignored before 1.34', () => {
    const expected = { cpu: 1_100n, memory: 64n * MiB, 'ephemeral-storage': 5n };
    for (const minor of [29, 32, 33]) assert.deepEqual(requestsAt(minor, replaced), expected);
  });

  test('replace by 0 as well', () => {
    assert.deepEqual(requestsAt(36, { requests: { cpu: '1' }, podLevelRequests: { cpu: '0' } }), { cpu: 0n });
  });

  test('of other names are ignored', () => {
    everywhere(
      {
        requests: { 'nvidia.com/gpu': '1' },
        podLevelRequests: { 'nvidia.com/gpu': '5', 'ephemeral-storage': '9' },
      },
      { 'nvidia.com/gpu': 1n },
    );
  });

  test('an empty list is as none', () =>
    everywhere({ requests: { cpu: '1' }, podLevelRequests: {} }, { cpu: 1_000n }));
});

/** A container that asks for 1 cpu, and what its kubelet says. */
function resized(status: NonNullable<ContainerAbout['status']>, about: PodAbout = {}): PodAbout {
  return { containers: [{ requests: { cpu: '1' }, status }], ...about };
}

suite('a resize in place, 1.33 to 1.36: the greatest per container', () => {
  const cases: readonly (readonly [name: string, about: PodAbout, cpu: bigint])[] = [
    [
      'the kubelet still holds more than the spec asks',
      resized({ actual: { cpu: '2' }, allocated: { cpu: '1' } }),
      2_000n,
    ],
    ['more is allocated than asked', resized({ actual: { cpu: '1' }, allocated: { cpu: '3' } }), 3_000n],
    [
      'the spec asks for more than there is: its room is kept',
      resized({ actual: { cpu: '500m' }, allocated: {} }),
      1_000n,
    ],
    ['allocated without resources in the status is ignored', resized({ allocated: { cpu: '3' } }), 1_000n],
    [
      'resources without requests are enough',
      resized({ actual: 'no requests', allocated: { cpu: '3' } }),
      3_000n,
    ],
    [
      'an infeasible resize leaves the spec out',
      resized({ actual: { cpu: '500m' }, allocated: { cpu: '400m' } }, { resizeInfeasible: true }),
      500n,
    ],
    [
      'an infeasible one without a status counts the spec',
      { requests: { cpu: '1' }, resizeInfeasible: true },
      1_000n,
    ],
  ];
  for (const [name, about, cpu] of cases) {
    test(name, () => {
      for (const minor of [33, 34, 35, 36]) assert.deepEqual(requestsAt(minor, about), { cpu }, `1.${minor}`);
    });
  }

  test('a resource in the spec alone disappears when the resize is infeasible', () => {
    const about = resized({ actual: { memory: '64Mi' } }, { resizeInfeasible: true });
    assert.deepEqual(requestsAt(36, about), { memory: 64n * MiB });
  });

  test('a sidecar counts by its status, a plain init container by its spec', () => {
    const status = { actual: { cpu: '3' }, allocated: { cpu: '3' } };
    const withSidecar = { initContainers: [{ ...sidecar('1'), status }], requests: { cpu: '1' } };
    const withInit = { initContainers: [{ ...init('1'), status }], requests: { cpu: '1' } };
    assert.deepEqual(requestsAt(36, withSidecar), { cpu: 4_000n });
    assert.deepEqual(requestsAt(36, withInit), { cpu: 1_000n });
  });

  test('opposite resizes of two containers add up', () => {
    const about: PodAbout = {
      containers: [
        { requests: { cpu: '1' }, status: { actual: { cpu: '3' }, allocated: { cpu: '3' } } },
        { requests: { cpu: '3' }, status: { actual: { cpu: '1' }, allocated: { cpu: '1' } } },
      ],
    };
    assert.deepEqual(requestsAt(36, about), { cpu: 6_000n });
    assert.deepEqual(requestsAt(37, about), { cpu: 4_000n });
  });

  test('the status of an unknown container is ignored', () => {
    const stranger = { name: 'stranger', actual: null, allocated: new Map([['cpu', 9_000]]) };
    everywhere({ requests: { cpu: '1' }, containerStatuses: [stranger] }, { cpu: 1_000n });
  });

  test('before 1.33 no status counts, and for a candidate never', () => {
    const about = resized(
      { actual: { cpu: '2' }, allocated: { cpu: '2' } },
      { actual: { cpu: '5' }, allocated: { cpu: '5' } },
    );
    assert.deepEqual(requestsAt(32, about), { cpu: 1_000n });
    for (const minor of versions) {
      const requests = podRequests(pod(about), forCandidate(semanticsFor(minor).semantics));
      assert.deepEqual(requests, new Map([['cpu', 1_000n]]), `1.${minor}`);
    }
  });
});

suite('a resize in place, since 1.37: the greatest of three sums', () => {
  const cases: readonly (readonly [name: string, about: PodAbout, expected: Expected])[] = [
    [
      'allocated counts without resources in the status',
      resized({ allocated: { cpu: '3' } }),
      { cpu: 3_000n },
    ],
    [
      'what is actual falls back to what is allocated',
      resized({ actual: 'no requests', allocated: { cpu: '3' } }),
      { cpu: 3_000n },
    ],
    [
      'an empty list counts as present',
      resized({ actual: {}, allocated: {} }, { resizeInfeasible: true }),
      {},
    ],
    [
      'an infeasible resize without a status takes nothing',
      { requests: { cpu: '1' }, resizeInfeasible: true },
      {},
    ],
    [
      'an infeasible resize leaves the spec out',
      resized({ actual: { cpu: '500m' }, allocated: { cpu: '400m' } }, { resizeInfeasible: true }),
      { cpu: 500n },
    ],
    [
      'a plain init container counts by its status',
      { initContainers: [{ ...init('1'), status: { allocated: { cpu: '3' } } }] },
      { cpu: 3_000n },
    ],
    [
      'the pod-level status, where it is complete, takes the place of the containers',
      resized(
        { actual: { cpu: '4' }, allocated: { cpu: '4' } },
        { actual: { cpu: '2' }, allocated: { cpu: '3' } },
      ),
      { cpu: 3_000n },
    ],
    [
      'the pod-level status counts only with its requests',
      resized({ allocated: { cpu: '2' } }, { actual: 'no requests', allocated: { cpu: '3' } }),
      { cpu: 2_000n },
    ],
    [
      'overhead, which the pod-level status already contains, counts twice: kubernetes#139627',
      {
        requests: { cpu: '1' },
        overhead: { cpu: '250m' },
        actual: { cpu: '1250m' },
        allocated: { cpu: '1250m' },
      },
      { cpu: 1_500n },
    ],
  ];
  for (const [name, about, expected] of cases) {
    test(name, () => assert.deepEqual(requestsAt(37, about), expected));
  }
});

suite('a resize of pod-level requests, since 1.36', () => {
  const about: PodAbout = {
    requests: { cpu: '1', memory: '64Mi' },
    podLevelRequests: { cpu: '2' },
    actual: { cpu: '3', memory: '128Mi' },
    allocated: { cpu: '4' },
  };

  test('1.35 does not look at the pod-level status', () => {
    assert.deepEqual(requestsAt(35, about), { cpu: 2_000n, memory: 64n * MiB });
  });

  test('1.36 takes the greatest of the three, for the names in the spec', () => {
    assert.deepEqual(requestsAt(36, about), { cpu: 4_000n, memory: 64n * MiB });
  });

  test('1.37 also for names that only the status has', () => {
    assert.deepEqual(requestsAt(37, about), { cpu: 4_000n, memory: 128n * MiB });
  });

  test('an infeasible one leaves the spec out', () => {
    const infeasible = {
      ...about,
      resizeInfeasible: true,
      actual: { cpu: '500m' },
      allocated: { cpu: '400m' },
    };
    assert.deepEqual(requestsAt(36, infeasible), { cpu: 500n, memory: 64n * MiB });
  });

  test('an infeasible one whose name the status lacks is 0 in 1.36, and left to the containers in 1.37', () => {
    const infeasible: PodAbout = { ...about, resizeInfeasible: true, actual: 'no requests', allocated: {} };
    const containers = [
      { requests: { cpu: '1' }, status: { actual: { cpu: '1' }, allocated: { cpu: '1' } } },
    ];
    assert.deepEqual(requestsAt(36, { ...infeasible, containers }), { cpu: 0n });
    assert.deepEqual(requestsAt(37, { ...infeasible, containers }), { cpu: 1_000n });
  });

  test('a status without resources leaves the spec alone', () => {
    const { actual: _, ...without } = about;
    assert.deepEqual(requestsAt(36, without), { cpu: 2_000n, memory: 64n * MiB });
  });
});

suite('non-zero requests, for scoring', () => {
  const nonZeroAt = (minor: number, about: PodAbout): unknown =>
    nonZeroRequests(pod(about), semanticsFor(minor).semantics);
  const twoHundredMiB = 209_715_200n;

  test('a container that names neither counts 100 milli and 200 MiB', () => {
    for (const minor of versions)
      assert.deepEqual(nonZeroAt(minor, {}), { cpu: 100n, memory: twoHundredMiB });
  });

  test('an explicit 0 stays 0', () => {
    assert.deepEqual(nonZeroAt(36, { requests: { cpu: '0', memory: '0' } }), { cpu: 0n, memory: 0n });
  });

  test('each container and each init container has its own defaults', () => {
    const containers = [{ requests: { cpu: '1' } }, { requests: { memory: '1' } }];
    const initContainers = [{ requests: { memory: '1Gi' } }];
    assert.deepEqual(nonZeroAt(36, { containers, initContainers }), { cpu: 1_100n, memory: 1_073_741_824n });
  });

  test('overhead is added to the defaults', () => {
    assert.deepEqual(nonZeroAt(36, { overhead: { cpu: '1', memory: '1' } }), {
      cpu: 1_100n,
      memory: twoHundredMiB + 1n,
    });
  });

  test('with pod-level requests only what nobody names has a default', () => {
    const podLevelRequests = { cpu: '10m' };
    assert.deepEqual(nonZeroAt(36, { podLevelRequests }), { cpu: 10n, memory: twoHundredMiB });
    assert.deepEqual(nonZeroAt(36, { podLevelRequests, containers: [{ requests: { memory: '5' } }, {}] }), {
      cpu: 10n,
      memory: 5n,
    });
    assert.deepEqual(nonZeroAt(36, { podLevelRequests, overhead: { memory: '7' } }), {
      cpu: 10n,
      memory: 7n,
    });
    assert.deepEqual(nonZeroAt(33, { podLevelRequests }), { cpu: 100n, memory: twoHundredMiB });
  });
});

// -- properties -----------------------------------------------------------------------------------

const quantityTexts = fc.constantFrom('0', '1', '100m', '250m', '1500m', '0.3m', '64Mi', '1Gi', '1n', '7');
const lists: fc.Arbitrary<Amounts> = fc.dictionary(
  fc.constantFrom('cpu', 'memory', 'hugepages-2Mi', 'nvidia.com/gpu'),
  quantityTexts,
);
const statuses = fc.record(
  { actual: fc.oneof(fc.constant('no requests' as const), lists), allocated: lists },
  { requiredKeys: [] },
);
const containers: fc.Arbitrary<ContainerAbout> = fc.record(
  { requests: lists, status: statuses },
  { requiredKeys: [] },
);
const initContainers: fc.Arbitrary<ContainerAbout> = fc
  .tuple(containers, fc.constantFrom('', 'Always', 'Always', 'Never'))
  .map(([about, restartPolicy]) => ({ ...about, restartPolicy }));
const pods = fc.record(
  {
    containers: fc.array(containers, { minLength: 1, maxLength: 4 }),
    initContainers: fc.array(initContainers, { maxLength: 4 }),
    overhead: lists,
    podLevelRequests: lists,
    actual: fc.oneof(fc.constant('no requests' as const), lists),
    allocated: lists,
    resizeInfeasible: fc.boolean(),
  },
  { requiredKeys: ['containers', 'initContainers'] },
);
const minors = fc.constantFrom(...versions);
/** One container alone, all of whose sources agree. */
const alone = (minor: number, about: ContainerAbout): Expected => requestsAt(minor, { containers: [about] });

suite('whatever the pod', () => {
  test('the order of regular containers does not matter', () => {
    fc.assert(
      fc.property(pods, minors, (about, minor) => {
        const named = about.containers.map((one, index) => ({ ...one, name: `c${index}` }));
        const reversed = { ...about, containers: named.toReversed() };
        assert.deepEqual(requestsAt(minor, reversed), requestsAt(minor, { ...about, containers: named }));
      }),
    );
  });

  test('by its spec, it takes at least each init container, and at least all that run together', () => {
    fc.assert(
      fc.property(pods, ({ containers, initContainers }) => {
        const taken = requestsAt(29, { containers, initContainers });
        const running = [
          ...containers,
          ...initContainers.filter(({ restartPolicy }) => restartPolicy === 'Always'),
        ];
        for (const [name, amount] of Object.entries(requestsAt(29, { containers: running }))) {
          assert.ok((taken[name] ?? -1n) >= amount, name);
        }
        for (const starting of initContainers) {
          for (const [name, amount] of Object.entries(alone(29, starting)))
            assert.ok((taken[name] ?? -1n) >= amount, name);
        }
      }),
    );
  });

  test('until 1.36 a status never lowers what a pod takes, unless the resize is infeasible', () => {
    fc.assert(
      fc.property(pods, fc.constantFrom(33, 35, 36), (about, minor) => {
        const { semantics } = semanticsFor(minor);
        const feasible = pod({ ...about, resizeInfeasible: false });
        const taken = podRequests(feasible, semantics);
        for (const [name, amount] of podRequests(feasible, forCandidate(semantics)))
          assert.ok((taken.get(name) ?? -1n) >= amount);
      }),
    );
  });

  test('one more container never lowers it, where pod-level requests do not count', () => {
    fc.assert(
      fc.property(pods, containers, fc.constantFrom(29, 33), (about, more, minor) => {
        const before = requestsAt(minor, about);
        const after = requestsAt(minor, { ...about, containers: [...about.containers, more] });
        for (const [name, amount] of Object.entries(before)) assert.ok((after[name] ?? -1n) >= amount, name);
      }),
    );
  });

  test('without status, overhead and pod-level requests all versions agree', () => {
    fc.assert(
      fc.property(pods, ({ containers, initContainers }) => {
        const bare = (about: ContainerAbout): ContainerAbout => {
          const { status: _, ...rest } = about;
          return rest;
        };
        const about = { containers: containers.map(bare), initContainers: initContainers.map(bare) };
        everywhere(about, requestsAt(29, about));
      }),
    );
  });

  test('a pod is not changed by being counted', () => {
    fc.assert(
      fc.property(pods, minors, (about, minor) => {
        const [counted, untouched] = [pod(about), pod(about)];
        podRequests(counted, semanticsFor(minor).semantics);
        nonZeroRequests(counted, semanticsFor(minor).semantics);
        assert.deepEqual(counted, untouched);
      }),
    );
  });
});
