/**
 * A list in Kubernetes' protobuf, item by item from the stream. The body is `k8s\0` and a runtime.Unknown:
 * 1 TypeMeta, 2 the raw list, then 3 contentEncoding and 4 contentType, always present and mostly empty.
 * The list: 1 ListMeta, 2 items. Sizes come first, so an item is known to be whole before it is read.
 */
import { DecodeError } from '../../errors.ts';
import { maxItemBytes, PendingBytes, type ListDecoder, type ListMeta, type ListVisitor } from './body.ts';
import {
  fields,
  messageField,
  readMessage,
  textField,
  varintField,
  type Fields,
  type WireReader,
} from './wire.ts';

const magic = Buffer.from('k8s\0');

/** A field's head: [field number, wire type, length or value, bytes of the head], null while incomplete. */
interface Head {
  readonly field: number;
  readonly wireType: number;
  readonly value: number;
  readonly bytes: number;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

const typeMetaFields: Fields<{ kind: string }> = fields({
  2: textField((target, kind) => (target.kind = kind)),
});

const listMetaFields: Fields<Mutable<ListMeta>> = fields({
  2: textField((target, text) => (target.resourceVersion = text)),
  3: textField((target, text) => (target.continueToken = text)),
  4: varintField((target, count) => (target.remainingItemCount = count)),
});

const emptyListMeta: ListMeta = { resourceVersion: '', continueToken: '', remainingItemCount: null };

/** `kind`: PodList or NodeList. `decodeItem` reads one item between the reader's cursor and `end`. */
export function createProtobufDecoder<T>(
  kind: string,
  decodeItem: (reader: WireReader, end: number) => T,
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

  const offset = (): number => pending.base + pending.start;
  const fail = (what: string): DecodeError => new DecodeError(what, offset());
  const reader = (end: number): WireReader & { end: number } => ({
    bytes: pending.bytes,
    base: pending.base,
    pos: pending.start,
    end,
  });

  const start = (): boolean => {
    if (pending.end - pending.start < magic.length) return false;
    if (pending.bytes.compare(magic, 0, magic.length, pending.start, pending.start + magic.length) !== 0) {
      throw fail('the body is not Kubernetes protobuf');
    }
    pending.start += magic.length;
    return (started = true);
  };

  /** A field of the envelope; the raw list is entered, not waited for. */
  const envelopeField = (head: Head): boolean => {
    if (head.wireType !== 2) throw fail('the envelope has a field that is not bytes');
    if (head.field === 2) {
      if (listSeen) throw fail('the envelope holds a second list');
      if (!kindSeen) throw fail('the envelope names no kind');
      listSeen = true;
      pending.start += head.bytes;
      listEnd = offset() + head.value;
      return true;
    }
    const end = wholeField(head);
    if (end === null) return false;
    if (head.field === 1) expectKind(readMessage(reader(end), end, typeMetaFields, { kind: '' }).kind);
    if (head.field === 4) finished = true;
    pending.start = end;
    return true;
  };

  const expectKind = (actual: string): void => {
    kindSeen = true;
    if (actual !== kind) throw fail(`expected a ${kind}, the body says it is a ${actual || 'nameless kind'}`);
  };

  const listField = (head: Head): boolean => {
    if (offset() + head.bytes + (head.wireType === 2 ? head.value : 0) > listEnd) {
      throw fail('a field runs past the list');
    }
    const end = wholeField(head);
    if (end === null) return false;
    if (head.field === 1 || head.field === 2) {
      const at = reader(end);
      if (head.field === 1) visitor.meta(readMessage(at, end, listMetaFields, { ...emptyListMeta }));
      else {
        visitor.item(decodeItem(at, end));
        items += 1;
      }
    }
    pending.start = end;
    return true;
  };

  /** Moves the cursor to the value and gives its end, or null until all of it is here. */
  const wholeField = (head: Head): number | null => {
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
    const head = readHead(pending);
    if (head === null) return false;
    if (listEnd !== 0) return listField(head);
    if (finished) throw fail('bytes after the end of the envelope');
    return envelopeField(head);
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

/** Tag and length (or varint) of the next field. Never moves the cursor. */
function readHead({ bytes, start, end, base }: PendingBytes): Head | null {
  let pos = start;
  const varint = (): number | null => {
    let value = 0;
    for (let shift = 0; shift < 64; shift += 7) {
      if (pos >= end) return null;
      const byte = bytes[pos++] ?? 0;
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    throw new DecodeError('a number of more than ten bytes', base + start);
  };
  const tag = varint();
  if (tag === null) return null;
  const wireType = tag % 8;
  if (wireType !== 0 && wireType !== 2)
    throw new DecodeError(`wire type ${wireType} is not expected here`, base + start);
  const value = varint();
  return value === null ? null : { field: Math.floor(tag / 8), wireType, value, bytes: pos - start };
}

/** The message and reason of a Status in protobuf, with the continue token that an expired list carries. */
export interface StatusFields {
  message: string;
  reason: string;
  continueToken: string;
}

const statusFields: Fields<StatusFields> = fields({
  1: messageField(
    fields<StatusFields>({ 3: textField((status, token) => (status.continueToken = token)) }),
    (status) => status,
  ),
  3: textField((status, text) => (status.message = text)),
  4: textField((status, text) => (status.reason = text)),
});

const unknownFields: Fields<StatusFields> = fields({ 2: messageField(statusFields, (status) => status) });

/** A whole body that holds a Status. */
export function readStatus(body: Buffer): StatusFields {
  const reader: WireReader = { bytes: body, base: 0, pos: magic.length };
  return readMessage(reader, body.length, unknownFields, { message: '', reason: '', continueToken: '' });
}
