/** That a process ends, and how, also where something never answers. */
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import path from 'node:path';
import { suite, test } from 'node:test';
import { createDirectoryStore } from '../../lib/store/directory.ts';
import { commitSnapshot } from '../../lib/store/snapshots.ts';
import { refusal, runCli, startCli } from '../support/cli.ts';
import { makeFifo } from '../support/fifo.ts';
import { temporaryFolder } from '../support/kubeconfig.ts';
import { nodeRow, snapshot, workloadRow } from '../support/snapshots.ts';

// as a file on a mount whose server is gone: whoever reads it waits for good, and so does process.exit
suite('a file that hangs', { concurrency: true }, () => {
  const args = ['show', '--nodes', '--cache-dir', 'none'];

  async function folderThatHangs(t: Parameters<typeof temporaryFolder>[0]): Promise<string> {
    const folder = temporaryFolder(t);
    const directory = folder.at('snapshots');
    const whole = snapshot({ summary: {}, nodes: [nodeRow()], workloads: [workloadRow()] });
    const { summary } = await commitSnapshot(
      createDirectoryStore(directory),
      whole,
      AbortSignal.timeout(10_000),
    );
    const key = summary.objects.find(({ kind }) => kind === 'nodes')?.key ?? '';
    const file = path.join(directory, key);
    rmSync(file);
    makeFifo(file);
    return folder.at('');
  }

  test('does not outlive the deadline: one sentence, and its exit code', async (t) => {
    const result = await runCli([...args, '--timeout', '1s'], { cwd: await folderThatHangs(t) });
    assert.equal(refusal(result, 3), 'the run was not done after 1 s: allow more with --timeout');
  });

  test('does not outlive SIGTERM', async (t) => {
    const { child, result } = startCli(args, { cwd: await folderThatHangs(t) });
    setTimeout(() => child.kill('SIGTERM'), 1500);
    assert.match(refusal(await result, 143), /^stopped by SIGTERM: /);
  });
});
