/** Before all tests: the command line is bundled once, as it is shipped. It starts in half the time, and tests start it often. */
import { rm } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { bundleCli } from '../../infra/cli.ts';
import { bundleVariable } from './cli.ts';

// where the packages are found that it does not hold
const folder = path.join(
  import.meta.dirname,
  '..',
  '..',
  'node_modules',
  '.cache',
  `kube-binpack-cli-${process.pid}`,
);

export async function globalSetup(): Promise<void> {
  await bundleCli(folder);
  process.env[bundleVariable] = path.join(folder, 'cli.js');
}

export async function globalTeardown(): Promise<void> {
  await rm(folder, { recursive: true, force: true });
}
