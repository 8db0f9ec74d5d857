/**
 * `npm run docs`: writes the generated parts of README.md and docs/ anew, between their marks; with --check it
 * writes nothing and fails where they differ from the code.
 */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import * as prettier from 'prettier';
import { endpoints } from '../functions/serve/endpoints.ts';
import { environmentVariableOf, settingKeys, settings } from '../lib/config.ts';
import * as z from '../lib/model/schema.ts';
import { configValues, settingsTemplate, valuesSchema } from './helm.ts';
import { metricsHeader, metricsRows } from './metrics.ts';
import { memoryChart, performanceTables, readBench } from './performance.ts';
import { exampleScreen } from './screen.ts';
import {
  nodeRowSchema,
  podRowSchema,
  summarySchema,
  workloadRowSchema,
  type NodeRow,
  type Summary,
} from '../lib/model/snapshot.ts';

const root = path.join(import.meta.dirname, '..');
const chart = 'infra/helm/kube-binpack';

function tableOf(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(header), line(header.map(() => '---')), ...rows.map(line)].join('\n');
}

function settingsTable(): string {
  const rows = settingKeys.map((key) => {
    const setting = settings[key];
    const fallback = setting.default === '' ? '' : `\`${setting.default}\``;
    return [
      `\`--${setting.flag} ${setting.argument}\``,
      `\`${environmentVariableOf(setting)}\``,
      `\`${key}\``,
      fallback,
      setting.help,
    ];
  });
  return tableOf(['flag', 'environment', 'config file', 'default', 'what it does'], rows);
}

function endpointsTable(): string {
  const rows = endpoints.map(({ path, query, help }) => [
    `\`${path}${query === undefined ? '' : `?${query.join('&')}`}\``,
    help,
  ]);
  return tableOf(['GET', 'answers'], rows);
}

interface JsonSchema {
  readonly type?: string | readonly string[];
  readonly enum?: readonly string[];
  readonly anyOf?: readonly JsonSchema[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: JsonSchema | boolean;
  readonly items?: JsonSchema;
  readonly description?: string;
}

function contractTable(schema: z.ZodType): string {
  return tableOf(
    ['field', 'type', 'meaning'],
    fieldsOf('', z.toJSONSchema(schema, { io: 'output' }) as JsonSchema),
  );
}

/** Objects, lists and maps are opened; `resources.*.free` is the field `free` of every resource. */
function fieldsOf(prefix: string, schema: JsonSchema): string[][] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, property]) => {
    const field = `${prefix}${name}`;
    const options = property.anyOf ?? typesOf(property);
    const nullable = options.some(({ type }) => type === 'null');
    const value = options.find(({ type }) => type !== 'null') ?? property;
    const inner = innerOf(field, value);
    const type = `${typeOf(value)}${nullable ? ' or null' : ''}`;
    const meaning = property.description ?? '';
    // constraints are Kubernetes' own words; one line says enough
    if (name === 'constraints') return [[`\`${field}\``, 'object', meaning]];
    return [...(inner.length > 0 && meaning === '' ? [] : [[`\`${field}\``, type, meaning]]), ...inner];
  });
}

/** `type: [number, null]` as two schemas. */
function typesOf(schema: JsonSchema): JsonSchema[] {
  return typeof schema.type === 'object' ? schema.type.map((type) => ({ ...schema, type })) : [schema];
}

function innerOf(field: string, value: JsonSchema): string[][] {
  if (value.properties !== undefined) return fieldsOf(`${field}.`, value);
  if (typeof value.additionalProperties === 'object')
    return fieldsOf(`${field}.*.`, value.additionalProperties);
  return value.items === undefined ? [] : fieldsOf(`${field}[].`, value.items);
}

function typeOf({ type, enum: values, items, additionalProperties }: JsonSchema): string {
  if (values !== undefined) return values.map((value) => `\`${value}\``).join(', ');
  if (type === 'array') {
    return typeof items?.type === 'string' && items.type !== 'array'
      ? `list of ${items.type}s`
      : 'list of pairs';
  }
  if (type === 'object') return typeof additionalProperties === 'object' ? 'map' : 'object';
  return typeof type === 'string' ? type : 'value';
}

/** What the demo prints, what it says of one node, how it is watched, and what its gauges cost, with a fixed slot: the simulated cluster is the same every time. */
async function demoOutputs(): Promise<Readonly<Record<'demo' | 'node' | 'watch' | 'cost', string>>> {
  const folder = await mkdtemp(path.join(tmpdir(), 'kube-binpack-docs-'));
  const kubeconfig = path.join(folder, 'kubeconfig');
  const simulator = path.join(root, 'test/support/apiserver/main.ts');
  const server = spawn(
    process.execPath,
    [
      simulator,
      '--nodes',
      '300',
      '--pods',
      '6000',
      '--seed',
      '1',
      '--kubeconfig',
      kubeconfig,
      '--until-stdin-closes',
    ],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  );
  try {
    await once(createInterface({ input: server.stdout }), 'line');
    const cli = async (...args: readonly string[]): Promise<string> => {
      const common = ['--cluster', 'demo', '--out', path.join(folder, 'snapshots')];
      const line = [path.join(root, 'functions/cli.ts'), ...args, ...common];
      return (await promisify(execFile)(process.execPath, line)).stdout.trimEnd();
    };
    const slot = ['--scheduled-at', '2026-11-21T07:45:00Z', '--kubeconfig', kubeconfig];
    // the same on a slow machine
    const patient = ['--repack-budget', '10m'];
    const demo = await cli('snapshot', '--label-group', 'karpenter.sh/nodepool', ...slot, ...patient);
    const node = await cli('show', '--node', exampleNode);
    const watched = exampleScreen(
      JSON.parse(await cli('show', '--output', 'json')) as Summary,
      JSON.parse(await cli('show', '--nodes', '--output', 'json')) as NodeRow[],
    );
    const cost = (await cli('cost', '--node-metrics', 'top:10')).split('\n');
    const shown = cost.filter((line) => !/^(?:cluster|group) /.test(line));
    return {
      demo: `\`\`\`text\n${demo}\n\`\`\``,
      node: `\`\`\`text\n$ kube-binpack show --node ${exampleNode}\n${node}\n\`\`\``,
      watch: `\`\`\`text\n${watched}\n\`\`\``,
      cost: [
        '```text',
        '$ kube-binpack cost --node-metrics top:10',
        shown[0],
        '...',
        ...shown.slice(1),
        '```',
      ].join('\n'),
    };
  } finally {
    server.stdin.end();
    await once(server, 'exit');
    await rm(folder, { recursive: true });
  }
}

/** Of the simulated cluster: full of memory, with cpu left. */
const exampleNode = 'ip-10-64-1-0.ec2.internal';

async function generate(): Promise<ReadonlyMap<string, ReadonlyMap<string, string>>> {
  const bench = await readBench(root);
  const { demo, node, watch, cost } = await demoOutputs();
  return new Map([
    [
      'README.md',
      new Map([
        ['demo', demo],
        ['node', node],
        ['watch', watch],
        ['cost', cost],
        ['settings', settingsTable()],
        ['endpoints', endpointsTable()],
        ['performance', performanceTables(bench, tableOf)],
      ]),
    ],
    [`${chart}/values.yaml`, new Map([['settings', configValues()]])],
    ['docs/metrics.md', new Map([['metrics', tableOf(metricsHeader, metricsRows())]])],
    [
      'docs/snapshot.md',
      new Map([
        ['summary', contractTable(summarySchema)],
        ['nodes', contractTable(nodeRowSchema)],
        ['workloads', contractTable(workloadRowSchema)],
        ['pods', contractTable(podRowSchema)],
      ]),
    ],
  ]);
}

function replaceBetweenMarks(text: string, mark: string, content: string, file: string): string {
  const pattern = new RegExp(
    `(<!-- ${mark}:begin[^>]*-->\\n|# ${mark}:begin.*\\n)[\\s\\S]*?(<!-- ${mark}:end -->| *# ${mark}:end)`,
  );
  if (!pattern.test(text)) throw new Error(`${file} has no marks for ${mark}`);
  return text.replace(pattern, (_match, begin: string, end: string) =>
    begin.startsWith('#') ? `${begin}${content}\n${end}` : `${begin}\n${content}\n\n${end}`,
  );
}

const check = process.argv.includes('--check');

/** Writes what differs, or with --check says so. */
async function settle(file: string, before: string, after: string): Promise<void> {
  if (after === before) return;
  if (check) {
    console.error(`${file} is not what the code says: run npm run docs`);
    process.exitCode = 1;
  } else {
    await writeFile(path.join(root, file), after);
    console.log(`${file} written`);
  }
}

const style = await prettier.resolveConfig(path.join(root, 'README.md'));
for (const [file, parts] of await generate()) {
  const before = await readFile(path.join(root, file), 'utf8');
  let after = before;
  for (const [mark, content] of parts) after = replaceBetweenMarks(after, mark, content, file);
  const parser = file.endsWith('.md') ? 'markdown' : 'yaml';
  await settle(file, before, await prettier.format(after, { ...style, parser }));
}
for (const [name, content] of [
  ['values.schema.json', await prettier.format(JSON.stringify(valuesSchema()), { ...style, parser: 'json' })],
  ['templates/_settings.tpl', settingsTemplate()],
] as const) {
  const file = `${chart}/${name}`;
  await settle(file, await textOf(file), content);
}
const chartFile = 'docs/memory.svg';
await settle(chartFile, await textOf(chartFile), memoryChart(await readBench(root)));

/** Empty where there is no such file yet. */
async function textOf(file: string): Promise<string> {
  return readFile(path.join(root, file), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
}
