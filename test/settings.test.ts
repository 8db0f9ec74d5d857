/** A setting is a flag, an environment variable, a config key, a Helm value and a row of the README: five lists, one table. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { suite, test } from 'node:test';
import { parse } from 'yaml';
import { commands, commonSettings } from '../functions/commands.ts';
import { ConfigError } from '../lib/errors.ts';
import {
  environmentVariableOf,
  resolveConfig,
  settingKeys,
  settings,
  type SettingKey,
} from '../lib/config.ts';
import { runCli } from './support/cli.ts';

const root = path.join(import.meta.dirname, '..');
const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');
const flagOf = (key: SettingKey): string => `--${settings[key].flag}`;
/** Refused by every setting but those that take any text. */
const odd = '\u0000 no such value \u0007';

suite('every setting', () => {
  test('has a flag in the help of a command that takes it', async () => {
    const flagsInHelp = new Set<string>();
    for (const { name } of commands) {
      const { stdout } = await runCli([name, '--help'], { cwd: root });
      for (const [, flag = ''] of stdout.matchAll(/^ +(--[a-z0-9-]+) /gm)) flagsInHelp.add(flag);
    }
    const taken = new Set<SettingKey>([
      ...commonSettings,
      ...commands.flatMap((command) => [...command.settings]),
    ]);
    assert.deepEqual([...taken].toSorted(), settingKeys.toSorted());
    for (const key of settingKeys) assert.ok(flagsInHelp.has(flagOf(key)), flagOf(key));
  });

  test('has an environment variable and a config key, which are read', () => {
    for (const key of settingKeys) {
      const variable = environmentVariableOf(settings[key]);
      const answers = [
        configured({ [variable]: odd }, null, key),
        configured({}, { name: 'file', values: { [key]: odd } }, key),
      ];
      // either the value arrives, or it is refused under its own name
      for (const [answer, name] of [
        [answers[0], variable],
        [answers[1], `${key} in file`],
      ] as const)
        assert.ok(
          answer === 'read' || answer?.startsWith(`${name} "`) === true,
          `${name}: ${String(answer)}`,
        );
    }
  });

  test('has a value in the Helm chart, and a row in its schema', () => {
    const { config } = parse(read('infra/helm/kube-binpack/values.yaml')) as {
      config: Record<string, unknown>;
    };
    assert.deepEqual(Object.keys(config), settingKeys);
    const schema = JSON.parse(read('infra/helm/kube-binpack/values.schema.json')) as {
      properties: { config: { properties: Record<string, unknown> } };
    };
    assert.deepEqual(Object.keys(schema.properties.config.properties), settingKeys);
    const template = read('infra/helm/kube-binpack/templates/_settings.tpl');
    const mapped = [...template.matchAll(/^(\w+): \{ variable: (\w+),/gm)].map(([, key, variable]) => [
      key,
      variable,
    ]);
    assert.deepEqual(
      mapped,
      settingKeys.map((key) => [key, environmentVariableOf(settings[key])]),
    );
  });

  test('has a row in the README', () => {
    const rows = read('README.md')
      .split('\n')
      .map((line) => /^\| `(--[\w-]+) [^`]*` +\| `(\w+)` +\| `(\w+)` +\|/.exec(line)?.slice(1))
      .filter((row) => row !== undefined);
    assert.deepEqual(
      rows,
      settingKeys.map((key) => [flagOf(key), environmentVariableOf(settings[key]), key]),
    );
  });
});

function configured(
  env: Record<string, string>,
  file: { name: string; values: Record<string, unknown> } | null,
  key: SettingKey,
): string {
  try {
    const value = JSON.stringify(resolveConfig({ flags: {}, env, file })[key]);
    return value.includes('no such value') ? 'read' : `ignored: ${value}`;
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
}
