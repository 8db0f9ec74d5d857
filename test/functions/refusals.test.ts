/** Bad input of every kind: one sentence that says what failed, on what, and what to do; the right exit code. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, suite, test } from 'node:test';
import { createCertificateAuthority } from '../support/apiserver/certificates.ts';
import { startApiServer, type ApiServer } from '../support/apiserver/server.ts';
import { messages, refusal, runCli, type CliResult } from '../support/cli.ts';

type Fields = Record<string, unknown>;
interface Kubeconfig extends Fields {
  clusters: [{ cluster: Fields }];
  users: [{ user: Fields }];
}

const folder = mkdtempSync(path.join(tmpdir(), 'kube-binpack-'));
const server: { value: ApiServer } = { value: null as unknown as ApiServer };
before(async () => void (server.value = await startApiServer({})));
after(async () => {
  await server.value.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Each run has a folder of its own, in which `kubeconfig` is the server's, changed by `change`. */
async function run(
  args: readonly string[],
  change: (config: Kubeconfig) => Kubeconfig | string = (config) => config,
  env: Record<string, string> = {},
): Promise<CliResult & { readonly asked: number; readonly cwd: string; readonly tookMs: number }> {
  const cwd = mkdtempSync(path.join(folder, 'run-'));
  const changed = change(JSON.parse(server.value.kubeconfig()) as Kubeconfig);
  writeFileSync(
    path.join(cwd, 'kubeconfig'),
    typeof changed === 'string' ? changed : JSON.stringify(changed),
  );
  const before = server.value.requests.length;
  const startedMs = performance.now();
  const result = await runCli(args, { cwd, env: { KUBECONFIG: 'kubeconfig', ...env } });
  return {
    ...result,
    cwd,
    asked: server.value.requests.length - before,
    tookMs: performance.now() - startedMs,
  };
}

const withCluster =
  (about: Fields) =>
  (config: Kubeconfig): Kubeconfig => {
    Object.assign(config.clusters[0].cluster, about);
    return config;
  };
const withUser =
  (about: Fields) =>
  (config: Kubeconfig): Kubeconfig => {
    config.users[0].user = about;
    return config;
  };
const base64 = (text: string): string => Buffer.from(text).toString('base64');
const escaped = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);

// none of them makes a request, so that two at a time may count those of one server
suite('refused before any request, with exit code 2', { concurrency: 2 }, () => {
  const mistakes: readonly (readonly [args: readonly string[], says: string | RegExp])[] = [
    [['--list-page-size', '-1'], '--list-page-size "-1": must be 0 or more'],
    [
      ['--node-selector', 'pool in web'],
      '--node-selector "pool in web": "pool in web" is not a label requirement (key=value, key in (a, b), !key)',
    ],
    [['--node-selector', 'a b'], /^--node-selector "a b": "a b" is not a label requirement/],
    [
      ['--pod-field-selector', 'phase'],
      '--pod-field-selector "phase": "phase" is not a field requirement (field=value or field!=value)',
    ],
    [
      ['--pod-field-selector', 'spec.priority=0'],
      /^--pod-field-selector "spec\.priority=0": pods cannot be selected by "spec\.priority", only by /,
    ],
    [['--label-group', 'zone,bad key!'], '--label-group "zone,bad key!": "bad key!" is not a label key'],
    [['--namespace', 'Kube_System'], '--namespace "Kube_System": is not a namespace name'],
    [['--timeout', 'soon'], '--timeout "soon": must be a duration such as 30s, 5m or 1h'],
    [
      ['--scheduled-at', 'yesterday'],
      '--scheduled-at "yesterday": must be an instant such as 2026-11-21T07:45:00Z',
    ],
    [
      ['--kubeconfig', 'missing'],
      'kubeconfig missing does not exist: check --kubeconfig, or leave it out to use $KUBECONFIG or ~/.kube/config',
    ],
    [
      ['--context', 'prid'],
      'context "prid" is not in kubeconfig kubeconfig: choose another with --context (simulated)',
    ],
    [['--config', 'missing.yaml'], /^could not read the config file missing\.yaml: /],
  ];
  for (const [args, says] of mistakes) {
    test(`snapshot ${args.join(' ')}`, async () => {
      const result = await run(['snapshot', ...args]);
      const sentence = refusal(result, 2);
      if (typeof says === 'string') assert.equal(sentence, says);
      else assert.match(sentence, says);
      assert.equal(result.asked, 0, 'no request was made');
      assert.deepEqual(readdirSync(result.cwd), ['kubeconfig'], 'nothing was written');
    });
  }

  test('several mistakes at once are told at once', async () => {
    const sentence = refusal(
      await run(['snapshot', '--list-page-size', '-1', '--gzip', 'maybe'], undefined, {
        KUBE_BINPACK_TIMEOUT: 'soon',
      }),
      2,
    );
    for (const part of ['--list-page-size "-1"', '--gzip "maybe"', 'KUBE_BINPACK_TIMEOUT "soon"'])
      assert.ok(sentence.includes(part), sentence);
  });

  const configs: readonly (readonly [name: string, text: string, says: RegExp])[] = [
    [
      'with an unknown key',
      'colour: blue\n',
      /^config\.yaml: "colour" is not a setting \(they are kubeconfig, /,
    ],
    ['that is a list', '- cluster\n', /^config file config\.yaml is not a map of settings$/],
    ['that is a text', 'hello\n', /^config file config\.yaml is not a map of settings$/],
    [
      'that is no YAML',
      'token: "hunter2\n',
      /^config file config\.yaml is not YAML \(line \d+, column \d+\): correct it/,
    ],
    ['with a wrong value', 'listPageSize: -1\n', /^listPageSize in config\.yaml "-1": must be 0 or more$/],
  ];
  for (const [name, text, says] of configs) {
    test(`a config file ${name}`, async () => {
      const cwd = mkdtempSync(path.join(folder, 'run-'));
      writeFileSync(path.join(cwd, 'config.yaml'), text);
      assert.match(refusal(await runCli(['list', '--config', 'config.yaml'], { cwd }), 2), says);
    });
  }

  test('a config file that is a folder', async () => {
    mkdirSync(path.join(folder, 'folder.yaml'));
    assert.match(
      refusal(await runCli(['list', '--config', 'folder.yaml'], { cwd: folder }), 2),
      /^could not read the config file folder\.yaml: /,
    );
  });

  test('no current context', async () => {
    const result = await run(['snapshot'], (config) => ({ ...config, 'current-context': '' }));
    assert.equal(
      refusal(result, 2),
      'kubeconfig kubeconfig sets no current-context: choose one with --context (simulated)',
    );
  });

  test('no kubeconfig at all', async () => {
    assert.match(
      refusal(await run(['snapshot'], undefined, { KUBECONFIG: '' }), 2),
      /^no kubeconfig was found \(looked at --kubeconfig, \$KUBECONFIG and .*\.kube\/config\), and this is not a pod .*: name a kubeconfig with --kubeconfig$/,
    );
  });

  test('a kubeconfig that is no YAML is told without its tokens', async () => {
    const result = await run(['snapshot'], () => 'users:\n- user:\n    token: "hunter2\n');
    assert.match(
      refusal(result, 2),
      /^kubeconfig kubeconfig is not YAML \(line \d+, column \d+\): correct it/,
    );
  });
});

suite('a cluster that cannot be reached or refuses, with exit code 3', { concurrency: 2 }, () => {
  test('a server that is not there, soon', async () => {
    const closed = await startApiServer({});
    await closed.close();
    const result = await run(['snapshot'], withCluster({ server: closed.url }));
    assert.equal(
      refusal(result, 3),
      `could not reach ${closed.url}: the connection was refused: check the address, and that the server is running`,
    );
    assert.ok(result.tookMs < 10_000);
  });

  test('a name that does not resolve', async () => {
    const result = await run(['snapshot'], withCluster({ server: 'https://cluster.invalid:6443' }));
    assert.match(
      refusal(result, 3),
      /^could not reach https:\/\/cluster\.invalid:6443: its name (?:does not resolve: check|could not be looked up)/,
    );
  });

  test('a certificate authority that did not sign', async () => {
    const { certificatePem } = createCertificateAuthority();
    const result = await run(
      ['snapshot'],
      withCluster({ 'certificate-authority-data': base64(certificatePem) }),
    );
    assert.match(
      refusal(result, 3),
      new RegExp(`^could not reach ${escaped(server.value.url)}: .*check certificate-authority-data`),
    );
  });

  test('no certificate authority where one is needed', async () => {
    const result = await run(['snapshot'], (config) => {
      delete config.clusters[0].cluster['certificate-authority-data'];
      return config;
    });
    assert.match(
      refusal(result, 3),
      new RegExp(`^could not reach ${escaped(server.value.url)}: .*check certificate-authority-data`),
    );
  });

  test('a token that is wrong: 401', async () => {
    const result = await run(['snapshot'], withUser({ token: 'hunter2' }));
    assert.equal(
      refusal(result, 3),
      `could not read the version of ${server.value.url}: 401: Unauthorized (the credentials are missing, wrong or expired: log in again, or check the user of the kubeconfig context)`,
    );
  });

  test('a token that may list nothing: 403', async () => {
    const result = await run(['snapshot'], () => server.value.kubeconfig({ user: 'nothing' }));
    assert.equal(
      refusal(result, 3),
      'could not list nodes (page 1): 403: nodes is forbidden: User "fixture-nothing" cannot list resource "nodes" in API group "" at the cluster scope (grant list on nodes and pods to this user: see README, Permissions)',
    );
    assert.deepEqual(readdirSync(result.cwd), ['kubeconfig'], 'nothing was written');
  });

  test('a token that may list nodes alone: 403', async () => {
    const result = await run(['snapshot'], () => server.value.kubeconfig({ user: 'nodesOnly' }));
    assert.match(
      refusal(result, 3),
      /^could not list pods \(page 1\): 403: pods is forbidden: User "fixture-nodes-only" cannot list .* \(grant list on nodes and pods to this user: see README, Permissions\)$/,
    );
    assert.deepEqual(readdirSync(result.cwd), ['kubeconfig'], 'half a cluster is never stored');
  });

  test('an exec plugin that fails, without what it printed of its secrets', async () => {
    const script = 'echo "no session for Bearer hunter2" >&2; echo "{\\"token\\":\\"hunter2\\"}"; exit 3';
    const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: '/bin/sh', args: ['-c', script] };
    for (const level of ['info', 'debug']) {
      const result = await run(['snapshot', '--log-level', level], withUser({ exec }));
      assert.equal(result.code, 3);
      assert.match(
        messages(result, 'error')[0] ?? '',
        /^command "\/bin\/sh", which authenticates user "fixture-reader" in kubeconfig, failed: no session for Bearer \[token\]: run it by hand/,
      );
    }
  });

  test('an exec plugin that is not installed', async () => {
    const result = await run(
      ['snapshot'],
      withUser({ exec: { command: 'no-such-plugin', installHint: 'Install it.' } }),
    );
    assert.match(
      refusal(result, 3),
      /^command "no-such-plugin", which authenticates user "fixture-reader" in kubeconfig, was not found: Install it\.$/,
    );
  });

  test('a server that is none of Kubernetes', async () => {
    // HTML over several lines becomes one line of a log
    server.value.faults.next({
      match: ({ path }) => path === '/version',
      action: { kind: 'garbage', body: '<html>\n<body>hello</body>\n</html>' },
    });
    const result = await run(['snapshot']);
    assert.match(
      refusal(result, 3),
      /does not answer \/version as a Kubernetes API server does: check the address$/,
    );
  });
});

suite('what a failure shows', { concurrency: 2 }, () => {
  test('with --log-level debug has a stack trace, and still no token or certificate', async () => {
    const result = await run(['snapshot', '--log-level', 'debug'], withUser({ token: 'hunter2' }));
    assert.equal(result.code, 3);
    const line = JSON.parse(result.stderr.trim().split('\n').at(-1) ?? '') as { stack?: string };
    assert.match(line.stack ?? '', /\n\s+at /);
  });

  test('as text is an error in one line', async () => {
    const { stderr, code } = await run(['snapshot', '--log-format', 'text'], withUser({ token: 'hunter2' }));
    assert.equal(code, 3);
    assert.match(stderr, /^error: could not read the version of [^\n]+\n$/);
  });

  test('of a proxy’s page is one line all the same', async () => {
    const proxy = await startApiServer({});
    try {
      proxy.faults.next({ times: 3, action: { kind: 'status', code: 502 } });
      const { stderr, code } = await run(['snapshot', '--log-format', 'text'], () => proxy.kubeconfig());
      assert.equal(code, 3);
      assert.match(
        stderr.split('\n').at(-2) ?? '',
        /^error: could not read the version of .+: 502.* \(3 tries\)$/,
      );
    } finally {
      await proxy.close();
    }
  });
});
