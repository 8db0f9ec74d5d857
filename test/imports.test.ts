/** Who may import whom: folders are stages, and data flows one way. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

const root = path.join(import.meta.dirname, '..');

/** What each folder may import besides itself, and errors, log and printable, which all may. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  'lib/model': [],
  'lib/scheduler': ['lib/model'],
  'lib/packing': ['lib/model', 'lib/scheduler'],
  'lib/report': ['lib/model', 'lib/scheduler', 'lib/packing'],
  'lib/cluster': ['lib/model', 'lib/yaml.ts', 'lib/aws.ts'],
  'lib/store': ['lib/model', 'lib/aws.ts', 'lib/at-once.ts'],
  'lib/metrics': ['lib/model', 'lib/aws.ts', 'lib/at-once.ts'],
  'lib/history': ['lib/model', 'lib/packing', 'lib/store', 'lib/aws.ts', 'lib/at-once.ts'],
  'lib/aws.ts': [],
  'lib/at-once.ts': [],
  'lib/config': ['lib/model'],
  'lib/config.ts': ['lib/model', 'lib/config'],
  'lib/earlier.ts': ['lib/model'],
  'lib/take.ts': ['lib/model', 'lib/scheduler', 'lib/packing', 'lib/store', 'lib/cluster', 'lib/earlier.ts'],
  'lib/run.ts': ['lib/model', 'lib/store', 'lib/metrics', 'lib/earlier.ts', 'lib/take.ts'],
  'lib/yaml.ts': [],
  'lib/errors.ts': [],
  'lib/log.ts': [],
  'lib/printable.ts': [],
  functions: ['lib', 'package.json'],
  infra: ['lib', 'functions'],
};

/** No clock, environment, file or socket: their imports from outside are these alone. */
const pure: Readonly<Record<string, readonly string[]>> = {
  'lib/model': ['zod/mini', 'zod/v4/core', 'zod/v4/locales/en.js'],
  'lib/scheduler': [],
  'lib/packing': [],
  'lib/report': ['string-width', 'fuzzysort', 'uplot'],
};

const adapters = new Set([
  'lib/cluster/connect.ts',
  'lib/cluster/eks.ts',
  'lib/cluster/reader.ts',
  'lib/cluster/http.ts',
  'lib/store/directory.ts',
  'lib/store/s3.ts',
  'lib/history/cache.ts',
  'lib/history/duckdb.ts',
  'lib/history/sql/athena.ts',
  'lib/history/sql/duckdb.ts',
  'lib/metrics/cloudwatch.ts',
  'lib/metrics/emf.ts',
  'lib/metrics/prometheus-file.ts',
]);

interface Import {
  readonly file: string;
  readonly target: string;
}

function sources(folder: string): string[] {
  return readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => path.join(folder, file));
}

/** A relative import as a path from the root, any other by its name. */
function importsOf(file: string): Import[] {
  const text = readFileSync(path.join(root, file), 'utf8');
  const pattern = /(?:^import\s(?:[^'";]*?\sfrom\s+)?|^export\s[^'";]*?\sfrom\s+|\bimport\()'([^']+)'/gm;
  return [...text.matchAll(pattern)].map(([, name = '']) => ({
    file,
    target: name.startsWith('.') ? path.join(path.dirname(file), name) : name,
  }));
}

const all = ['lib', 'functions', 'infra'].flatMap(sources).flatMap(importsOf);
const ours = all.filter(({ target }) => target.includes('/') && existsHere(target));
const foreign = all.filter(({ target }) => !existsHere(target) && !target.startsWith('node:'));

function existsHere(target: string): boolean {
  return /^(?:lib|functions|infra|test)\/|^package\.json$/.test(target);
}

function folderOf(file: string): string {
  const [top = '', second = ''] = file.split('/');
  return top === 'lib' ? `${top}/${second}` : top;
}

test('the import scanner sees what there is', () => {
  assert.ok(ours.length > 100, `${ours.length} imports`);
  assert.ok(foreign.some(({ target }) => target === '@kubernetes/client-node'));
});

test('every folder imports only what stands before it in the flow of data', () => {
  const wrong = ours.filter(({ file, target }) => {
    const from = folderOf(file);
    const permitted = [from, 'lib/errors.ts', 'lib/log.ts', 'lib/printable.ts', ...(allowed[from] ?? [])];
    return !permitted.some((each) => target === each || target.startsWith(`${each}/`));
  });
  assert.deepEqual(wrong, []);
});

test('every vendor package is imported in one file', () => {
  const files = new Map<string, Set<string>>();
  for (const { file, target } of foreign) files.set(target, (files.get(target) ?? new Set()).add(file));
  const shared = [...files].filter(([, users]) => users.size > 1).map(([name, users]) => [name, [...users]]);
  assert.deepEqual(shared, []);
});

test('pure folders import nothing that touches the world', () => {
  const wrong = all.filter(({ file, target }) => {
    const vendors = pure[folderOf(file)];
    return vendors !== undefined && !existsHere(target) && !vendors.includes(target);
  });
  assert.deepEqual(wrong, []);
});

test('a tick sees ports, never adapters', () => {
  const tick = new Set(['lib/run.ts', 'lib/take.ts']);
  const wrong = ours.filter(({ file, target }) => tick.has(file) && adapters.has(target));
  assert.deepEqual(wrong, []);
});

test('nothing in the product imports the tests', () => {
  assert.deepEqual(
    ours.filter(({ target }) => target.startsWith('test/')),
    [],
  );
});

test('pure folders read no clock, no environment and no randomness', () => {
  const impure = /\bprocess\.|\bDate\.now\b|\bnew Date\(\)|\bMath\.random\b|\bperformance\.|\bglobalThis\b/;
  const wrong = Object.keys(pure)
    .flatMap(sources)
    .filter((file) => impure.test(readFileSync(path.join(root, file), 'utf8')));
  assert.deepEqual(wrong, []);
});
