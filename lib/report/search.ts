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
  if (words.length === 0) return [...rows];
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

/** The names that are most like a wanted one, by the pairs of letters that both have; of equal ones the first. */
export function nearestNames(names: readonly string[], wanted: string, count: number): string[] {
  const pairsOf = (text: string): Set<string> =>
    new Set(
      Array.from({ length: Math.max(0, text.length - 1) }, (_, i) => text.slice(i, i + 2).toLowerCase()),
    );
  const asked = pairsOf(wanted);
  return names
    .map((name) => {
      const pairs = pairsOf(name);
      return { name, likeness: (2 * pairs.intersection(asked).size) / Math.max(1, pairs.size + asked.size) };
    })
    .filter(({ likeness }) => likeness > 0)
    .toSorted((a, b) => b.likeness - a.likeness)
    .slice(0, count)
    .map(({ name }) => name);
}
