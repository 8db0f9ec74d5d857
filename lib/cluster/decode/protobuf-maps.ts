/** Maps in protobuf: entries of a key and a value. */
import type { Amount } from '../../model/quantity.ts';
import type { QuantityReader } from './quantities.ts';
import {
  bytesField,
  fields,
  messageField,
  readMessage,
  textField,
  type Fields,
  type WireReader,
} from './wire.ts';

interface Entry {
  key: string;
  value: string;
}

const textEntryFields: Fields<Entry> = fields({
  1: textField((entry, text) => (entry.key = text)),
  2: textField((entry, text) => (entry.value = text)),
});

/** A map's value that is a Quantity, whose only field is its text. */
const quantityEntryFields: Fields<Entry> = fields({
  1: textField((entry, text) => (entry.key = text)),
  2: messageField(fields<Entry>({ 1: textField((entry, text) => (entry.value = text)) }), (entry) => entry),
});

function readEntry(reader: WireReader, end: number, table: Fields<Entry>): Entry {
  return readMessage(reader, end, table, { key: '', value: '' });
}

/** The value of one entry of text. */
export function readTextValue(reader: WireReader, end: number): string {
  return readEntry(reader, end, textEntryFields).value;
}

export function readTextEntry(into: Map<string, string>, reader: WireReader, end: number): void {
  const { key, value } = readEntry(reader, end, textEntryFields);
  into.set(key, value);
}

/** A run of entries, or a whole message, whose field `number` is a map of texts. */
export function textMapReader(number: number): (reader: WireReader, end: number) => Map<string, string> {
  const table = fields<Map<string, string>>({ [number]: bytesField(readTextEntry) });
  return (reader, end) => readMessage(reader, end, table, new Map());
}

/** A run of entries, or a whole message, whose field `number` is a map of quantities; null without any. */
export function resourceListReader(
  number: number,
  quantities: QuantityReader,
): (reader: WireReader, end: number) => Map<string, Amount> | null {
  interface Target {
    list: Map<string, Amount> | null;
  }
  const table = fields<Target>({
    [number]: bytesField((target, reader, end) => {
      target.list ??= new Map();
      const { key, value } = readEntry(reader, end, quantityEntryFields);
      const amount = quantities.read(key, value);
      if (amount !== null) target.list.set(key, amount);
    }),
  });
  return (reader, end) => readMessage(reader, end, table, { list: null }).list;
}

/** Two runs of one list, where an encoder put something between them. */
export function joinedLists<T>(before: readonly T[], more: readonly T[]): readonly T[] {
  return before.length === 0 ? more : [...before, ...more];
}
