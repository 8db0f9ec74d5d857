/** The command line as a user runs it: a process of its own, in a folder of the test, with nothing of our environment. */
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { assertNoSecrets, assertNoSecretsWritten } from './secrets.ts';

const root = path.join(import.meta.dirname, '..', '..');
/** Names the bundle that all tests share; one file of tests alone runs the sources. */
export const bundleVariable = 'KUBE_BINPACK_TEST_BUNDLE';
const script = process.env[bundleVariable] ?? path.join(root, 'functions', 'cli.ts');
/** Halves the start of a process, and tests start many. */
const compileCache = path.join(root, 'node_modules', '.cache', 'kube-binpack-test');
const patienceMs = 60_000;

export interface CliOptions {
  readonly cwd: string;
  /** All the process gets beside PATH and a HOME without a kubeconfig. */
  readonly env?: Readonly<Record<string, string>>;
  /** A shell line to run instead, in which `"$@"` is the command line; for pipes and terminals. */
  readonly shell?: string;
  /** Nothing, or what the test writes. */
  readonly stdin?: 'ignore' | 'pipe';
}

export interface CliResult {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunningCli {
  readonly child: ChildProcess;
  readonly result: Promise<CliResult>;
}

export function startCli(
  args: readonly string[],
  { cwd, env = {}, shell, stdin = 'ignore' }: CliOptions,
): RunningCli {
  // whoever lists processes sees them
  assertNoSecrets({ 'its arguments': args.join(' ') });
  const line = [process.execPath, script, ...args];
  const [command = '', ...rest] = shell === undefined ? line : ['/bin/bash', '-c', shell, 'bash', ...line];
  const child = spawn(command, rest, {
    cwd,
    env: { PATH: process.env['PATH'], HOME: cwd, NODE_COMPILE_CACHE: compileCache, ...env },
    stdio: [stdin, 'pipe', 'pipe'],
    timeout: patienceMs,
    killSignal: 'SIGKILL',
  });
  return { child, result: collect(child, cwd) };
}

export async function runCli(args: readonly string[], options: CliOptions): Promise<CliResult> {
  return startCli(args, options).result;
}

async function collect(child: ChildProcess, cwd: string): Promise<CliResult> {
  // a file system may know times less finely than we do
  const sinceMs = Math.floor(Date.now() / 1000) * 1000;
  const texts = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.setEncoding('utf8').on('data', (text: string) => (texts[name] += text));
  }
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  assertNoSecrets(texts);
  assertNoSecretsWritten(cwd, sinceMs);
  return { code, signal, ...texts };
}

interface LogLine {
  readonly level: string;
  readonly message: string;
  readonly [field: string]: unknown;
}

/** What was logged; every line of stderr must be JSON. */
export function logLines({ stderr }: Pick<CliResult, 'stderr'>): LogLine[] {
  const lines = stderr.split('\n').filter((line) => line !== '');
  return lines.map((line) => {
    assert.match(line, /^\{.*\}$/, `not a log line: ${line}`);
    return JSON.parse(line) as LogLine;
  });
}

export function messages(result: Pick<CliResult, 'stderr'>, level: string): string[] {
  return logLines(result)
    .filter((line) => line.level === level)
    .map(({ message }) => message);
}

/** The one sentence of a failed run: nothing on stdout, one error in the log, no stack trace anywhere. */
export function refusal(result: CliResult, code: number): string {
  const shown = `stdout: ${result.stdout}\nstderr: ${result.stderr}`;
  assert.equal(result.code, code, shown);
  assert.equal(result.stdout, '', shown);
  const errors = messages(result, 'error');
  assert.equal(errors.length, 1, shown);
  const [sentence = ''] = errors;
  assertNoStack(result);
  assert.doesNotMatch(sentence, /[\r\n]/, 'one sentence stands on one line');
  assert.doesNotMatch(sentence, /undefined|\[object|\bnull\b|NaN/, 'a sentence is for people');
  return sentence;
}

function assertNoStack({ stdout, stderr }: Pick<CliResult, 'stdout' | 'stderr'>): void {
  // in a line of JSON a new line is written as \n
  assert.doesNotMatch(stdout + stderr, /(?:\n|\\n)\s+at .*:\d+/, 'no stack trace');
}
