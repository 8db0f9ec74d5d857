/** A pod that somebody thinks of: from flags, or from a manifest, as the API server would complete it. */
import { readFile } from 'node:fs/promises';
import { createQuantityReader } from '../lib/cluster/decode/quantities.ts';
import { podFromJson } from '../lib/cluster/decode/json-objects.ts';
import { ConfigError, DecodeError } from '../lib/errors.ts';
import type { Pod } from '../lib/model/pod.ts';
import { parseQuantity, QuantityError } from '../lib/model/quantity.ts';
import { isAccounted, isBytes } from '../lib/model/resources.ts';
import { parseYaml } from '../lib/yaml.ts';
import type { Context } from './command.ts';
import { textOption } from './options.ts';

type Fields = Readonly<Record<string, unknown>>;

export async function podFromManifest(file: string): Promise<Pod> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new ConfigError(`could not read ${file}: does it exist, and may you read it?`, { cause });
  });
  const manifest = fields(parseYaml(text, file), `${file} is not a manifest`);
  const spec = fields(manifest['spec'], `${file} has no spec`);
  const template = templateOf(String(manifest['kind']), spec, file);
  const metadata = {
    ...fields(manifest['metadata'] ?? {}, ''),
    ...(template['metadata'] as Fields | undefined),
  };
  return decoded(
    { metadata: { name: 'candidate', namespace: 'default', ...metadata }, spec: template['spec'] },
    file,
  );
}

/** Pod, or what makes pods of a template. */
function templateOf(kind: string, spec: Fields, file: string): Fields {
  if (kind === 'Pod') return { spec };
  const owner =
    kind === 'CronJob'
      ? fields(
          fields(spec['jobTemplate'], `${file} has no jobTemplate`)['spec'],
          `${file}: its jobTemplate has no spec`,
        )
      : spec;
  return fields(
    owner['template'],
    `${file}: a ${kind} has no pod template; give a Pod, Deployment, StatefulSet, Job or CronJob`,
  );
}

/** --cpu, --memory, --gpu, --request, --selector, --tolerate. */
export function podFromFlags(options: Context['options']): Pod {
  const requests: Record<string, string> = {};
  const add = (name: string, text: string | null): void => {
    if (text !== null) requests[name] = text;
  };
  add('cpu', textOption(options, 'cpu'));
  add('memory', textOption(options, 'memory'));
  add('nvidia.com/gpu', textOption(options, 'gpu'));
  for (const [name, text] of pairsOf(options, 'request')) add(name, text);
  if (Object.keys(requests).length === 0)
    throw new ConfigError(
      'say what the pod asks for (--cpu, --memory, --gpu, --request), or give --file or --like',
    );
  return decoded(
    {
      metadata: { name: 'candidate', namespace: 'default' },
      spec: {
        containers: [{ name: 'candidate', image: 'candidate', resources: { requests } }],
        nodeSelector: Object.fromEntries(pairsOf(options, 'selector')),
        tolerations: listOf(options, 'tolerate').map(toleration),
      },
    },
    'the flags',
  );
}

/** key=value:NoSchedule, key:NoSchedule, key=value, key: as kubectl writes taints. */
function toleration(text: string): Fields {
  const [, key, value, effect] = /^([^=:]+)(?:=([^:]*))?(?::(\w+))?$/.exec(text) ?? [];
  if (key === undefined)
    throw new ConfigError(`--tolerate "${text}": must be key, key=value or key=value:effect`);
  return {
    key,
    ...(value === undefined ? { operator: 'Exists' } : { operator: 'Equal', value }),
    ...(effect !== undefined && { effect }),
  };
}

const listOf = (options: Context['options'], name: string): string[] =>
  (textOption(options, name) ?? '')
    .split(',')
    .map((each) => each.trim())
    .filter((each) => each !== '');

function pairsOf(options: Context['options'], name: string): [string, string][] {
  return listOf(options, name).map((pair) => {
    const at = pair.indexOf('=');
    if (at < 1) throw new ConfigError(`--${name} "${pair}": must be name=value, with commas between`);
    return [pair.slice(0, at), pair.slice(at + 1)];
  });
}

function decoded(pod: Fields, what: string): Pod {
  try {
    return podFromJson(
      { ...pod, spec: completed(fields(pod['spec'], `${what}: there is no pod spec`), what) },
      createQuantityReader(),
    );
  } catch (error) {
    if (error instanceof DecodeError || error instanceof RangeError || error instanceof SyntaxError)
      throw new ConfigError(`${what}: ${error.message}`, { cause: error });
    throw error;
  }
}

/** What a container limits and does not request, the API server has it request. */
function completed(spec: Fields, what: string): Fields {
  const complete = (key: string): unknown => {
    const list = spec[key] ?? [];
    if (!Array.isArray(list)) throw new ConfigError(`${what}: ${key} must be a list`);
    return list.map((item: unknown) => {
      const container = fields(item, `${what}: each of ${key} must be a container`);
      return { ...container, resources: requested(container['resources'], what) };
    });
  };
  const { resources } = spec;
  return {
    ...spec,
    containers: complete('containers'),
    initContainers: complete('initContainers'),
    ...(resources !== undefined && { resources: requested(resources, what) }),
  };
}

function requested(value: unknown, what: string): Fields {
  const resources = fields(value ?? {}, `${what}: resources must hold requests and limits`);
  const amounts = (key: string): Fields =>
    fields(resources[key] ?? {}, `${what}: ${key} must be amounts by name`);
  const requests = { ...amounts('limits'), ...amounts('requests') };
  for (const [name, amount] of Object.entries(requests)) refuseOddAmount(name, String(amount));
  return { ...resources, requests };
}

/** A list leaves such out and counts them as problems, or as nothing; here somebody can mend it. */
function refuseOddAmount(name: string, text: string): void {
  const refuse = (why: string): never => {
    throw new ConfigError(`${name} "${text}" ${why}`);
  };
  if (!isAccounted(name)) refuse('is nothing that the scheduler keeps account of: nodes give it no room');
  const milli = milliOf(text) ?? refuse('is not a quantity such as 2, 500m or 4Gi');
  if (milli < 0) refuse('is below 0');
  if (milli > 2 ** 63) refuse('is more than any node has');
  if (name !== 'cpu' && !isBytes(name) && milli % 1000 !== 0) refuse('is not whole: devices go one by one');
}

/** null: not a quantity. */
function milliOf(text: string): number | null {
  try {
    const { amount } = parseQuantity(text);
    return typeof amount === 'number' ? amount : Number(amount / 1_000_000n);
  } catch (error) {
    if (error instanceof QuantityError) return null;
    throw error;
  }
}

function fields(value: unknown, otherwise: string): Fields {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields;
  throw new ConfigError(otherwise);
}
