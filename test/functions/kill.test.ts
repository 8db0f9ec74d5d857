/** A run that is killed at any moment leaves a store that works, and the next run of its slot succeeds. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, watch } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createDirectoryStore } from '../../lib/store/directory.ts';
import { instantOf, parseSummaryKey } from '../../lib/store/keys.ts';
import { messages, refusal, runCli, startCli, type CliResult } from '../support/cli.ts';
import { keysOf } from '../support/store-contract.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'kube-binpack-'));
const env = { KUBECONFIG: path.join(folder, 'kubeconfig') };
const server = spawn(
  process.execPath,
  [
    path.join(import.meta.dirname, '../support/apiserver/main.ts'),
    ...['--nodes', '30', '--pods', '300', '--lean', '--warm', 'protobuf'],
    ...['--kubeconfig', env.KUBECONFIG, '--until-stdin-closes'],
  ],
  { stdio: ['pipe', 'pipe', 'inherit'] },
);
before(() => once(createInterface({ input: server.stdout }), 'line'));
after(async () => {
  server.stdin.end();
  await once(server, 'exit');
  rmSync(folder, { recursive: true, force: true });
});

async function run(out: string, ...args: string[]): Promise<CliResult> {
  return runCli([...args, '--out', out], { cwd: folder, env });
}

function snapshotArgs(out: string, id: string): string[] {
  return ['snapshot', '--out', out, '--scheduled-at', instantOf(id).toISOString(), '--list-page-size', '100'];
}

/** Every file of the store with its bytes. */
async function contentOf(out: string): Promise<Map<string, string>> {
  const keys = await keysOf(createDirectoryStore(path.join(folder, out)));
  return new Map(keys.map((key) => [key, readFileSync(path.join(folder, out, key), 'base64')]));
}

async function idsOf(out: string): Promise<string[]> {
  const keys = [...(await contentOf(out)).keys()];
  return keys.flatMap((key) => parseSummaryKey(key)?.snapshotId ?? []);
}

/** What must hold of a store in which the run of one slot was killed after others had committed. Whether it had too. */
async function verify(out: string, id: string, before: readonly string[]): Promise<boolean> {
  const ids = await idsOf(out);
  const committed = ids.includes(id);
  assert.deepEqual(ids, committed ? [...before, id] : before);
  const [listed, shown] = await Promise.all([
    run(out, 'list', '--output', 'json'),
    run(out, 'show', '--nodes', '--output', 'json'),
  ]);
  assert.deepEqual([listed.code, messages(listed, 'warn')], [0, []], listed.stderr);
  assert.deepEqual(
    (JSON.parse(listed.stdout) as { snapshotId: string }[]).map((each) => each.snapshotId),
    ids,
  );
  if (ids.length === 0) assert.match(refusal(shown, 4), /^there is no snapshot in /);
  else {
    assert.equal(shown.code, 0, shown.stderr);
    const rows = JSON.parse(shown.stdout) as { snapshotId: string }[];
    assert.equal(rows.length, 30);
    assert.ok(
      rows.every(({ snapshotId }) => snapshotId === ids.at(-1)),
      'the newest that was committed',
    );
  }
  return committed;
}

/** The slot is tried again until it was tried once more than needed. */
async function retry(out: string, id: string, committed: boolean): Promise<void> {
  const survived = await contentOf(out);
  const again = await runCli(snapshotArgs(out, id), { cwd: folder, env });
  assert.equal(again.code, 0, again.stderr);
  assert.match(again.stdout, new RegExp(`^simulated at ${id}, Kubernetes v1\\.36\\.2: 30 nodes`));
  const complete = await contentOf(out);
  assert.equal(complete.size, survived.size + (committed ? 0 : 3));
  for (const [key, bytes] of survived) assert.equal(complete.get(key), bytes, `${key} is as it was`);
  if (committed) return;
  const twice = await runCli(snapshotArgs(out, id), { cwd: folder, env });
  assert.deepEqual([twice.code, twice.stdout], [0, again.stdout]);
  assert.deepEqual(await contentOf(out), complete, 'a second run of the slot adds nothing');
}

// two at a time, each with a store of its own
suite('SIGKILL', { concurrency: 2 }, () => {
  const clocked = Array.from({ length: 12 }, (_, step) => step);
  for (const lane of [0, 1]) {
    test(`at any time of a run, from its start to its end (${lane + 1} of 2)`, async (t) => {
      const out = `clock-${lane}`;
      const deaths: string[] = [];
      const before: string[] = [];
      // how long a whole run takes here and now, so that the steps cover it
      const startedMs = performance.now();
      const whole = await runCli(snapshotArgs(`whole-${lane}`, '20261121T070000Z'), { cwd: folder, env });
      assert.equal(whole.code, 0, whole.stderr);
      const wholeMs = performance.now() - startedMs;
      for (const step of clocked.filter((each) => each % 2 === lane)) {
        const id = `20261121T08${String(step).padStart(2, '0')}00Z`;
        const delayMs = (wholeMs * (step + Math.random())) / (clocked.length - 1);
        const { child, result } = startCli(snapshotArgs(out, id), { cwd: folder, env });
        await Promise.race([sleep(delayMs), result]);
        child.kill('SIGKILL');
        const { signal } = await result;
        const committed = await verify(out, id, before);
        await retry(out, id, committed);
        before.push(id);
        deaths.push(`${Math.round(delayMs)} ms ${signal ?? 'too late'}${committed ? ', committed' : ''}`);
      }
      t.diagnostic(deaths.join('; '));
    });
  }

  const seen = Array.from({ length: 13 }, (_, index) => index + 1);
  for (const lane of [0, 1]) {
    test(`at any file that the commit makes, links or takes away (${lane + 1} of 2)`, async (t) => {
      const out = `files-${lane}`;
      const deaths: string[] = [];
      const before: string[] = [];
      const folders = ['nodes', 'workloads', 'summary'].map((kind) =>
        path.join(folder, out, 'v1', kind, 'cluster=simulated', 'date=2026-11-21'),
      );
      for (const each of folders) mkdirSync(each, { recursive: true });
      for (const count of seen.filter((each) => each % 2 === lane)) {
        const id = `20261121T09${String(count).padStart(2, '0')}00Z`;
        const { child, result } = startCli(snapshotArgs(out, id), { cwd: folder, env });
        const state = { events: 0 };
        const watchers = folders.map((each) =>
          watch(each, () => {
            state.events += 1;
            if (state.events === count) child.kill('SIGKILL');
          }),
        );
        const { signal } = await result;
        for (const watcher of watchers) watcher.close();
        const committed = await verify(out, id, before);
        const left = (await keysOf(createDirectoryStore(path.join(folder, out)))).filter((key) =>
          key.includes(`/${id}`),
        );
        await retry(out, id, committed);
        before.push(id);
        deaths.push(
          `event ${count} ${signal ?? 'too late'}, ${left.length} objects${committed ? ', committed' : ''}`,
        );
      }
      t.diagnostic(deaths.join('; '));
    });
  }
});
