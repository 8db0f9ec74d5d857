/** The port: bytes under keys. Every adapter passes test/support/store-contract.ts. */
export interface Store {
  /** For people: ./snapshots, s3://bucket/prefix. */
  readonly location: string;
  /** Tells this store from every other one, wherever it is asked from: for names of local copies. */
  readonly identity: string;
  /** Writes the object whole or not at all. false, and nothing changed, where the key exists. */
  create(key: string, bytes: Uint8Array, signal: AbortSignal): Promise<boolean>;
  /** null where there is no such object. */
  read(key: string, signal: AbortSignal): Promise<Buffer | null>;
  /** The keys below `prefix` (which ends with a slash or is empty), ascending; whole objects only. */
  list(prefix: string, signal: AbortSignal): AsyncIterable<string>;
  /** The names of the folders right below `prefix`, ascending as their keys are. */
  folders(prefix: string, signal: AbortSignal): AsyncIterable<string>;
  /** No error where there is nothing to remove. */
  remove(key: string, signal: AbortSignal): Promise<void>;
}
