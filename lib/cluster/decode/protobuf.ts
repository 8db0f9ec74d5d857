/**
 * A list in Kubernetes' protobuf, item by item from the stream. The body is `k8s\0` and a runtime.Unknown:
 * 1 TypeMeta, 2 the raw list, then 3 contentEncoding and 4 contentType, always present and mostly empty.
 * The list: 1 ListMeta, 2 items. Sizes come first, so an item is known to be whole before it is read.
 */
import { DecodeError } from '../../errors.ts';
import type { Draft } from '../../model/draft.ts';
import { maxItemBytes, PendingBytes, type ListDecoder, type ListMeta, type ListVisitor } from './body.ts';
import { WireReader } from './wire.ts';

const magic = Buffer.from('k8s\0');

/** A field's head. `value` is its length, or its number; `bytes` what the head itself takes. */
interface Head {
  field: number;
  wireType: number;
  value: number;
  bytes: number;
}

/** ListMeta: 2 resourceVersion, 3 continue, 4 remainingItemCount. */
function readListMeta(reader: WireReader): ListMeta {
  const meta: Draft<ListMeta> = { resourceVersion: '', continueToken: '', remainingItemCount: null };
  while (reader.next()) {
    if (reader.field === 2) meta.resourceVersion = reader.text();
    else if (reader.field === 3) meta.continueToken = reader.text();
    else if (reader.field === -4) meta.remainingItemCount = reader.number;
  }
  return meta;
}

/** TypeMeta: 1 apiVersion, 2 kind. */
function readKind(reader: WireReader): string {
  let kind = '';
  while (reader.next()) if (reader.field === 2) kind = reader.text();
  return kind;
}

/** `kind`: PodList or NodeList. `decodeItem` reads the fields of one item. */
export function createProtobufDecoder<T>(
  kind: string,
  decodeItem: (reader: WireReader) => T,
  visitor: ListVisitor<T>,
): ListDecoder {
  const pending = new PendingBytes();
  let started = false;
  let finished = false;
  let listSeen = false;
  let kindSeen = false;
  /** Where the raw list ends in the body; 0 outside of it. */
  let listEnd = 0;
  let items = 0;
  const head: Head = { field: 0, wireType: 0, value: 0, bytes: 0 };

  const offset = (): number => pending.base + pending.start;
  const fail = (what: string): DecodeError => new DecodeError(what, offset());
  const reader = new WireReader(pending.bytes);
  /** What stands between the cursor and `end`. */
  const messageUntil = (end: number): WireReader =>
    reader.reset(pending.bytes, pending.start, end, pending.base);

  const start = (): boolean => {
    if (pending.end - pending.start < magic.length) return false;
    if (pending.bytes.compare(magic, 0, magic.length, pending.start, pending.start + magic.length) !== 0) {
      throw fail('the body is not Kubernetes protobuf');
    }
    pending.start += magic.length;
    return (started = true);
  };

  /** A field of the envelope; the raw list is entered, not waited for. */
  const envelopeField = (): boolean => {
    if (head.wireType !== 2) throw fail('the envelope has a field that is not bytes');
    if (head.field === 2) {
      if (listSeen) throw fail('the envelope holds a second list');
      if (!kindSeen) throw fail('the envelope names no kind');
      listSeen = true;
      pending.start += head.bytes;
      listEnd = offset() + head.value;
      return true;
    }
    const end = wholeField();
    if (end === null) return false;
    if (head.field === 1) expectKind(readKind(messageUntil(end)));
    if (head.field === 4) finished = true;
    pending.start = end;
    return true;
  };

  const expectKind = (actual: string): void => {
    kindSeen = true;
    if (actual !== kind) throw fail(`expected a ${kind}, the body says it is a ${actual || 'nameless kind'}`);
  };

  const listField = (): boolean => {
    if (offset() + head.bytes + (head.wireType === 2 ? head.value : 0) > listEnd) {
      throw fail('a field runs past the list');
    }
    const end = wholeField();
    if (end === null) return false;
    if (head.field === 1) visitor.meta(readListMeta(messageUntil(end)));
    if (head.field === 2) {
      visitor.item(decodeItem(messageUntil(end)));
      items += 1;
    }
    pending.start = end;
    return true;
  };

  /** Moves the cursor to the value and gives its end, or null until all of it is here. */
  const wholeField = (): number | null => {
    const size = head.wireType === 2 ? head.value : 0;
    if (size > maxItemBytes) throw fail(`a field of ${size} bytes`);
    const end = pending.start + head.bytes + size;
    if (end > pending.end) return null;
    pending.start += head.bytes;
    return end;
  };

  const step = (): boolean => {
    if (!started) return start();
    if (listEnd !== 0 && offset() === listEnd) listEnd = 0;
    if (pending.start === pending.end) return false;
    if (!readHead(pending, head)) return false;
    if (listEnd !== 0) return listField();
    if (finished) throw fail('bytes after the end of the envelope');
    return envelopeField();
  };

  return {
    push(chunk) {
      pending.append(chunk);
      while (step());
    },
    end() {
      if (finished && pending.start === pending.end) return;
      throw new DecodeError(`the body ends early, after ${items} items,`, pending.base + pending.end, {
        cutShort: true,
      });
    },
  };
}

/** Tag and length (or varint) of the next field, into `head`; false while incomplete. Never moves the cursor. */
function readHead({ bytes, start, end, base }: PendingBytes, head: Head): boolean {
  let tag = 0;
  let value = 0;
  let [scale, digits, isValue] = [1, 0, false];
  for (let pos = start; pos < end; pos++) {
    const byte = bytes[pos] as number;
    const part = (byte & 0x7f) * scale;
    scale *= 128;
    digits += 1;
    if (isValue) value += part;
    else tag += part;
    if (byte >= 0x80) {
      if (digits === 10) throw new DecodeError('a number of more than ten bytes', base + start);
      continue;
    }
    if (isValue) {
      head.field = Math.floor(tag / 8);
      head.wireType = tag % 8;
      head.value = value;
      head.bytes = pos + 1 - start;
      return true;
    }
    const wireType = tag % 8;
    if (wireType !== 0 && wireType !== 2)
      throw new DecodeError(`wire type ${wireType} is not expected here`, base + start);
    scale = 1;
    digits = 0;
    isValue = true;
  }
  return false;
}

/** The message and reason of a Status in protobuf, with the continue token that an expired list carries. */
export interface StatusFields {
  message: string;
  reason: string;
  continueToken: string;
}

/** A whole body that holds a Status: field 2 of the envelope. */
export function readStatus(body: Buffer): StatusFields {
  const status: StatusFields = { message: '', reason: '', continueToken: '' };
  const reader = new WireReader(body, magic.length);
  while (reader.next()) if (reader.field === 2) readStatusFields(reader, status);
  return status;
}

function readStatusFields(reader: WireReader, status: StatusFields): void {
  const outer = reader.enter();
  while (reader.next()) {
    if (reader.field === 1) readStatusMeta(reader, status);
    else if (reader.field === 3) status.message = reader.text();
    else if (reader.field === 4) status.reason = reader.text();
  }
  reader.leave(outer);
}

function readStatusMeta(reader: WireReader, status: StatusFields): void {
  const outer = reader.enter();
  while (reader.next()) if (reader.field === 3) status.continueToken = reader.text();
  reader.leave(outer);
}
