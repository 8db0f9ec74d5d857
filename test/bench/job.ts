/** The whole job, as it is shipped and as the CronJob's image runs it: connect, list, decode, fold, summarise, commit. */
import path from 'node:path';
import type { Program } from './measure.ts';
import type { Simulator } from './simulator.ts';

const root = path.join(import.meta.dirname, '..', '..');

export function job({ kubeconfig, folder }: Simulator, args: readonly string[] = []): Program {
  const slot = new Date(Date.UTC(2026, 0, 1) + slots++ * 60_000).toISOString().replace('.000Z', 'Z');
  return {
    file: path.join(root, 'dist', 'cli.js'),
    args: [
      'snapshot',
      ...['--kubeconfig', kubeconfig],
      ...['--out', path.join(folder, 'snapshots')],
      ...['--scheduled-at', slot],
      ...args,
    ],
    env: { KUBE_BINPACK_LOG_LEVEL: 'warn', ...imageEnvironment },
  };
}

/** glibc gives every thread a heap of its own, and V8 has four threads that compile and collect: 10 MiB for nothing. */
const imageEnvironment = { MALLOC_ARENA_MAX: '1' };

let slots = 0;
