/** Schemas of rows as columns of a Hive table, for Athena. */
import * as z from '../../lib/model/schema.ts';

export interface Column {
  readonly Name: string;
  readonly Type: string;
  readonly Comment?: string;
}

interface JsonSchema {
  readonly type?: string | readonly string[];
  readonly anyOf?: readonly JsonSchema[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: JsonSchema | boolean;
  readonly items?: JsonSchema;
  readonly prefixItems?: readonly JsonSchema[];
  readonly const?: unknown;
  readonly description?: string;
}

/** Glue takes no longer comments. */
const maxCommentLength = 255;

/** `partitions` are columns already, by the key of the object. */
export function columnsOf(schema: z.ZodType, partitions: readonly string[]): Column[] {
  const { properties = {} } = z.toJSONSchema(schema, { io: 'output' }) as JsonSchema;
  return Object.entries(properties)
    .filter(([name]) => !partitions.includes(name))
    .map(([name, property]) => ({
      Name: name.toLowerCase(),
      Type: typeOf(property),
      ...(property.description !== undefined && { Comment: property.description.slice(0, maxCommentLength) }),
    }));
}

/** Names are case-insensitive in Hive; its reader of JSON finds fields by the lower case of their names. */
function typeOf(schema: JsonSchema): string {
  const value = schema.anyOf?.find(({ type }) => type !== 'null') ?? schema;
  const { properties, additionalProperties, items, prefixItems } = value;
  const type = typeof value.type === 'string' ? value.type : value.type?.find((each) => each !== 'null');
  switch (type) {
    case 'object':
      if (typeof additionalProperties === 'object') return `map<string,${typeOf(additionalProperties)}>`;
      return `struct<${Object.entries(properties ?? {})
        .map(([name, property]) => `${name.toLowerCase()}:${typeOf(property)}`)
        .join(',')}>`;
    case 'array':
      // a pair, which Hive knows as a list
      return `array<${typeOf(prefixItems?.[0] ?? items ?? {})}>`;
    case 'integer':
      return 'bigint';
    case 'number':
      return Number.isInteger(value.const) ? 'bigint' : 'double';
    case 'boolean':
      return 'boolean';
    case 'string':
    case undefined:
    default:
      return 'string';
  }
}
