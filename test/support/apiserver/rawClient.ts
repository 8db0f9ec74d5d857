import { once } from 'node:events';
import { connect, type ConnectionOptions } from 'node:tls';

/** An answer as it came over the wire: header order and chunk sizes, which HTTP libraries hide. */
export interface RawAnswer {
  readonly status: number;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Buffer;
  /** Null when the answer was not chunked. */
  readonly chunkSizes: readonly number[] | null;
}

/** Sends one request byte by byte as given and reads one answer. */
export async function rawRequest(
  target: { readonly port: number } & ConnectionOptions,
  request: {
    readonly method: string;
    readonly target: string;
    readonly headers: readonly (readonly [name: string, value: string])[];
    readonly body: Buffer;
  },
): Promise<RawAnswer> {
  const socket = connect({ host: '127.0.0.1', ...target });
  await once(socket, 'secureConnect');
  const lines = request.headers.map(([name, value]) => `${name}: ${value}\r\n`);
  socket.write(`${request.method} ${request.target} HTTP/1.1\r\n${lines.join('')}\r\n`);
  socket.write(request.body);
  let received = Buffer.alloc(0);
  for await (const part of socket as AsyncIterable<Buffer>) {
    received = Buffer.concat([received, part]);
    const answer = parse(received, request.method);
    if (answer !== null) {
      socket.destroy();
      return answer;
    }
  }
  throw new Error(`the connection ended after ${received.length} bytes`);
}

/** Null while the answer is not complete. */
function parse(bytes: Buffer, method: string): RawAnswer | null {
  const headEnd = bytes.indexOf('\r\n\r\n');
  if (headEnd === -1) return null;
  const [statusLine = '', ...lines] = bytes.toString('latin1', 0, headEnd).split('\r\n');
  const headers = lines.map((line): [string, string] => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon), line.slice(colon + 1).trim()];
  });
  const of = (name: string): string | undefined => headers.find(([key]) => key.toLowerCase() === name)?.[1];
  const status = Number(statusLine.split(' ')[1]);
  const rest = bytes.subarray(headEnd + 4);
  if (method === 'HEAD') return { status, headers, body: Buffer.alloc(0), chunkSizes: null };
  if (of('transfer-encoding') === 'chunked') {
    const chunks = parseChunks(rest);
    if (chunks === null) return null;
    return { status, headers, body: Buffer.concat(chunks), chunkSizes: chunks.map(({ length }) => length) };
  }
  const length = Number(of('content-length'));
  return rest.length < length ? null : { status, headers, body: rest, chunkSizes: null };
}

function parseChunks(bytes: Buffer): readonly Buffer[] | null {
  const chunks: Buffer[] = [];
  for (let at = 0; ;) {
    const lineEnd = bytes.indexOf('\r\n', at);
    if (lineEnd === -1) return null;
    const size = Number.parseInt(bytes.toString('latin1', at, lineEnd), 16);
    const start = lineEnd + 2;
    if (start + size + 2 > bytes.length) return null;
    if (size === 0) return chunks;
    chunks.push(bytes.subarray(start, start + size));
    at = start + size + 2;
  }
}
