/** Nodes and pods, pages one after another over node:https with keep-alive: parsed whole as JSON, or thrown away. */
import https from 'node:https';
import type { IncomingMessage } from 'node:http';
import { readFile } from 'node:fs/promises';

const [kubeconfig = '', what] = process.argv.slice(2);
interface Kubeconfig {
  readonly clusters: readonly [
    { readonly cluster: { readonly server: string; readonly 'certificate-authority-data': string } },
  ];
  readonly users: readonly [{ readonly user: { readonly token: string } }];
}
const config = JSON.parse(await readFile(kubeconfig, 'utf8')) as Kubeconfig;
const { server, 'certificate-authority-data': ca } = config.clusters[0].cluster;
const agent = new https.Agent({ keepAlive: true, maxSockets: 1, ca: Buffer.from(ca, 'base64') });
const headers = {
  Authorization: `Bearer ${config.users[0].user.token}`,
  'User-Agent': 'bench/1.0',
  Accept: what === 'json' ? 'application/json' : 'application/vnd.kubernetes.protobuf',
};

async function get(path: string, token: string): Promise<IncomingMessage> {
  const url = new URL(`${path}?limit=500`, server);
  if (token !== '') url.searchParams.set('continue', token);
  return new Promise((resolve, reject) => {
    https.get(url, { agent, headers }, resolve).on('error', reject);
  });
}

/** The token stands in the first bytes of the body, in either encoding. */
function tokenIn(head: Buffer): string {
  return /eyJ[\w-]{20,}/.exec(head.subarray(0, 1024).toString('latin1'))?.[0] ?? '';
}

async function discard(response: IncomingMessage): Promise<string> {
  let token: string | null = null;
  return new Promise((resolve, reject) => {
    response.on('data', (chunk: Buffer) => (token ??= tokenIn(chunk)));
    response.on('end', () => resolve(token ?? ''));
    response.on('error', reject);
  });
}

async function parse(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of response as AsyncIterable<Buffer>) chunks.push(chunk);
  const list = JSON.parse(Buffer.concat(chunks).toString('utf8')) as {
    metadata: { continue?: string };
    items: readonly unknown[];
  };
  if (list.items.length === 0) throw new Error('an empty page');
  return list.metadata.continue ?? '';
}

for (const path of ['/api/v1/nodes', '/api/v1/pods']) {
  let token = '';
  do token = await (what === 'json' ? parse : discard)(await get(path, token));
  while (token !== '');
}
agent.destroy();
