import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, suite, test } from 'node:test';
import stringWidth from 'string-width';
import type { Snapshot } from '../../lib/model/snapshot.ts';
import { encodeSummary } from '../../lib/store/codec.ts';
import { createDirectoryStore } from '../../lib/store/directory.ts';
import { detailKey, summaryKey } from '../../lib/store/keys.ts';
import { commitSnapshot } from '../../lib/store/snapshots.ts';
import { logLines, messages, refusal, runCli, type CliResult } from '../support/cli.ts';
import {
  identity,
  nodeAmounts,
  nodeRow,
  resourceSummary,
  snapshot,
  summary,
  workloadRow,
} from '../support/snapshots.ts';

const { signal } = new AbortController();
const gib = 1024 ** 3;
const folder = mkdtempSync(path.join(tmpdir(), 'kube-binpack-'));
after(() => rmSync(folder, { recursive: true, force: true }));

async function run(...args: string[]): Promise<CliResult> {
  return runCli(args, { cwd: folder });
}

async function shown(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await run(...args);
  assert.equal(code, 0, stderr);
  assert.equal(stderr, '');
  return stdout;
}

async function commit(directory: string, about: Parameters<typeof snapshot>[0]): Promise<void> {
  const { own } = await commitSnapshot(
    createDirectoryStore(path.join(folder, directory)),
    snapshot(about),
    signal,
  );
  assert.ok(own);
}

const nodes = [
  nodeRow({
    node: 'node-a',
    nodePool: 'general',
    zone: 'eu-1a',
    resources: { cpu: nodeAmounts(4, 3), memory: nodeAmounts(16 * gib, 4 * gib) },
  }),
  nodeRow({
    node: 'node-b',
    nodePool: 'spot',
    zone: 'eu-1b',
    unschedulable: true,
    resources: { cpu: nodeAmounts(4, 1), memory: nodeAmounts(16 * gib, 8 * gib) },
  }),
  nodeRow({
    node: 'node-c',
    nodePool: 'general',
    zone: 'eu-1b',
    resources: { cpu: nodeAmounts(8, 4), memory: nodeAmounts(0, 0) },
  }),
];
const workloads = [
  workloadRow({ index: 0, name: 'web', total: { cpu: 1, memory: 4 * gib } }),
  workloadRow({
    index: 1,
    name: 'cache',
    kind: 'StatefulSet',
    namespace: 'data',
    total: { cpu: 0.5, memory: 12 * gib },
  }),
];
const whole: Partial<Snapshot> = { nodes, workloads };
const groups = [
  {
    labels: ['zone'],
    values: ['eu-1a'],
    nodes: 1,
    pods: 2,
    resources: { cpu: { allocatable: 4, allocated: 3, daemonSet: 0, free: 1, utilization: 0.75 } },
  },
  {
    labels: ['zone'],
    values: ['eu-1b'],
    nodes: 2,
    pods: 6,
    resources: { cpu: { allocatable: 12, allocated: 5, daemonSet: 0, free: 7, utilization: 5 / 12 } },
  },
];

before(async () => {
  // ./snapshots: one cluster, three snapshots
  await commit('snapshots', { ...whole, summary: { snapshotId: '20261120T120000Z' } });
  await commit('snapshots', {
    ...whole,
    summary: { snapshotId: '20261121T074000Z', pods: { ...summary().pods, pending: 3 } },
  });
  await commit('snapshots', {
    ...whole,
    summary: { groups, problems: [{ reason: 'PodOnUnknownNode', count: 4, examples: ['pod a/b on c'] }] },
  });
  await commit('two', { summary: { cluster: 'prod' } });
  await commit('two', { summary: { cluster: 'test', snapshotId: '20261121T080000Z' } });
});

suite('list', { concurrency: 2 }, () => {
  test('shows the snapshots, newest last', async () => {
    assert.equal(
      await shown('list'),
      [
        'CLUSTER  SNAPSHOT          NODES  PODS  PENDING  CPU             MEMORY          CONSISTENCY  PROBLEMS',
        'prod     20261120T120000Z      2     8        0  ███░░░  50.0 %  ███░░░  50.0 %  exact               0',
        'prod     20261121T074000Z      2     8        3  ███░░░  50.0 %  ███░░░  50.0 %  exact               0',
        'prod     20261121T074500Z      2     8        0  ███░░░  50.0 %  ███░░░  50.0 %  exact               4',
        '',
      ].join('\n'),
    );
  });

  test('as CSV has raw values', async () => {
    assert.equal(
      await shown('list', '--output', 'csv', '--limit', '1'),
      'cluster,snapshotId,nodes,pods,pending,cpu,memory,consistency,problems\r\n' +
        'prod,20261121T074500Z,2,8,0,0.5,0.5,exact,4\r\n',
    );
  });

  test('as JSON has whole summaries', async () => {
    const listed = JSON.parse(await shown('list', '--output', 'json', '--limit', '0')) as {
      snapshotId: string;
    }[];
    assert.deepEqual(
      listed.map(({ snapshotId }) => snapshotId),
      ['20261120T120000Z', '20261121T074000Z', '20261121T074500Z'],
    );
    assert.deepEqual({ ...listed[0], objects: [] }, summary({ snapshotId: '20261120T120000Z' }));
  });

  test('--limit is of each cluster, the newest', async () => {
    const lines = (await shown('list', '--limit', '2')).split('\n');
    assert.deepEqual(
      lines.slice(1, -1).map((line) => line.split(/\s+/)[1]),
      ['20261121T074000Z', '20261121T074500Z'],
    );
    assert.equal((await shown('list', '--out', 'two', '--limit', '1')).split('\n').length, 4);
  });

  test('--cluster, --search and --sort choose and order', async () => {
    const column = (text: string): (string | undefined)[] =>
      text
        .split('\n')
        .slice(1, -1)
        .map((line) => line.split(/\s+/)[1]);
    assert.deepEqual(column(await shown('list', '--out', 'two', '--cluster', 'test')), ['20261121T080000Z']);
    assert.deepEqual(column(await shown('list', '--search', '20261121 !074000')), ['20261121T074500Z']);
    assert.deepEqual(column(await shown('list', '--sort', 'snapshotId:desc')), [
      '20261121T074500Z',
      '20261121T074000Z',
      '20261120T120000Z',
    ]);
    assert.deepEqual(column(await shown('list', '--sort', 'pending')), [
      '20261121T074000Z',
      '20261120T120000Z',
      '20261121T074500Z',
    ]);
  });

  test('--from and --to choose a range, from its beginning up to but without its end', async () => {
    const ids = async (...args: string[]): Promise<string[]> =>
      (JSON.parse(await shown('list', '--output', 'json', ...args)) as { snapshotId: string }[]).map(
        ({ snapshotId }) => snapshotId,
      );
    const all = ['20261120T120000Z', '20261121T074000Z', '20261121T074500Z'];
    assert.deepEqual(await ids('--from', '2026-11-20'), all);
    assert.deepEqual(await ids('--from', '2026-11-21'), all.slice(1));
    assert.deepEqual(await ids('--to', '2026-11-20'), all.slice(0, 1), 'a day is whole');
    assert.deepEqual(await ids('--from', '2026-11-21', '--to', '2026-11-21'), all.slice(1));
    assert.deepEqual(await ids('--to', '2026-11-21T07:45:00Z'), all.slice(0, 2));
    assert.deepEqual(await ids('--from', '2026-11-21T08:40:00+01:00', '--to', '2026-11-21T07:45:00Z'), [
      all[1],
    ]);
    assert.deepEqual(await ids('--from', '2026-11-20', '--limit', '1'), all.slice(2));
    const none = await run('list', '--from', '2027-01-01', '--output', 'json');
    assert.equal(none.stdout, '[]\n');
    assert.deepEqual(messages(none, 'info'), ['no snapshots to list in ./snapshots in that range']);
    for (const wrong of ['yesterday', '2026-13-01', '2026-02-30', '2026-11-21T07:45:00', '20261121'])
      assert.match(
        refusal(await run('list', '--from', wrong), 2),
        /^--from ".*": must be a day, an instant such as 2026-11-21T07:45:00Z, or a time such as "7d ago"$/,
      );
  });

  test('a range that ends before it begins is refused', async () => {
    const result = await run('list', '--from', '2026-11-21', '--to', '2026-11-19');
    assert.equal(refusal(result, 2), '--from lies behind --to: nothing is between them');
  });

  test('--search looks at all of them, and --limit keeps the newest of what it finds', async () => {
    const csv = (await shown('list', '--search', '2026112', '--limit', '1', '--output', 'csv')).split('\r\n');
    assert.equal(csv.length, 3);
    assert.match(csv[1] ?? '', /20261121T074500Z/);
    const none = await run('list', '--search', 'nosuchthing');
    assert.deepEqual(messages(none, 'info'), [
      'none of the 3 snapshots that were read in ./snapshots is found by --search',
    ]);
  });

  test('by default the newest 50 of each cluster, and a line says that there may be more', async () => {
    const start = Date.UTC(2026, 9, 1);
    for (let index = 0; index < 60; index++) {
      const snapshotId = new Date(start + index * 3_600_000).toISOString().replaceAll(/[-:]|\.\d+/g, '');
      await commit('many', { summary: { snapshotId } });
    }
    const newest = await run('list', '--out', 'many', '--output', 'csv');
    assert.equal(newest.stdout.trimEnd().split('\r\n').length, 51);
    assert.deepEqual(messages(newest, 'info'), ['the newest 50 of each cluster: --limit 0 for all']);
    const ranged = await run('list', '--out', 'many', '--output', 'csv', '--from', '2026-10-01');
    assert.equal(ranged.stdout.trimEnd().split('\r\n').length, 61);
    assert.deepEqual(messages(ranged, 'info'), []);
  });

  test('without snapshots says how to take one, and succeeds; nothing is made', async () => {
    const result = await run('list', '--out', 'nowhere');
    assert.equal(result.code, 0);
    assert.equal(result.stdout, '');
    assert.deepEqual(messages(result, 'info'), [
      'no snapshots to list in nowhere: take one with kube-binpack snapshot',
    ]);
    assert.ok(!readdirSync(folder).includes('nowhere'));
    assert.equal((await run('list', '--out', 'nowhere', '--output', 'json')).stdout, '[]\n');
  });

  test('--limit, --sort and --output of something else are refused', async () => {
    assert.match(
      refusal(await run('list', '--limit', '-1'), 2),
      /^--limit "-1": must be a whole number, 0 for all$/,
    );
    assert.match(
      refusal(await run('list', '--limit', 'all'), 2),
      /^--limit "all": must be a whole number, 0 for all$/,
    );
    assert.match(refusal(await run('list', '--output', 'xml'), 2), /^--output "xml": .*json/);
    assert.equal(
      refusal(await run('list', '--sort', 'age'), 2),
      '--sort "age": there is no such column; they are cluster, snapshotId, nodes, pods, pending, cpu, memory, consistency, problems',
    );
  });
});

suite('show', { concurrency: 2 }, () => {
  test('shows the newest snapshot: headline, resources, groups, problems', async () => {
    assert.equal(
      await shown('show'),
      [
        'prod at 20261121T074500Z, Kubernetes v1.36.2: 2 nodes, 8 pods',
        '',
        'RESOURCE  UTILIZATION           ALLOCATED  ALLOCATABLE  USABLE FREE  STRANDED  DAEMONSETS  PENDING  P10  P50  P90',
        'cpu       ██████░░░░░░  50.0 %          4            8            4         -           0        0    -    -    -',
        'memory    ██████░░░░░░  50.0 %     16 GiB       32 GiB       16 GiB         -         0 B      0 B    -    -    -',
        '',
        'GROUP       NODES  PODS  CPU',
        'zone=eu-1a      1     2  █████████░░░  75.0 %',
        'zone=eu-1b      2     6  █████░░░░░░░  41.7 %',
        '',
        'Problems',
        '  PodOnUnknownNode: pod a/b on c; and 3 more',
        '',
      ].join('\n'),
    );
  });

  test('takes an id, or the beginning of one, and the newest of those that fit', async () => {
    const headline = async (...args: string[]): Promise<string | undefined> =>
      / at (\w+),/.exec(await shown('show', ...args))?.[1];
    assert.equal(await headline('20261121T074000Z'), '20261121T074000Z');
    assert.equal(await headline('20261120'), '20261120T120000Z');
    assert.equal(await headline('latest'), '20261121T074500Z');
  });

  test('as JSON is the stored summary, as CSV its resources', async () => {
    const stored = JSON.parse(await shown('show', '--output', 'json')) as Record<string, unknown>;
    assert.deepEqual(stored['groups'], groups);
    assert.equal(stored['schemaVersion'], 1);
    assert.equal(
      await shown('show', '--output', 'csv'),
      'resource,utilization,allocated,allocatable,usableFree,stranded,daemonSet,pending,p10,p50,p90\r\n' +
        'cpu,0.5,4,8,4,,0,0,,,\r\n' +
        'memory,0.5,17179869184,34359738368,17179869184,,0,0,,,\r\n',
    );
  });

  test('--nodes is a row for each node', async () => {
    assert.equal(
      await shown('show', '--nodes'),
      [
        'NODE    NODE POOL  TYPE  ZONE   CAPACITY TYPE  STATUS                    PODS  CPU             MEMORY',
        'node-a  general    -     eu-1a  -              Ready                        2  █████░  75.0 %  ██░░░░  25.0 %',
        'node-b  spot       -     eu-1b  -              Ready,SchedulingDisabled     2  ██░░░░  25.0 %  ███░░░  50.0 %',
        'node-c  general    -     eu-1b  -              Ready                        2  ███░░░  50.0 %               -',
        '',
      ].join('\n'),
    );
  });

  test('--workloads is a row for each workload', async () => {
    assert.equal(
      await shown('show', '--workloads'),
      [
        'NAMESPACE  KIND         NAME   PODS  PENDING  NODES  CPU EACH  CPU  MEMORY EACH  MEMORY',
        'default    Deployment   web       2        0      1      500m    1          2Gi   4 GiB',
        'data       StatefulSet  cache     2        0      1      500m  0.5          2Gi  12 GiB',
        '',
      ].join('\n'),
    );
  });

  test('--groups is a row for each value, or says how to have some', async () => {
    assert.equal(
      await shown('show', '--groups', '--sort', 'cpu:asc'),
      'GROUP       NODES  PODS  CPU\nzone=eu-1b      2     6  █████░░░░░░░  41.7 %\nzone=eu-1a      1     2  █████████░░░  75.0 %\n',
    );
    assert.equal(
      refusal(await run('show', '20261120', '--groups'), 2),
      'snapshot 20261120T120000Z has no groups: take snapshots with --label-group',
    );
  });

  const rowsOf = async (...args: string[]): Promise<string> =>
    (await shown('show', '--nodes', ...args))
      .split('\n')
      .slice(1, -1)
      .map((line) => line.slice(5, 6))
      .join('');

  test('--sort orders by any column, either way, the unknown last', async () => {
    assert.equal(await rowsOf('--sort', 'cpu'), 'acb');
    assert.equal(await rowsOf('--sort', 'cpu:asc'), 'bca');
    assert.equal(await rowsOf('--sort', 'memory:asc'), 'abc');
    assert.match(
      refusal(await run('show', '--nodes', '--sort', 'disk'), 2),
      /^--sort "disk": there is no such column; they are node, nodePool, .*, cpu, memory$/,
    );
  });

  test('--search is fuzzy over every column, and !word leaves out', async () => {
    assert.equal(await rowsOf('--search', 'GENERAL eu1b'), 'c');
    assert.equal(await rowsOf('--search', '!spot'), 'ac');
    assert.equal(await rowsOf('--search', 'nothing-like-this'), '');
  });

  test('--limit is of the rows, after they are sorted', async () => {
    assert.equal(await rowsOf('--sort', 'cpu:asc', '--limit', '2'), 'bc');
    assert.match(
      refusal(await run('show', '--nodes', '--limit', 'x'), 2),
      /^--limit "x": must be a whole number/,
    );
  });

  test('--limit is not silently without effect on the summary', async () => {
    assert.match(refusal(await run('show', '--limit', 'x'), 2), /--limit/);
  });

  test('as JSON rows are whole, also where the table leaves columns out', async () => {
    const rows = JSON.parse(
      await shown('show', '--nodes', '--output', 'json', '--search', 'spot'),
    ) as unknown[];
    const { run: _run, ...expected } = { ...nodes[1]!, snapshotId: identity.snapshotId };
    assert.equal(rows.length, 1);
    assert.deepEqual({ ...(rows[0] as object), run: undefined }, { ...expected, run: undefined });
  });

  test('two kinds at once are refused', async () => {
    assert.equal(refusal(await run('show', '--nodes', '--groups'), 2), 'choose one of --nodes and --groups');
  });

  test('of several clusters is the newest, and says so; or the one that is asked for', async () => {
    const newest = await run('show', '--out', 'two');
    assert.match(newest.stdout, /^test at 20261121T080000Z,/);
    assert.deepEqual(messages(newest, 'info'), ['the newest of 2 clusters; choose one with --cluster']);
    assert.match(await shown('show', '--out', 'two', '--cluster', 'prod'), /^prod at/);
    assert.match(await shown('show', '--out', 'two', '--cluster', 'test'), /^test at 20261121T080000Z,/);
    assert.match(await shown('show', '--out', 'two', '20261121T08'), /^test at 20261121T080000Z,/);
  });

  test('without a snapshot that fits says so', async () => {
    assert.match(refusal(await run('show', '1999'), 2), /^there is no snapshot 1999 in \.\/snapshots: /);
    assert.equal(
      refusal(await run('show', '520w ago'), 2),
      'there is no snapshot at "520w ago" or before in ./snapshots: see kube-binpack list',
    );
    assert.match(
      refusal(await run('show', '--cluster', 'prid'), 4),
      /^there is no snapshot of prid in \.\/snapshots: /,
    );
    assert.match(
      refusal(await run('show', '--out', 'nowhere'), 4),
      /^there is no snapshot in nowhere: .*kube-binpack snapshot$/,
      'list would show nothing: what helps is to take one',
    );
  });

  test('piped into something that reads little ends quietly', async () => {
    const rows = Array.from({ length: 3000 }, (_, index) => nodeRow({ node: `node-${index}` }));
    await commit('many', { nodes: rows });
    const { stdout, stderr } = await runCli(['show', '--out', 'many', '--nodes', '--output', 'json'], {
      cwd: folder,
      shell: '"$@" | head -1',
    });
    assert.equal(stdout, '[\n');
    assert.equal(stderr, '', 'a closed pipe is no accident');
  });
});

suite('a damaged store', { concurrency: 2 }, () => {
  const store = (directory: string): ReturnType<typeof createDirectoryStore> =>
    createDirectoryStore(path.join(folder, directory));
  const laterSlot = { cluster: 'prod', snapshotId: '20261121T080000Z' };

  test('with details and no summary, as of a killed run, shows the snapshot before', async () => {
    await commit('torn', {});
    await store('torn').create(detailKey('nodes', laterSlot, 'dead'), Buffer.from('torn'), signal);
    await store('torn').create(detailKey('workloads', laterSlot, 'dead'), Buffer.from('torn'), signal);
    writeFileSync(
      path.join(folder, 'torn', path.dirname(summaryKey(laterSlot)), '.x.json.0123.tmp'),
      '{"schem',
    );
    assert.doesNotMatch(await shown('list', '--out', 'torn'), /080000/);
    assert.match(await shown('show', '--out', 'torn'), /^prod at 20261121T074500Z/);
    assert.match(
      refusal(await run('show', '--out', 'torn', '20261121T08'), 2),
      /^there is no snapshot 20261121T08 in torn/,
    );
  });

  test('with half of a summary: list names it and goes on, show says it in one sentence', async () => {
    await commit('half', {});
    const encoded = encodeSummary(summary({ snapshotId: laterSlot.snapshotId }));
    await store('half').create(summaryKey(laterSlot), encoded.subarray(0, 500), signal);
    const listed = await run('list', '--out', 'half');
    assert.equal(listed.code, 0);
    assert.match(listed.stdout, /20261121T074500Z/);
    assert.doesNotMatch(listed.stdout, /20261121T080000Z/);
    const [warning = '', ...others] = messages(listed, 'warn');
    assert.match(warning, /^snapshot 20261121T080000Z of prod is damaged: it is not JSON.*left out$/);
    assert.deepEqual(others, []);
    assert.match(
      refusal(await run('show', '--out', 'half'), 4),
      /^snapshot 20261121T080000Z of prod is damaged: it is not JSON/,
    );
    assert.match(await shown('show', '--out', 'half', '20261121T0745'), /^prod at 20261121T074500Z/);
  });

  test('of a newer version says to update', async () => {
    await commit('newer', {});
    const newer = Buffer.from(JSON.stringify({ schemaVersion: 2 }));
    await store('newer').create(summaryKey(laterSlot), newer, signal);
    assert.match(
      messages(await run('list', '--out', 'newer'), 'warn')[0] ?? '',
      /written by a newer kube-binpack \(schema 2.*left out$/,
    );
    assert.match(
      refusal(await run('show', '--out', 'newer'), 4),
      /written by a newer kube-binpack .*: update kube-binpack$/,
    );
  });

  test('with details that changed says so, and still shows the summary', async () => {
    await commit('changed', {});
    const file = path.join(
      folder,
      'changed',
      detailKey('nodes', { cluster: 'prod', snapshotId: identity.snapshotId }, identity.run),
    );
    writeFileSync(file, 'something else');
    assert.match(await shown('show', '--out', 'changed'), /^prod at/);
    assert.match(
      refusal(await run('show', '--out', 'changed', '--nodes'), 4),
      /^the nodes of snapshot 20261121T074500Z of prod are damaged: their checksum/,
    );
    rmSync(file);
    assert.match(
      refusal(await run('show', '--out', 'changed', '--nodes'), 4),
      /^the nodes of snapshot 20261121T074500Z of prod are missing/,
    );
  });

  test('with folders of others is as if they were not there', async () => {
    await commit('foreign', {});
    for (const name of ['cluster=100%', 'cluster=%ff']) {
      const strange = path.join(folder, 'foreign/v1/summary', name, 'date=2026-11-21');
      mkdirSync(strange, { recursive: true });
      writeFileSync(path.join(strange, '20261121T080000Z.json'), '{}');
    }
    assert.match(await shown('list', '--out', 'foreign'), /20261121T074500Z/);
    assert.match(await shown('show', '--out', 'foreign'), /^prod at 20261121T074500Z/);
  });

  test('that is a file is named, with what to do', async () => {
    writeFileSync(path.join(folder, 'file'), 'mine');
    for (const command of ['list', 'show']) {
      assert.match(
        refusal(await run(command, '--out', 'file'), 4),
        /^could not list file: file is, or runs through, a file: name a directory with --out$/,
      );
    }
  });
});

suite('hostile names', { concurrency: 2 }, () => {
  const hostile = ['\u001b[2J\u001b]0;owned\u0007', 'abc\u202egnp.exe', 'two\nlines', 'x'.repeat(253)];
  const raw = /[^\P{Cc}\n]|\u202e/u;

  const zones = hostile.map((zone) => ({
    zone,
    nodes: 1,
    nMinusOne: { cpu: null },
    withoutZone: { cpu: -1 },
  }));

  before(async () => {
    await commit('hostile', {
      nodes: hostile.map((node) => nodeRow({ node, nodePool: node, taints: [`${node}:NoSchedule`] })),
      workloads: hostile.map((name, index) => workloadRow({ index, name, namespace: name, kind: 'Pod' })),
      summary: {
        cluster: 'prod\u202edorp',
        kubernetesVersion: 'v1.36.2\u001b[31m',
        resources: { cpu: resourceSummary({ allocatable: 1 }) },
        packing: { lowerBoundNodes: 1, repackedNodes: 1, nodes: 4, reclaimable: 3, balance: null, zones },
        groups: hostile.map((value) => ({
          labels: ['pool'],
          values: [value],
          nodes: 1,
          pods: 1,
          resources: {},
        })),
        problems: [{ reason: 'PodOnUnknownNode', count: 1, examples: [`pod a/b on ${hostile[0]}`] }],
      },
    });
  });

  for (const args of [
    ['list'],
    ['show'],
    ['show', '--nodes'],
    ['show', '--workloads'],
    ['show', '--groups'],
    ['show', '--node', 'abc'],
  ]) {
    test(`${args.join(' ')} shows escapes`, async () => {
      const text = await shown(...args, '--out', 'hostile');
      assert.doesNotMatch(text, raw);
      assert.match(text, /\\u(?:001b|202e)/);
    });
  }

  test('a column of 253 characters takes one line', async () => {
    const text = await shown('show', '--nodes', '--out', 'hostile');
    assert.equal(text.split('\n').length, 6);
    assert.ok(stringWidth(text.split('\n')[4] ?? '') > 253);
  });

  test('JSON and CSV have them as they are', async () => {
    const rows = JSON.parse(await shown('show', '--nodes', '--out', 'hostile', '--output', 'json')) as {
      node: string;
    }[];
    assert.deepEqual(
      rows.map(({ node }) => node),
      hostile,
    );
    assert.ok(
      (await shown('show', '--nodes', '--out', 'hostile', '--output', 'csv')).includes(
        '\r\n"two\nlines","two\nlines",',
      ),
    );
  });
});

test('every line on stderr is JSON away from a terminal, text if it is asked for', async () => {
  const json = await run('show', '1999');
  assert.deepEqual(Object.keys(logLines(json)[0] ?? {}), ['level', 'timestamp', 'result', 'message']);
  const text = await run('show', '1999', '--log-format', 'text');
  assert.match(text.stderr, /^error: there is no snapshot 1999 in \.\/snapshots: [^\n]+\n$/);
  const silent = await run('show', '1999', '--log-level', 'silent');
  assert.deepEqual([silent.code, silent.stdout, silent.stderr], [2, '', '']);
});
