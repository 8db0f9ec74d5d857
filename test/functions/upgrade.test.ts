/** Snapshots outlive the version that wrote them: those of the first version, of today's, of a newer one, and of one that is too new. */
import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, suite, test, type TestContext } from 'node:test';
import { gunzipSync, gzipSync } from 'node:zlib';
import { schemaVersion, type Summary } from '../../lib/model/snapshot.ts';
import { decodeSummary, encodeSummary, sha256 } from '../../lib/store/codec.ts';
import { createDirectoryStore } from '../../lib/store/directory.ts';
import { readRows, readSummary } from '../../lib/store/snapshots.ts';
import { refusal, runCli, type CliResult } from '../support/cli.ts';
import { temporaryFolder } from '../support/kubeconfig.ts';

/** Two snapshots each of one small cluster; as they were written, for good. */
const stores = path.join(import.meta.dirname, '..', 'fixtures', 'stores');
const signal = new AbortController().signal;
const day = ['--from', '2026-11-21', '--to', '2026-11-21'];

/** Each reading command, and what it must show of any of these stores. */
const readings: readonly (readonly [args: readonly string[], shows: RegExp])[] = [
  [['show'], /^prod at 20261121T084500Z, Kubernetes v1\.36\.2: 4 nodes, 36 pods\n[^]*\ncpu .* 52\.7 % /],
  [['show', '--node', 'ip-10-64-0-1'], /ip-10-64-0-1\.ec2\.internal[^]*DaemonSet/],
  [['list', ...day], /\nprod +20261121T074500Z +4 +36 [^]*\nprod +20261121T084500Z +4 +36 /],
  [['history', ...day, '--cache-dir', 'none'], /\nprod +cpu .* 52\.7 % +52\.7 %/],
  [['diff', '20261121T0745', '20261121T0845'], /\ncpu +52\.7 % +52\.7 % +0\.0 /],
  [
    [
      'query',
      'SELECT count(*) AS n, sum(pods) AS p FROM nodes',
      ...day,
      '--cache-dir',
      'none',
      '--output',
      'csv',
    ],
    /^n,p\r?\n8,72\r?\n$/,
  ],
  [['repack'], /: at least 2 nodes, 2 found, 4 running\n[^]*\nip-10-64-0-1\.ec2\.internal /],
  [['report', '--file', '-'], /^<!doctype html>[^]*52\.7/i],
];

const folder = mkdtempSync(path.join(tmpdir(), 'kube-binpack-'));
const newer = { folder: path.join(folder, 'newer'), major: path.join(folder, 'major') };
after(() => rmSync(folder, { recursive: true }));

const filesBelow = (folder: string, end: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(end))
    .map((name) => path.join(folder, name));

/** What a later minor version may add, anywhere. */
function withMore(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((each) => (typeof each === 'object' ? withMore(each) : each));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, each]) => [key, withMore(each)]);
  return { ...(Object.fromEntries(entries) as object), ofALaterVersion: { some: ['thing'] } };
}

/** Of the objects whose keys are names of a schema's, not of the cluster's. */
function addFields(row: Record<string, unknown>, maps: readonly string[]): unknown {
  const kept = Object.fromEntries(maps.filter((name) => name in row).map((name) => [name, row[name]]));
  return { ...(withMore(row) as object), ...kept };
}

before(() => {
  for (const copy of [newer.folder, newer.major])
    cpSync(path.join(stores, 'today'), copy, { recursive: true });
  for (const file of filesBelow(newer.folder, '.json')) {
    const summary = JSON.parse(readFileSync(file, 'utf8')) as Summary;
    const objects = summary.objects.map((object) => {
      const rows = gunzipSync(readFileSync(path.join(newer.folder, object.key)))
        .toString('utf8')
        .trimEnd()
        .split('\n');
      const added = rows.map((row) =>
        addFields(JSON.parse(row) as Record<string, unknown>, [
          'labels',
          'resources',
          'requests',
          'total',
          'readiness',
        ]),
      );
      const bytes = gzipSync(added.map((row) => `${JSON.stringify(row)}\n`).join(''));
      writeFileSync(path.join(newer.folder, object.key), bytes);
      return { ...object, bytes: bytes.length, sha256: sha256(bytes) };
    });
    const { nodes, resources, groups, packing, apart, ...rest } = summary;
    writeFileSync(
      file,
      JSON.stringify({ ...(withMore(rest) as object), nodes, resources, groups, packing, apart, objects }),
    );
  }
  for (const file of filesBelow(newer.major, '.json'))
    writeFileSync(file, JSON.stringify({ schemaVersion: schemaVersion + 1, whatever: 'it is then' }));
});

async function read(t: TestContext, store: string, args: readonly string[]): Promise<CliResult> {
  return runCli([...args, '--out', store], { cwd: temporaryFolder(t).at('') });
}

suite('snapshots of other versions', { concurrency: 2 }, () => {
  for (const [args, shows] of readings) {
    test(`kube-binpack ${args.join(' ')} reads those of the first version, and those with fields of a later one`, async (t) => {
      for (const store of [path.join(stores, 'first'), newer.folder]) {
        const { code, stdout, stderr } = await read(t, store, args);
        assert.equal(code, 0, stderr);
        assert.match(stdout, shows, store);
        assert.doesNotMatch(stderr, /left out|"level":"(?:warn|error)"/);
      }
    });
  }

  test("today's are read as they were written: a change of the schema that breaks them is seen here", async () => {
    const store = createDirectoryStore(path.join(stores, 'today'));
    for (const snapshotId of ['20261121T074500Z', '20261121T084500Z']) {
      const summary = await readSummary(store, { cluster: 'prod', snapshotId }, signal);
      assert.ok(summary !== null);
      const [file = ''] = filesBelow(path.join(stores, 'today'), `${snapshotId}.json`);
      assert.deepEqual(
        JSON.parse(encodeSummary(summary).toString('utf8')),
        JSON.parse(readFileSync(file, 'utf8')),
      );
      const rows = await Promise.all(
        (['nodes', 'workloads', 'pods'] as const).map(
          async (kind) => (await readRows(store, summary, kind, signal)).length,
        ),
      );
      assert.deepEqual(
        rows,
        summary.objects.map((object) => object.rows),
      );
    }
  });

  const tooNew = `was written by a newer kube-binpack (schema ${schemaVersion + 1}, this one reads up to ${schemaVersion}): update kube-binpack`;
  const [first, second] = ['20261121T074500Z', '20261121T084500Z'].map(
    (id) => `snapshot ${id} of prod ${tooNew}`,
  );
  const refused: readonly (readonly [args: readonly string[], sentence: string])[] = [
    [['show'], `${second}`],
    [['list', ...day], `nothing could be read: ${first} (and 1 more like it)`],
    [['fleet'], `nothing could be read: ${second}`],
    [['history', ...day, '--cache-dir', 'none'], `nothing could be read: ${first} (and 1 more like it)`],
    [
      ['query', 'SELECT * FROM nodes', ...day, '--cache-dir', 'none'],
      `nothing could be read: ${first} (and 1 more like it)`,
    ],
  ];
  for (const [args, sentence] of refused)
    test(`kube-binpack ${args[0]} says of those of a newer schema to update`, async (t) => {
      // which of two that are read at once is first, nobody can say
      const said = refusal(await read(t, newer.major, args), 4);
      assert.ok([sentence, sentence.replace(first ?? '', second ?? '')].includes(said), said);
    });
});

test('an older schema than there ever was is none', () => {
  assert.throws(() => decodeSummary(Buffer.from('{"schemaVersion":0}'), 'snapshot X'), {
    name: 'StoreError',
    message: /^snapshot X is not valid: schemaVersion: /,
  });
});
