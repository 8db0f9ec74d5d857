/** What a list decoder is, whichever the encoding: bytes are pushed in, metadata and items come out. */

export interface ListMeta {
  readonly resourceVersion: string;
  /** Empty on the last page. */
  readonly continueToken: string;
  /** Absent on the last page, and wherever a selector is used. */
  readonly remainingItemCount: number | null;
}

export interface ListVisitor<T> {
  meta(meta: ListMeta): void;
  item(item: T): void;
}

/** Throws DecodeError, from `push` on what is malformed and from `end` on what is cut short. */
export interface ListDecoder {
  push(chunk: Buffer): void;
  end(): void;
}

/** An etcd value stays below 1.5 MiB by default, a request below 3; an item above this is nobody's pod. */
export const maxItemBytes = 32 * 1024 * 1024;

/**
 * Bytes that have come and are not yet decoded. One buffer is reused: what is left moves to its front
 * when the end is reached, and it grows only for an item larger than itself.
 */
export class PendingBytes {
  bytes: Buffer;
  start = 0;
  end = 0;
  /** Offset in the body of `bytes[0]`. */
  base = 0;

  constructor(capacity = 64 * 1024) {
    this.bytes = Buffer.allocUnsafe(capacity);
  }

  append(chunk: Buffer): void {
    if (this.end + chunk.length > this.bytes.length) this.makeRoom(chunk.length);
    this.bytes.set(chunk, this.end);
    this.end += chunk.length;
  }

  private makeRoom(wanted: number): void {
    const used = this.end - this.start;
    const target =
      used + wanted > this.bytes.length
        ? Buffer.allocUnsafe(2 ** Math.ceil(Math.log2(used + wanted)))
        : this.bytes;
    this.bytes.copy(target, 0, this.start, this.end);
    this.bytes = target;
    this.base += this.start;
    this.start = 0;
    this.end = used;
  }
}
