import { gzipSync } from 'node:zlib';
import type { Page } from './list.ts';
import { goJson, type JsonObject } from './objects.ts';
import { ENVELOPE_TAIL, encodeEnvelope, encodeMessage, envelopeHead, messageHead } from './protobuf.ts';
import type { Encoding } from './state.ts';

/** A body and how it leaves the server: HTTP chunks of these sizes, or one piece with a Content-Length. */
export interface Body {
  readonly writes: readonly Buffer[];
  readonly length: number;
  readonly chunkSizes: readonly number[] | null;
}

const LIST_KIND = { nodes: 'NodeList', pods: 'PodList' } as const;
/** The buffer of Go's HTTP server: what stays below it gets a Content-Length, all else is chunked. */
const GO_BUFFER_BYTES = 2048;
export const GZIP_FROM_BYTES = 128 * 1024;

/** The pieces in which the real server's streaming encoders write a list. */
export function listWrites(page: Page, encoding: Encoding): readonly Buffer[] {
  const metadata = {
    resourceVersion: String(page.resourceVersion),
    ...(page.continueToken === null ? {} : { continue: page.continueToken }),
    ...(page.remainingItemCount === null ? {} : { remainingItemCount: page.remainingItemCount }),
  };
  return encoding === 'json' ? jsonWrites(page, metadata) : protobufWrites(page, metadata);
}

function jsonWrites(page: Page, metadata: JsonObject): readonly Buffer[] {
  const head = goJson({ kind: LIST_KIND[page.kind], apiVersion: 'v1', metadata, items: [] });
  const comma = Buffer.from(',');
  const items = page.items.flatMap((item, index) =>
    index === 0 ? [item.bytes('json')] : [comma, item.bytes('json')],
  );
  return [Buffer.from(head.slice(0, -2)), ...items, Buffer.from(']}\n')];
}

function protobufWrites(page: Page, metadata: JsonObject): readonly Buffer[] {
  const encoded = encodeMessage('ListMeta', metadata);
  const meta = Buffer.concat([messageHead(1, encoded.length), encoded]);
  const items = page.items.flatMap((item) => {
    const bytes = item.bytes('protobuf');
    return [messageHead(2, bytes.length), bytes];
  });
  const length = items.reduce((sum, { length }) => sum + length, meta.length);
  return [envelopeHead(LIST_KIND[page.kind], 'v1', length), meta, ...items, ENVELOPE_TAIL];
}

export function statusBytes(status: JsonObject, encoding: Encoding, pretty: boolean): Buffer {
  if (encoding === 'json') return Buffer.from(pretty ? goJson(status, 2) : `${goJson(status)}\n`);
  const { kind: _kind, apiVersion: _apiVersion, ...content } = status;
  return encodeEnvelope('Status', 'v1', encodeMessage('Status', content));
}

/** A body written piece by piece through the buffer of Go's HTTP server. */
export function streamed(writes: readonly Buffer[]): Body {
  const sizes: number[] = [];
  let buffered = 0;
  let length = 0;
  for (const write of writes) {
    let rest = write.length;
    length += rest;
    while (rest > GO_BUFFER_BYTES - buffered) {
      const taken = buffered === 0 ? rest : GO_BUFFER_BYTES - buffered;
      sizes.push(buffered + taken);
      rest -= taken;
      buffered = 0;
    }
    buffered += rest;
  }
  if (sizes.length === 0) return { writes, length, chunkSizes: null };
  if (buffered > 0) sizes.push(buffered);
  return { writes, length, chunkSizes: sizes };
}

/** A body encoded in one buffer, as old servers, indented JSON and what is too small for gzip are. */
export function buffered(writes: readonly Buffer[]): Body {
  const { length } = streamed(writes);
  return { writes, length, chunkSizes: length <= GO_BUFFER_BYTES ? null : [length] };
}

export function gzipped(writes: readonly Buffer[]): Body {
  const bytes = gzipSync(Buffer.concat(writes), { level: 1 });
  return { writes: [bytes], length: bytes.length, chunkSizes: equalChunks(bytes.length, GO_BUFFER_BYTES) };
}

/** Fewer and larger chunks than the real server's, for measurements where chunks should cost nothing. */
export function coalesced(body: Body, chunkBytes = 64 * 1024): Body {
  return body.chunkSizes === null ? body : { ...body, chunkSizes: equalChunks(body.length, chunkBytes) };
}

function equalChunks(length: number, chunkBytes: number): readonly number[] {
  return Array.from({ length: Math.ceil(length / chunkBytes) }, (_, index) =>
    Math.min(chunkBytes, length - index * chunkBytes),
  );
}

/**
 * The bytes on the wire from the end of the headers on, last chunk included. Each byte is copied once: pages
 * have megabytes, and a server that is slower than its client would hide what the client costs.
 */
export function framed({ writes, length, chunkSizes }: Body, allocate: (bytes: number) => Buffer): Buffer {
  if (chunkSizes === null) {
    const wire = allocate(length);
    let at = 0;
    for (const write of writes) at += write.copy(wire, at);
    return wire;
  }
  const heads = chunkSizes.map((size) => `${size.toString(16)}\r\n`);
  const framing = heads.reduce((sum, head) => sum + head.length + CRLF.length, LAST_CHUNK.length);
  const wire = allocate(length + framing);
  let to = 0;
  let from = 0;
  let source = 0;
  for (const [index, head] of heads.entries()) {
    to += wire.write(head, to, 'latin1');
    for (let rest = chunkSizes[index] ?? 0; rest > 0;) {
      const write = writes[source];
      if (write === undefined) throw new RangeError('the chunks are longer than the body');
      const copied = write.copy(wire, to, from, Math.min(write.length, from + rest));
      to += copied;
      rest -= copied;
      from += copied;
      if (from === write.length) {
        from = 0;
        source += 1;
      }
    }
    to += wire.write(CRLF, to, 'latin1');
  }
  wire.write(LAST_CHUNK, to, 'latin1');
  return wire;
}

const CRLF = '\r\n';
const LAST_CHUNK = '0\r\n\r\n';
