/** A helper process that answers a line on its stdin with a line of JSON, until its stdin closes. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

export interface Helper {
  /** What it prints once it is ready. */
  readonly first: string;
  ask<T>(): Promise<T>;
  close(): Promise<void>;
}

export async function startHelper(args: readonly string[]): Promise<Helper> {
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const nextLine = async (): Promise<string> => {
    const { value, done } = await lines.next();
    if (done === true) throw new Error(`${args.find((arg) => arg.endsWith('.ts'))} ended`);
    return value;
  };
  return {
    first: await nextLine(),
    async ask<T>() {
      child.stdin.write('\n');
      return JSON.parse(await nextLine()) as T;
    },
    async close() {
      child.stdin.end();
      await once(child, 'exit');
    },
  };
}
