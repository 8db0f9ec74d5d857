/** A body out of the bytes of a connection, without copying: chunks (RFC 9112, section 7.1), a length, or all there is. */
import type { Framing } from './head.ts';
import { HttpSyntaxError } from './syntax.ts';

/** The bytes are only valid during the call: their memory is used again. */
export type Take = (bytes: Buffer) => void;

export interface BodyReader {
  /** Hands on what belongs to the body. Returns what stands behind its end; null while there is more to come. */
  push(bytes: Buffer, take: Take): Buffer | null;
  /** Whether the body is whole, now that the connection has ended. */
  readonly endsWithConnection: boolean;
}

export function createBodyReader(framing: Framing): BodyReader {
  switch (framing.kind) {
    case 'length':
      return { push: lengthReader(framing.bytes), endsWithConnection: false };
    case 'chunked':
      return { push: chunkReader(), endsWithConnection: false };
    case 'untilClose':
      return { push: allReader, endsWithConnection: true };
  }
}

function allReader(bytes: Buffer, take: Take): null {
  if (bytes.length > 0) take(bytes);
  return null;
}

function lengthReader(length: number): BodyReader['push'] {
  let left = length;
  return (bytes, take) => {
    const here = Math.min(left, bytes.length);
    left -= here;
    if (here > 0) take(bytes.subarray(0, here));
    return left === 0 ? bytes.subarray(here) : null;
  };
}

type ChunkState =
  'size' | 'extension' | 'sizeLf' | 'data' | 'dataCr' | 'dataLf' | 'trailers' | 'trailer' | 'lastLf';

const [cr, lf, semicolon, space, tab] = [0x0d, 0x0a, 0x3b, 0x20, 0x09];
/** 2^44 bytes; with more digits numbers are not exact some day. */
const maxSizeDigits = 11;

/**
 * A size in hexadecimal, CRLF, that many bytes, CRLF; and so on until a size of 0, trailers and an empty line.
 * API servers send two chunks an object, so what is not data is read byte by byte, without a call or a string.
 */
function chunkReader(): BodyReader['push'] {
  let state: ChunkState = 'size';
  let digits = 0;
  /** Of the chunk: bytes that are still to come. */
  let left = 0;
  return (bytes, take) => {
    for (let at = 0; at < bytes.length;) {
      if (state === 'data') {
        const end = Math.min(bytes.length, at + left);
        take(bytes.subarray(at, end));
        left -= end - at;
        at = end;
        if (left === 0) state = 'dataCr';
        continue;
      }
      const byte = bytes[at++] as number;
      switch (state) {
        case 'size': {
          const digit = hexDigit(byte);
          if (digit !== -1) {
            left = left * 16 + digit;
            digits += 1;
          }
          if (digits === 0 || digits > maxSizeDigits) throw new HttpSyntaxError('a chunk without a size');
          if (digit === -1) state = afterSize(byte);
          break;
        }
        case 'extension':
          if (byte === cr) state = 'sizeLf';
          break;
        case 'sizeLf':
          expect(byte, lf);
          digits = 0;
          state = left === 0 ? 'trailers' : 'data';
          break;
        case 'dataCr':
          expect(byte, cr);
          state = 'dataLf';
          break;
        case 'dataLf':
          expect(byte, lf);
          state = 'size';
          break;
        case 'trailers':
          state = byte === cr ? 'lastLf' : 'trailer';
          break;
        case 'trailer':
          if (byte === lf) state = 'trailers';
          break;
        case 'lastLf':
          expect(byte, lf);
          return bytes.subarray(at);
      }
    }
    return null;
  };
}

function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}

function afterSize(byte: number): ChunkState {
  if (byte === cr) return 'sizeLf';
  if (byte === semicolon || byte === space || byte === tab) return 'extension';
  throw new HttpSyntaxError('a chunk without a size');
}

function expect(byte: number, wanted: number): void {
  if (byte !== wanted) throw new HttpSyntaxError('a chunk that is not as long as it says');
}
