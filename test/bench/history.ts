/**
 * Questions over long histories: a trend of 30 days of 5-minute snapshots, and SQL over the rows of 100 snapshots of
 * many nodes; from a directory and from S3 (a double, in a process of its own), with an empty cache and with a full one.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { createDirectoryStore } from '../../lib/store/directory.ts';
import { createS3Store } from '../../lib/store/s3.ts';
import { writeHistory } from '../support/history.ts';
import { startHelper } from './helper.ts';
import { figuresOf } from './list.ts';
import { measure, type Program } from './measure.ts';
import { budget, inTurn, type Contender, type Scenario } from './scenario.ts';

const cli = path.join(import.meta.dirname, '..', '..', 'dist', 'cli.js');
const dayMs = 86_400_000;
const sql =
  "SELECT nodePool, avg(utilization) AS mean, max(utilization) AS most, count(*) AS n FROM node_resources WHERE resource = 'cpu' GROUP BY nodePool ORDER BY mean";

interface Question {
  readonly name: string;
  readonly args: readonly string[];
}

const trend: Question = {
  name: 'trend',
  args: ['history', 'utilization', '--cluster', 'trend', '--since', '31d'],
};
const rows: Question = { name: 'SQL', args: ['query', sql, '--cluster', 'rows', '--since', '31d'] };

export const history: Scenario = {
  name: 'history',
  summary: 'a trend of 8,640 snapshots, and SQL over the nodes of 100; directory and S3, cold and warm',
  async run(options) {
    const { nodes, rounds, log } = options;
    const folder = await mkdtemp(path.join(tmpdir(), 'kube-binpack-bench-'));
    const aws = await startHelper([path.join(import.meta.dirname, '..', 'support', 'aws', 'main.ts')]);
    const env = JSON.parse(aws.first) as Record<string, string>;
    Object.assign(process.env, env);
    try {
      const signal = AbortSignal.timeout(30 * 60_000);
      const bucket = 'test-bucket';
      const stores = {
        directory: createDirectoryStore(path.join(folder, 'snapshots')),
        S3: createS3Store(
          { bucket, prefix: 'bench' },
          {
            region: 'us-east-1',
            requestTimeoutMs: 60_000,
            maxAttempts: 2,
            sseKmsKey: '',
            expectedBucketOwner: '',
            endpoint: 'double',
          },
        ),
      };
      const from = new Date(Math.floor(Date.now() / 300_000) * 300_000 - 30 * dayMs);
      for (const [name, store] of Object.entries(stores)) {
        log(`writing histories (${name}): 8,640 snapshots of 100 nodes, 100 of ${nodes}`);
        await writeHistory(
          store,
          { cluster: 'trend', from, snapshots: 8640, stepMs: 300_000, nodes: 100, pods: 1500, detailRows: 0 },
          signal,
        );
        await writeHistory(
          store,
          { cluster: 'rows', from, snapshots: 100, stepMs: 7 * 3_600_000, nodes, pods: nodes * 6 },
          signal,
        );
      }
      const places = {
        directory: ['--out', path.join(folder, 'snapshots')],
        S3: ['--store', `s3://${bucket}/bench`],
      };
      const contenders = Object.entries(places).flatMap(([place, args]) =>
        [trend, rows].flatMap((question) =>
          contendersOf(question, place, args, path.join(folder, `cache-${place}`), env),
        ),
      );
      const medians = await inTurn(contenders, options);
      const wall = (name: string): number => medians[name]?.['wallSeconds'] ?? Number.NaN;
      return {
        scenario: 'history',
        setting: `8,640 snapshots of 100 nodes (summaries alone); 100 snapshots of ${nodes} nodes`,
        rounds,
        medians,
        budgets: [
          budget('trend of 8,640 snapshots, warm, directory, s', wall('trend, directory, warm'), 1),
          budget('trend of 8,640 snapshots, warm, S3, s', wall('trend, S3, warm'), 1),
          budget(`SQL over ${100 * nodes} rows, warm, directory, s`, wall('SQL, directory, warm'), 2),
          budget(`SQL over ${100 * nodes} rows, warm, S3, s`, wall('SQL, S3, warm'), 2),
        ],
      };
    } finally {
      await aws.close();
      await rm(folder, { recursive: true, force: true });
    }
  },
};

/** The cold one first: it fills the cache of the warm one. */
function contendersOf(
  { name, args }: Question,
  place: string,
  store: readonly string[],
  cache: string,
  env: Readonly<Record<string, string>>,
): Contender[] {
  const program: Program = { file: cli, args: [...args, ...store, '--cache-dir', cache], env };
  const run = async (): Promise<ReturnType<typeof figuresOf>> => figuresOf(await measure(program));
  return [
    {
      name: `${name}, ${place}, cold`,
      async run() {
        await rm(cache, { recursive: true, force: true });
        return run();
      },
    },
    { name: `${name}, ${place}, warm`, run },
  ];
}
