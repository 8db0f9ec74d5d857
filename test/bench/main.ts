/**
 * `npm run bench -- list memory cold-start [--rounds 3] [--nodes 5000] [--pods 150000] [--sweep] [--json]`: a table, or
 * JSON on stdout; progress on stderr. Ends with 1 where a budget is not met.
 */
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { renderTable } from '../../lib/report/table.ts';
import { coldStart } from './cold-start.ts';
import { history } from './history.ts';
import { kubectl, list } from './list.ts';
import { memory } from './memory.ts';
import { publish } from './publish.ts';
import { repack } from './repack.ts';
import type { Report, Scenario } from './scenario.ts';

const scenarios: readonly Scenario[] = [list, kubectl, memory, coldStart, publish, history, repack];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '3' },
    nodes: { type: 'string', default: '5000' },
    pods: { type: 'string', default: '150000' },
    sweep: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
});

const names = new Set(scenarios.map(({ name }) => name));
const unknown = positionals.filter((name) => !names.has(name));
if (positionals.length === 0 || unknown.length > 0) {
  console.error(
    `usage: npm run bench -- SCENARIO ... [--rounds N] [--nodes N] [--pods N] [--sweep] [--json]`,
  );
  for (const { name, summary } of scenarios) console.error(`  ${name.padEnd(12)} ${summary}`);
  process.exit(2);
}

const [processor] = cpus();
const machine = { node: process.version, processor: processor?.model ?? 'unknown', cores: cpus().length };
const reports: Report[] = [];
try {
  for (const scenario of scenarios.filter(({ name }) => positionals.includes(name))) {
    const report = await scenario.run({
      nodes: Number(values.nodes),
      pods: Number(values.pods),
      rounds: Number(values.rounds),
      sweep: values.sweep,
      log: (line) => console.error(line),
    });
    reports.push(report);
    if (!values.json) print(report);
  }
} catch (error) {
  // what was measured before it is still printed
  console.error(`not measured: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
if (values.json) console.log(JSON.stringify({ machine, reports }, null, 2));
if (!reports.every(({ budgets }) => budgets.every(({ met }) => met))) process.exitCode = 1;

function print({ scenario, setting, rounds, medians, budgets }: Report): void {
  console.log(`\n${scenario}: ${setting}; medians of ${rounds} rounds`);
  const figures = Object.keys(Object.values(medians)[0] ?? {});
  console.log(
    renderTable(
      Object.entries(medians),
      [
        { key: 'name', title: '', text: ([name]) => name },
        ...figures.map((figure) => ({
          key: figure,
          title: figure,
          align: 'right' as const,
          text: ([, values]: [string, Readonly<Record<string, number>>]) => (values[figure] ?? 0).toFixed(2),
        })),
      ],
      { width: null, color: false },
    ),
  );
  for (const { what, value, limit, met } of budgets) {
    console.log(`${met ? 'met    ' : 'NOT MET'}  ${what}: ${value.toFixed(3)} (at most ${limit.toFixed(3)})`);
  }
}
