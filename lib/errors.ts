/**
 * One class per stage. A message is one sentence or two: what failed, on what, what to do.
 * Library code throws these; only functions/ turns them into exit codes.
 */
export class KubeBinpackError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** Flags, environment, config file, kubeconfig: something the user wrote is wrong. */
export class ConfigError extends KubeBinpackError {}

/** The API server cannot be reached, does not trust us, or refuses us. */
export class ClusterError extends KubeBinpackError {
  /** HTTP status where the server answered, else null. */
  readonly status: number | null;

  constructor(message: string, options: ErrorOptions & { readonly status?: number } = {}) {
    super(message, options);
    this.status = options.status ?? null;
  }
}

/** A body that is not what its content type says. `offset` counts bytes from the start of the body. */
export class DecodeError extends KubeBinpackError {
  readonly offset: number;
  /** It ended before the list did, and what came was right: another try may bring the rest. */
  readonly cutShort: boolean;

  constructor(what: string, offset: number, options: ErrorOptions & { readonly cutShort?: boolean } = {}) {
    super(`${what} at byte ${offset}`, options);
    this.offset = offset;
    this.cutShort = options.cutShort ?? false;
  }
}

/** A snapshot cannot be written, or what is stored cannot be read. */
export class StoreError extends KubeBinpackError {}

/** The snapshot is stored, but its gauges were not published, or not all of them. */
export class PublishError extends KubeBinpackError {}
