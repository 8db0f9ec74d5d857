/** What a cold Lambda does before its first request: Node starts, the bundle is read, the clients are made. */
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { build } from 'esbuild';
import { bundleOptions } from '../../infra/bundle.ts';
import { packageLambda } from '../../infra/lambda.ts';
import { figuresOf } from './list.ts';
import { measure } from './measure.ts';
import { budget, inTurn, type Contender, type Figures, type Scenario } from './scenario.ts';

const [bare, aws, lambda] = ['bare', 'aws-clients', 'lambda'] as const;
/** A start takes a fifth of a second and varies by as much: many are needed, and they are quick. */
const startsPerRound = 7;

export const coldStart: Scenario = {
  name: 'cold-start',
  summary: 'size and start-up of the Lambda bundle, against one of the two AWS clients alone',
  async run(options) {
    const folder = await mkdtemp(path.join(tmpdir(), 'kube-binpack-bench-'));
    try {
      const sizes = new Map<string, number>();
      for (const name of [bare, aws]) sizes.set(name, await bundle(name, folder));
      const { code } = await packageLambda();
      await writeFile(path.join(folder, `${lambda}.mjs`), code);
      sizes.set(lambda, code.length);
      const contender = (name: string): Contender => ({
        name,
        run: async () => start(path.join(folder, `${name}.mjs`), sizes.get(name) ?? 0),
      });
      const starts = { ...options, rounds: options.rounds * startsPerRound };
      const medians = await inTurn([contender(bare), contender(aws), contender(lambda)], starts);
      const over = (name: string, figure: string): number =>
        (medians[name]?.[figure] ?? Number.NaN) - (medians[bare]?.[figure] ?? Number.NaN);
      const ratio = (figure: string): number => over(lambda, figure) / over(aws, figure);
      return {
        scenario: 'cold-start',
        setting: 'minified bundles; the Lambda function as it is packaged, up to its first event',
        rounds: starts.rounds,
        medians,
        budgets: [
          budget('Lambda bundle, kB', (sizes.get(lambda) ?? Number.NaN) / 1000, 700),
          budget('start-up over bare Node / that of the two AWS clients, wall', ratio('wallSeconds'), 1.3),
          budget('start-up over bare Node / that of the two AWS clients, CPU', ratio('cpuSeconds'), 1.3),
        ],
      };
    } finally {
      await rm(folder, { recursive: true });
    }
  },
};

async function bundle(name: string, folder: string): Promise<number> {
  const outfile = path.join(folder, `${name}.mjs`);
  const entry = path.join(import.meta.dirname, 'cold-start', `${name}.ts`);
  await build({ ...bundleOptions, entryPoints: [entry], outfile });
  return (await stat(outfile)).size;
}

async function start(file: string, bytes: number): Promise<Figures> {
  const cost = await measure({ file, args: [], env: { AWS_REGION: 'eu-central-1' } });
  return { ...figuresOf(cost), kilobytes: bytes / 1000 };
}
