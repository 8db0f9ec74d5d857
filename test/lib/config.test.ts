import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import {
  environmentVariableOf,
  resolveConfig,
  settingKeys,
  settings,
  type Config,
  type ConfigSources,
  type Setting,
  type SettingKey,
} from '../../lib/config.ts';
import { ConfigError } from '../../lib/errors.ts';
import { printable } from '../../lib/printable.ts';

function resolve(
  about: Partial<Omit<ConfigSources, 'file'>> & { readonly file?: Record<string, unknown> } = {},
): Config {
  const { flags = {}, env = {}, file } = about;
  return resolveConfig({ flags, env, file: file === undefined ? null : { name: 'x.yaml', values: file } });
}

function problemsOf(about: Parameters<typeof resolve>[0]): string[] {
  try {
    resolve(about);
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error));
    return error.message.split('; ');
  }
  return assert.fail('it should have been refused');
}

suite('settings', () => {
  test('without anything given are the defaults', () => {
    const config = resolve();
    const expected: Partial<Config> = {
      kubeconfig: '',
      context: '',
      cluster: '',
      out: './snapshots',
      listPageSize: 500,
      encoding: 'auto',
      gzip: 'auto',
      maxListRestarts: 3,
      requestTimeout: 60_000,
      timeout: 300_000,
      namespace: '',
      nodeSelector: '',
      podFieldSelector: '',
      labelGroups: [],
      readinessRules: [],
      resources: ['cpu', 'memory', 'pods', 'nvidia.com/gpu'],
      detail: 'workloads',
      scheduledAt: null,
      output: 'table',
      logLevel: 'info',
      logFormat: 'auto',
    };
    for (const [key, value] of Object.entries(expected))
      assert.deepEqual(config[key as SettingKey], value, key);
  });

  test('are taken from the flag, else the environment, else the file', () => {
    const flags = { cluster: 'flag' };
    const env = { KUBE_BINPACK_CLUSTER: 'environment' };
    const file = { cluster: 'file' };
    assert.equal(resolve({ flags, env, file }).cluster, 'flag');
    assert.equal(resolve({ env, file }).cluster, 'environment');
    assert.equal(resolve({ file }).cluster, 'file');
    assert.equal(resolve({ flags, file }).cluster, 'flag');
  });

  test('each come from where they were given', () => {
    const config = resolve({
      flags: { listPageSize: '10' },
      env: { KUBE_BINPACK_LIST_PAGE_SIZE: '20', KUBE_BINPACK_MAX_LIST_RESTARTS: '5' },
      file: { listPageSize: 30, maxListRestarts: 7, gzip: 'on' },
    });
    assert.deepEqual([config.listPageSize, config.maxListRestarts, config.gzip], [10, 5, 'on']);
  });

  test('that are empty in the environment or null in the file are not given', () => {
    assert.equal(resolve({ env: { KUBE_BINPACK_OUT: '' }, file: { out: './file' } }).out, './file');
    assert.equal(resolve({ file: { out: null } }).out, './snapshots');
    assert.equal(resolve({ env: { KUBE_BINPACK_OUT: undefined } }).out, './snapshots');
  });

  test('that are wrong where another has precedence do not matter', () => {
    assert.equal(
      resolve({ flags: { listPageSize: '1' }, env: { KUBE_BINPACK_LIST_PAGE_SIZE: 'x' } }).listPageSize,
      1,
    );
  });

  test('ignore what Kubernetes puts into the environment of pods beside a service called kube-binpack', () => {
    const env = {
      KUBE_BINPACK_SERVICE_HOST: '10.96.0.10',
      KUBE_BINPACK_SERVICE_PORT: '80',
      KUBE_BINPACK_SERVICE_PORT_HTTP: '80',
      KUBE_BINPACK_PORT: 'tcp://10.96.0.10:80',
      KUBE_BINPACK_PORT_80_TCP: 'tcp://10.96.0.10:80',
      KUBE_BINPACK_PORT_80_TCP_ADDR: '10.96.0.10',
    };
    assert.deepEqual(resolve({ env }), resolve());
  });

  test('have a variable that is their flag in capitals', () => {
    assert.equal(environmentVariableOf(settings.listPageSize), 'KUBE_BINPACK_LIST_PAGE_SIZE');
    const names = settingKeys.map((key) => environmentVariableOf(settings[key]));
    assert.equal(new Set(names).size, settingKeys.length);
    for (const name of names)
      assert.doesNotMatch(name, /^KUBE_BINPACK_(?:SERVICE|PORT)(?:_|$)/, 'a service link');
  });

  test('all have a flag in kebab case, a help text and a default that they accept', () => {
    for (const key of settingKeys) {
      const setting: Setting = settings[key];
      assert.match(setting.flag, /^[a-z]+(?:-[a-z]+)*$/);
      assert.match(setting.help, /\w/);
      assert.doesNotThrow(() => resolve({}), key);
    }
  });
});

suite('problems', () => {
  test('are all told at once, each with where it stands', () => {
    assert.deepEqual(
      problemsOf({
        flags: { listPageSize: '-1', labelGroups: ['zone', 'bad key!'], output: 'xml' },
        env: { KUBE_BINPACK_TIMEOUT: 'soon', KUBE_BINPACK_NAMESPACE: 'Web' },
        file: { requestTimeout: 0, colour: true },
      }).map((problem) => problem.replace(/Invalid option: .*/, 'Invalid option')),
      [
        `x.yaml: "colour" is not a setting (they are ${settingKeys.join(', ')})`,
        '--list-page-size "-1": must be 0 or more',
        'requestTimeout in x.yaml "0": must be between 1 ms and 7 days',
        'KUBE_BINPACK_TIMEOUT "soon": must be a duration such as 30s, 5m or 1h',
        'KUBE_BINPACK_NAMESPACE "Web": is not a namespace name',
        '--label-group "bad key!": "bad key!" is not a label key',
        '--output "xml": Invalid option',
      ],
    );
  });

  test('of a choice name what may be chosen', () => {
    assert.match(problemsOf({ flags: { output: 'xml' } })[0] ?? '', /^--output "xml": .*table.*json.*csv/);
  });

  test('stand on one line, whatever was written', () => {
    assert.deepEqual(problemsOf({ file: { allowHost: 'a\nb' } }), [
      'allowHost in x.yaml "a\\u000ab": "a\\u000ab" is not a host (it has no port)',
    ]);
  });

  test('never hold a key of JavaScript’s own for a setting', () => {
    const [problem = ''] = problemsOf({ file: { constructor: 1 } });
    assert.match(problem, /^x\.yaml: "constructor" is not a setting/);
  });
});

suite('a value', () => {
  const accepted: readonly (readonly [key: SettingKey, text: string, value: unknown])[] = [
    ['listPageSize', '0', 0],
    ['listPageSize', ' 500 ', 500],
    ['timeout', '90', 90_000],
    ['timeout', '250ms', 250],
    ['timeout', '1.5s', 1500],
    ['timeout', '5m', 300_000],
    ['timeout', '2h', 7_200_000],
    ['timeout', '7d', 604_800_000],
    ['namespace', 'kube-system', 'kube-system'],
    ['namespace', '', ''],
    ['nodeSelector', 'pool=web,!spot', 'pool=web,!spot'],
    ['podFieldSelector', 'status.phase!=Succeeded', 'status.phase!=Succeeded'],
    ['resources', 'cpu, memory', ['cpu', 'memory']],
    ['resources', 'nvidia.com/gpu', ['nvidia.com/gpu']],
    ['cluster', 'arn:aws:eks:eu-west-1:1:cluster/prod', 'arn:aws:eks:eu-west-1:1:cluster/prod'],
    ['cluster', '日本語', '日本語'],
    ['scheduledAt', '2026-11-21T07:45:00Z', new Date('2026-11-21T07:45:00Z')],
    ['scheduledAt', '2026-11-21T07:45:00.123Z', new Date('2026-11-21T07:45:00.123Z')],
    ['scheduledAt', '2026-11-21T08:45:00+01:00', new Date('2026-11-21T07:45:00Z')],
  ];
  for (const [key, text, value] of accepted) {
    test(`--${settings[key].flag} "${text}" is accepted`, () =>
      assert.deepEqual(resolve({ flags: { [key]: text } })[key], value));
  }

  const refused: readonly (readonly [key: SettingKey, text: string, why: string])[] = [
    ['listPageSize', '-1', 'must be 0 or more'],
    ['listPageSize', '1.5', 'must be a whole number'],
    ['listPageSize', '1e3', 'must be a whole number'],
    ['listPageSize', '', 'must be a whole number'],
    ['listPageSize', '٣', 'must be a whole number'],
    ['listPageSize', '9'.repeat(20), 'must be 0 or more'],
    ['timeout', '0', 'must be between 1 ms and 7 days'],
    ['timeout', '8d', 'must be between 1 ms and 7 days'],
    ['timeout', '-5s', 'must be a duration such as 30s, 5m or 1h'],
    ['timeout', '5 minutes', 'must be a duration such as 30s, 5m or 1h'],
    ['timeout', 's', 'must be a duration such as 30s, 5m or 1h'],
    ['namespace', 'a/b', 'is not a namespace name'],
    ['namespace', '-a', 'is not a namespace name'],
    ['namespace', 'x'.repeat(64), 'is not a namespace name'],
    ['namespace', '../kube-system', 'is not a namespace name'],
    ['nodeSelector', '=,', '"=" is not a label requirement (key=value, key in (a, b), !key)'],
    ['podFieldSelector', 'phase', '"phase" is not a field requirement (field=value or field!=value)'],
    ['resources', 'cpu,', '"" is not a resource name'],
    ['resources', 'c p u', '"c p u" is not a resource name'],
    ['resources', 'cpu,toString', '"toString" is not a resource name'],
    ['resources', 'constructor', '"constructor" is not a resource name'],
    ['cluster', 'a\u0007b', 'must not hold control characters'],
    ['cluster', 'x'.repeat(201), 'must be shorter (200 bytes, escaped as in a URL)'],
    ['out', ' ', 'must not be empty'],
  ];
  for (const [key, text, why] of refused) {
    test(`--${settings[key].flag} "${text.slice(0, 30)}" is refused: ${why}`, () => {
      const [problem] = problemsOf({ flags: { [key]: text } });
      assert.equal(problem, printable(`--${settings[key].flag} "${text}": ${why}`));
    });
  }

  for (const text of [
    'yesterday',
    '1',
    'tomorrow 5',
    '2026-13-01T00:00:00Z',
    '21.11.2026',
    '+012345-01-01T00:00:00Z',
  ]) {
    test(`--scheduled-at "${text}" is no instant`, () => {
      assert.deepEqual(problemsOf({ flags: { scheduledAt: text } }), [
        `--scheduled-at "${text}": must be an instant such as 2026-11-21T07:45:00Z`,
      ]);
    });
  }

  test('that is a date without a zone does not depend on the machine’s zone', () => {
    const before = process.env['TZ'];
    const at = (zone: string): number | undefined => {
      process.env['TZ'] = zone;
      try {
        return resolve({ flags: { scheduledAt: '2026-11-21T07:45:00' } }).scheduledAt?.getTime();
      } catch (error) {
        assert.ok(error instanceof ConfigError);
        return undefined;
      }
    };
    try {
      assert.equal(at('America/New_York'), at('Asia/Tokyo'));
    } finally {
      if (before === undefined) delete process.env['TZ'];
      else process.env['TZ'] = before;
    }
  });
});

suite('label groups', () => {
  const groups = [['topology.kubernetes.io/zone', 'kubernetes.io/arch'], ['pool']];

  test('are repeated flags, each a combination of keys', () => {
    const flags = { labelGroups: ['topology.kubernetes.io/zone, kubernetes.io/arch', 'pool'] };
    assert.deepEqual(resolve({ flags }).labelGroups, groups);
  });

  test('have semicolons between them in the environment', () => {
    const env = { KUBE_BINPACK_LABEL_GROUP: 'topology.kubernetes.io/zone,kubernetes.io/arch; pool;' };
    assert.deepEqual(resolve({ env }).labelGroups, groups);
  });

  test('are a list of texts or of lists in the file, or one text', () => {
    const file = { labelGroups: [['topology.kubernetes.io/zone', 'kubernetes.io/arch'], 'pool'] };
    assert.deepEqual(resolve({ file }).labelGroups, groups);
    assert.deepEqual(resolve({ file: { labelGroups: 'pool' } }).labelGroups, [['pool']]);
    assert.deepEqual(resolve({ file: { labelGroups: [] } }).labelGroups, []);
  });

  test('are refused with the key at fault, and beyond ten', () => {
    assert.deepEqual(problemsOf({ flags: { labelGroups: ['a,b c,-d'] } }), [
      '--label-group "a,b c,-d": "b c" is not a label key',
      '--label-group "a,b c,-d": "-d" is not a label key',
    ]);
    assert.deepEqual(problemsOf({ flags: { labelGroups: [''] } }), [
      '--label-group "": "" is not a label key',
    ]);
    const eleven = Array.from({ length: 11 }, (_, index) => `k${index}`);
    assert.match(problemsOf({ flags: { labelGroups: eleven } })[0] ?? '', /: must be 10 or fewer$/);
  });
});

suite('readiness rules', () => {
  const rules = [{ name: 'cni', conditions: [{ type: 'example.com/NetworkReady' }] }];
  const read = (about: Parameters<typeof resolve>[0]): string[] =>
    resolve(about).readinessRules.map(({ name }) => name);

  test('are a list in the file, or JSON in a flag, the environment or the file', () => {
    const text = JSON.stringify(rules);
    assert.deepEqual(read({ file: { readinessRules: rules } }), ['cni']);
    assert.deepEqual(read({ file: { readinessRules: text } }), ['cni']);
    assert.deepEqual(read({ flags: { readinessRules: text } }), ['cni']);
    assert.deepEqual(read({ env: { KUBE_BINPACK_READINESS_RULES: text } }), ['cni']);
    assert.deepEqual(read({ flags: { readinessRules: ' ' }, file: { readinessRules: rules } }), []);
    assert.deepEqual(read({ file: { readinessRules: [] } }), []);
  });

  test('are refused with the place of every problem', () => {
    const wrong = [{ name: 'cni', conditions: [{}] }, { conditions: [{ type: 'A', status: 'True' }] }];
    const problems = (from: string): string[] => [
      `${from}, [0].conditions[0].type: is missing`,
      `${from}, [1].name: is missing`,
      `${from}, [1].conditions[0]: has no status (there are type, requiredStatus)`,
    ];
    assert.deepEqual(problemsOf({ file: { readinessRules: wrong } }), problems('readinessRules in x.yaml'));
    const flags = { readinessRules: JSON.stringify(wrong) };
    assert.deepEqual(problemsOf({ flags }), problems('--readiness-rules'));
  });

  test('that are no list, or no JSON, are not shown where they are long', () => {
    assert.deepEqual(problemsOf({ file: { readinessRules: rules[0] } }), [
      'readinessRules in x.yaml: must be a list of rules',
    ]);
    assert.deepEqual(problemsOf({ flags: { readinessRules: '{}' } }), [
      '--readiness-rules "{}": must be a list of rules',
    ]);
    assert.deepEqual(problemsOf({ flags: { readinessRules: '[{' } }), [
      '--readiness-rules "[{": must be JSON',
    ]);
    const circle: unknown[] = [];
    circle.push(circle);
    assert.match(
      problemsOf({ file: { readinessRules: circle } })[0] ?? '',
      /, \[0\]: must be a map of name,/,
    );
  });
});

suite('a file', () => {
  test('may write numbers and lists where a flag takes text', () => {
    const config = resolve({
      file: { listPageSize: 100, resources: ['cpu', 'memory'], timeout: 30, cluster: 42 },
    });
    assert.deepEqual(config.listPageSize, 100);
    assert.deepEqual(config.resources, ['cpu', 'memory']);
    assert.deepEqual(config.timeout, 30_000);
    assert.deepEqual(config.cluster, '42');
  });

  test('with a map where a text is due says which', () => {
    assert.match(
      problemsOf({ file: { cluster: { name: 'prod' } } })[0] ?? '',
      /^cluster in x\.yaml "\{"name":"prod"\}": .*string/,
    );
  });
});
