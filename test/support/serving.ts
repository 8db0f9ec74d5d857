/** `serve` as it is run: a process, on a port of its own. */
import type { ChildProcess } from 'node:child_process';
import { startCli, type CliOptions, type CliResult } from './cli.ts';

export interface Serving {
  readonly child: ChildProcess;
  readonly result: Promise<CliResult>;
  readonly port: number;
}

/** Resolves once it listens. */
export async function startServing(args: readonly string[], options: CliOptions): Promise<Serving> {
  const { child, result } = startCli(
    ['serve', '--listen', '127.0.0.1:0', '--log-level', 'debug', ...args],
    options,
  );
  const port = await new Promise<number>((resolve, reject) => {
    let log = '';
    child.stderr?.on('data', (chunk: string) => {
      log += chunk;
      const [, found] = /is served on http:\/\/127\.0\.0\.1:(\d+)\//.exec(log) ?? [];
      if (found !== undefined) resolve(Number(found));
    });
    child.once('close', () => reject(new Error(`it ended: ${log}`)));
  });
  return { child, result, port };
}
