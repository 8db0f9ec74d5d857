/** What must not grow unnoticed, in numbers that are the same on every machine: no times. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import path from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { createCollector } from '../../lib/packing/collector.ts';
import { semanticsFor } from '../../lib/scheduler/semantics.ts';
import { generateCluster } from '../support/apiserver/generate.ts';
import { countingOpen, generous, startCluster } from '../support/cluster-under-test.ts';

interface Allocations {
  readonly collections: number;
  readonly heapBytesPerPod: number;
  readonly bufferBytesPerPod: number;
}

async function allocations(flags: readonly string[]): Promise<Allocations> {
  const script = path.join(import.meta.dirname, 'allocations.ts');
  const { stdout } = await promisify(execFile)(process.execPath, [...flags, script]);
  return JSON.parse(stdout) as Allocations;
}

/** So that nothing is collected meanwhile, and no compiler decides when an allocation is not needed. */
const countable = [
  ...['--min-semi-space-size=128', '--max-semi-space-size=128'],
  ...['--no-opt', '--no-maglev', '--no-sparkplug'],
];

// Measured on Node 24.21: 15,338 and 825 bytes; compiled code allocates less than half of the former.
const mostHeapBytesPerPod = 16_300;
const mostBufferBytesPerPod = 900;

test('a pod costs no more memory than it did, from its bytes to its place in the fold', async () => {
  const counted = await allocations(countable);
  assert.equal(counted.collections, 0, 'nothing was collected, so all is counted');
  const { heapBytesPerPod, bufferBytesPerPod } = counted;
  assert.ok(heapBytesPerPod > 1_000 && heapBytesPerPod <= mostHeapBytesPerPod, `${heapBytesPerPod} of heap`);
  assert.ok(bufferBytesPerPod <= mostBufferBytesPerPod, `${bufferBytesPerPod} of buffers`);
});

test('the count would see a collection', async () => {
  const { collections } = await allocations(['--max-semi-space-size=1']);
  assert.ok(collections > 0);
});

test('a snapshot asks for the version, for each page once, and for two pages at a time at most', async (t) => {
  const cluster = generateCluster({ seed: 1, nodes: 120, pods: 1_240, lean: true });
  const { server, http, reader } = await startCluster(t, cluster);
  const watched = countingOpen(http());
  const api = reader({ http: watched, listPageSize: 100 });
  const { minor } = await api.version(generous());
  const nodes = await api.nodes(generous());
  const { semantics } = semanticsFor(minor);
  const collector = createCollector(nodes.items, semantics, { podRows: false, someNodes: false });
  await api.pods(nodes.resourceVersion, collector, generous());
  assert.equal(collector.fold.result().pods.listed, 1_240);
  assert.deepEqual(
    ['/version', '/api/v1/nodes', '/api/v1/pods'].map(
      (asked) => server.requests.filter(({ path: target }) => target === asked).length,
    ),
    [1, 2, 13],
  );
  assert.equal(watched.most, 2);
});
