/** A store's objects as somebody else may have left them: damaged, or made to do harm to who reads them. */
import assert from 'node:assert/strict';
import { gunzipSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { KubeBinpackError, StoreError } from '../../lib/errors.ts';
import { prometheusText } from '../../lib/metrics/prometheus.ts';
import type { NodeRow, Summary, WorkloadRow } from '../../lib/model/snapshot.ts';
import { readinessRulesSchema } from '../../lib/model/readiness-rule.ts';
import { renderReport } from '../../lib/report/html/page.ts';
import { readinessView } from '../../lib/report/readiness.ts';
import { renderView, type View } from '../../lib/report/view.ts';
import { headline, problemLines } from '../../lib/report/headline.ts';
import { groupsView, nodesView, resourcesView, workloadsView } from '../../lib/report/views.ts';
import { sha256 } from '../../lib/store/codec.ts';
import { summaryKey } from '../../lib/store/keys.ts';
import { commitSnapshot, readRows, readSummary } from '../../lib/store/snapshots.ts';
import type { Store } from '../../lib/store/store.ts';
import { generateCluster } from '../support/apiserver/generate.ts';
import { objectsOf, take } from '../support/history.ts';
import { createMemoryStore } from '../support/memory-store.ts';
import { edited, edits, share, type Edit } from './bytes.ts';
import { propertyOf, type Target } from './target.ts';

const { signal } = new AbortController();
/** As --resources lets them through; the objects may have any. */
const resources = ['cpu', 'memory', 'example.com/none'];
const markup = '<script>alert(1)</script>';

const texts = fc.oneof(
  fc.constantFrom(
    markup,
    '"><img src=x onerror=alert(1)>',
    '=cmd()',
    '\u001b[2J',
    '\u202e',
    '../../../etc/passwd',
  ),
  fc.constantFrom(
    'a\nb',
    '',
    'x'.repeat(5_000),
    '0000-01-01T00:00:00Z',
    '20261121T074500Z',
    '00000000T000000Z',
  ),
  fc.constantFrom('1970-01-01T00:00:00Z', '9999-12-31T23:59:59.999Z', '__proto__', 'Infinity'),
  fc.string({ unit: 'binary' }),
);
const numbers = fc.oneof(
  fc.constantFrom(-1, 0, 1, 0.1, 2 ** 53, 2 ** 53 - 1, 1e308, -1e308, 5e-324),
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
);
const others = fc.oneof(
  fc.constantFrom<unknown>(null, true, [], {}, [[0, 2 ** 53 - 1]], [[-1, 1]]),
  fc.jsonValue(),
);
const hostileKeys = fc.constantFrom(
  '__proto__',
  'constructor',
  'toString',
  markup,
  'cpu',
  'x'.repeat(2_000),
  '',
  'a\nb',
);

interface Change {
  /** Of all places in the value, which. */
  readonly at: number;
  readonly how: 'replace' | 'remove' | 'add' | 'rename' | 'repeat' | 'retype';
  readonly key: string;
  readonly text: string;
  readonly number: number;
  readonly other: unknown;
}

const change: fc.Arbitrary<Change> = fc.record({
  at: share,
  // mostly such as a schema takes: what it refuses harms nobody
  how: fc.constantFrom(
    'replace',
    'replace',
    'replace',
    'replace',
    'rename',
    'remove',
    'add',
    'repeat',
    'retype',
  ),
  key: hostileKeys,
  text: texts,
  number: numbers,
  other: others,
});

type Place = readonly [holder: Record<string, unknown>, key: string];

function placesIn(value: unknown): Place[] {
  if (typeof value !== 'object' || value === null) return [];
  const holder = value as Record<string, unknown>;
  return Object.keys(holder).flatMap((key) => [[holder, key] as const, ...placesIn(holder[key])]);
}

/** Defined, not assigned: __proto__ is to be a key like others, as JSON.parse makes it. */
function define(holder: object, key: string, value: unknown): void {
  Object.defineProperty(holder, key, { value, enumerable: true, configurable: true, writable: true });
}

function apply(root: unknown, { at, how, key, text, number, other: given }: Change): void {
  // its own copy each time: what changes one place must not change another
  const other = JSON.parse(JSON.stringify(given)) as unknown;
  const places = placesIn(root);
  const [holder, name] = places[Math.floor(at * places.length)] ?? [{}, ''];
  const inside = holder[name];
  const isMap = typeof inside === 'object' && inside !== null && !Array.isArray(inside);
  if (how === 'remove') delete holder[name];
  else if (how === 'rename' && !Array.isArray(holder)) {
    delete holder[name];
    define(holder, key, inside);
  } else if (how === 'repeat' && Array.isArray(inside))
    define(
      holder,
      name,
      Array.from({ length: 30 }, () => JSON.parse(JSON.stringify(inside)) as unknown[]).flat(),
    );
  else if (how === 'add' && isMap) define(inside, key, other);
  else if (how === 'replace' && typeof inside === 'string') define(holder, name, text);
  else if (how === 'replace' && typeof inside === 'number') define(holder, name, number);
  else define(holder, name, other);
}

interface Spoiling {
  readonly summary: readonly Change[];
  readonly nodes: readonly Change[];
  readonly workloads: readonly Change[];
  readonly bytes: readonly Edit[];
}

const few = fc.array(change, { maxLength: 2 });
const spoilings: fc.Arbitrary<Spoiling> = fc.record({
  summary: few,
  nodes: few,
  workloads: few,
  bytes: fc.oneof({ weight: 4, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: edits }),
});

const key = { cluster: 'prod', snapshotId: '20261121T074500Z' };

const readinessRules = readinessRulesSchema.parse([
  { name: 'cni', conditions: [{ type: 'Ready', requiredStatus: 'True' }] },
]);

/** A snapshot of a small cluster, as its objects. */
async function original(): Promise<ReadonlyMap<string, Buffer>> {
  const store = createMemoryStore();
  const { nodes, pods } = generateCluster({ nodes: 4, pods: 30, seed: 3 });
  const taken = take(
    { nodes: objectsOf(nodes), pods: objectsOf(pods) },
    new Date('2026-11-21T07:45:00Z'),
    {},
    { labelGroups: [['topology.kubernetes.io/zone']], readinessRules },
  );
  await commitSnapshot(store, taken, signal);
  return store.objects;
}

/** The checksums are right again: who can write an object can write its summary. */
async function spoil(objects: ReadonlyMap<string, Buffer>, spoiling: Spoiling): Promise<Store> {
  const store = createMemoryStore();
  const summaryBytes = objects.get(summaryKey(key)) ?? Buffer.alloc(0);
  const summary = JSON.parse(summaryBytes.toString('utf8')) as {
    objects: { kind: 'nodes' | 'workloads'; key: string; sha256: string }[];
  };
  for (const object of summary.objects) {
    const lines = gunzipSync(objects.get(object.key) ?? Buffer.alloc(0))
      .toString('utf8')
      .trimEnd()
      .split('\n');
    const rows = lines.map((line) => JSON.parse(line) as unknown);
    for (const each of spoiling[object.kind]) apply(rows, each);
    const bytes = gzipSync(rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
    const broken = object.kind === 'nodes' ? edited(bytes, spoiling.bytes) : bytes;
    object.sha256 = sha256(broken);
    await store.create(object.key, broken, signal);
  }
  for (const each of spoiling.summary) apply(summary, each);
  await store.create(
    summaryKey(key),
    edited(Buffer.from(JSON.stringify(summary)), spoiling.nodes.length === 0 ? spoiling.bytes : []),
    signal,
  );
  return store;
}

/** null: a StoreError of one sentence, which is right; anything else is thrown on. */
async function orRefused<T>(read: Promise<T>): Promise<T | null> {
  try {
    return await read;
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    assert.ok(error.message.length < 3_000, `a sentence of ${error.message.length} characters`);
    return null;
  }
}

async function check(store: Store): Promise<void> {
  const summary = await orRefused(readSummary(store, key, signal));
  if (summary === null) return;
  const nodes = (await orRefused(readRows(store, summary, 'nodes', signal))) ?? [];
  const workloads = (await orRefused(readRows(store, summary, 'workloads', signal))) ?? [];
  for (const text of textsOf(summary, nodes, workloads))
    assert.doesNotMatch(
      text,
      /[\p{Cc}\u202e]/u,
      'what moves the cursor or turns the text is shown as an escape',
    );
  const repacking = { why: 'not asked for' };
  const report = { summary, nodes, workloads, resources, trend: null, repacking };
  const page = renderReport(report, noViewer, () => '');
  assert.ok(!page.includes(markup) && !page.includes('<img src=x'), 'markup of a name is text');
  prometheusText([{ summary, nodes }], resources);
}

const asset = { text: '', sha256: '' };
const noViewer = { script: asset, style: asset };

const terminal = { width: 100, color: false };

/** Each line that is shown on a terminal. */
function textsOf(summary: Summary, nodes: readonly NodeRow[], workloads: readonly WorkloadRow[]): string[] {
  const table = <Row>(view: View<Row>): string[] => {
    for (const output of ['csv', 'json'] as const) renderView(view, output, terminal);
    return renderView(view, 'table', terminal).split('\n');
  };
  return [
    headline(summary),
    ...problemLines(summary),
    ...table(resourcesView(summary, resources)),
    ...table(groupsView(summary.groups, resources)),
    ...table(readinessView(summary.readiness ?? [])),
    ...table(nodesView(nodes, resources)),
    ...table(workloadsView(workloads, resources)),
  ];
}

export const storedTarget: Target = {
  name: 'stored',
  holds: 'an object of a store is refused in a sentence, or shown without harm',
  runs: 150,
  async start() {
    const objects = await original();
    const property = propertyOf(spoilings, async (spoiling) => {
      try {
        await check(await spoil(objects, spoiling));
      } catch (error) {
        // what reads a store says so in its own words, or has a bug
        if (error instanceof KubeBinpackError && !(error instanceof StoreError))
          throw new Error(`not a StoreError: ${error.message}`, { cause: error });
        throw error;
      }
    });
    return { property, stop: async () => undefined };
  },
};
