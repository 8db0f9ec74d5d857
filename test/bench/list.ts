/** Reading a whole cluster: our job against the client library, JSON.parse, and mere downloading. */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { job } from './job.ts';
import { measure, measureForeign, type Cost, type Program } from './measure.ts';
import {
  budget,
  inTurn,
  type BenchOptions,
  type Contender,
  type Figures,
  type Scenario,
} from './scenario.ts';
import { startSimulator, type Simulator } from './simulator.ts';

const peer = (file: string, ...args: readonly string[]): Program => ({
  file: path.join(import.meta.dirname, 'peers', file),
  args,
});

const [ours, floor, parse, typed] = [
  'kube-binpack, the whole job',
  'download only, page after page',
  'JSON.parse of each page',
  'client-node, typed list',
] as const;

export const list: Scenario = {
  name: 'list',
  summary: 'read nodes and pods: against the client library, JSON.parse and a bare download',
  async run(options) {
    const { nodes, pods, rounds, log } = options;
    log(`starting a simulated API server: ${nodes} nodes, ${pods} pods, both encodings`);
    const server = await startSimulator(nodes, pods, 'protobuf,json');
    const contender = (name: string, program: () => Program): Contender => ({
      name,
      run: async () => withBytes(server, await measure(program())),
    });
    try {
      const medians = await inTurn(
        [
          contender(ours, () => job(server)),
          contender(floor, () => peer('pages.ts', server.kubeconfig, 'protobuf')),
          contender(parse, () => peer('pages.ts', server.kubeconfig, 'json')),
          contender(typed, () => peer('client-node.ts', server.kubeconfig)),
        ],
        options,
      );
      const of = (name: string, figure: string): number => medians[name]?.[figure] ?? Number.NaN;
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
      await server.close();
    }
  },
};

/**
 * kubectl holds the whole list in memory, and several times: about 10 GB for 35,000 pods. So it is compared at a
 * tenth of the pods, once.
 */
export const kubectl: Scenario = {
  name: 'kubectl',
  summary: 'the same against kubectl get -o json, at a tenth of the pods, once; where kubectl is installed',
  async run(options) {
    const { nodes, log } = options;
    const pods = options.pods / 10;
    const setting = `${nodes} nodes, ${pods} pods, pages of 500`;
    if (spawnSync('kubectl', ['version', '--client']).status !== 0) {
      log('kubectl is not installed: it is not measured');
      return {
        scenario: 'kubectl',
        setting: `${setting}; no kubectl here`,
        rounds: 0,
        medians: {},
        budgets: [],
      };
    }
    log(`starting a simulated API server: ${setting}, both encodings`);
    const server = await startSimulator(nodes, pods, 'protobuf,json');
    const get = ['get', 'pods', '--all-namespaces', '--output=json', '--chunk-size=500'];
    const args = [...get, `--kubeconfig=${server.kubeconfig}`];
    const contenders: readonly Contender[] = [
      { name: ours, run: async () => withBytes(server, await measure(job(server))) },
      {
        name: 'kubectl get pods -A -o json',
        run: async () => withBytes(server, await measureForeign({ file: 'kubectl', args })),
      },
    ];
    const once: BenchOptions = { ...options, rounds: 1 };
    try {
      return {
        scenario: 'kubectl',
        setting,
        rounds: 1,
        medians: await inTurn(contenders, once),
        budgets: [],
      };
    } finally {
      await server.close();
    }
  },
};

async function withBytes(server: Simulator, cost: Cost): Promise<Figures> {
  const { bytes } = await server.asked();
  return { ...figuresOf(cost), megabytes: bytes / 1e6 };
}

export function figuresOf({ wallSeconds, cpuSeconds, peakRssMiB }: Cost): Figures {
  return { wallSeconds, cpuSeconds, peakRssMiB };
}
