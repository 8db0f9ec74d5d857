/** Runs a program as a process of its own and tells what it cost. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';

export interface Cost {
  readonly wallSeconds: number;
  /** User and system, of all threads. */
  readonly cpuSeconds: number;
  readonly peakRssMiB: number;
}

export interface Program {
  readonly file: string;
  readonly args: readonly string[];
  /** For Node itself, before the file. */
  readonly nodeOptions?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

const usageReporter = path.join(import.meta.dirname, 'usage.mjs');

/** Throws where it ends with another code than 0. */
export async function measure({ file, args, nodeOptions = [], env = {} }: Program): Promise<Cost> {
  const startedMs = performance.now();
  const child = spawn(process.execPath, ['--import', usageReporter, ...nodeOptions, file, ...args], {
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  });
  const reported = text(child.stdio[3] as Readable);
  const complaints = text(child.stderr as Readable);
  const [code] = (await once(child, 'exit')) as [number | null];
  const wallSeconds = (performance.now() - startedMs) / 1000;
  if (code !== 0) throw new Error(`${path.basename(file)} ended with ${code}: ${await complaints}`);
  const { cpuSeconds, peakRssMiB } = JSON.parse(await reported) as Omit<Cost, 'wallSeconds'>;
  return { wallSeconds, cpuSeconds, peakRssMiB };
}
