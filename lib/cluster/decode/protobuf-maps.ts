/** Maps in protobuf: entries of a key and a value. Each function reads the value that the reader is at. */
import type { Amount } from '../../model/quantity.ts';
import type { ResourceList } from '../../model/resources.ts';
import type { QuantityReader } from './quantities.ts';
import type { WireReader } from './wire.ts';

export interface TextEntry {
  readonly key: string;
  readonly value: string;
}

export function readTextEntry(reader: WireReader): TextEntry {
  let [key, value] = ['', ''];
  const outer = reader.enter();
  while (reader.next()) {
    if (reader.field === 1) key = reader.text();
    else if (reader.field === 2) value = reader.text();
  }
  reader.leave(outer);
  return { key, value };
}

/** A run of entries, or a whole message, whose field `number` is a map of texts. */
export function readTextMap(reader: WireReader, number: number): Map<string, string> {
  const map = new Map<string, string>();
  const outer = reader.enter();
  while (reader.next()) {
    if (reader.field !== number) continue;
    const { key, value } = readTextEntry(reader);
    map.set(key, value);
  }
  reader.leave(outer);
  return map;
}

/** A run of entries, or a whole message, whose field `number` is a map of quantities; null without any. */
export function readResourceList(
  reader: WireReader,
  number: number,
  quantities: QuantityReader,
): Map<string, Amount> | null {
  let list: Map<string, Amount> | null = null;
  const outer = reader.enter();
  while (reader.next()) {
    if (reader.field !== number) continue;
    list ??= new Map();
    const { key, value } = readQuantityEntry(reader);
    const amount = quantities.read(key, value);
    if (amount !== null) list.set(key, amount);
  }
  reader.leave(outer);
  return list;
}

/** A Quantity is a message whose only field is its text. */
function readQuantityEntry(reader: WireReader): TextEntry {
  let [key, value] = ['', ''];
  const outer = reader.enter();
  while (reader.next()) {
    if (reader.field === 1) key = reader.text();
    else if (reader.field === 2) value = readQuantityText(reader);
  }
  reader.leave(outer);
  return { key, value };
}

function readQuantityText(reader: WireReader): string {
  let text = '';
  const outer = reader.enter();
  while (reader.next()) if (reader.field === 1) text = reader.text();
  reader.leave(outer);
  return text;
}

/** Made here, and so may grow in place: a hostile object may have millions of runs. */
class JoinedList<T> extends Array<T> {}
class JoinedMap<V> extends Map<string, V> {}

/** Two runs of one list, where an encoder put something between them. */
export function joinedLists<T>(before: readonly T[], more: readonly T[]): readonly T[] {
  if (before.length === 0) return more;
  const joined = before instanceof JoinedList ? (before as JoinedList<T>) : JoinedList.from(before);
  for (const each of more) joined.push(each);
  return joined;
}

/** The same for a map. */
export function joinedMaps<V>(
  before: ReadonlyMap<string, V>,
  more: ReadonlyMap<string, V>,
): ReadonlyMap<string, V> {
  if (before.size === 0) return more;
  const joined = before instanceof JoinedMap ? (before as JoinedMap<V>) : new JoinedMap(before);
  for (const [key, value] of more) joined.set(key, value);
  return joined;
}

export function joinedResources(before: ResourceList | null, more: ResourceList | null): ResourceList | null {
  return before === null || more === null ? (more ?? before) : joinedMaps(before, more);
}
