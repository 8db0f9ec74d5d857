import { parseQuantity, QuantityError, type Amount } from '../../model/quantity.ts';

/** Reads quantities for the decoders: each distinct text is parsed once, odd ones are noted and left out. */
export interface QuantityReader {
  /** null where the text is not a quantity. */
  read(resource: string, text: string): Amount | null;
  /** Something could not be read since the last takeProblems. */
  hasProblems(): boolean;
  /** What could not be read since the last call, one sentence each. */
  takeProblems(): readonly string[];
}

const noProblems: readonly string[] = [];
/** What a scheduler can count: beyond an int64 its own sums are wrong. */
const maxNanos = (2n ** 63n - 1n) * 1_000_000_000n;
/** Of one object: more of them tell nobody more. */
const maxProblems = 100;
/** Bounds the memory that a cluster of many different values, or a hostile one, can take. */
const maxCached = 20_000;

export function createQuantityReader(): QuantityReader {
  const parsed = new Map<string, Amount | QuantityError>();
  let problems: string[] = [];
  return {
    read(resource, text) {
      let amount = parsed.get(text);
      if (amount === undefined) {
        amount = parse(text);
        if (parsed.size >= maxCached) parsed.clear();
        parsed.set(text, amount);
      }
      if (!(amount instanceof QuantityError)) return amount;
      const problem = `${resource.slice(0, 80)}: ${amount.message}`;
      if (problems.length < maxProblems && !problems.includes(problem)) problems.push(problem);
      return null;
    },
    hasProblems: () => problems.length > 0,
    takeProblems() {
      if (problems.length === 0) return noProblems;
      const taken = problems;
      problems = [];
      return taken;
    },
  };
}

function parse(text: string): Amount | QuantityError {
  try {
    const { amount } = parseQuantity(text);
    const countable = typeof amount === 'number' || (amount <= maxNanos && amount >= -maxNanos);
    return countable ? amount : new QuantityError(text, 'range');
  } catch (error) {
    if (error instanceof QuantityError) return error;
    throw error;
  }
}
