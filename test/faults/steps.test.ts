/** A directory as it is after each step of a commit: whoever dies there leaves this, and a reader sees all or nothing. */
import assert from 'node:assert/strict';
import { cpSync } from 'node:fs';
import files from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { test } from 'node:test';
import { createDirectoryStore } from '../../lib/store/directory.ts';
import { recordedNodes, recordedPods, startCluster } from '../support/cluster-under-test.ts';
import { temporaryFolder } from '../support/kubeconfig.ts';
import { runJob, seenOf, slot, slotsOf, wholeOf } from './job.ts';

type Step = (...args: readonly unknown[]) => Promise<unknown>;
const names = ['mkdir', 'open', 'link', 'rm'] as const;

/** `after` is called behind each change to a file system, until the work is done. */
async function behindEachStep<T>(after: (name: string) => void, work: () => Promise<T>): Promise<T> {
  const steps = files as unknown as Record<string, Step>;
  const real = names.map((name) => [name, steps[name] as Step] as const);
  for (const [name, step] of real) {
    steps[name] = async (...args) => {
      const result = await step(...args);
      after(name);
      return result;
    };
  }
  syncBuiltinESMExports();
  try {
    return await work();
  } finally {
    Object.assign(steps, Object.fromEntries(real));
    syncBuiltinESMExports();
  }
}

test('after every step of a commit a reader sees the whole snapshot or none, and the slot again has it', async (t) => {
  const under = await startCluster(t, { nodes: recordedNodes, pods: recordedPods.slice(0, 12) });
  const whole = await wholeOf(under.reader(), slot);
  const folder = temporaryFolder(t);
  const copies: string[] = [];
  const copy = (name: string): void => {
    const to = folder.at(`${copies.length}-${name}`);
    cpSync(folder.at('store'), to, { recursive: true });
    copies.push(to);
  };
  const store = createDirectoryStore(folder.at('store'));
  const { exit } = await behindEachStep(copy, async () => runJob({ cluster: under.reader(), store }));
  assert.equal(exit, 0);
  const seen: string[] = [];
  for (const each of copies) {
    const left = createDirectoryStore(each);
    seen.push(await seenOf(left, whole));
    const committed = seen.at(-1) !== 'none';
    assert.deepEqual(await slotsOf(left), committed ? [`${slot.cluster} ${slot.snapshotId}`] : []);
    assert.equal((await runJob({ cluster: under.reader(), store: left })).exit, 0);
    assert.equal(await seenOf(left, whole), 'the whole snapshot', each);
  }
  // it comes with one step, and is never gone again
  assert.ok(seen.length > 20, seen.join());
  assert.deepEqual(seen, seen.toSorted());
  assert.deepEqual([seen[0], seen.at(-1)], ['none', 'the whole snapshot']);
});
