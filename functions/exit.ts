/** How a run that failed ends, for the shell: README, Commands, and the help. */
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
