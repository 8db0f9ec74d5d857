/** A seeded generator of numbers: the same seed gives the same cluster, on every machine. */
export interface Random {
  /** From 0 up to, not including, 1. */
  readonly next: () => number;
  /** A whole number from 0 up to, not including, `below`. */
  readonly below: (below: number) => number;
  readonly between: (low: number, high: number) => number;
  readonly chance: (probability: number) => boolean;
  readonly pick: <T>(from: readonly T[]) => T;
  /** About normal, mean 0, deviation 1. */
  readonly normal: () => number;
  readonly hex: (digits: number) => string;
  readonly uuid: () => string;
  /** Letters as Kubernetes takes them for generated names. */
  readonly word: (length: number) => string;
}

/** Without vowels and look-alikes, as k8s.io/apimachinery/pkg/util/rand has it. */
export const NAME_ALPHABET = 'bcdfghjklmnpqrstvwxz2456789';

/** `parts` makes independent generators of one seed: (seed, kind, index). */
export function seeded(...parts: readonly number[]): Random {
  let state = parts.reduce((mixed, part) => scramble(Math.imul(mixed, 0x01000193) ^ part), 0x811c9dc5);
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    return (scramble(state) >>> 0) / 4_294_967_296;
  };
  const below = (limit: number): number => Math.floor(next() * limit);
  const hex = (digits: number): string => {
    let text = '';
    while (text.length < digits) text += below(0x1000000).toString(16).padStart(6, '0');
    return text.slice(0, digits);
  };
  return {
    next,
    below,
    hex,
    between: (low, high) => low + next() * (high - low),
    chance: (probability) => next() < probability,
    pick: (from) => {
      const chosen = from[below(from.length)];
      if (chosen === undefined) throw new Error('nothing to pick from');
      return chosen;
    },
    normal: () => next() + next() + next() + next() + next() + next() - 3,
    uuid: () => `${hex(8)}-${hex(4)}-4${hex(3)}-a${hex(3)}-${hex(12)}`,
    word: (length) =>
      Array.from({ length }, () => NAME_ALPHABET[below(NAME_ALPHABET.length)] ?? 'x').join(''),
  };
}

/** The finishing step of mulberry32. */
function scramble(value: number): number {
  let mixed = Math.imul(value ^ (value >>> 15), value | 1);
  mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
  return mixed ^ (mixed >>> 14);
}

/** A five-letter suffix that differs for each ordinal below 14 million. */
export function podSuffix(ordinal: number): string {
  const base = NAME_ALPHABET.length;
  let rest = (ordinal * 5_838_937 + 3_141_593) % base ** 5;
  let text = '';
  for (let i = 0; i < 5; i += 1) {
    text += NAME_ALPHABET[rest % base] ?? 'x';
    rest = Math.floor(rest / base);
  }
  return text;
}
