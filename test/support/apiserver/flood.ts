/** A page that is far too long: it begins as a list does, and what follows is made as it is sent. */
import type { ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { once } from 'node:events';
import { goJson } from './objects.ts';
import { encodeMessage, envelopeHead, messageHead } from './protobuf.ts';
import type { Answer } from './send.ts';
import type { Kind } from './state.ts';

interface FloodOptions {
  readonly kind: Kind;
  readonly bytes: number;
  readonly of: 'item' | 'padding';
  readonly gzip: boolean;
}

const pieceBytes = 1024 * 1024;
const metadata = { resourceVersion: '731' };
const listKinds = { nodes: 'NodeList', pods: 'PodList' } as const;

/** Ends early where the client has had enough. */
export async function flood(response: ServerResponse, answer: Answer, options: FloodOptions): Promise<void> {
  const type = answer.headers['Content-Type'] ?? '';
  const { head, filler } = type.includes('json') ? ofJson(options) : ofProtobuf(options);
  const zip = (bytes: Buffer): Buffer => (options.gzip ? gzipSync(bytes) : bytes);
  response.writeHead(200, { ...answer.headers, ...(options.gzip && { 'Content-Encoding': 'gzip' }) });
  const gone = new Promise((resolve) => void response.once('close', resolve));
  response.write(zip(head));
  // members of gzip, one behind the other, are one file
  const piece = zip(filler);
  for (let sent = 0; sent < options.bytes && !response.destroyed; sent += filler.length) {
    if (!response.write(piece)) await Promise.race([once(response, 'drain'), gone]);
  }
  response.end();
}

interface Flood {
  readonly head: Buffer;
  readonly filler: Buffer;
}

function ofJson({ kind, of }: FloodOptions): Flood {
  const list = goJson({ kind: listKinds[kind], apiVersion: 'v1', metadata, items: [] }).slice(0, -2);
  return of === 'item'
    ? { head: Buffer.from(`${list}{"metadata":{"name":"`), filler: Buffer.alloc(pieceBytes, 'x') }
    : { head: Buffer.from(list), filler: Buffer.alloc(pieceBytes, ' ') };
}

/** Padding: fields that no list has. */
function ofProtobuf({ kind, of, bytes }: FloodOptions): Flood {
  const meta = encodeMessage('ListMeta', metadata);
  const field = messageHead(15, pieceBytes);
  const list = Buffer.concat([
    messageHead(1, meta.length),
    meta,
    ...(of === 'item' ? [messageHead(2, bytes)] : []),
  ]);
  return {
    head: Buffer.concat([envelopeHead(listKinds[kind], 'v1', list.length + bytes + bytes / 1024), list]),
    filler: of === 'item' ? Buffer.alloc(pieceBytes) : Buffer.concat([field, Buffer.alloc(pieceBytes)]),
  };
}
