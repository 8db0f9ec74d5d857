/** The client library's own way: typed lists by pages, of nodes and of pods. */
import { CoreV1Api, KubeConfig } from '@kubernetes/client-node';

const config = new KubeConfig();
config.loadFromFile(process.argv[2] ?? '');
const api = config.makeApiClient(CoreV1Api);
interface Page {
  readonly items: readonly unknown[];
  readonly metadata?: { readonly _continue?: string };
}

async function listAll(
  page: (options: { limit: number; _continue?: string }) => Promise<Page>,
): Promise<void> {
  let items = 0;
  let token = '';
  do {
    const list = await page({ limit: 500, ...(token !== '' && { _continue: token }) });
    items += list.items.length;
    token = list.metadata?._continue ?? '';
  } while (token !== '');
  if (items === 0) throw new Error('an empty list');
}

await listAll((options) => api.listNode(options));
await listAll((options) => api.listPodForAllNamespaces(options));
