/** What a search for places goes by, of a problem: made once for all its steps. */
import type { Problem } from './problem.ts';
import { reachOf, type Reach } from './reach.ts';
import { weightsOf, type Weights } from './weights.ts';

/** What a search looks up again and again, computed once. */
export interface Guide {
  readonly reach: Reach;
  readonly weights: Weights;
}

export function guideOf(problem: Problem): Guide {
  return { reach: reachOf(problem.eligibility), weights: weightsOf(problem) };
}
