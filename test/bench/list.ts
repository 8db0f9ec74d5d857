/** Reading a whole cluster: our job against the client library, JSON.parse, and mere downloading. */
import path from 'node:path';
import { measure, type Cost, type Program } from './measure.ts';
import { budget, inTurn, type Scenario } from './scenario.ts';
import { startSimulator } from './simulator.ts';

const root = path.join(import.meta.dirname, '..', '..');
const peer = (file: string, ...args: readonly string[]): Program => ({
  file: path.join(import.meta.dirname, 'peers', file),
  args,
});

/** The whole job, as it is shipped: connect, list, decode, fold, summarise, commit. */
export function job(kubeconfig: string, folder: string): Program {
  const slot = new Date(Date.UTC(2026, 0, 1) + slots++ * 60_000).toISOString().replace('.000Z', 'Z');
  return {
    file: path.join(root, 'dist', 'cli.js'),
    args: [
      'snapshot',
      '--kubeconfig',
      kubeconfig,
      '--out',
      path.join(folder, 'snapshots'),
      '--scheduled-at',
      slot,
    ],
    env: { KUBE_BINPACK_LOG_LEVEL: 'warn' },
  };
}

let slots = 0;

export const list: Scenario = {
  name: 'list',
  summary: 'read nodes and pods: against the client library, JSON.parse and a bare download',
  async run(options) {
    const { nodes, pods, rounds, log } = options;
    log(`starting a simulated API server: ${nodes} nodes, ${pods} pods, both encodings`);
    const { kubeconfig, folder, close } = await startSimulator(nodes, pods, 'protobuf,json');
    const contender = (
      name: string,
      program: () => Program,
    ): { name: string; run: () => Promise<Record<string, number>> } => ({
      name,
      run: async () => figuresOf(await measure(program())),
    });
    try {
      const medians = await inTurn(
        [
          contender('kube-binpack, whole job', () => job(kubeconfig, folder)),
          contender('download only (protobuf)', () => peer('pages.ts', kubeconfig, 'protobuf')),
          contender('JSON.parse of each page', () => peer('pages.ts', kubeconfig, 'json')),
          contender('client-node, typed list', () => peer('client-node.ts', kubeconfig)),
        ],
        options,
      );
      const of = (name: string, figure: string): number => medians[name]?.[figure] ?? Number.NaN;
      const [ours, floor, parse, typed] = Object.keys(medians) as [string, string, string, string];
      return {
        scenario: 'list',
        setting: `${nodes} nodes, ${pods} pods, pages of 500`,
        rounds,
        medians,
        budgets: [
          budget('CPU / CPU of the typed list', of(ours, 'cpuSeconds') / of(typed, 'cpuSeconds'), 1 / 8),
          budget('CPU / CPU of the JSON.parse loop', of(ours, 'cpuSeconds') / of(parse, 'cpuSeconds'), 1 / 3),
          budget('wall / wall of the download', of(ours, 'wallSeconds') / of(floor, 'wallSeconds'), 1),
          budget('peak RSS, MiB', of(ours, 'peakRssMiB'), 128),
        ],
      };
    } finally {
      await close();
    }
  },
};

export function figuresOf({ wallSeconds, cpuSeconds, peakRssMiB }: Cost): Record<string, number> {
  return { wallSeconds, cpuSeconds, peakRssMiB };
}
