/** Athena's rows, which are texts all, as values by what it says of their columns. */
import type { QueryValue } from './query.ts';
import { views } from './views.ts';

/** As GetQueryResults has them, as far as they are looked at. */
interface ColumnAbout {
  readonly Name?: string | undefined;
  readonly Type?: string | undefined;
}
interface TextRow {
  readonly Data?: readonly { readonly VarCharValue?: string | undefined }[] | undefined;
}

const known = new Map(views.flatMap(({ columns }) => columns).map(({ name }) => [name.toLowerCase(), name]));

/** Names lose their capitals there; those of the views get them back. */
export function columnNamesOf(columns: readonly ColumnAbout[]): string[] {
  return columns.map(({ Name = '' }) => known.get(Name) ?? Name);
}

export function athenaRow({ Data = [] }: TextRow, columns: readonly ColumnAbout[]): QueryValue[] {
  return columns.map(({ Type = '' }, index) => {
    const text = Data[index]?.VarCharValue;
    return text === undefined ? null : valueOf(text, Type.toLowerCase());
  });
}

function valueOf(text: string, type: string): QueryValue {
  switch (type) {
    case 'tinyint':
    case 'smallint':
    case 'integer':
    case 'bigint':
      return Number.isSafeInteger(Number(text)) ? Number(text) : text;
    case 'float':
    case 'real':
    case 'double':
      // NaN and Infinity are no values of JSON
      return Number.isFinite(Number(text)) ? Number(text) : text;
    case 'boolean':
      return text === 'true';
    case 'timestamp':
      // milliseconds that are none are not shown by DuckDB either
      return text.replace(/\.(\d*?)0+$/, (_all, digits: string) => (digits === '' ? '' : `.${digits}`));
    default:
      return text;
  }
}
