/** Thousands of workloads have the same few requests and constraints: each of those is kept once. */

export interface Shared<T> {
  readonly value: T;
  /** Equal values have equal ids. */
  readonly id: number;
}

/** Gives the first of all values that have the same text. */
export function sharing<T>(textOf: (value: T) => string): (value: T) => Shared<T> {
  const known = new Map<string, Shared<T>>();
  return (value) => {
    const text = textOf(value);
    const first = known.get(text) ?? { value, id: known.size };
    known.set(text, first);
    return first;
  };
}

/** Derives each object's value once. */
export function oncePerObject<K extends object, V>(derive: (input: K) => V): (input: K) => V {
  const known = new Map<K, V>();
  return (input) => {
    const value = known.get(input) ?? derive(input);
    known.set(input, value);
    return value;
  };
}

/** Derives one value for all inputs of the same text. */
export function oncePerText<K, V>(textOf: (input: K) => string, derive: (input: K) => V): (input: K) => V {
  const known = new Map<string, V>();
  return (input) => {
    const text = textOf(input);
    const value = known.get(text) ?? derive(input);
    known.set(text, value);
    return value;
  };
}
