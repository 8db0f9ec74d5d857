/** Objects with absurd values never stop a snapshot; what never answers never outlives the deadline. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { suite, test, type TestContext } from 'node:test';
import type { Summary } from '../../lib/model/snapshot.ts';
import type { KubeObject } from '../support/apiserver/objects.ts';
import { startApiServer } from '../support/apiserver/server.ts';
import { refusal, runCli, type CliResult } from '../support/cli.ts';
import { listening } from '../support/cluster-under-test.ts';

function temporary(t: TestContext): string {
  const cwd = mkdtempSync(path.join(tmpdir(), 'kube-binpack-'));
  t.after(() => rmSync(cwd, { recursive: true, force: true }));
  return cwd;
}

async function snapshotOf(
  t: TestContext,
  nodes: readonly KubeObject[],
  pods: readonly KubeObject[],
  encoding: string,
): Promise<Summary> {
  const server = await startApiServer({ nodes, pods });
  t.after(async () => server.close());
  const cwd = temporary(t);
  writeFileSync(path.join(cwd, 'kubeconfig'), server.kubeconfig());
  const args = ['snapshot', '--kubeconfig', 'kubeconfig', '--encoding', encoding, '--output', 'json'];
  const { code, stdout, stderr } = await runCli(args, { cwd });
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout) as Summary;
}

const pod = (name: string, spec: object, phase = 'Running'): KubeObject =>
  ({ metadata: { name, namespace: 'web' }, spec, status: { phase } }) as unknown as KubeObject;
const asking = (memory: string): object => ({
  containers: [{ name: 'c', resources: { requests: { memory, cpu: '1' } } }],
});

suite('absurd values', () => {
  for (const encoding of ['protobuf', 'json']) {
    test(`beyond what a scheduler can count are problems, and count as absent (${encoding})`, async (t) => {
      const node = {
        metadata: { name: 'n', creationTimestamp: null, labels: { __proto__x: 'y', constructor: 'z' } },
        spec: {},
        status: {
          allocatable: { cpu: '4', memory: '1e400', pods: '10' },
          capacity: { cpu: '4', pods: '10' },
        },
      } as unknown as KubeObject;
      const summary = await snapshotOf(
        t,
        [node],
        [
          pod('bound', { nodeName: 'n', ...asking('1e400') }),
          pod('waiting', asking('1e400'), 'Pending'),
          pod('fine', { nodeName: 'n', ...asking('1Gi') }),
        ],
        encoding,
      );
      assert.deepEqual([summary.pods.counted, summary.pods.pending], [2, 1]);
      assert.equal(summary.resources['cpu']?.allocated, 2);
      assert.equal(summary.resources['memory']?.allocated, 1024 ** 3);
      const [problem] = summary.problems;
      assert.deepEqual([problem?.reason, problem?.count], ['InvalidQuantity', 3]);
      assert.equal(problem?.examples[0], 'node n: memory: "1e400" is not a quantity (range)');
    });
  }

  test('of times and numbers are unknown', async (t) => {
    const node = (name: string, creationTimestamp: string): KubeObject => ({
      metadata: { name, creationTimestamp },
      spec: {},
      status: { allocatable: { cpu: '1' } },
    });
    const times = [
      'yesterday',
      '2026-01-01T00:00:00+02:00',
      '+012026-01-01T00:00:00Z',
      '2026-13-01T00:00:00Z',
    ];
    const summary = await snapshotOf(
      t,
      times.map((time, index) => node(`n${index}`, time)),
      [pod('p', { nodeName: 'n0', priority: 1e300, ...asking('1Gi') })],
      'json',
    );
    assert.equal(summary.nodes.total, 4);
    assert.equal(summary.pods.counted, 1);
  });
});

suite('what never answers', () => {
  for (const scheme of ['http', 'socks5']) {
    test(`a ${scheme} proxy that takes the connection and says nothing`, async (t) => {
      const proxy = new URL(await listening(t, createServer()));
      const result = await behind(t, `${scheme}://${proxy.host}`, ['--request-timeout', '500ms']);
      assert.match(refusal(result, 3), /^no whole answer from .* within 0.5 s \(--request-timeout\)$/);
    });
  }

  test('a token that cannot be a header is the mistake of the kubeconfig', async (t) => {
    const result = await behind(t, null, [], 'two\nlines');
    assert.match(
      refusal(result, 2),
      /^the token or the impersonation of the kubeconfig user holds a character/,
    );
  });
});

async function behind(
  t: TestContext,
  proxy: string | null,
  args: readonly string[],
  token?: string,
): Promise<CliResult> {
  const server = await startApiServer({});
  t.after(async () => server.close());
  const cwd = temporary(t);
  const config = JSON.parse(server.kubeconfig()) as {
    clusters: [{ cluster: Record<string, unknown> }];
    users: [{ user: Record<string, unknown> }];
  };
  if (proxy !== null) config.clusters[0].cluster['proxy-url'] = proxy;
  if (token !== undefined) config.users[0].user = { token };
  writeFileSync(path.join(cwd, 'kubeconfig'), JSON.stringify(config));
  return runCli(['snapshot', '--kubeconfig', 'kubeconfig', '--timeout', '20s', ...args], { cwd });
}
