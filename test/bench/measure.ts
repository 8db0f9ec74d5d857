/** Runs a program as a process of its own and tells what it cost. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';

export interface Cost {
  readonly wallSeconds: number;
  /** User and system, of all threads. */
  readonly cpuSeconds: number;
  readonly peakRssMiB: number;
}

export interface Program {
  readonly file: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

const usageReporter = path.join(import.meta.dirname, 'usage.mjs');

/** A script of Node's, which says itself at its end what it used. Throws where it ends with another code than 0. */
export async function measure(program: Program): Promise<Cost> {
  return costOf(program, start(program, 'ignore'));
}

/** The same, with what it prints. */
export async function measureSaying(
  program: Program,
): Promise<{ readonly cost: Cost; readonly said: string }> {
  const running = start(program, 'pipe');
  const [said, cost] = await Promise.all([text(running.child.stdout as Readable), costOf(program, running)]);
  return { cost, said };
}

interface Running {
  readonly child: ChildProcess;
  readonly startedMs: number;
}

function start({ file, args, env = {} }: Program, stdout: 'ignore' | 'pipe'): Running {
  const startedMs = performance.now();
  const child = spawn(process.execPath, ['--import', usageReporter, file, ...args], {
    stdio: ['ignore', stdout, 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  });
  return { child, startedMs };
}

async function costOf({ file }: Program, { child, startedMs }: Running): Promise<Cost> {
  const reported = text(child.stdio[3] as Readable);
  await ended(child, file);
  const wallSeconds = (performance.now() - startedMs) / 1000;
  return { wallSeconds, ...(JSON.parse(await reported) as Omit<Cost, 'wallSeconds'>) };
}

/** Any program, by what Linux says of it while it runs: what it used in its last moments is missing. */
export async function measureForeign({ file, args, env = {} }: Program): Promise<Cost> {
  const startedMs = performance.now();
  const child = spawn(file, args, { stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, ...env } });
  let seen: Omit<Cost, 'wallSeconds'> = { cpuSeconds: 0, peakRssMiB: 0 };
  const over = ended(child, file);
  while (child.exitCode === null && child.signalCode === null) {
    seen = (await usageOf(child.pid)) ?? seen;
    await Promise.race([sleep(20), over]);
  }
  await over;
  return { wallSeconds: (performance.now() - startedMs) / 1000, ...seen };
}

async function ended(child: ChildProcess, file: string): Promise<void> {
  const complaints = text(child.stderr as Readable);
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0) throw new Error(`${path.basename(file)} ended with ${code}: ${await complaints}`);
}

/** proc(5): fields 14 and 15 of stat are clock ticks of 10 ms; VmHWM is the peak. null once it is over. */
async function usageOf(pid: number | undefined): Promise<Omit<Cost, 'wallSeconds'> | null> {
  const read = async (name: string): Promise<string> =>
    readFile(`/proc/${pid}/${name}`, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' || error.code === 'ESRCH') return '';
      throw error;
    });
  const [stat, status] = await Promise.all([read('stat'), read('status')]);
  const ticks = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const peakKiB = /VmHWM:\s+(\d+)/.exec(status)?.[1];
  if (peakKiB === undefined) return null;
  return { cpuSeconds: (Number(ticks[11]) + Number(ticks[12])) / 100, peakRssMiB: Number(peakKiB) / 1024 };
}
