/** Pages decoded as the job decodes them, in pieces of any size. */
import assert from 'node:assert/strict';
import { gunzipSync } from 'node:zlib';
import type { ListMeta } from '../../lib/cluster/decode/body.ts';
import { nodeFromJson, podFromJson } from '../../lib/cluster/decode/json-objects.ts';
import { createNodeDecoder } from '../../lib/cluster/decode/protobuf-node.ts';
import { createPodDecoder } from '../../lib/cluster/decode/protobuf-pod.ts';
import { createQuantityReader } from '../../lib/cluster/decode/quantities.ts';
import type { Encoding } from '../../lib/cluster/page.ts';
import { decoderOf } from '../../lib/cluster/reader.ts';
import type { Node } from '../../lib/model/node.ts';
import type { Pod } from '../../lib/model/pod.ts';
import type { JsonObject } from './apiserver/objects.ts';
import { encodeEnvelope, encodeMessage, messageHead } from './apiserver/protobuf.ts';
import { exchange, headerOf } from './fixtures.ts';

export interface Page {
  readonly metas: readonly ListMeta[];
  readonly items: readonly (Node | Pod)[];
}

export type Kind = 'NodeList' | 'PodList';

/** What came before an error is in `page` all the same. */
export function decodeInto(
  page: { readonly metas: ListMeta[]; readonly items: (Node | Pod)[] },
  kind: Kind,
  encoding: Encoding,
  chunks: readonly Buffer[],
): void {
  const quantities = createQuantityReader();
  const objects = { pod: createPodDecoder(quantities), node: createNodeDecoder(quantities) };
  const create =
    kind === 'NodeList'
      ? decoderOf<Node | Pod>(kind, objects.node, (json) => nodeFromJson(json, quantities))
      : decoderOf<Node | Pod>(kind, objects.pod, (json) => podFromJson(json, quantities));
  const decoder = create(encoding, {
    meta: (meta) => page.metas.push(meta),
    item: (item) => page.items.push(item),
  });
  for (const chunk of chunks) decoder.push(chunk);
  decoder.end();
}

export function decode(kind: Kind, encoding: Encoding, body: Buffer, chunkSize = body.length || 1): Page {
  const page = { metas: [], items: [] };
  const count = Math.ceil(body.length / chunkSize);
  const chunks = Array.from({ length: count }, (_, i) => body.subarray(i * chunkSize, (i + 1) * chunkSize));
  decodeInto(page, kind, encoding, chunks);
  return page;
}

/** A recorded page, its kind by its path and its encoding by its content type. */
export function recorded(id: string): { kind: Kind; encoding: Encoding; body: Buffer } {
  const { request, response } = exchange(id);
  assert.equal(response.status, 200);
  const zipped = headerOf(response.headers, 'content-encoding') === 'gzip';
  return {
    kind: /\/nodes(\?|$)/.test(request.target) ? 'NodeList' : 'PodList',
    encoding: headerOf(response.headers, 'content-type') === 'application/json' ? 'json' : 'protobuf',
    body: zipped ? gunzipSync(response.body) : response.body,
  };
}

const ITEM = 2;

export function protobufPage(kind: Kind, items: readonly Buffer[]): Buffer {
  return encodeEnvelope(
    kind,
    'v1',
    Buffer.concat(items.flatMap((item) => [messageHead(ITEM, item.length), item])),
  );
}

export function messageOf(kind: Kind, object: JsonObject): Buffer {
  return encodeMessage(kind === 'NodeList' ? 'Node' : 'Pod', object);
}

export function inBoth(kind: Kind, object: JsonObject): { protobuf: Node | Pod; json: Node | Pod } {
  const [protobuf] = decode(kind, 'protobuf', protobufPage(kind, [messageOf(kind, object)])).items;
  const [json] = decode(kind, 'json', Buffer.from(JSON.stringify({ kind, items: [object] }))).items;
  assert.ok(protobuf !== undefined && json !== undefined);
  return { protobuf, json };
}
