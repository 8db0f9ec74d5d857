/** A page that is far too long: it begins as a list does, and what follows is made as it is sent. */
import type { ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { once } from 'node:events';
import { goJson } from './objects.ts';
import { ENVELOPE_TAIL, encodeMessage, envelopeHead, messageHead } from './protobuf.ts';
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

/** Whole at its end, as far as it goes; ends early where the client has had enough. */
export async function flood(response: ServerResponse, answer: Answer, options: FloodOptions): Promise<void> {
  const type = answer.headers['Content-Type'] ?? '';
  const { head, filler, tail } = type.includes('json') ? ofJson(options) : ofProtobuf(options);
  const zip = (bytes: Buffer): Buffer => (options.gzip ? gzipSync(bytes) : bytes);
  response.writeHead(200, { ...answer.headers, ...(options.gzip && { 'Content-Encoding': 'gzip' }) });
  const gone = new Promise((resolve) => void response.once('close', resolve));
  response.write(zip(head));
  // members of gzip, one behind the other, are one file
  const piece = zip(filler);
  for (let left = piecesOf(options); left > 0 && !response.destroyed; left--) {
    if (!response.write(piece)) await Promise.race([once(response, 'drain'), gone]);
  }
  response.end(zip(tail));
}

interface Flood {
  readonly head: Buffer;
  readonly filler: Buffer;
  readonly tail: Buffer;
}

const piecesOf = ({ bytes }: FloodOptions): number => Math.ceil(bytes / pieceBytes);

function ofJson({ kind, of }: FloodOptions): Flood {
  const list = goJson({ kind: listKinds[kind], apiVersion: 'v1', metadata, items: [] }).slice(0, -2);
  return of === 'item'
    ? {
        head: Buffer.from(`${list}{"metadata":{"name":"`),
        filler: Buffer.alloc(pieceBytes, 'x'),
        tail: Buffer.from('"}}]}'),
      }
    : { head: Buffer.from(list), filler: Buffer.alloc(pieceBytes, ' '), tail: Buffer.from(']}') };
}

/** Padding: fields that no list has. */
function ofProtobuf(options: FloodOptions): Flood {
  const { kind, of, bytes } = options;
  const meta = encodeMessage('ListMeta', metadata);
  const filler =
    of === 'item'
      ? Buffer.alloc(pieceBytes)
      : Buffer.concat([messageHead(15, pieceBytes), Buffer.alloc(pieceBytes)]);
  const list = Buffer.concat([
    messageHead(1, meta.length),
    meta,
    ...(of === 'item' ? [messageHead(2, bytes)] : []),
  ]);
  const length = list.length + piecesOf(options) * filler.length;
  return {
    head: Buffer.concat([envelopeHead(listKinds[kind], 'v1', length), list]),
    filler,
    tail: ENVELOPE_TAIL,
  };
}
