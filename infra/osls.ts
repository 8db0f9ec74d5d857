/**
 * `npm run package`, `deploy`, `remove`: makes the function's zip, has osls package the stack, checks its template,
 * and then does what was asked; arguments are osls's own.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import process from 'node:process';
import { writeLambda } from './lambda.ts';
import { checkTemplate } from './validate.ts';

const root = path.join(import.meta.dirname, '..');
const [action = '', ...given] = process.argv.slice(2);

/** Packaging needs no name and no region of a real cluster. */
const examples: readonly string[] = [
  ...(/(?:^|,)cluster=/.test(given.join(',')) ? [] : ['--param', 'cluster=example']),
  ...(given.includes('--region') ? [] : ['--region', process.env['AWS_REGION'] ?? 'us-east-1']),
];

async function osls(command: string, args: readonly string[]): Promise<number> {
  const child = spawn('osls', [command, ...args], { cwd: root, stdio: 'inherit' });
  const [code] = (await once(child, 'exit')) as [number | null];
  return code ?? 1;
}

/** As far as all went well: an exit code. */
async function main(): Promise<number> {
  if (action !== 'package' && !given.some((arg) => arg === '--region' || arg.startsWith('--region='))) {
    const { AWS_REGION, AWS_DEFAULT_REGION } = process.env;
    if (AWS_REGION === undefined && AWS_DEFAULT_REGION === undefined) {
      console.error(`npm run ${action} needs a region: add --region NAME after --, or set AWS_REGION`);
      return 2;
    }
  }
  const { code, zip } = await writeLambda();
  const kilobytes = (bytes: Uint8Array): number => Math.round(bytes.length / 1000);
  console.log(`dist/lambda/lambda.zip  ${kilobytes(zip)} kB, of ${kilobytes(code)} kB`);
  const args = action === 'package' ? [...given, ...examples] : given;
  const packaged = await osls('package', args);
  if (packaged !== 0) return packaged;
  if (!checkTemplate(path.join(root, '.serverless', 'cloudformation-template-update-stack.json'))) return 1;
  return action === 'package' ? 0 : osls(action, args);
}

process.exitCode = await main();
