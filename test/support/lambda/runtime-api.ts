/** The Runtime API of Lambda, for one process: hands out events, and keeps what came of them. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export interface Invocation {
  readonly event: unknown;
  /** Until Lambda would kill the process. */
  readonly timeoutMs: number;
}

export type LambdaResult =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly errorType: string; readonly errorMessage: string };

export interface RuntimeApi {
  readonly address: string;
  /** In the order of the events. */
  readonly results: readonly LambdaResult[];
  /** Settled when the runtime, its last event done, asks for another: the real one freezes the process there. */
  readonly idle: Promise<void>;
  close(): Promise<void>;
}

export async function startRuntimeApi(invocations: readonly Invocation[]): Promise<RuntimeApi> {
  const left = [...invocations];
  const results: LambdaResult[] = [];
  const idle = Promise.withResolvers<void>();
  const server = createServer((request, response) => {
    const answer = async (): Promise<void> => {
      const path = request.url ?? '';
      if (path.endsWith('/invocation/next')) {
        const next = left.shift();
        if (next === undefined) return idle.resolve();
        response.writeHead(200, {
          'content-type': 'application/json',
          'lambda-runtime-aws-request-id': `request-${results.length + 1}`,
          'lambda-runtime-deadline-ms': String(Date.now() + next.timeoutMs),
          'lambda-runtime-invoked-function-arn':
            'arn:aws:lambda:eu-central-1:123456789012:function:kube-binpack',
        });
        return void response.end(JSON.stringify(next.event));
      }
      const body: unknown = JSON.parse((await text(request)) || 'null');
      if (path.endsWith('/response')) results.push({ ok: true, value: body });
      else results.push({ ok: false, ...(body as { errorType: string; errorMessage: string }) });
      response.writeHead(202).end();
    };
    answer().catch((error: unknown) => response.destroy(error as Error));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    address: `127.0.0.1:${port}`,
    results,
    idle: idle.promise,
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
