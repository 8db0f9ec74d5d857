/** Re-packing a stored snapshot of a large cluster, by the whole command: reading its rows, the bound, the search. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createQuantityReader } from '../../lib/cluster/decode/quantities.ts';
import { podFromJson } from '../../lib/cluster/decode/json-objects.ts';
import type { NodeRow, Snapshot, WorkloadRow } from '../../lib/model/snapshot.ts';
import { createProblems } from '../../lib/packing/problems.ts';
import { summarise } from '../../lib/packing/summary.ts';
import { createDirectoryStore } from '../../lib/store/directory.ts';
import { commitSnapshot } from '../../lib/store/snapshots.ts';
import { generateCluster, objectsOf } from '../support/apiserver/generate.ts';
import { modelNodes, packingSink } from '../support/cluster-under-test.ts';
import { summary } from '../support/snapshots.ts';
import { figuresOf } from './list.ts';
import { measureSaying } from './measure.ts';
import { budget, inTurn, type Contender, type Scenario } from './scenario.ts';

const cli = path.join(import.meta.dirname, '..', '..', 'dist', 'cli.js');
const distinctRows = 20_000;
const [usual, distinct] = ['the usual mix', 'no two rows alike'] as const;

interface Rows extends Snapshot {
  readonly nodes: readonly NodeRow[];
  readonly workloads: readonly WorkloadRow[];
}

export const repack: Scenario = {
  name: 'repack',
  summary:
    'how few nodes would do, from a stored snapshot: the usual mix, and 20,000 workload rows no two alike',
  async run(options) {
    const { nodes, pods, rounds, log } = options;
    const folder = await mkdtemp(path.join(tmpdir(), 'kube-binpack-bench-'));
    try {
      log(`writing two snapshots of ${nodes} nodes and ${pods} pods`);
      const rows = rowsOf(nodes, pods);
      const contenders: Contender[] = [];
      for (const [name, snapshot] of [
        [usual, rows],
        [distinct, withDistinctRows(rows)],
      ] as const) {
        const store = path.join(folder, name);
        await commitSnapshot(createDirectoryStore(store), snapshot, AbortSignal.timeout(600_000));
        const program = { file: cli, args: ['repack', '--out', store, '--output', 'json'] };
        const run: Contender['run'] = async () => {
          const { cost, said } = await measureSaying(program);
          const { lowerBoundNodes: atLeast, repackedNodes: found } = JSON.parse(said) as Interval;
          return { ...figuresOf(cost), atLeast, found: found ?? Number.NaN, rows: snapshot.workloads.length };
        };
        contenders.push({ name, run });
      }
      const medians = await inTurn(contenders, options);
      return {
        scenario: 'repack',
        setting: `${nodes} nodes, ${pods} pods, from a directory`,
        rounds,
        medians,
        budgets: contenders.map(({ name }) =>
          budget(`${name}, s`, medians[name]?.['wallSeconds'] ?? Number.NaN, 10),
        ),
      };
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};

interface Interval {
  readonly lowerBoundNodes: number;
  readonly repackedNodes: number | null;
}

function rowsOf(nodes: number, pods: number): Rows {
  const cluster = generateCluster({ seed: 1, nodes, pods, lean: true });
  const sink = packingSink(modelNodes(objectsOf(cluster.nodes)));
  const quantities = createQuantityReader();
  for (let index = 0; index < cluster.pods.length; index++)
    sink.add(podFromJson(cluster.pods.at(index), quantities));
  const made = summarise(sink.packing(), summary(), {
    labelGroups: [],
    readinessRules: [],
    problems: createProblems(),
    pods: null,
  });
  return { ...made, nodes: [...made.nodes], workloads: [...made.workloads] };
}

/** The pods of a workload parted into rows, as where each of them was sized by itself: each row asks for less memory. */
function withDistinctRows({ nodes, workloads, ...rest }: Rows): Rows {
  const parted: WorkloadRow[] = workloads.map((row) => ({ ...row, pods: 0 }));
  const partsOf = workloads.map(({ index }) => [index]);
  for (let part = 1; parted.length < distinctRows && part < 1000; part++) {
    for (const row of workloads) {
      if (row.daemonSet || row.pods <= part || parted.length === distinctRows) continue;
      partsOf[row.index]?.push(parted.length);
      parted.push({ ...row, index: parted.length, pods: 0 });
    }
  }
  const seen = workloads.map(() => 0);
  const placed = nodes.map((node) => {
    const counts = new Map<number, number>();
    for (const [workload, pods] of node.placements) {
      const parts = partsOf[workload] ?? [];
      for (let pod = 0; pod < pods; pod++) {
        const turn = seen[workload] ?? 0;
        seen[workload] = turn + 1;
        const part = parts[turn % parts.length] ?? workload;
        counts.set(part, (counts.get(part) ?? 0) + 1);
      }
    }
    for (const [part, pods] of counts) {
      const row = parted[part];
      if (row !== undefined) parted[part] = { ...row, pods: row.pods + pods };
    }
    return { ...node, placements: [...counts].sort(([a], [b]) => a - b) };
  });
  return {
    ...rest,
    nodes: placed,
    workloads: parted.map((row) => {
      const memory = Math.max(0, (row.requests['memory'] ?? 0) - 1024 * row.index);
      return { ...row, requests: { ...row.requests, memory } };
    }),
  };
}
