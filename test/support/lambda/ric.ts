/**
 * `npm run test:ric`: the packaged function under AWS's own runtime client. Its native half is built on installing it
 * (a minute or two; make, cmake and a C++ compiler), so it is no dependency, and not in `npm test`.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';

const client = 'aws-lambda-ric';
const version = '4.0.2';

async function run(
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  cwd: string,
): Promise<number> {
  const child = spawn(command, args, { cwd, env: { ...process.env, ...env }, stdio: 'inherit' });
  const [code] = (await once(child, 'exit')) as [number | null];
  return code ?? 1;
}

const root = path.join(import.meta.dirname, '..', '..', '..');
const folder = await mkdtemp(path.join(tmpdir(), 'kube-binpack-ric-'));
try {
  const manifest = { private: true, dependencies: { [client]: version }, allowScripts: { [client]: true } };
  await writeFile(path.join(folder, 'package.json'), JSON.stringify(manifest));
  // headers of Node where a distribution has put them: else its builder downloads them
  const headers: NodeJS.ProcessEnv = existsSync('/usr/include/node/node_api.h')
    ? { npm_config_nodedir: '/usr' }
    : {};
  const installed = await run('npm', ['install', '--no-audit', '--no-fund'], headers, folder);
  const entry = path.join(folder, 'node_modules', client, 'index.mjs');
  const built = path.join(folder, 'node_modules', client, 'rapid-client.node');
  if (installed !== 0 || !existsSync(built)) {
    console.error(
      `NOT RUN: ${client} ${version} could not be built here: it needs make, cmake, a C++ compiler and Python`,
    );
    process.exitCode = 1;
  } else {
    process.exitCode = await run(
      process.execPath,
      ['--test', 'test/functions/lambda.test.ts'],
      { LAMBDA_RUNTIME_CLIENT: entry },
      root,
    );
  }
} finally {
  await rm(folder, { recursive: true });
}
