/** The config file, as what it says of settings; whether they are any is for resolveConfig. */
import { readFile } from 'node:fs/promises';
import type { ConfigSources } from '../lib/config.ts';
import { ConfigError } from '../lib/errors.ts';
import { parseYaml } from '../lib/yaml.ts';

type ConfigFile = NonNullable<ConfigSources['file']>;

export async function readConfigFile(name: string): Promise<ConfigFile> {
  const text = await readFile(name, 'utf8').catch((cause: unknown) => {
    throw new ConfigError(`could not read the config file ${name}: does it exist, and may you read it?`, {
      cause,
    });
  });
  return parseConfigFile(text, name);
}

export function parseConfigFile(text: string, name: string): ConfigFile {
  const values = parseYaml(text, `config file ${name}`) ?? {};
  if (typeof values !== 'object' || Array.isArray(values)) {
    throw new ConfigError(`config file ${name} is not a map of settings`);
  }
  return { name, values: values as Record<string, unknown> };
}
