/** How a run that failed ends, for the shell: README, Commands, and the help. */
import process from 'node:process';
import {
  ClusterError,
  ConfigError,
  DecodeError,
  KubeBinpackError,
  PublishError,
  StoreError,
} from '../lib/errors.ts';

/** As shells number it. */
export class InterruptedError extends KubeBinpackError {
  readonly exitCode: number;

  constructor(signal: NodeJS.Signals) {
    super(`stopped by ${signal}: a snapshot that was not committed yet will not be`);
    this.exitCode = signal === 'SIGINT' ? 130 : 143;
  }
}

export function exitCodeOf(error: unknown): number {
  if (error instanceof InterruptedError) return error.exitCode;
  if (error instanceof ConfigError) return 2;
  if (error instanceof ClusterError || error instanceof DecodeError) return 3;
  if (error instanceof StoreError) return 4;
  if (error instanceof PublishError)
    return error.cause instanceof InterruptedError ? exitCodeOf(error.cause) : 5;
  // what a check found stands behind it as the cause
  return error instanceof KubeBinpackError && error.cause !== undefined ? exitCodeOf(error.cause) : 1;
}

/** Requests to the file system and to the resolver: threads answer these, and process.exit waits for them. */
const ofThreads = /^(?:FSReq|GetAddrInfo|GetNameInfo)/;

/** Ends the process, also where a thread hangs for good: on a mount whose server is gone, or a resolver. */
export function endProcess(code: number): void {
  // another program ends all threads of this one, whatever they wait for: Node again, which does nothing but end so
  if (process.execve !== undefined && process.getActiveResourcesInfo().some((name) => ofThreads.test(name)))
    process.execve(process.execPath, [process.execPath, '-e', `process.exit(${code})`], {});
  process.exit(code);
}
