/** The simulated API server in a process of its own, with every page encoded before the first request. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startHelper } from './helper.ts';

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
  const helper = await startHelper(['--max-old-space-size=16000', main, ...size, ...rest]);
  return {
    kubeconfig,
    folder,
    asked: () => helper.ask(),
    async close() {
      await helper.close();
      await rm(folder, { recursive: true });
    },
  };
}
