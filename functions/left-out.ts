/** What of the history cannot be read is told, and left out; where that is all there is, it is a failure. */
import { StoreError } from '../lib/errors.ts';
import type { Log } from '../lib/log.ts';

export interface LeftOut {
  /** `problem`: a sentence. */
  add(problem: string): void;
  readonly count: number;
  /** Throws where nothing was found, and that is why. */
  assertSome(found: number): void;
}

/** After an upgrade of the job alone, all of a month may be too new for who reads it. */
const maxTold = 20;

export function createLeftOut(log: Log): LeftOut {
  const problems: string[] = [];
  return {
    add(problem) {
      problems.push(problem);
      if (problems.length <= maxTold) log.warn(`${problem}; it is left out`);
    },
    get count() {
      return problems.length;
    },
    assertSome(found) {
      const [first, ...more] = problems;
      if (found > 0 || first === undefined) return;
      const others = more.length === 0 ? '' : ` (and ${more.length} more like it)`;
      throw new StoreError(`nothing could be read: ${first}${others}`);
    },
  };
}
