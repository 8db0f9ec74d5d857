import assert from 'node:assert/strict';
import { readdirSync, rmSync } from 'node:fs';
import { after, before, suite, test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import stringWidth from 'string-width';
import { summarySchema, type Summary } from '../../lib/model/snapshot.ts';
import { createDirectoryStore } from '../../lib/store/directory.ts';
import { readRows } from '../../lib/store/snapshots.ts';
import { generateCluster } from '../support/apiserver/generate.ts';
import type { KubeObject } from '../support/apiserver/objects.ts';
import { startApiServer, type ApiServer, type ApiServerOptions } from '../support/apiserver/server.ts';
import { logLines, messages, refusal, runCli, startCli, type CliResult } from '../support/cli.ts';
import { temporaryFolder } from '../support/kubeconfig.ts';
import { keysOf } from '../support/store-contract.ts';

const { signal } = new AbortController();
const slot = ['--scheduled-at', '2026-11-21T07:45:00Z'];

/** A folder with the kubeconfig of a server, and the command line in it. */
function user(
  t: TestContext,
  server: ApiServer,
): {
  readonly at: (name: string) => string;
  readonly run: (...args: string[]) => Promise<CliResult>;
  readonly runWith: (env: Record<string, string>, ...args: string[]) => Promise<CliResult>;
  readonly stored: () => Promise<string[]>;
} {
  const folder = temporaryFolder(t);
  const KUBECONFIG = folder.write('kubeconfig', server.kubeconfig());
  return {
    at: folder.at,
    run: (...args) => runCli(args, { cwd: folder.at(''), env: { KUBECONFIG } }),
    runWith: (env, ...args) => runCli(args, { cwd: folder.at(''), env: { KUBECONFIG, ...env } }),
    stored: () => keysOf(createDirectoryStore(folder.at('snapshots'))),
  };
}

async function serve(t: TestContext, options: ApiServerOptions): Promise<ApiServer> {
  const server = await startApiServer(options);
  t.after(() => server.close());
  return server;
}

function summaryOf({ code, stdout, stderr }: CliResult): Summary {
  assert.equal(code, 0, stderr);
  return summarySchema.parse(JSON.parse(stdout));
}

/** Nodes of 4 cores and 16 GiB, and pods of half a core and 1 GiB on them. */
const small: { readonly nodes: KubeObject[]; readonly pods: KubeObject[] } = {
  nodes: ['node-a', 'node-b'].map((name, index) => node(name, { zone: `eu-1${'ab'[index]}` })),
  pods: ['node-a', 'node-a', 'node-b', null].map((nodeName, index) => pod(`web-${index}`, nodeName)),
};

function node(
  name: string,
  labels: Record<string, string> = {},
  allocatable: Record<string, string> | null = { cpu: '4', memory: '16Gi', pods: '110' },
): KubeObject {
  return {
    metadata: { name, labels },
    spec: {},
    status: {
      ...(allocatable !== null && { allocatable, capacity: allocatable }),
      conditions: [{ type: 'Ready', status: 'True' }],
    },
  };
}

function pod(
  name: string,
  nodeName: string | null,
  requests: Record<string, string> = { cpu: '500m', memory: '1Gi' },
): KubeObject {
  return {
    metadata: { name, namespace: 'default' },
    spec: {
      ...(nodeName !== null && { nodeName }),
      containers: [{ name: 'web', image: 'web', resources: { requests } }],
    },
    status: { phase: nodeName === null ? 'Pending' : 'Running' },
  };
}

suite('snapshot', { concurrency: 2 }, () => {
  test('prints the packing table, stores the snapshot and says where it is', async (t) => {
    const { run, stored } = user(t, await serve(t, small));
    const result = await run('snapshot', ...slot);
    assert.equal(result.code, 0, result.stderr);
    assert.equal(
      result.stdout,
      [
        'simulated at 20261121T074500Z, Kubernetes v1.36.2: 2 nodes, 3 pods (1 pending)',
        '',
        'RESOURCE  UTILIZATION           ALLOCATED  ALLOCATABLE  USABLE FREE  STRANDED  DAEMONSETS  PENDING  P10  P50  P90',
        'cpu       ██░░░░░░░░░░  18.8 %        1.5            8          6.5         0           0      0.5   13   13   25',
        'memory    █░░░░░░░░░░░   9.4 %      3 GiB       32 GiB       29 GiB       0 B         0 B    1 GiB    6    6   13',
        'pods      ░░░░░░░░░░░░   1.4 %          3          220          217         0           0        1    1    1    2',
        '',
        'Packing',
        // no controller would make its pods again elsewhere
        '  at least 2 nodes, 2 found, 2 running',
        // 8 cores, of which 4 would go and 1.5 are asked for
        '  the largest usable node could be lost: all requests would still have room in sum',
        // 12.5 % on one node and 6.25 % on the other
        '  cpu and memory are 9.4 % apart on the mean node',
        '',
      ].join('\n'),
    );
    const [line] = logLines(result);
    assert.equal(line?.message, 'snapshot 20261121T074500Z of simulated is in ./snapshots');
    const { durationMs, ...said } = (line ?? {})['result'] as Record<string, unknown>;
    assert.ok(typeof durationMs === 'number');
    assert.deepEqual(said, {
      cluster: 'simulated',
      snapshotId: '20261121T074500Z',
      key: 'v1/summary/cluster=simulated/date=2026-11-21/20261121T074500Z.json',
      nodes: 2,
      pods: 3,
      requests: 2,
      own: true,
      exit: 0,
    });
    const keys = await stored();
    assert.equal(keys.length, 3);
    assert.match(
      keys[0] ?? '',
      /^v1\/nodes\/cluster=simulated\/date=2026-11-21\/20261121T074500Z-[0-9a-f]{8}\.ndjson\.gz$/,
    );
    assert.equal(keys[1], said['key']);
    assert.match(
      keys[2] ?? '',
      /^v1\/workloads\/cluster=simulated\/date=2026-11-21\/20261121T074500Z-[0-9a-f]{8}\.ndjson\.gz$/,
    );
  });

  test('as JSON is the stored summary, and nothing else is on stdout', async (t) => {
    const { run, at } = user(t, await serve(t, small));
    const summary = summaryOf(
      await run('snapshot', ...slot, '--output', 'json', '--log-level', 'debug', '--detail', 'pods'),
    );
    assert.equal(summary.snapshotId, '20261121T074500Z');
    assert.equal(summary.scheduledAt, '2026-11-21T07:45:00.000Z');
    assert.equal(summary.consistency, 'exact');
    assert.deepEqual(summary.problems, []);
    assert.deepEqual(
      summary.collection.map(({ resource, items, encoding }) => [resource, items, encoding]),
      [
        ['nodes', 2, 'protobuf'],
        ['pods', 4, 'protobuf'],
      ],
    );
    const store = createDirectoryStore(at('snapshots'));
    const rows = await readRows(store, summary, 'nodes', signal);
    assert.deepEqual(
      rows.map((row) => [row.node, row.pods, row.resources['cpu']?.allocated]),
      [
        ['node-a', 2, 1],
        ['node-b', 1, 0.5],
      ],
    );
    assert.equal((await readRows(store, summary, 'pods', signal)).length, 4);
    assert.deepEqual(JSON.parse((await run('show', '--output', 'json')).stdout), summary);
  });

  test('as CSV is a line for each resource', async (t) => {
    const { run } = user(t, await serve(t, small));
    assert.equal(
      (await run('snapshot', ...slot, '--output', 'csv', '--resources', 'cpu,memory')).stdout,
      'resource,utilization,allocated,allocatable,usableFree,stranded,daemonSet,pending,p10,p50,p90\r\n' +
        'cpu,0.1875,1.5,8,6.5,0,0,0.5,0.125,0.125,0.25\r\n' +
        'memory,0.09375,3221225472,34359738368,31138512896,0,0,1073741824,0.0625,0.0625,0.125\r\n',
    );
  });

  test('by label groups has a table of them', async (t) => {
    const { run } = user(t, await serve(t, small));
    const result = await run(
      'snapshot',
      ...slot,
      '--label-group',
      'zone',
      '--label-group',
      'zone,arch',
      '--resources',
      'cpu',
    );
    assert.match(
      result.stdout,
      /\nGROUP +NODES +PODS +CPU\nzone=eu-1a +1 +2 +███░{9} +25\.0 %\nzone=eu-1b +1 +1 +██░{10} +12\.5 %\nzone=eu-1a,arch=<none> .*\nzone=eu-1b,arch=<none> .*\n\nPacking\n/,
    );
  });

  test('of one slot is taken once: the second run adds nothing and shows the first', async (t) => {
    const server = await serve(t, small);
    const { run, stored } = user(t, server);
    const first = summaryOf(await run('snapshot', ...slot, '--output', 'json'));
    const keys = await stored();
    const asked = server.requests.length;
    const second = await run('snapshot', ...slot, '--output', 'json');
    assert.deepEqual(summaryOf(second), first);
    assert.match(
      messages(second, 'info')[0] ?? '',
      /^snapshot 20261121T074500Z of simulated exists already and is taken as it is, nothing was read: another instant \(--scheduled-at\), or the next minute, gives a new one$/,
    );
    assert.deepEqual(await stored(), keys);
    assert.equal(server.requests.length, asked);
  });

  test('of two that run at once one commits, and both end well with the same result', async (t) => {
    const { run, stored } = user(t, await serve(t, small));
    const both = await Promise.all([1, 2].map(() => run('snapshot', ...slot, '--output', 'json')));
    const [first, second] = both.map(summaryOf);
    assert.deepEqual(first, second);
    assert.equal((await stored()).length, 3);
  });

  test('lists by pages, in the encoding that was asked for, with a user agent', async (t) => {
    const server = await serve(t, small);
    const { run } = user(t, server);
    const summary = summaryOf(
      await run('snapshot', '--list-page-size', '1', '--encoding', 'json', '--output', 'json'),
    );
    assert.deepEqual(
      summary.collection.map(({ pages, encoding }) => [pages, encoding]),
      [
        [2, 'json'],
        [4, 'json'],
      ],
    );
    const lists = server.requests.filter(({ path }) => path.startsWith('/api/v1/'));
    assert.ok(lists.every(({ query }) => query.get('limit') === '1'));
    for (const { headers } of server.requests)
      assert.match(headers['user-agent'] ?? '', /^kube-binpack\/\d+\.\d+\.\d+ \(/);
    summaryOf(await run('snapshot', '--list-page-size', '0', '--output', 'json', ...slot));
    assert.equal(server.requests.at(-1)?.query.get('limit'), null);
  });

  test('narrowed down says to what', async (t) => {
    const server = await serve(t, small);
    const { run } = user(t, server);
    const summary = summaryOf(
      await run(
        'snapshot',
        '--output',
        'json',
        '--node-selector',
        'zone in (eu-1a)',
        '--namespace',
        'default',
        '--pod-field-selector',
        'status.phase!=Pending',
      ),
    );
    assert.deepEqual(summary.selectors, {
      namespace: 'default',
      nodeSelector: 'zone in (eu-1a)',
      podFieldSelector: 'status.phase!=Pending',
    });
    assert.equal(summary.nodes.total, 1);
    assert.deepEqual([summary.pods.counted, summary.pods.pending, summary.pods.onUnknownNode], [2, 0, 1]);
  });

  test('of an empty cluster is a snapshot all the same', async (t) => {
    const { run } = user(t, await serve(t, {}));
    const result = await run('snapshot', ...slot);
    assert.equal(result.code, 0, result.stderr);
    assert.match(result.stdout, /^simulated at 20261121T074500Z, Kubernetes v1\.36\.2: 0 nodes, 0 pods\n/);
    assert.doesNotMatch(result.stdout, /NaN|Infinity|undefined|null/);
  });

  test('counts odd objects in problems, and is taken', async (t) => {
    const odd: ApiServerOptions = {
      nodes: [
        ...small.nodes,
        node('node-odd', {}, { cpu: 'lots', memory: '16Gi' }),
        node('node-bare', {}, null),
      ],
      pods: [
        ...small.pods,
        pod('greedy', 'node-a', { cpu: '1e', memory: '1Gi' }),
        pod('lost-1', 'node-x'),
        pod('lost-2', 'node-x'),
      ],
    };
    for (const encoding of ['protobuf', 'json']) {
      const { run } = user(t, await serve(t, odd));
      const summary = summaryOf(await run('snapshot', ...slot, '--encoding', encoding, '--output', 'json'));
      const found = Object.fromEntries(
        summary.problems.map(({ reason, count, examples }) => [reason, { count, examples }]),
      );
      assert.deepEqual(Object.keys(found).sort(), [
        'InvalidQuantity',
        'NodeWithoutAllocatable',
        'PodOnUnknownNode',
      ]);
      assert.match(found['InvalidQuantity']?.examples.join('\n') ?? '', /node node-odd: cpu: .*lots/);
      assert.match(found['InvalidQuantity']?.examples.join('\n') ?? '', /pod default\/greedy: cpu: .*1e/);
      assert.deepEqual(found['NodeWithoutAllocatable'], {
        count: 1,
        examples: ['node node-bare: counted as having nothing'],
      });
      assert.deepEqual(found['PodOnUnknownNode'], {
        count: 2,
        examples: ['pod default/lost-1 on node-x', 'pod default/lost-2 on node-x'],
      });
      assert.equal(summary.nodes.total, 4);
      assert.equal(summary.pods.onUnknownNode, 2);
      assert.match((await run('show')).stdout, /\nProblems\n(?:  .*\n)*  InvalidQuantity: .*\n/);
    }
  });

  test('that fails for good in the middle of a list stores nothing', async (t) => {
    const server = await serve(t, small);
    const { run, at } = user(t, server);
    server.faults.next({
      match: ({ path }) => path.endsWith('/pods'),
      action: { kind: 'status', code: 403 },
    });
    assert.match(
      refusal(await run('snapshot'), 3),
      /^could not list pods \(page 1\): 403: .*grant list on nodes and pods/,
    );
    assert.ok(!readdirSync(at('')).includes('snapshots'));
  });

  test('takes longer than --timeout or --request-timeout: says which, and stores nothing', async (t) => {
    const server = await serve(t, small);
    const { run, at } = user(t, server);
    server.faults.next({ times: 100, action: { kind: 'delay', ms: 1500 } });
    assert.equal(
      refusal(await run('snapshot', '--timeout', '800ms'), 3),
      'the run was not done after 0.8 s: allow more with --timeout',
    );
    assert.match(
      refusal(await run('snapshot', '--request-timeout', '300ms'), 3),
      /^no whole answer from https:\/\/127\.0\.0\.1:\d+ within 0\.3 s \(--request-timeout\)$/,
    );
    assert.ok(!readdirSync(at('')).includes('snapshots'));
  });

  test('in a pod of a service called kube-binpack is not confused by its service links', async (t) => {
    const { runWith } = user(t, await serve(t, small));
    const env = {
      KUBE_BINPACK_SERVICE_HOST: '10.0.0.1',
      KUBE_BINPACK_SERVICE_PORT: '80',
      KUBE_BINPACK_PORT: 'tcp://10.0.0.1:80',
    };
    const result = await runWith(env, 'snapshot', ...slot);
    assert.equal(result.code, 0, result.stderr);
    assert.equal(logLines(result).length, 1);
  });

  test('in a directory that cannot be one is named before the cluster is read', async (t) => {
    const server = await serve(t, small);
    const { run } = user(t, server);
    assert.match(
      refusal(await run('snapshot', '--out', 'kubeconfig'), 4),
      /^could not (?:read|write) .* below kubeconfig: kubeconfig is, or runs through, a file: name a directory with --out$/,
    );
    assert.equal(server.requests.length, 0);
  });
});

suite('check', { concurrency: 2 }, () => {
  test('with everything in order is six lines of ok, and leaves no object behind', async (t) => {
    const server = await serve(t, small);
    const { run, stored } = user(t, server);
    const { code, stdout, stderr } = await run('check');
    assert.deepEqual([code, stderr], [0, '']);
    assert.equal(
      stdout,
      [
        '    CHECK',
        `ok  credentials   for ${server.url}`,
        'ok  cluster name  simulated',
        'ok  API server    Kubernetes v1.36.2, counted as a scheduler of 1.36',
        'ok  list nodes    allowed',
        'ok  list pods     allowed',
        'ok  store         ./snapshots is writable',
        '',
      ].join('\n'),
    );
    assert.deepEqual(await stored(), []);
  });

  test('without a right says which, and what to grant', async (t) => {
    const server = await serve(t, small);
    const folder = temporaryFolder(t);
    const file = folder.write('nodes-only', server.kubeconfig({ user: 'nodesOnly' }));
    const result = await runCli(['check', '--kubeconfig', file], { cwd: folder.at('') });
    assert.equal(result.code, 3);
    assert.match(
      result.stdout,
      /\nok +list nodes +allowed\nFAILED +list pods +not allowed: grant list on nodes and pods to this user \(see README, Permissions\)\n/,
    );
    assert.deepEqual(messages(result, 'error'), ['1 of 6 checks failed']);
  });

  test('with a store that is a file fails for the store alone, with its exit code', async (t) => {
    const { run } = user(t, await serve(t, small));
    const result = await run('check', '--out', 'kubeconfig');
    assert.equal(result.code, 4);
    assert.match(
      result.stdout,
      /\nFAILED +store +could not read .*kubeconfig is, or runs through, a file: name a directory with --out\n$/,
    );
    assert.equal(result.stdout.match(/^ok /gm)?.length, 5);
  });

  test('without a server fails for it, and still tries the store', async (t) => {
    const server = await startApiServer({});
    const { run } = user(t, server);
    await server.close();
    const result = await run('check');
    assert.equal(result.code, 3);
    assert.match(
      result.stdout,
      /\nFAILED +API server +could not reach https:\/\/127\.0\.0\.1:\d+: the connection was refused: .*\nok +store +/,
    );
  });

  test('as JSON is a list of findings', async (t) => {
    const { run } = user(t, await serve(t, small));
    const findings = JSON.parse((await run('check', '--output', 'json')).stdout) as {
      check: string;
      ok: boolean;
    }[];
    assert.deepEqual(
      findings.map(({ check, ok }) => [check, ok]),
      [
        ['credentials', true],
        ['cluster name', true],
        ['API server', true],
        ['list nodes', true],
        ['list pods', true],
        ['store', true],
      ],
    );
  });
});

suite('settings', { concurrency: 2 }, () => {
  const server: { value: ApiServer | null } = { value: null };
  before(async () => void (server.value = await startApiServer(small)));
  after(() => server.value?.close());

  test('come from the flag, else the environment, else the config file, in YAML or JSON', async (t) => {
    const folder = temporaryFolder(t);
    const KUBECONFIG = folder.write('kubeconfig', server.value!.kubeconfig());
    folder.write('c.yaml', 'cluster: from-file\nout: ./here\nresources: [cpu]\nlabelGroups:\n  - zone\n');
    folder.write('c.json', JSON.stringify({ cluster: 'from-json', out: './here' }));
    const run = async (args: string[], env: Record<string, string> = {}): Promise<string | undefined> => {
      const result = await runCli(['snapshot', ...args], { cwd: folder.at(''), env: { KUBECONFIG, ...env } });
      assert.equal(result.code, 0, result.stderr);
      assert.deepEqual(readdirSync(folder.at('here')), ['v1']);
      return result.stdout.split(' ')[0];
    };
    const env = { KUBE_BINPACK_CLUSTER: 'from-environment' };
    assert.equal(await run(['--config', 'c.yaml']), 'from-file');
    assert.equal(await run(['--config', 'c.json']), 'from-json');
    assert.equal(await run(['--config', 'c.yaml'], env), 'from-environment');
    assert.equal(await run(['--config', 'c.yaml', '--cluster', 'from-flag'], env), 'from-flag');
    assert.equal(await run([], { KUBE_BINPACK_CONFIG: 'c.yaml' }), 'from-file');
    assert.equal(await run(['--config', 'c.json'], { KUBE_BINPACK_CONFIG: 'missing.yaml' }), 'from-json');
  });
});

suite('a terminal and its absence', { concurrency: 2 }, () => {
  test('away from a terminal a slow list is a log line every five seconds, and stdout is the result alone', async (t) => {
    const cluster = generateCluster({ seed: 1, nodes: 5, pods: 400, lean: true });
    const server = await serve(t, cluster);
    const { run } = user(t, server);
    server.faults.next({ match: ({ query }) => query.has('continue'), action: { kind: 'delay', ms: 5200 } });
    const result = await run('snapshot', '--list-page-size', '200', '--output', 'json');
    summaryOf(result);
    const lines = messages(result, 'info');
    assert.match(lines[0] ?? '', /^pods [23]00 of about 400$/);
    assert.ok(lines.length <= 3, lines.join('\n'));
  });

  test('on a terminal there are a bar, colours and text; NO_COLOR takes the colours away', async (t) => {
    const onTerminal = 'printf -v line "%q " "$@"; exec script -qec "stty cols 80; $line" /dev/null';
    const folder = temporaryFolder(t);
    const cwd = folder.at('');
    if ((await startCli([], { cwd, shell: 'command -v script' }).result).code !== 0) {
      t.diagnostic('SKIPPED: no `script` (util-linux) here, so nothing was tried on a terminal');
      return t.skip('script is not installed');
    }
    const server = await serve(t, generateCluster({ seed: 1, nodes: 5, pods: 400, lean: true }));
    const KUBECONFIG = folder.write('kubeconfig', server.kubeconfig());
    const see = async (env: Record<string, string>): Promise<string> => {
      server.faults.next({
        match: ({ query }) => query.has('continue'),
        action: { kind: 'slow', bytes: 30_000, everyMs: 60 },
      });
      const { stdout } = await runCli(['snapshot', '--list-page-size', '200'], {
        cwd,
        env: { KUBECONFIG, TERM: 'xterm', ...env },
        shell: onTerminal,
      });
      server.faults.clear();
      rmSync(folder.at('snapshots'), { recursive: true });
      return stdout.replaceAll('\u001b', '␛');
    };
    const coloured = await see({});
    assert.match(coloured, /\r␛\[2K█+░* pods [1-4]00 of about 400/);
    assert.match(coloured, /\r␛\[2Ksimulated at /, 'the bar is gone before the result');
    assert.match(coloured, /␛\[3[123]m[█░▶]{12} /);
    assert.match(coloured, /\nsnapshot \w+ of simulated is in \.\/snapshots/, 'logs are text');
    const plain = await see({ NO_COLOR: '1' });
    assert.doesNotMatch(plain, /␛\[\d+m/);
    // the terminal ends lines with CR LF
    const table = plain.slice(plain.indexOf('RESOURCE')).split('\r\n').slice(0, 4);
    for (const line of table) assert.ok(stringWidth(line) <= 80, line);
  });
});

suite('told to stop', { concurrency: 2 }, () => {
  for (const [name, code] of [
    ['SIGTERM', 143],
    ['SIGINT', 130],
  ] as const) {
    test(`by ${name} in the middle of a list it ends soon with ${code}, and nothing is committed`, async (t) => {
      const server = await serve(t, small);
      const { at } = user(t, server);
      server.faults.next({
        match: ({ path }) => path.endsWith('/pods'),
        action: { kind: 'stall', afterBytes: 20 },
      });
      const { child, result } = startCli(['snapshot'], {
        cwd: at(''),
        env: { KUBECONFIG: at('kubeconfig') },
      });
      while (server.faults.pending > 0) await sleep(5);
      await sleep(100);
      const startedMs = performance.now();
      child.kill(name);
      assert.equal(
        refusal(await result, code),
        `stopped by ${name}: a snapshot that was not committed yet will not be`,
      );
      assert.ok(performance.now() - startedMs < 5000);
      assert.ok(!readdirSync(at('')).includes('snapshots'));
    });
  }

  test('while an exec plugin waits for a person it ends soon too', async (t) => {
    const folder = temporaryFolder(t);
    const plugin = folder.write('plugin', '#!/bin/sh\necho waiting > waits\nexec sleep 30\n', 0o755);
    const server = await serve(t, small);
    const config = JSON.parse(server.kubeconfig()) as { users: { user: unknown }[] };
    config.users[0]!.user = { exec: { apiVersion: 'client.authentication.k8s.io/v1', command: plugin } };
    const file = folder.write('kubeconfig', JSON.stringify(config));
    const { child, result } = startCli(['snapshot', '--kubeconfig', file], { cwd: folder.at('') });
    while (!readdirSync(folder.at('')).includes('waits')) await sleep(10);
    const startedMs = performance.now();
    child.kill('SIGTERM');
    // not its output: the plugin, which nobody may kill, keeps the pipes open
    await new Promise((resolve) => child.once('exit', resolve));
    assert.equal(child.exitCode, 143);
    assert.ok(performance.now() - startedMs < 5000);
    child.stdout?.destroy();
    child.stderr?.destroy();
    await result;
  });
});
