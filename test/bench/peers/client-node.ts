/** The client library's own way: typed lists by pages. */
import { CoreV1Api, KubeConfig } from '@kubernetes/client-node';

const config = new KubeConfig();
config.loadFromFile(process.argv[2] ?? '');
const api = config.makeApiClient(CoreV1Api);
let pods = 0;
let token: string | undefined;
do {
  const list = await api.listPodForAllNamespaces({
    limit: 500,
    ...(token !== undefined && { _continue: token }),
  });
  pods += list.items.length;
  token = list.metadata?._continue;
} while (token !== undefined && token !== '');
if (pods === 0) throw new Error('no pods');
