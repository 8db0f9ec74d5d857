/** All gauges of a large cluster, from its stored snapshot to CloudWatch: the slot of a job that ran before. */
import path from 'node:path';
import { startHelper } from './helper.ts';
import { job } from './job.ts';
import { figuresOf } from './list.ts';
import { measure, type Program } from './measure.ts';
import { budget, inTurn, type Figures, type Scenario } from './scenario.ts';
import { startSimulator } from './simulator.ts';

const ours = 'kube-binpack, a slot again';
const gaugesPerNode = 6;

export const publish: Scenario = {
  name: 'publish',
  summary: 'gauges of all nodes to a strict double of CloudWatch, beside the SDK in a loop',
  async run(options) {
    const { nodes, rounds, log } = options;
    log(`starting a simulated API server: ${nodes} nodes`);
    const cluster = await startSimulator(nodes, nodes * 6, 'protobuf');
    const aws = await startHelper([path.join(import.meta.dirname, '..', 'support', 'aws', 'main.ts')]);
    const env = JSON.parse(aws.first) as Record<string, string>;
    const counted = async (program: Program): Promise<Figures> => {
      const cost = await measure({ ...program, env: { ...program.env, ...env } });
      const { requests, metrics } = await aws.ask<{ requests: number; metrics: number }>();
      return { ...figuresOf(cost), requests, gauges: metrics };
    };
    try {
      const slot = new Date(Math.floor(Date.now() / 60_000) * 60_000).toISOString();
      const settings = [
        '--metrics',
        'cloudwatch',
        '--max-metrics',
        '1000000',
        '--resources',
        'cpu,memory,pods',
      ];
      const again = { ...job(cluster, ['--scheduled-at', slot, ...settings]) };
      await measure(job(cluster, ['--scheduled-at', slot]));
      const loop = {
        file: path.join(import.meta.dirname, 'peers', 'put-metric-data.ts'),
        args: [String(nodes)],
      };
      const medians = await inTurn(
        [
          { name: ours, run: () => counted(again) },
          { name: 'the SDK in a loop', run: () => counted(loop) },
        ],
        options,
      );
      const { wallSeconds = 0, requests = 0, gauges = 0 } = medians[ours] ?? {};
      if (gauges < nodes * gaugesPerNode) throw new Error(`only ${gauges} gauges were published`);
      return {
        scenario: 'publish',
        setting: `${nodes} nodes, ${gaugesPerNode} gauges each, and those of the cluster`,
        rounds,
        medians,
        budgets: [
          // one more carries what is not a node's
          budget('requests for the gauges of nodes', requests - 1, Math.ceil((nodes * gaugesPerNode) / 1000)),
          budget('wall, the start of the process included, s', wallSeconds, 2),
        ],
      };
    } finally {
      await aws.close();
      await cluster.close();
    }
  },
};
