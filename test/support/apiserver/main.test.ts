import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

test('as a process it writes a kubeconfig, says its address and ends with its stdin', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'apiserver-'));
  t.after(() => rm(folder, { recursive: true }));
  const file = join(folder, 'kubeconfig');
  const script = fileURLToPath(new URL('main.ts', import.meta.url));
  const options = ['--nodes', '5', '--pods', '40', '--seed', '3', '--warm', 'protobuf', '--lean'];
  const child = spawn(process.execPath, [script, ...options, '--kubeconfig', file, '--until-stdin-closes'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface(child.stdout);
  const [line] = (await once(lines, 'line')) as [string];
  const ready = JSON.parse(line) as { readonly url: string; readonly nodes: number; readonly pods: number };
  assert.match(ready.url, /^https:\/\/127\.0\.0\.1:\d+$/);
  assert.deepEqual([ready.nodes, ready.pods], [5, 40]);
  assert.ok((await readFile(file, 'utf8')).includes(ready.url));
  child.stdin.write('\n');
  assert.deepEqual(await once(lines, 'line'), ['{"requests":0,"bytes":0}']);
  child.stdin.end();
  assert.deepEqual(await once(child, 'exit'), [0, null]);
});
