/** The commands that ask the history, over one that is written by hand or by the job itself. */
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, suite, test, type TestContext } from 'node:test';
import { createDirectoryStore } from '../../lib/store/directory.ts';
import type { Summary } from '../../lib/model/snapshot.ts';
import type { Diff } from '../../lib/packing/diff.ts';
import { generateCluster } from '../support/apiserver/generate.ts';
import type { KubeObject } from '../support/apiserver/objects.ts';
import { startApiServer } from '../support/apiserver/server.ts';
import { messages, refusal, runCli, type CliResult } from '../support/cli.ts';
import { objectsOf, writeHistory } from '../support/history.ts';
import { temporaryFolder } from '../support/kubeconfig.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'kube-binpack-test-'));
const signal = AbortSignal.timeout(120_000);
const hourMs = 3_600_000;
const from = new Date(Math.floor(Date.now() / hourMs) * hourMs - 48 * hourMs);
const written: Summary[] = [];

before(async () => {
  const store = createDirectoryStore(path.join(folder, 'snapshots'));
  const about = { from, snapshots: 24, stepMs: 2 * hourMs, labelGroups: [['karpenter.sh/nodepool']] };
  written.push(...(await writeHistory(store, { ...about, nodes: 6, pods: 60 }, signal)));
  await writeHistory(store, { ...about, cluster: 'staging', nodes: 4, pods: 10 }, signal);
});
after(() => rmSync(folder, { recursive: true }));

async function run(...args: string[]): Promise<CliResult> {
  return runCli(args, { cwd: folder });
}

async function json(...args: string[]): Promise<unknown> {
  const { code, stdout, stderr } = await run(...args, '--output', 'json');
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout);
}

suite('history', () => {
  test('draws a line for each cluster and resource', async () => {
    const { code, stdout, stderr } = await run('history', '--since', '3d', '--resources', 'cpu');
    assert.equal(code, 0, stderr);
    const [header = '', ...lines] = stdout.trimEnd().split('\n');
    assert.match(header, /^CLUSTER +RESOURCE +UTILIZATION +FIRST +LAST +MIN +MEAN +MAX +GAPS$/);
    assert.deepEqual(
      lines.map((line) => line.split(/ +/).slice(0, 2)),
      [
        ['prod', 'cpu'],
        ['staging', 'cpu'],
      ],
    );
    assert.match(lines[0] ?? '', /·+[▁▂▃▄▅▆▇█·]+ +\d+\.\d % /);
  });

  test('as JSON has each point, which is what the snapshot of its time says; gaps are null', async () => {
    const args = [
      'history',
      'utilization',
      '--cluster',
      'prod',
      '--resources',
      'memory',
      '--since',
      '3d',
      '--step',
      '1h',
    ];
    const { stepSeconds, series } = (await json(...args)) as {
      stepSeconds: number;
      series: { cluster: string; points: { at: string; value: number | null }[] }[];
    };
    assert.equal(stepSeconds, 3600);
    assert.deepEqual(
      series.map(({ cluster }) => cluster),
      ['prod'],
    );
    const known = new Map(
      series[0]?.points.filter(({ value }) => value !== null).map(({ at, value }) => [at, value]),
    );
    assert.deepEqual(
      known,
      new Map(written.map(({ scheduledAt, resources }) => [scheduledAt, resources['memory']?.utilization])),
    );
    assert.equal(series[0]?.points.length, 73);
  });

  test('by label group, as CSV', async () => {
    const { stdout } = await run(
      'history',
      '--by',
      'karpenter.sh/nodepool',
      '--cluster',
      'prod',
      '--since',
      '3d',
      '--step',
      '2h',
      '--output',
      'csv',
    );
    const [header, ...lines] = stdout.trimEnd().split('\r\n');
    assert.equal(header, 'at,cluster,group,resource,value');
    assert.ok(lines.some((line) => /^2\S+Z,prod,karpenter\.sh\/nodepool=\w[\w-]*,cpu,0\.\d+$/.test(line)));
  });

  test('refuses what it does not know', async () => {
    const said = async (...args: string[]): Promise<string> => refusal(await run('history', ...args), 2);
    assert.match(await said('usage'), /^there is no measure "usage": they are utilization, allocated, /);
    assert.match(await said('--since', 'long'), /^--since "long": must be a span such as 24h, 7d or 4w$/);
    assert.match(await said('--since', '1d', '--from', '2026-11-01'), /^give --since or --from, not both$/);
    assert.match(
      await said('stranded', '--by', 'zone'),
      /^stranded is not known by label groups: those are utilization, /,
    );
    assert.match(await said('--step', '0h'), /^--step "0h": must be a span/);
  });

  test('says what may keep every snapshot out', async () => {
    const { code, stdout, stderr } = await run('history', '--resources', 'foo', '--by', 'zone');
    assert.deepEqual([code, stdout], [0, '']);
    assert.match(
      stderr,
      /there is no such snapshot from \S+ on, or none with foo \(--resources\), or none with the label group zone \(--label-group of snapshot\)/,
    );
  });
});

suite('query', () => {
  const sql =
    "SELECT cluster, count(*) AS n FROM resources WHERE resource = 'cpu' GROUP BY cluster ORDER BY cluster";

  test('answers as a table, JSON and CSV; of a range, and of a cluster', async () => {
    assert.equal(
      (await run('query', sql, '--since', '3d')).stdout,
      'cluster   n\nprod     24\nstaging  24\n',
    );
    const { stdout: day, stderr } = await run('query', 'SELECT 0.1 + CAST(0.2 AS DOUBLE) AS sum');
    assert.equal(day, 'sum\n0.3\n');
    assert.match(stderr, /of the last 24 hours: --since 30d asks of more/);
    assert.deepEqual(await json('query', sql, '--since', '3d', '--cluster', 'prod'), [
      { cluster: 'prod', n: 24 },
    ]);
    const to = new Date(from.getTime() + 5 * hourMs).toISOString().replace('.000', '');
    const { stdout } = await run('query', sql, '--from', '3d ago', '--to', to, '--output', 'csv');
    assert.equal(stdout, 'cluster,n\r\nprod,3\r\nstaging,3\r\n');
  });

  test('reads the statement from a file, or from stdin', async () => {
    writeFileSync(path.join(folder, 'q.sql'), sql);
    assert.match((await run('query', '--file', 'q.sql', '--since', '3d')).stdout, /prod +24/);
    const piped = await runCli(['query', '--since', '3d'], { cwd: folder, shell: '"$@" < q.sql' });
    assert.match(piped.stdout, /prod +24/);
  });

  test('names the views and their columns', async () => {
    const { stdout } = await run('query', '--describe');
    for (const view of [
      'snapshots',
      'resources',
      'groups',
      'nodes',
      'node_resources',
      'placements',
      'workloads',
    ])
      assert.match(stdout, new RegExp(`\\n${view} `));
  });

  test('reads, and nothing else: no file, no setting, no second statement, no change', async () => {
    writeFileSync(path.join(folder, 'secret.txt'), 'hunter3');
    const cases: readonly (readonly [string, RegExp])[] = [
      [
        `SELECT * FROM read_text('${path.join(folder, 'secret.txt')}')`,
        /Permission Error: Cannot access file/,
      ],
      [`SELECT * FROM '${path.join(folder, 'secret.txt')}'`, /not answered: .*/],
      ["SELECT * FROM read_csv('https://example.com/x.csv')", /not answered: .*/],
      [`COPY (SELECT 1) TO '${path.join(folder, 'out.csv')}'`, /^only a SELECT is answered/],
      [`ATTACH '${path.join(folder, 'x.db')}'`, /^only a SELECT is answered/],
      ['SET enable_external_access = true', /^only a SELECT is answered/],
      ['INSTALL httpfs', /^only a SELECT is answered/],
      ['SELECT 1; SELECT 2', /^one statement at a time: this is 2$/],
      ['DROP VIEW nodes', /^only a SELECT is answered/],
      [
        'SELECT nothing FROM nodes',
        /^the query was not answered: Binder Error: Referenced column "nothing" not found/,
      ],
      ['SELEC', /^the query was not answered: .*syntax error/],
    ];
    for (const [statement, message] of cases) {
      const result = await run('query', statement, '--since', '3d');
      assert.match(refusal(result, 2), message, statement);
      assert.doesNotMatch(result.stdout + result.stderr, /hunter3/);
    }
    assert.ok(!readdirSync(folder).some((name) => /\.(?:csv|db)$/.test(name)));
  });

  test('tells what is damaged, leaves it out, and says how much', async (t) => {
    const at = temporaryFolder(t).at('snapshots');
    const store = createDirectoryStore(at);
    const [first, second] = await writeHistory(
      store,
      { from, snapshots: 3, stepMs: hourMs, nodes: 2, pods: 5 },
      signal,
    );
    const summaryOf = (summary: Summary | undefined): string =>
      `v1/summary/cluster=prod/date=${summary?.scheduledAt.slice(0, 10)}/${summary?.snapshotId}.json`;
    await store.remove(summaryOf(first), signal);
    await store.create(summaryOf(first), Buffer.from('{"torn'), signal);
    const { key } = second?.objects.find(({ kind }) => kind === 'nodes') ?? { key: '' };
    await store.remove(key, signal);
    const count = 'SELECT count(DISTINCT snapshotId) AS n FROM nodes';
    const result = await runCli(['query', count, '--since', '3d', '--out', at], { cwd: folder });
    assert.equal(result.stdout, 'n\n1\n');
    const said = messages(result, 'warn');
    assert.match(
      said[0] ?? '',
      /^snapshot \d{8}T\d{6}Z of prod is damaged: it is not JSON; restore or remove it; it is left out$/,
    );
    assert.match(
      said[1] ?? '',
      /^the nodes of snapshot \d{8}T\d{6}Z of prod are missing from .*; it is left out$/,
    );
    assert.equal(said[2], '2 of the objects that were asked for are damaged or missing, and left out');
  });
});

suite('the cache', () => {
  const count = 'SELECT count(*) AS n FROM nodes';

  test('that cannot be used is told, and done without', async (t) => {
    const place = temporaryFolder(t);
    writeFileSync(place.at('file'), '');
    for (const dir of [place.at('file'), '/proc/kube-binpack', place.at('odd[1]*')]) {
      const result = await run('query', count, '--since', '3d', '--cache-dir', dir);
      assert.match(result.stdout, /^ *n\n\d+\n$/, dir);
      assert.match(
        messages(result, 'warn')[0] ?? '',
        /^the cache .* cannot be used \(.*\): nothing is kept; choose another with --cache-dir, or none$/,
      );
    }
  });
});

test('fleet shows the newest of each cluster, the most waste first', async () => {
  const rows = (await json('fleet', '--resources', 'cpu')) as {
    cluster: string;
    utilization: number;
    snapshotId: string;
  }[];
  assert.deepEqual(new Set(rows.map(({ cluster }) => cluster)), new Set(['prod', 'staging']));
  assert.ok((rows[0]?.utilization ?? 1) <= (rows[1]?.utilization ?? 0));
  assert.equal(rows.find(({ cluster }) => cluster === 'prod')?.snapshotId, written.at(-1)?.snapshotId);
  assert.match(
    (await run('fleet', '--cluster', 'nope')).stderr,
    /there is no snapshot of nope in \.\/snapshots/,
  );
  assert.match((await run('fleet', '--cluster', '*')).stdout, /^CLUSTER +RESOURCE +UTILIZATION /);
});

suite('diff', () => {
  test('of two snapshots between which known changes were made names exactly those', async (t) => {
    const generated = generateCluster({ nodes: 8, pods: 80, seed: 3 });
    const before = { nodes: objectsOf(generated.nodes), pods: objectsOf(generated.pods) };
    const { after: changed, gone, grown, vanished } = changedCluster(before);
    const place = await twoSnapshots(t, before, changed);
    const found = JSON.parse(
      (await runCli(['diff', '20261121T0700', '20261121T0800', '--output', 'json'], { cwd: place })).stdout,
    ) as Diff;
    assert.deepEqual(found.nodes.added, []);
    assert.deepEqual(
      found.nodes.gone.map(({ node }) => node),
      [gone],
    );
    const changes = new Map(found.workloads.map(({ name, change }) => [name, change]));
    assert.equal(changes.get(grown), 'grew');
    assert.equal(changes.get(vanished), 'vanished');
    for (const { name, change, pods } of found.workloads)
      if (name !== grown && name !== vanished)
        assert.ok(change === 'shrank' && pods.before - pods.after === podsOn(before.pods, gone, name), name);
    const {
      capacity = 0,
      demand = 0,
      requests = 0,
      before: was = 0,
      after: is = 0,
    } = found.utilization['cpu'] ?? {};
    assert.ok(Math.abs(capacity + demand + requests - (is - was)) < 1e-9);
    assert.ok(capacity > 0, 'a node less');
    const { stdout } = await runCli(['diff', '20261121T0700', '--resources', 'cpu'], { cwd: place });
    assert.match(
      stdout,
      /^simulated from 20261121T070000Z to 20261121T080000Z: 0 nodes added, 1 gone; workloads: /,
    );
    assert.match(stdout, /\nNodes\n +NODE .*\n- +\S+/);
  });

  test('refuses a snapshot with itself, and one that there is not', async () => {
    assert.match(
      refusal(await run('diff', 'latest', '--cluster', 'prod'), 2),
      /^both are snapshot \S+ of prod: name two$/,
    );
    assert.match(refusal(await run('diff', '1999'), 2), /^there is no snapshot 1999 in/);
  });
});

const ownerOf = ({ metadata }: KubeObject): { readonly kind: string; readonly name: string } | null =>
  (metadata['ownerReferences'] as readonly { kind: string; name: string }[] | undefined)?.[0] ?? null;
const workloadOf = (pod: KubeObject): string => ownerOf(pod)?.name ?? '';
const nodeOf = (pod: KubeObject): string => (pod['spec'] as { nodeName?: string }).nodeName ?? '';
const nameOfDeployment = (replicaSet: string): string => replicaSet.replace(/-[^-]+$/, '');

function podsOn(pods: readonly KubeObject[], node: string, name: string): number {
  return pods.filter(
    (pod) => nodeOf(pod) === node && [workloadOf(pod), nameOfDeployment(workloadOf(pod))].includes(name),
  ).length;
}

/** A node goes with its pods; one Deployment has twice the pods elsewhere, another one goes. */
function changedCluster({ nodes, pods }: { nodes: readonly KubeObject[]; pods: readonly KubeObject[] }): {
  after: { nodes: KubeObject[]; pods: KubeObject[] };
  gone: string;
  grown: string;
  vanished: string;
} {
  const gone = nodes[0]?.metadata.name ?? '';
  const rest = pods.filter((pod) => nodeOf(pod) !== gone);
  const running = (pod: KubeObject): boolean => (pod['status'] as { phase?: string }).phase === 'Running';
  const sets = [
    ...new Set(rest.filter((pod) => running(pod) && ownerOf(pod)?.kind === 'ReplicaSet').map(workloadOf)),
  ];
  const [grownSet = '', vanishedSet = ''] = sets.filter(
    (set) => !pods.some((pod) => workloadOf(pod) === set && nodeOf(pod) === gone),
  );
  const more = rest
    .filter((pod) => workloadOf(pod) === grownSet)
    .map((pod) => ({
      ...pod,
      metadata: {
        ...pod.metadata,
        name: `${pod.metadata.name}-2`,
        uid: `${pod.metadata['uid'] as string}-2`,
      },
    }));
  return {
    after: {
      nodes: nodes.slice(1),
      pods: [...rest.filter((pod) => workloadOf(pod) !== vanishedSet), ...more],
    },
    gone,
    grown: nameOfDeployment(grownSet),
    vanished: nameOfDeployment(vanishedSet),
  };
}

/** Taken by the job itself; resolves with the folder that has ./snapshots. */
async function twoSnapshots(
  t: TestContext,
  ...clusters: readonly { nodes: readonly KubeObject[]; pods: readonly KubeObject[] }[]
): Promise<string> {
  const place = temporaryFolder(t);
  for (const [index, cluster] of clusters.entries()) {
    const server = await startApiServer(cluster);
    const kubeconfig = place.write(`kubeconfig-${index}`, server.kubeconfig());
    const slot = `2026-11-21T0${7 + index}:00:00Z`;
    const args = ['snapshot', '--cluster', 'simulated', '--scheduled-at', slot, '--kubeconfig', kubeconfig];
    const { code, stderr } = await runCli(args, { cwd: place.at('') });
    await server.close();
    assert.equal(code, 0, stderr);
  }
  return place.at('');
}
