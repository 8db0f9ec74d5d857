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
  readonly close: () => Promise<void>;
}

export async function startSimulator(nodes: number, pods: number, encodings: string): Promise<Simulator> {
  const folder = await mkdtemp(path.join(tmpdir(), 'kube-binpack-bench-'));
  const kubeconfig = path.join(folder, 'kubeconfig');
  const main = path.join(import.meta.dirname, '..', 'support', 'apiserver', 'main.ts');
  const size = ['--nodes', String(nodes), '--pods', String(pods), '--seed', '1'];
  const child = spawn(
    process.execPath,
    [
      '--max-old-space-size=12000',
      main,
      ...size,
      '--warm',
      encodings,
      '--kubeconfig',
      kubeconfig,
      '--until-stdin-closes',
    ],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  );
  await once(createInterface({ input: child.stdout }), 'line');
  return {
    kubeconfig,
    folder,
    async close() {
      child.stdin.end();
      await once(child, 'exit');
      await rm(folder, { recursive: true });
    },
  };
}
