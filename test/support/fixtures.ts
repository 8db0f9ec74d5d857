import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

/** One recorded HTTP exchange with a real kube-apiserver v1.36.2. */
export interface Exchange {
  readonly id: string;
  readonly description: string;
  /** The variant of flags that the server ran with; `default` for most. */
  readonly server: string;
  readonly request: {
    readonly method: string;
    readonly target: string;
    readonly headers: readonly Header[];
    readonly body: Buffer;
  };
  readonly response: {
    readonly status: number;
    readonly headers: readonly Header[];
    /** As it was on the wire after de-chunking: still gzipped where Content-Encoding says so. */
    readonly body: Buffer;
    readonly chunkSizes: readonly number[] | null;
    /** The server cut the connection in the middle of the body. */
    readonly transportError: string | null;
  };
}

export type Header = readonly [name: string, value: string];

interface Indexed {
  readonly id: string;
  readonly description: string;
  readonly server: string;
  readonly request: {
    readonly method: string;
    readonly target: string;
    readonly headers: readonly Header[];
    readonly bodyFile?: string | null;
  };
  readonly response: {
    readonly status: number;
    readonly headers: readonly Header[];
    readonly bodyFile?: string | null;
    readonly bodyStored?: 'gzip' | 'raw';
    readonly chunkSizes?: readonly number[] | null;
    readonly transportError?: string;
  };
}

const FOLDER = new URL('../fixtures/kube-apiserver-v1.36.2/', import.meta.url);
const index = (
  JSON.parse(readFileSync(new URL('index.json', FOLDER), 'utf8')) as {
    readonly exchanges: readonly Indexed[];
  }
).exchanges;
const byId = new Map(index.map((entry) => [entry.id, entry]));

/** The ids of all recorded exchanges, also of those whose bodies are not kept here. */
export const exchangeIds: readonly string[] = index.map(({ id }) => id);

/** One exchange; throws when its id is unknown, or on reading a body that is not among our fixtures. */
export function exchange(id: string): Exchange {
  const found = byId.get(id);
  if (found === undefined) throw new Error(`there is no recorded exchange ${id}`);
  const { request, response } = found;
  return {
    id,
    description: found.description,
    server: found.server,
    request: {
      ...request,
      get body() {
        return readBody(request.bodyFile);
      },
    },
    response: {
      status: response.status,
      headers: response.headers,
      get body() {
        const stored = readBody(response.bodyFile);
        return response.bodyStored === 'gzip' ? gunzipSync(stored) : stored;
      },
      chunkSizes: response.chunkSizes ?? null,
      transportError: response.transportError ?? null,
    },
  };
}

/** A header's value, whatever the case of its name. */
export function headerOf(headers: readonly Header[], name: string): string | null {
  return headers.find(([key]) => key.toLowerCase() === name.toLowerCase())?.[1] ?? null;
}

function readBody(file: string | null | undefined): Buffer {
  return file === undefined || file === null ? Buffer.alloc(0) : readFileSync(new URL(file, FOLDER));
}
