import { FIELDS } from './fields.ts';
import { isObject, type Json, type JsonObject } from './objects.ts';
import { ProtobufWriter } from './protobufWriter.ts';

type Shape = 'one' | 'optional' | 'list' | 'map';

interface Field {
  readonly number: number;
  readonly name: string;
  readonly type: string;
  readonly shape: Shape;
}

interface Message {
  readonly name: string;
  /** In falling order of number: the writer runs backwards. */
  readonly fields: readonly Field[];
}

const VARINT = 0;
const BYTES = 2;
const messages = new Map(
  FIELDS.trim()
    .split(/\n(?! )/)
    .map((text) => [text.slice(0, text.indexOf(':')), parseMessage(text)]),
);
const writer = new ProtobufWriter();

/** One object, without envelope: what a list holds as an item. */
export function encodeMessage(type: string, value: JsonObject): Buffer {
  // What an object that was refused half-way left behind is dropped.
  writer.reset();
  writeMessage(messageOf(type), value);
  return writer.take();
}

/** `k8s\0` and the Unknown message: type, then the object's bytes, then two empty texts. */
export function encodeEnvelope(kind: string, apiVersion: string, raw: Buffer): Buffer {
  return Buffer.concat([envelopeHead(kind, apiVersion, raw.length), raw, ENVELOPE_TAIL]);
}

export const ENVELOPE_TAIL = Buffer.from([0x1a, 0, 0x22, 0]);

export function envelopeHead(kind: string, apiVersion: string, rawLength: number): Buffer {
  writer.size(rawLength);
  writer.size((2 << 3) | BYTES);
  const end = writer.length;
  writer.text(kind);
  writer.size((2 << 3) | BYTES);
  writer.text(apiVersion);
  writer.size((1 << 3) | BYTES);
  writer.size(writer.length - end);
  writer.size((1 << 3) | BYTES);
  return Buffer.concat([Buffer.from('k8s\0'), writer.take()]);
}

/** Tag and length before the bytes of a nested message. */
export function messageHead(fieldNumber: number, length: number): Buffer {
  writer.size(length);
  writer.size((fieldNumber << 3) | BYTES);
  return writer.take();
}

function parseMessage(text: string): Message {
  const [name = '', body = ''] = text.split(/:\s+/);
  const fields = body.split(/;\s+/).map((field): Field => {
    const [number = '', jsonName = '', type = ''] = field.trim().split(/\s+/);
    const suffix = /(\?|\[\]|\{\})$/.exec(type)?.[1] ?? '';
    const shape = ({ '?': 'optional', '[]': 'list', '{}': 'map' } as const)[suffix] ?? 'one';
    return {
      number: Number(number),
      name: jsonName,
      type: type.slice(0, type.length - suffix.length),
      shape,
    };
  });
  return { name, fields: fields.toSorted((a, b) => b.number - a.number) };
}

function messageOf(type: string): Message {
  const message = messages.get(type);
  if (message === undefined) throw new Error(`fields.ts has no message ${type}`);
  return message;
}

/** Refuses keys that the table does not know: bytes that silently lack a field would be a wrong double. */
function writeMessage(message: Message, value: JsonObject): void {
  const known = writeFields(message, value);
  const present = Object.keys(value).filter((key) => value[key] !== undefined);
  if (known < present.length) {
    throw new Error(`fields.ts lacks a field of ${message.name}: one of ${present.join(', ')}`);
  }
}

/** Gives the number of the object's keys that were written. */
function writeFields(message: Message, value: JsonObject): number {
  let known = 0;
  for (const field of message.fields) {
    if (field.name === '*') {
      const end = writer.length;
      known += writeFields(messageOf(field.type), value);
      close(field, end);
      continue;
    }
    const content = value[field.name];
    if (content !== undefined) known += 1;
    writeField(field, content);
  }
  return known;
}

function writeField(field: Field, content: Json | undefined): void {
  switch (field.shape) {
    case 'one':
      writeValue(field, content ?? null);
      break;
    case 'optional':
      if (content !== undefined && content !== null) writeValue(field, content);
      break;
    case 'list':
      if (Array.isArray(content)) for (const item of content.toReversed()) writeValue(field, item as Json);
      break;
    case 'map':
      if (isObject(content)) writeMap(field, content);
      break;
  }
}

function writeMap(field: Field, content: JsonObject): void {
  for (const key of Object.keys(content).sort().reverse()) {
    const end = writer.length;
    writeValue({ ...field, number: 2 }, content[key] ?? null);
    writer.text(key);
    writer.size((1 << 3) | BYTES);
    close(field, end);
  }
}

function writeValue(field: Field, value: Json): void {
  if (field.type === 'string') {
    writer.text(typeof value === 'string' ? value : '');
    writer.size((field.number << 3) | BYTES);
  } else if (field.type === 'bool' || field.type === 'int') {
    writer.varint(Number(value ?? 0));
    writer.size((field.number << 3) | VARINT);
  } else {
    const end = writer.length;
    writeStruct(field.type, value);
    close(field, end);
  }
}

function writeStruct(type: string, value: Json): void {
  switch (type) {
    case 'Time':
      if (typeof value === 'string') writeTime(value);
      break;
    case 'Quantity':
      writer.text(typeof value === 'string' ? value : '0');
      writer.size((1 << 3) | BYTES);
      break;
    case 'FieldsV1':
      writer.text(fieldsText(value));
      writer.size((1 << 3) | BYTES);
      break;
    case 'IntOrString':
      writeIntOrString(value);
      break;
    default:
      writeMessage(messageOf(type), isObject(value) ? value : {});
  }
}

/** Generated pods of one workload share these trees, which are a third of their bytes. */
const fieldsTexts = new WeakMap<object, string>();

function fieldsText(value: Json): string {
  if (!isObject(value)) return '{}';
  const known = fieldsTexts.get(value);
  if (known !== undefined) return known;
  const text = JSON.stringify(value);
  fieldsTexts.set(value, text);
  return text;
}

/** Seconds since 1970 and nanoseconds; API times have whole seconds. */
function writeTime(value: string): void {
  writer.varint(0);
  writer.size((2 << 3) | VARINT);
  writer.varint(Math.floor(Date.parse(value) / 1000));
  writer.size((1 << 3) | VARINT);
}

function writeIntOrString(value: Json): void {
  writer.text(typeof value === 'string' ? value : '');
  writer.size((3 << 3) | BYTES);
  writer.varint(typeof value === 'number' ? value : 0);
  writer.size((2 << 3) | VARINT);
  writer.varint(typeof value === 'string' ? 1 : 0);
  writer.size((1 << 3) | VARINT);
}

function close(field: Field, end: number): void {
  writer.size(writer.length - end);
  writer.size((field.number << 3) | BYTES);
}
