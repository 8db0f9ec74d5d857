/** `npm run fuzz [-- target...] [--seconds N] [--seed N]`: long runs; what it finds, with the seed that finds it again. */
import { randomInt } from 'node:crypto';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { hunt } from './target.ts';
import { targets } from './targets.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { seconds: { type: 'string', default: '60' }, seed: { type: 'string' } },
});
const names = targets.map(({ name }) => name);
const unknown = positionals.filter((name) => !names.includes(name));
const seconds = Number(values.seconds);
const seed = values.seed === undefined ? randomInt(2 ** 31) : Number(values.seed);
if (unknown.length > 0 || !(seconds > 0) || !Number.isSafeInteger(seed)) {
  console.error(`usage: npm run fuzz [-- TARGET...] [--seconds N] [--seed N]; targets: ${names.join(', ')}`);
  process.exit(2);
}

let failures = 0;
for (const target of targets) {
  if (positionals.length > 0 && !positionals.includes(target.name)) continue;
  const began = performance.now();
  console.log(`${target.name}: ${target.holds} (seed ${seed}, ${seconds} s)`);
  const { inputs, found } = await hunt(target, {
    seed,
    numRuns: Number.MAX_SAFE_INTEGER,
    interruptAfterTimeLimit: seconds * 1000,
    markInterruptAsFailure: false,
  });
  const took = ((performance.now() - began) / 1000).toFixed(1);
  console.log(`${target.name}: ${inputs} inputs in ${took} s, ${found === null ? 'nothing found' : 'FOUND'}`);
  if (found === null) continue;
  failures += 1;
  console.log(found);
}
process.exitCode = failures > 0 ? 1 : 0;
