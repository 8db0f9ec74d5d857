import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { framed, type Body } from './body.ts';
import type { FaultAction } from './faults.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Body;
}

/**
 * Writes an answer. Chunks are framed here and not by Node, so that they have the sizes the real server gives
 * them and a page leaves in one write.
 */
export async function send(
  response: ServerResponse,
  answer: Answer,
  fault: FaultAction | null,
): Promise<void> {
  const { body } = answer;
  const wire = framed(body, borrow);
  // Removing `Connection` also removes `Keep-Alive`: the real server sends neither, and keeps connections.
  if (response.shouldKeepAlive) response.removeHeader('Connection');
  response.writeHead(answer.status, {
    ...answer.headers,
    ...(body.chunkSizes === null
      ? { 'Content-Length': String(wire.length) }
      : { 'Transfer-Encoding': 'chunked' }),
  });
  response.flushHeaders();
  response.chunkedEncoding = false;
  if (fault?.kind === 'cut' || fault?.kind === 'stall' || fault?.kind === 'loseToken') {
    await write(response, wire.subarray(0, Math.min(fault.afterBytes, wire.length - 1)));
    if (fault.kind !== 'stall') response.socket?.destroy();
    return;
  }
  if (fault?.kind === 'slow') await drip(response, wire, fault);
  else response.write(wire, () => giveBack(wire));
  response.end();
}

/** Buffers of pages already sent. A fresh one for each page would cost more in collections than all else. */
const spare: Buffer[] = [];
const MOST_SPARE = 4;

function borrow(bytes: number): Buffer {
  const found = spare.findIndex(({ length }) => length >= bytes);
  const [buffer = Buffer.allocUnsafeSlow(Math.ceil(1.25 * bytes))] =
    found === -1 ? [] : spare.splice(found, 1);
  return buffer.subarray(0, bytes);
}

/** Only after the write is over: until then the socket still reads from it. */
function giveBack(wire: Buffer): void {
  if (spare.length === MOST_SPARE) spare.shift();
  spare.push(Buffer.from(wire.buffer));
}

async function drip(
  response: ServerResponse,
  wire: Buffer,
  { bytes, everyMs }: { readonly bytes: number; readonly everyMs: number },
): Promise<void> {
  for (let at = 0; at < wire.length && !response.destroyed; at += bytes) {
    await write(response, wire.subarray(at, at + bytes));
    await sleep(everyMs);
  }
}

function write(response: ServerResponse, bytes: Buffer): Promise<void> {
  return new Promise((resolve) => {
    response.write(bytes, () => {
      resolve();
    });
  });
}
