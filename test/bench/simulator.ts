/** The simulated API server in a process of its own, with every page encoded before the first request. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';

export interface Simulator {
  readonly kubeconfig: string;
  readonly folder: string;
  /** What was asked of it since the last time, bodies in bytes. */
  asked(): Promise<{ readonly requests: number; readonly bytes: number }>;
  close(): Promise<void>;
}

export async function startSimulator(nodes: number, pods: number, encodings: string): Promise<Simulator> {
  const folder = await mkdtemp(path.join(tmpdir(), 'kube-binpack-bench-'));
  const kubeconfig = path.join(folder, 'kubeconfig');
  const main = path.join(import.meta.dirname, '..', 'support', 'apiserver', 'main.ts');
  const size = ['--nodes', String(nodes), '--pods', String(pods), '--seed', '1'];
  const rest = ['--warm', encodings, '--kubeconfig', kubeconfig, '--until-stdin-closes'];
  const child = spawn(process.execPath, ['--max-old-space-size=16000', main, ...size, ...rest], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const nextLine = async (): Promise<string> => {
    const { value, done } = await lines.next();
    if (done === true) throw new Error('the simulated API server ended');
    return value;
  };
  await nextLine();
  return {
    kubeconfig,
    folder,
    async asked() {
      child.stdin.write('\n');
      return JSON.parse(await nextLine()) as { requests: number; bytes: number };
    },
    async close() {
      child.stdin.end();
      await once(child, 'exit');
      await rm(folder, { recursive: true });
    },
  };
}
