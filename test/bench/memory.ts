/** Peak memory of the whole job as the cluster grows, by pods and by nodes. */
import { job } from './job.ts';
import { figuresOf } from './list.ts';
import { measure } from './measure.ts';
import { budget, inTurn, type BenchOptions, type Figures, type Scenario } from './scenario.ts';
import { startSimulator } from './simulator.ts';

interface Size {
  readonly nodes: number;
  readonly pods: number;
}

export const memory: Scenario = {
  name: 'memory',
  summary:
    'peak RSS with a fifth, all, and twice the pods; with --sweep up to a million pods and 20,000 nodes',
  async run(options) {
    const { nodes, pods, rounds, sweep } = options;
    const sizes = [
      { nodes, pods: pods / 5 },
      { nodes, pods },
      { nodes, pods: pods * 2 },
    ];
    const further = [
      { nodes, pods: 1_000_000 },
      { nodes: 1_000, pods },
      { nodes: 20_000, pods },
    ];
    const medians: Record<string, Figures> = {};
    for (const size of sweep ? [...sizes, ...further] : sizes) {
      medians[nameOf(size)] = await costOf(size, options);
    }
    const [least = 0, , most = 0] = sizes.map((size) => medians[nameOf(size)]?.['peakRssMiB']);
    return {
      scenario: 'memory',
      setting: Object.keys(medians).join('; '),
      rounds,
      medians,
      budgets: [budget('growth of peak RSS over ten times the pods, %', (most / least - 1) * 100, 20)],
    };
  },
};

async function costOf(size: Size, options: BenchOptions): Promise<Figures> {
  const name = nameOf(size);
  options.log(`starting a simulated API server: ${name}`);
  const server = await startSimulator(size.nodes, size.pods, 'protobuf');
  try {
    const run = async (): Promise<Figures> => figuresOf(await measure(job(server)));
    return (await inTurn([{ name, run }], options))[name] ?? {};
  } finally {
    await server.close();
  }
}

function nameOf({ nodes, pods }: Size): string {
  return `${nodes} nodes, ${pods} pods`;
}
