/** Peak memory of the whole job as the cluster grows. */
import { job, figuresOf } from './list.ts';
import { measure } from './measure.ts';
import { budget, inTurn, type Contender, type Scenario } from './scenario.ts';
import { startSimulator } from './simulator.ts';

export const memory: Scenario = {
  name: 'memory',
  summary: 'peak RSS with a fifth, all, and twice the pods',
  async run(options) {
    const sizes = [options.pods / 5, options.pods, options.pods * 2];
    const medians: Record<string, Record<string, number>> = {};
    for (const pods of sizes) {
      const { kubeconfig, folder, close } = await startSimulator(options.nodes, pods, 'protobuf');
      const contender: Contender = {
        name: `${pods} pods`,
        run: async () => figuresOf(await measure(job(kubeconfig, folder))),
      };
      try {
        Object.assign(medians, await inTurn([contender], options));
      } finally {
        await close();
      }
    }
    const rss = sizes.map((pods) => medians[`${pods} pods`]?.['peakRssMiB'] ?? Number.NaN);
    return {
      scenario: 'memory',
      setting: `${options.nodes} nodes, ${sizes.join(', ')} pods`,
      rounds: options.rounds,
      medians,
      budgets: [
        budget(
          'growth of peak RSS over ten times the pods, %',
          ((rss[2] ?? 0) / (rss[0] ?? 1) - 1) * 100,
          20,
        ),
      ],
    };
  },
};
