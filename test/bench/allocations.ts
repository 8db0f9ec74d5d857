/**
 * How many bytes are allocated for a pod, from the bytes of its page to its place in the fold. Run with a young
 * generation so large that nothing is collected, and without compilers, so that the same code always gives the same
 * number: `node --min-semi-space-size=128 --max-semi-space-size=128 --no-opt --no-maglev --no-sparkplug`.
 */
import { GCProfiler } from 'node:v8';
import { createDial } from '../../lib/cluster/connect/dial.ts';
import { createProtobufDecoder } from '../../lib/cluster/decode/protobuf.ts';
import { createPodDecoder } from '../../lib/cluster/decode/protobuf-pod.ts';
import { createQuantityReader } from '../../lib/cluster/decode/quantities.ts';
import { createHttp, readBody } from '../../lib/cluster/http.ts';
import { nodeFromJson } from '../../lib/cluster/decode/json-objects.ts';
import { createFold } from '../../lib/packing/fold.ts';
import { semanticsFor } from '../../lib/scheduler/semantics.ts';
import { generateCluster, objectsOf } from '../support/apiserver/generate.ts';
import { startApiServer } from '../support/apiserver/server.ts';

const pods = 1000;
const cluster = generateCluster({ seed: 1, nodes: 40, pods });
const page = await podPage();
const quantities = createQuantityReader();
const nodes = objectsOf(cluster.nodes).map((node) => nodeFromJson(node, quantities));

foldPage(); // what code allocates for itself when it first runs
const collector = new GCProfiler();
collector.start();
const before = process.memoryUsage();
foldPage();
const after = process.memoryUsage();
const collections = collector.stop()?.statistics.length ?? 0;

console.log(
  JSON.stringify({
    collections,
    heapBytesPerPod: (after.heapUsed - before.heapUsed) / pods,
    bufferBytesPerPod: (after.arrayBuffers - before.arrayBuffers) / pods,
  }),
);

/** As it comes from a server, all pods in one. */
async function podPage(): Promise<Buffer> {
  const server = await startApiServer(cluster);
  const dial = createDial({
    server: new URL(server.url),
    tls: { ca: server.caPem, cert: null, key: null },
    tlsServerName: null,
    insecureSkipTlsVerify: false,
    tunnel: null,
  });
  const signal = AbortSignal.timeout(60_000);
  const http = createHttp({
    connection: {
      clusterName: null,
      advice: {},
      server: new URL(server.url),
      authorize: async () => ({ headers: { Authorization: `Bearer ${server.tokens.reader}` }, dial }),
      close() {},
    },
    userAgent: 'bench/1.0',
    gzip: false,
    requestTimeoutMs: 60_000,
  });
  const accept = 'application/vnd.kubernetes.protobuf';
  const response = await http.send({ path: '/api/v1/pods', accept }, signal);
  const body = await readBody(response, 64 * 1024 * 1024);
  await server.close();
  return body;
}

/** In pieces as TLS gives them, and as pods are cut by them. */
function foldPage(): void {
  const fold = createFold(nodes, semanticsFor(36).semantics);
  const decoder = createProtobufDecoder('PodList', createPodDecoder(createQuantityReader()), {
    meta() {},
    item: (pod) => fold.add(pod),
  });
  for (let at = 0; at < page.length; at += 16 * 1024) decoder.push(page.subarray(at, at + 16 * 1024));
  decoder.end();
}
