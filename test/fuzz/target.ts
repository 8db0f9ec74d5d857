/** What must hold whatever comes: for a few inputs in `npm test`, always the same, and by `npm run fuzz` for as long as one likes. */
import { inspect } from 'node:util';
import fc from 'fast-check';

type Property = fc.IRawProperty<unknown>;

export interface Running {
  readonly property: Property;
  readonly stop: () => Promise<void>;
}

export interface Target {
  readonly name: string;
  /** As a sentence. */
  readonly holds: string;
  /** Inputs in npm test. */
  readonly runs: number;
  readonly start: () => Promise<Running>;
}

/** One that needs nothing around it. */
export function target<T>(
  about: Omit<Target, 'start'>,
  inputs: fc.Arbitrary<T>,
  check: (input: T) => void | Promise<void>,
): Target {
  return {
    ...about,
    start: async () => ({ property: propertyOf(inputs, check), stop: async () => undefined }),
  };
}

export function propertyOf<T>(inputs: fc.Arbitrary<T>, check: (input: T) => void | Promise<void>): Property {
  return fc.asyncProperty(inputs, async (input) => check(input));
}

/** null: nothing was found; else what, with the seed and the smallest input. */
export async function hunt(
  { start }: Target,
  parameters: fc.Parameters<unknown>,
): Promise<{ readonly inputs: number; readonly found: string | null }> {
  const { property, stop } = await start();
  try {
    const details = await fc.check(property, parameters);
    const { failed, errorInstance, numRuns } = details;
    const found = failed ? `${fc.defaultReportMessage(details)}\n${inspect(errorInstance)}` : null;
    return { inputs: numRuns, found };
  } finally {
    await stop();
  }
}
