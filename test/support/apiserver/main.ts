/**
 * The simulated API server as a process of its own:
 * `node test/support/apiserver/main.ts --nodes 300 --pods 6000 --seed 1 --port 0 --kubeconfig FILE`.
 * Prints one line of JSON when it listens; ends on SIGTERM. With `--until-stdin-closes` it ends when stdin closes, and
 * for each line there it prints what was asked of it since the line before.
 */
import { writeFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { generateCluster } from './generate.ts';
import { startApiServer } from './server.ts';
import type { Encoding } from './state.ts';

const { values } = parseArgs({
  options: {
    nodes: { type: 'string', default: '300' },
    pods: { type: 'string', default: '6000' },
    seed: { type: 'string', default: '1' },
    port: { type: 'string', default: '0' },
    'kubernetes-version': { type: 'string', default: '1.36.2' },
    kubeconfig: { type: 'string' },
    /** Encodings to prepare before listening: `protobuf`, `json`, or both with a comma. */
    warm: { type: 'string', default: '' },
    coalesce: { type: 'boolean', default: false },
    lean: { type: 'boolean', default: false },
    legacy: { type: 'boolean', default: false },
    'until-stdin-closes': { type: 'boolean', default: false },
  },
});

const startedMs = performance.now();
const cluster = generateCluster({
  seed: Number(values.seed),
  nodes: Number(values.nodes),
  pods: Number(values.pods),
  kubernetesVersion: values['kubernetes-version'],
  lean: values.lean,
});
const server = await startApiServer({
  ...cluster,
  port: Number(values.port),
  chunking: values.coalesce ? 'coalesced' : 'recorded',
  legacy: values.legacy,
  warm: values.warm.split(',').filter((name): name is Encoding => name === 'json' || name === 'protobuf'),
});
if (values.kubeconfig !== undefined) {
  await writeFile(values.kubeconfig, server.kubeconfig(), { mode: 0o600 });
}
const { url } = server;
const readyMs = Math.round(performance.now() - startedMs);
const ready = { url, nodes: cluster.nodes.length, pods: cluster.pods.length, readyMs };
process.stdout.write(`${JSON.stringify(ready)}\n`);

const stop = (): void => {
  void server.close();
};
process.once('SIGTERM', stop);
process.once('SIGINT', stop);
if (values['until-stdin-closes']) {
  let reported = 0;
  const lines = createInterface({ input: process.stdin });
  lines.once('close', stop);
  lines.on('line', () => {
    const asked = server.requests.slice(reported);
    reported = server.requests.length;
    const bytes = asked.reduce((sum, request) => sum + request.bytes, 0);
    process.stdout.write(`${JSON.stringify({ requests: asked.length, bytes })}\n`);
  });
}
