/** The adapter: nodes and pods from an API server by paginated lists. */
import type { Log } from '../log.ts';
import type { Node } from '../model/node.ts';
import type { ListDecoder, ListVisitor } from './decode/body.ts';
import type { Cluster } from './cluster.ts';
import type { Http } from './http.ts';
import { createJsonDecoder } from './decode/json.ts';
import { nodeFromJson, podFromJson } from './decode/json-objects.ts';
import { listAll, type ListRequest } from './list.ts';
import type { Encoding, PageReader } from './page.ts';
import { createProtobufDecoder } from './decode/protobuf.ts';
import { createNodeDecoder } from './decode/protobuf-node.ts';
import { createPodDecoder } from './decode/protobuf-pod.ts';
import { createQuantityReader } from './decode/quantities.ts';
import { defaultRetryPolicy, type Pause } from './retry.ts';
import { readVersion } from './version.ts';
import type { WireReader } from './decode/wire.ts';

export interface Progress {
  /** `total` is the server's estimate, null where it gives none. */
  report(what: string, items: number, total: number | null): void;
}

export interface ReaderOptions {
  readonly http: Http;
  readonly log: Log;
  readonly progress: Progress;
  readonly random: () => number;
  /** Before anything is asked for again; real time where it is left out. */
  readonly pause?: Pause;
  /** Items a page; 0: all in one. */
  readonly listPageSize: number;
  readonly encoding: 'auto' | Encoding;
  readonly maxListRestarts: number;
  /** Empty: all. */
  readonly nodeSelector: string;
  readonly podFieldSelector: string;
  readonly namespace: string;
}

/**
 * Some ten times what the largest known clusters have (130,000 nodes on GKE, 100,000 on EKS, by their own reports of
 * 2025). A node is kept whole, about 2 KiB; of a pod there remain some eight bytes.
 */
const maxItems = { nodes: 1_000_000, pods: 20_000_000 } as const;

const accepts: Readonly<Record<ReaderOptions['encoding'], string>> = {
  auto: 'application/vnd.kubernetes.protobuf, application/json;q=0.9',
  protobuf: 'application/vnd.kubernetes.protobuf',
  json: 'application/json',
};

export function createClusterReader(options: ReaderOptions): Cluster {
  const { http, log, random, pause, progress } = options;
  const quantities = createQuantityReader();
  const pageReader = <T>(decoder: PageReader<T>['createDecoder']): PageReader<T> => ({
    http,
    log,
    random,
    pause,
    retry: defaultRetryPolicy,
    createDecoder: decoder,
  });
  const nodeReader = pageReader(
    decoderOf('NodeList', createNodeDecoder(quantities), (json) => nodeFromJson(json, quantities)),
  );
  const podReader = pageReader(
    decoderOf('PodList', createPodDecoder(quantities), (json) => podFromJson(json, quantities)),
  );
  const common = (
    resource: 'nodes' | 'pods',
  ): Pick<
    ListRequest<never>,
    'resource' | 'accept' | 'pageSize' | 'maxRestarts' | 'maxItems' | 'onProgress'
  > => ({
    resource,
    accept: accepts[options.encoding],
    pageSize: options.listPageSize,
    maxRestarts: options.maxListRestarts,
    maxItems: maxItems[resource],
    onProgress: (items, total) => progress.report(resource, items, total),
  });

  return {
    version: (signal) => readVersion(http, signal, { log, random, pause }),
    async nodes(signal) {
      const items: Node[] = [];
      const listed = await listAll<Node>(
        nodeReader,
        {
          ...common('nodes'),
          path: '/api/v1/nodes',
          selectors: { labelSelector: options.nodeSelector },
          exactAt: null,
          onRestart: () => (items.length = 0),
          onItem: (node) => items.push(node),
        },
        signal,
      );
      return { ...listed, items };
    },
    pods(resourceVersion, into, signal) {
      const { namespace } = options;
      return listAll(
        podReader,
        {
          ...common('pods'),
          path:
            namespace === '' ? '/api/v1/pods' : `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods`,
          selectors: { fieldSelector: options.podFieldSelector },
          exactAt: resourceVersion,
          onRestart: () => into.restart(),
          onItem: (pod) => into.add(pod),
        },
        signal,
      );
    },
  };
}

/** The decoder for the encoding that a page came in. */
export function decoderOf<T>(
  kind: 'NodeList' | 'PodList',
  fromProtobuf: (reader: WireReader) => T,
  fromJson: (value: unknown) => T,
): (encoding: Encoding, visitor: ListVisitor<T>) => ListDecoder {
  return (encoding, visitor) =>
    encoding === 'protobuf'
      ? createProtobufDecoder(kind, fromProtobuf, visitor)
      : createJsonDecoder(kind, fromJson, visitor);
}
