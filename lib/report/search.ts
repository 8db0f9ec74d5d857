/** `web !spot`: rows in which every word is found, fuzzily, in some column, and no word behind a `!` stands. */
import fuzzysort from 'fuzzysort';

/** Below this, letters merely occur somewhere in order. */
const leastScore = 0.5;

export function searchRows<Row>(
  rows: readonly Row[],
  query: string,
  textsOf: (row: Row) => readonly string[],
): Row[] {
  const words = query.split(/\s+/).filter((word) => word !== '' && word !== '!');
  const wanted = words.filter((word) => !word.startsWith('!'));
  const unwanted = words.filter((word) => word.startsWith('!')).map((word) => word.slice(1).toLowerCase());
  return rows.filter((row) => {
    const texts = textsOf(row);
    return (
      wanted.every((word) =>
        texts.some((text) => (fuzzysort.single(word, text)?.score ?? 0) >= leastScore),
      ) && !unwanted.some((word) => texts.some((text) => text.toLowerCase().includes(word)))
    );
  });
}
