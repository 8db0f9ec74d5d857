/**
 * A list in JSON, item by item from the stream: a scanner finds where each value of the top object and
 * each item ends, and only that slice is parsed. Never the whole body as one string: V8's strings end at 512 MiB.
 */
import { DecodeError } from '../../errors.ts';
import { maxItemBytes, PendingBytes, type ListDecoder, type ListVisitor } from './body.ts';

const [quote, backslash, comma, colon] = [0x22, 0x5c, 0x2c, 0x3a];
const [openBrace, closeBrace, openBracket, closeBracket] = [0x7b, 0x7d, 0x5b, 0x5d];

/** What may come next in the top object, outside of a value that is being read. */
type Expecting =
  'object' | 'key' | 'firstKey' | 'colon' | 'value' | 'comma' | 'item' | 'firstItem' | 'itemComma' | 'end';

/** `kind`: PodList or NodeList. */
export function createJsonDecoder<T>(
  kind: string,
  decodeItem: (value: unknown) => T,
  visitor: ListVisitor<T>,
): ListDecoder {
  const pending = new PendingBytes();
  const scanner = createValueScanner(pending);
  let expecting: Expecting = 'object';
  let key = '';
  let kindSeen = false;
  let itemsSeen = false;
  let items = 0;

  const fail = (what: string): DecodeError => new DecodeError(what, pending.base + pending.start);

  /** The next value, parsed; undefined until all of it is here. */
  const value = (): unknown => {
    const end = scanner.findEnd();
    if (end === null) return undefined;
    const text = pending.bytes.toString('utf8', pending.start, end);
    try {
      return JSON.parse(text);
    } catch (cause) {
      throw new DecodeError('a value is not JSON', pending.base + pending.start, { cause });
    } finally {
      pending.start = end;
    }
  };

  const topValue = (): boolean => {
    if (key === 'items' && pending.bytes[pending.start] === openBracket) {
      if (itemsSeen) throw fail('the body holds a second list');
      itemsSeen = true;
      return punctuation('firstItem');
    }
    const parsed = value();
    if (parsed === undefined) return false;
    expecting = 'comma';
    if (key === 'kind') expectKind(parsed);
    else if (key === 'metadata') visitor.meta(listMeta(parsed));
    else if (key === 'items' && parsed !== null) throw fail('the items are not a list');
    return true;
  };

  const expectKind = (actual: unknown): void => {
    kindSeen = true;
    if (actual !== kind)
      throw fail(
        `expected a ${kind}, the body says it is a ${typeof actual === 'string' ? actual : 'nameless kind'}`,
      );
  };

  const item = (): boolean => {
    const parsed = value();
    if (parsed === undefined) return false;
    expecting = 'itemComma';
    items += 1;
    if (typeof parsed !== 'object' || parsed === null) throw fail('an item is not an object');
    visitor.item(decodeItem(parsed));
    return true;
  };

  const punctuation = (next: Expecting): boolean => {
    pending.start += 1;
    expecting = next;
    return true;
  };

  const step = (): boolean => {
    skipBlanks(pending);
    if (pending.start === pending.end) return false;
    const byte = pending.bytes[pending.start];
    switch (expecting) {
      case 'object':
        if (byte === openBrace) return punctuation('firstKey');
        throw fail('the body is not a JSON object');
      case 'firstKey':
      case 'key': {
        if (expecting === 'firstKey' && byte === closeBrace) return punctuation('end');
        if (byte !== quote) throw fail('expected a key');
        const parsed = value();
        if (parsed === undefined) return false;
        key = parsed as string; // it began with a quote
        expecting = 'colon';
        return true;
      }
      case 'colon':
        if (byte === colon) return punctuation('value');
        throw fail('expected a colon');
      case 'value':
        return topValue();
      case 'comma':
        if (byte === comma) return punctuation('key');
        if (byte === closeBrace) return punctuation('end');
        throw fail('expected a comma or the end of the object');
      case 'firstItem':
      case 'item':
        if (expecting === 'firstItem' && byte === closeBracket) return punctuation('comma');
        return item();
      case 'itemComma':
        if (byte === comma) return punctuation('item');
        if (byte === closeBracket) return punctuation('comma');
        throw fail('expected a comma or the end of the items');
      case 'end':
        throw fail('bytes after the end of the body');
    }
  };

  return {
    push(chunk) {
      pending.append(chunk);
      while (step());
    },
    end() {
      const at = pending.base + pending.end;
      if (expecting !== 'end')
        throw new DecodeError(`the body ends early, after ${items} items,`, at, { cutShort: true });
      if (!kindSeen) throw new DecodeError(`expected a ${kind}, the body names no kind,`, at);
    },
  };
}

function listMeta(value: unknown): {
  resourceVersion: string;
  continueToken: string;
  remainingItemCount: number | null;
} {
  const metadata = (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>;
  const text = (key: string): string => (typeof metadata[key] === 'string' ? metadata[key] : '');
  const remaining = metadata['remainingItemCount'];
  return {
    resourceVersion: text('resourceVersion'),
    continueToken: text('continue'),
    remainingItemCount: typeof remaining === 'number' ? remaining : null,
  };
}

function skipBlanks(pending: PendingBytes): void {
  const { bytes, end } = pending;
  let { start } = pending;
  while (start < end && isBlank(bytes[start])) start += 1;
  pending.start = start;
}

function isBlank(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

interface ValueScanner {
  /** Where the value that begins at `pending.start` ends; null until it is all here. Scans no byte twice. */
  findEnd(): number | null;
}

function createValueScanner(pending: PendingBytes): ValueScanner {
  /** How far the current value has been looked at, from its start; 0: not begun. */
  let scanned = 0;
  let depth = 0;
  let inString = false;

  const found = (end: number): number => {
    scanned = 0;
    depth = 0;
    inString = false;
    return end;
  };

  return {
    findEnd() {
      const { bytes, start, end } = pending;
      let pos = start + scanned;
      while (pos < end) {
        if (inString) {
          const close = endOfString(bytes, pos, start, end);
          if (close === null) {
            pos = end;
            break;
          }
          inString = false;
          pos = close;
          if (depth === 0) return found(pos);
          continue;
        }
        const byte = bytes[pos];
        if (byte === quote) inString = true;
        else if (byte === openBrace || byte === openBracket) depth += 1;
        else if (byte === closeBrace || byte === closeBracket) {
          if (depth === 0) return found(pos);
          depth -= 1;
          if (depth === 0) return found(pos + 1);
        } else if (depth === 0 && (byte === comma || isBlank(byte))) return found(pos);
        pos += 1;
      }
      scanned = pos - start;
      if (scanned > maxItemBytes)
        throw new DecodeError(`a value of more than ${maxItemBytes} bytes`, pending.base + start);
      return null;
    },
  };
}

/** Just behind the closing quote, null where it is not here yet. */
function endOfString(bytes: Buffer, from: number, valueStart: number, end: number): number | null {
  let close = bytes.indexOf(quote, from);
  while (close !== -1 && close < end) {
    let slashes = 0;
    while (close - slashes - 1 >= valueStart && bytes[close - slashes - 1] === backslash) slashes += 1;
    if (slashes % 2 === 0) return close + 1;
    close = bytes.indexOf(quote, close + 1);
  }
  return null;
}
