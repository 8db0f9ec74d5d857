/** What a run was told: flag > environment > file > default, each checked; all problems are reported at once. */
import { settings, type Setting } from './config/settings.ts';
import { ConfigError } from './errors.ts';
import type * as z from './model/schema.ts';
import { printable } from './printable.ts';

export { settings, type Setting } from './config/settings.ts';
export { clusterNameProblem } from './config/values.ts';

type Settings = typeof settings;
export type SettingKey = keyof Settings;

type ValueOf<S> = S extends { readonly schema: z.ZodType<infer T> } ? T : never;

/** Durations are in milliseconds. A text that was not given and has no default is empty. */
export type Config = { readonly [K in SettingKey]: ValueOf<Settings[K]> };

export const settingKeys = Object.keys(settings) as SettingKey[];

export function environmentVariableOf({ flag }: Setting): string {
  return `KUBE_BINPACK_${flag.toUpperCase().replaceAll('-', '_')}`;
}

/** Names that look like settings and are none. KUBE_BINPACK_CONFIG names the file. */
export function unknownVariables(env: ConfigSources['env']): string[] {
  const known = new Set([
    'KUBE_BINPACK_CONFIG',
    ...settingKeys.map((key) => environmentVariableOf(settings[key])),
  ]);
  // a service of our name gives its pods KUBE_BINPACK_SERVICE_HOST, KUBE_BINPACK_PORT and so on
  const mayBeOurs = /^KUBE_BINPACK_(?!SERVICE_|PORT$|PORT_)/;
  return Object.keys(env).filter((name) => mayBeOurs.test(name) && !known.has(name));
}

export interface ConfigSources {
  /** By setting; a repeatable one's values as a list. */
  readonly flags: Readonly<Partial<Record<SettingKey, string | readonly string[]>>>;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly file: { readonly name: string; readonly values: Readonly<Record<string, unknown>> } | null;
}

/** Throws one ConfigError that names every problem and where it stands. */
export function resolveConfig(sources: ConfigSources): Config {
  const problems: string[] = unknownKeys(sources.file);
  const config: Partial<Record<SettingKey, unknown>> = {};
  for (const key of settingKeys) {
    const setting: Setting = settings[key];
    const given = lookUp(key, setting, sources);
    const result = setting.schema.safeParse(given.value);
    if (result.success) config[key] = result.data;
    for (const { message, path } of result.error?.issues ?? []) {
      const at = setting.structured === true ? placeIn(given.value, path) : null;
      problems.push(`${given.from}${at ?? ` "${shownAt(given.value, path[0])}"`}: ${message}`);
    }
  }
  if (problems.length > 0) throw new ConfigError(printable(problems.join('; ')));
  return config as Config;
}

/** Of a repeatable setting, the one text that is at fault. */
function shownAt(value: unknown, index: PropertyKey | undefined): string {
  const shown: unknown = Array.isArray(value) && typeof index === 'number' ? value[index] : value;
  return typeof shown === 'string' ? shown : JSON.stringify(shown);
}

/** `, [0].conditions[1].type`; null for a text that cannot be read. */
function placeIn(value: unknown, path: readonly PropertyKey[]): string | null {
  if (path.length === 0) return typeof value === 'string' ? null : '';
  const steps = path.map((step) => (typeof step === 'number' ? `[${step}]` : `.${String(step)}`));
  return `, ${steps.join('')}`;
}

interface Given {
  readonly from: string;
  readonly value: unknown;
}

function lookUp(key: SettingKey, setting: Setting, { flags, env, file }: ConfigSources): Given {
  const many = (value: string): unknown =>
    setting.repeatable === true ? value.split(';').filter((each) => each.trim() !== '') : value;
  const flag = flags[key];
  if (flag !== undefined) return { from: `--${setting.flag}`, value: flag };
  const variable = environmentVariableOf(setting);
  const fromEnvironment = env[variable];
  if (fromEnvironment !== undefined && fromEnvironment !== '')
    return { from: variable, value: many(fromEnvironment) };
  const fromFile = file?.values[key];
  if (file !== null && fromFile !== undefined && fromFile !== null) {
    const value = setting.structured === true ? fromFile : textsOf(fromFile, setting);
    return { from: `${key} in ${file.name}`, value };
  }
  return { from: 'default', value: many(setting.default) };
}

/** A config file may write numbers, and lists where a flag takes commas. */
function textsOf(value: unknown, setting: Setting): unknown {
  if (!Array.isArray(value)) return setting.repeatable === true ? [textOf(value)] : textOf(value);
  const texts = value.map((item) => (Array.isArray(item) ? item.map(textOf).join(',') : textOf(item)));
  return setting.repeatable === true ? texts : texts.join(',');
}

function textOf(value: unknown): unknown {
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : value;
}

function unknownKeys(file: ConfigSources['file']): string[] {
  const known = new Set<string>(settingKeys);
  return Object.keys(file?.values ?? {})
    .filter((key) => !known.has(key))
    .map((key) => `${file?.name}: "${key}" is not a setting (they are ${settingKeys.join(', ')})`);
}
