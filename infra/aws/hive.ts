/** Schemas of rows as columns of a Hive table, for Athena. */
import { fieldsOf, hiveType } from '../../lib/history/sql/columns.ts';
import type * as z from '../../lib/model/schema.ts';

export interface Column {
  readonly Name: string;
  readonly Type: string;
  readonly Comment?: string;
}

/** Glue takes no longer comments. */
const maxCommentLength = 255;

/** `partitions` are columns already, by the key of the object. */
export function columnsOf(schema: z.ZodType, partitions: readonly string[]): Column[] {
  return fieldsOf(schema)
    .filter(({ name }) => !partitions.includes(name))
    .map(({ name, type, description }) => ({
      Name: name.toLowerCase(),
      Type: hiveType(type),
      ...(description !== '' && { Comment: description.slice(0, maxCommentLength) }),
    }));
}
