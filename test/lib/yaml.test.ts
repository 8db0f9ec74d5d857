import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { ConfigError } from '../../lib/errors.ts';
import { parseYaml } from '../../lib/yaml.ts';

function failure(text: string): Error {
  try {
    parseYaml(text, 'config file x.yaml');
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error));
    return error;
  }
  return assert.fail('it should have been refused');
}

suite('YAML', () => {
  test('is read, and JSON with it', () => {
    assert.deepEqual(parseYaml('out: ./s\nlistPageSize: 10\nlabelGroups:\n  - a\n  - [b, c]\n', 'x'), {
      out: './s',
      listPageSize: 10,
      labelGroups: ['a', ['b', 'c']],
    });
    assert.deepEqual(parseYaml('{"out": "./s", "deep": [1, null, true]}', 'x'), {
      out: './s',
      deep: [1, null, true],
    });
    assert.equal(parseYaml('', 'x'), null);
    assert.equal(parseYaml('# nothing\n', 'x'), null);
  });

  test('an instant stays text', () => {
    assert.deepEqual(parseYaml('scheduledAt: 2026-11-21T07:45:00Z', 'x'), {
      scheduledAt: '2026-11-21T07:45:00Z',
    });
  });

  test('that is none says where, and what to do', () => {
    assert.equal(
      failure('out: ./s\ncluster: "prod\n').message,
      'config file x.yaml is not YAML (line 3, column 1): correct it, or write it anew with the tool that made it',
    );
    assert.match(
      failure('a: b: c').message,
      /^config file x\.yaml is not YAML \(line 1, column \d+\): correct it/,
    );
  });

  for (const text of [
    'token: hunter2\ntoken: [',
    'token: "hunter2',
    'a: *hunter2',
    '- hunter2: {\n',
    'hunter2: 1\nhunter2: 2',
    '%hunter2\n---\n}',
  ]) {
    test(`what is wrong in ${JSON.stringify(text)} is told without quoting it`, () => {
      const error = failure(text);
      assert.doesNotMatch(`${error.message}${error.stack}${String(error.cause)}`, /hunter2/);
      assert.doesNotMatch(error.message, /\n/);
    });
  }

  test('a bomb of aliases is refused quickly', () => {
    const levels = Array.from({ length: 12 }, (_, i) => `a${i + 1}: &a${i + 1} [${`*a${i},`.repeat(10)}]`);
    assert.match(failure(['a0: &a0 [x]', ...levels].join('\n')).message, /^config file x\.yaml is not YAML/);
  });
});
