/** Schemas of rows as columns, in the words of the two engines that read them. */
import * as z from '../../model/schema.ts';

/** What both engines know; a map's keys are texts. */
export type ColumnType =
  | { readonly kind: 'text' | 'integer' | 'number' | 'boolean' }
  | { readonly kind: 'list'; readonly of: ColumnType }
  | { readonly kind: 'map'; readonly of: ColumnType }
  | { readonly kind: 'record'; readonly fields: readonly Field[] };

export interface Field {
  /** As in the rows; both engines take any case. */
  readonly name: string;
  readonly type: ColumnType;
  readonly description: string;
}

interface JsonSchema {
  readonly type?: string | readonly string[];
  readonly anyOf?: readonly JsonSchema[];
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: JsonSchema | boolean;
  readonly items?: JsonSchema;
  readonly prefixItems?: readonly JsonSchema[];
  readonly const?: unknown;
  readonly description?: string;
}

/** The fields of a row, in the order of the contract. */
export function fieldsOf(schema: z.ZodType): Field[] {
  return recordOf(z.toJSONSchema(schema, { io: 'output' }) as JsonSchema);
}

/** Those that a row may leave out. */
export function optionalNames(schema: z.ZodType): string[] {
  const { properties = {}, required = [] } = z.toJSONSchema(schema, { io: 'output' }) as JsonSchema;
  return Object.keys(properties).filter((name) => !required.includes(name));
}

function recordOf({ properties = {} }: JsonSchema): Field[] {
  return Object.entries(properties).map(([name, property]) => ({
    name,
    type: typeOf(property),
    description: property.description ?? '',
  }));
}

function typeOf(schema: JsonSchema): ColumnType {
  const value = schema.anyOf?.find(({ type }) => type !== 'null') ?? schema;
  const type = typeof value.type === 'string' ? value.type : value.type?.find((each) => each !== 'null');
  switch (type) {
    case 'object':
      return typeof value.additionalProperties === 'object'
        ? { kind: 'map', of: typeOf(value.additionalProperties) }
        : { kind: 'record', fields: recordOf(value) };
    case 'array':
      // a pair, which is a list to both
      return { kind: 'list', of: typeOf(value.prefixItems?.[0] ?? value.items ?? {}) };
    case 'integer':
      return { kind: 'integer' };
    case 'number':
      return { kind: Number.isInteger(value.const) ? 'integer' : 'number' };
    case 'boolean':
      return { kind: 'boolean' };
    case 'string':
    case undefined:
    default:
      return { kind: 'text' };
  }
}

/** Names are case-insensitive in Hive; its reader of JSON finds fields by the lower case of their names. */
export function hiveType(type: ColumnType): string {
  switch (type.kind) {
    case 'list':
      return `array<${hiveType(type.of)}>`;
    case 'map':
      return `map<string,${hiveType(type.of)}>`;
    case 'record':
      return `struct<${type.fields.map((field) => `${field.name.toLowerCase()}:${hiveType(field.type)}`).join(',')}>`;
    case 'text':
      return 'string';
    case 'integer':
      return 'bigint';
    case 'number':
      return 'double';
    case 'boolean':
      return 'boolean';
  }
}

export function duckType(type: ColumnType): string {
  switch (type.kind) {
    case 'list':
      return `${duckType(type.of)}[]`;
    case 'map':
      return `MAP(VARCHAR, ${duckType(type.of)})`;
    case 'record':
      return `STRUCT(${type.fields.map((field) => `"${field.name}" ${duckType(field.type)}`).join(', ')})`;
    case 'text':
      return 'VARCHAR';
    case 'integer':
      return 'BIGINT';
    case 'number':
      return 'DOUBLE';
    case 'boolean':
      return 'BOOLEAN';
  }
}
