/** The port that questions in SQL go through, and their answers. */

export type QueryValue =
  string | number | boolean | null | readonly QueryValue[] | { readonly [key: string]: QueryValue };

export interface QueryResult {
  readonly columns: readonly string[];
  /** In the order of the columns; integers beyond 2^53 and decimals are texts. */
  readonly rows: readonly (readonly QueryValue[])[];
}
