import type { Problem } from '../model/snapshot.ts';

const maxExamples = 3;

/** Odd values, counted by reason with a few examples: never fatal, never unbounded. */
export interface Problems {
  add(reason: ProblemReason, example: string): void;
  /** With at most so many examples each. */
  list(examples?: number): Problem[];
}

export type ProblemReason =
  | 'InvalidQuantity'
  | 'NodeWithoutAllocatable'
  | 'PodOnUnknownNode'
  | 'OverheadCountedTwice'
  | 'UnknownKubernetesVersion'
  | 'SummaryTooLarge';

export function createProblems(): Problems {
  const found = new Map<ProblemReason, { count: number; examples: string[] }>();
  return {
    add(reason, example) {
      const entry = found.get(reason) ?? { count: 0, examples: [] };
      entry.count += 1;
      if (entry.examples.length < maxExamples) entry.examples.push(example.slice(0, 200));
      found.set(reason, entry);
    },
    list: (limit = maxExamples) =>
      [...found].map(([reason, { count, examples }]) => ({
        reason,
        count,
        examples: examples.slice(0, limit),
      })),
  };
}
