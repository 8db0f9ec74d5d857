/**
 * `npm run demo`: a simulated API server in a process of its own, and the real command line against it, over
 * HTTPS. The snapshot it leaves in ./snapshots is like any other. With `--report` its report is written too; all
 * other arguments are those of `snapshot`.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';

const usage = `npm run demo -- [--report] [flags of kube-binpack snapshot]

  --report  write the report of the demo's cluster too: one HTML file, to open in a browser`;
if (process.argv.includes('--help')) {
  console.log(usage);
  process.exit();
}

const [nodes, pods] = [300, 6000];
const root = path.join(import.meta.dirname, '..', '..');
const folder = await mkdtemp(path.join(tmpdir(), 'kube-binpack-demo-'));
const kubeconfig = path.join(folder, 'kubeconfig');
const wantsReport = process.argv.includes('--report');
const given = process.argv.slice(2).filter((word) => word !== '--report');
const text = { type: 'string' } as const;
const { values } = parseArgs({
  args: given,
  options: { store: text, out: text, cluster: text },
  strict: false,
});
/** Where the snapshot was stored, for the commands that read it. */
const place = Object.entries(values).flatMap(([name, value]) =>
  typeof value === 'string' && ['store', 'out'].includes(name) ? [`--${name}`, value] : [],
);

console.error(
  `Starting a simulated API server: ${nodes} nodes, ${pods.toLocaleString('en-US')} pods, HTTPS, a token.\n`,
);
const server = spawn(
  process.execPath,
  [
    path.join(root, 'test/support/apiserver/main.ts'),
    ...['--nodes', String(nodes), '--pods', String(pods), '--seed', '1', '--kubeconfig', kubeconfig],
    ...['--warm', 'protobuf', '--until-stdin-closes'],
  ],
  { stdio: ['pipe', 'pipe', 'inherit'] },
);
try {
  await once(createInterface({ input: server.stdout }), 'line');
  const group = ['--label-group', 'karpenter.sh/nodepool'];
  process.exitCode = await run('snapshot', '--cluster', 'demo', ...group, ...given);
  if (process.exitCode === 0 && wantsReport) {
    console.error();
    process.exitCode = await run('report', '--cluster', String(values['cluster'] ?? 'demo'), ...place);
  }
  if (process.exitCode === 0) console.error(next());
} finally {
  server.stdin.end();
  await once(server, 'exit');
  await rm(folder, { recursive: true });
}

/** The command line as a user has it, with the kubeconfig of the simulated cluster; resolves to its exit code. */
async function run(...line: readonly string[]): Promise<number> {
  console.error(`$ kube-binpack ${line.join(' ')}`);
  const job = spawn(process.execPath, [path.join(root, 'functions/cli.ts'), ...line], {
    stdio: 'inherit',
    env: { ...process.env, KUBECONFIG: kubeconfig, KUBE_BINPACK_LOG_FORMAT: 'text' },
  });
  const [code] = (await once(job, 'exit')) as [number | null];
  return code ?? 1;
}

function next(): string {
  const tries = [
    ['show --nodes --sort cpu:asc --limit 10', 'the emptiest nodes'],
    [
      'show --node ip-10-64-1-0.ec2.internal',
      'all about one node: what fills it, what is stranded, what would empty it',
    ],
    ['repack', 'which nodes could go, in which order, and why the others stay'],
    ['fit --cpu 2 --memory 4Gi --at latest', 'how many more pods fit, and what stops the next'],
    ['show --workloads --sort memory --limit 10', 'what takes the most memory'],
    ['show --nodes --search "spot !arm64"', 'find rows; !word leaves out'],
    ['watch', 'the nodes, live: / filters, s sorts, q ends it'],
    ['report', 'one HTML file with pictures of it'],
    ['list', 'the snapshots so far'],
    ['snapshot', 'the same of your own cluster, with your kubeconfig'],
  ];
  const width = Math.max(...tries.map(([line = '']) => line.length));
  const lines = tries.map(([line = '', help]) => `  npm start -- ${line.padEnd(width)}  # ${help}`);
  if (place.length > 0) lines.push(`each with ${place.join(' ')}`);
  return `\nTry next:\n${lines.join('\n')}`;
}
