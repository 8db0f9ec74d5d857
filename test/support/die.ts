/**
 * Preloaded into the command line: at one step of a file's way into a directory it sends the process a signal, before
 * the step or behind it. `KUBE_BINPACK_TEST_DIE=link,/summary/,before,SIGKILL`
 */
import files from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';

type Step = 'link' | 'mkdir';

const [step = '', part = '', when = '', signal = ''] = (process.env['KUBE_BINPACK_TEST_DIE'] ?? '').split(
  ',',
);
const operations = files as unknown as Record<Step, (...args: readonly unknown[]) => Promise<unknown>>;
const real = operations[step as Step];
let due = true;
operations[step as Step] = async (...args) => {
  const meant = due && args.some((each) => typeof each === 'string' && each.includes(part));
  if (meant) due = false;
  if (meant && when === 'before') process.kill(process.pid, signal);
  const result = await real(...args);
  if (meant && when === 'after') process.kill(process.pid, signal);
  return result;
};
syncBuiltinESMExports();
