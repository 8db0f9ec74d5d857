/** Config files: whatever stands in one is settings, or one sentence of what is wrong. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parseConfigFile } from '../../functions/config-file.ts';
import { resolveConfig, settingKeys } from '../../lib/config.ts';
import { ConfigError } from '../../lib/errors.ts';
import { within } from '../support/within.ts';
import { edited, edits } from './bytes.ts';
import { target } from './target.ts';

const keys = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...settingKeys) },
  {
    weight: 1,
    arbitrary: fc.constantFrom('__proto__', 'constructor', 'prototype', 'toString', '<<', '', 'Cluster'),
  },
);
const scalars = fc.oneof(
  fc.constantFrom<unknown>(
    'prod',
    '5m',
    '2Gi',
    'top:3',
    'none',
    '',
    ' ',
    'a\nb',
    '\u202e',
    '\u0000',
    'a;b,c',
    '[]',
    '{}',
  ),
  fc.constantFrom<unknown>(
    0,
    -1,
    1e21,
    1.5,
    true,
    null,
    Number.POSITIVE_INFINITY,
    '9'.repeat(400),
    's3://b/p',
    'pool in (a, b)',
  ),
  fc.string({ unit: 'binary', maxLength: 20 }),
);
const rules = fc.record(
  {
    name: scalars,
    conditions: fc.array(fc.record({ type: scalars, requiredStatus: scalars }, { requiredKeys: [] }), {
      maxLength: 2,
    }),
    taint: fc.dictionary(fc.constantFrom('key', 'value', 'effect', '__proto__'), scalars),
    nodeSelector: fc.jsonValue(),
  },
  { requiredKeys: [] },
);
const values = fc.oneof(
  scalars,
  fc.array(scalars, { maxLength: 4 }),
  fc.array(rules, { maxLength: 2 }),
  fc.jsonValue(),
);
const maps = fc.dictionary(keys, values, { maxKeys: 6 });
/** What only YAML can say. */
const snippets = [
  'cluster: &a [*a]',
  'a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\ncluster: [*d,*d,*d,*d,*d,*d,*d,*d,*d]',
  '<<: {cluster: x}',
  '__proto__: {cluster: polluted, polluted: yes}',
  '"__proto__":\n  polluted: 1',
  'constructor: {prototype: {polluted: 1}}',
  '? [cluster]\n: prod',
  '? {a: b}\n: prod',
  '!!binary cluster: aGk=',
  'cluster: !!js/function "function(){}"',
  'cluster: !!set {a, b}',
  'cluster: !!omap [a: 1]',
  'resources: !!timestamp 2026-11-21',
  '%YAML 1.1\n---\ncluster: yes\n<<: *x',
  '--- a\n--- b',
  '[cluster, prod]',
  'just a text',
  '42',
  '~',
  '',
  '\uFEFFcluster: prod',
  'cluster: prod\ncluster: other',
  '['.repeat(3_000),
  `cluster: ${'{a: '.repeat(2_000)}`,
  '- '.repeat(2_000),
  'cluster: |2\n  a\n b',
  'cluster: "\\u0000\\x1b[31m"',
];
const files = fc.oneof(
  { weight: 4, arbitrary: maps.map((map) => JSON.stringify(map, null, 1)) },
  {
    weight: 2,
    arbitrary: fc.dictionary(keys, fc.oneof(fc.constantFrom(...snippets), fc.string())).map((map) =>
      Object.entries(map)
        .map(([key, value]) => `${key}: ${value}`)
        .join('\n'),
    ),
  },
  { weight: 2, arbitrary: fc.constantFrom(...snippets) },
);
const spoiled = fc
  .tuple(files, fc.oneof(fc.constant([]), edits))
  .map(([text, changes]) => edited(Buffer.from(text), changes).toString('utf8'));

const untouched = Object.getOwnPropertyNames(Object.prototype).length;

export const configTarget = target(
  {
    name: 'config',
    holds: 'a config file is settings or one ConfigError in one line, and touches no prototype',
    runs: 250,
  },
  spoiled,
  (text) => {
    try {
      within(5_000, () => {
        const config = resolveConfig({ flags: {}, env: {}, file: parseConfigFile(text, 'x.yaml') });
        assert.deepEqual(Object.keys(config).toSorted(), settingKeys.toSorted());
        assert.equal(Object.getPrototypeOf(config), Object.prototype);
      });
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      assert.doesNotMatch(error.message, /[\r\n]/);
      assert.ok(error.message.length < 20_000, `a sentence of ${error.message.length} characters`);
    }
    assert.equal(Object.getOwnPropertyNames(Object.prototype).length, untouched);
    assert.ok(!('polluted' in {}));
  },
);
