/** What every endpoint is given. */
import { secondsSince } from '../../lib/report/headline.ts';
import type { Viewer } from '../../lib/report/html/document.ts';
import type { Documents } from './documents.ts';
import type { Known } from './reads.ts';
import type { Source } from './source.ts';

export interface Site {
  readonly source: Source;
  readonly staleAfterMs: number;
  readonly now: () => Date;
  /** Of pages: what they carry, which resources they show, and those that were made. */
  readonly viewer: Viewer;
  readonly resources: readonly string[];
  readonly documents: Documents;
}

/** How new what is said is; part of every answer that may be old. */
export interface StoreState {
  readonly location: string;
  /** null: never. */
  readonly readAt: string | null;
  readonly ageSeconds: number | null;
  /** Why it is not newer; null: it is as new as it has to be. */
  readonly problem: string | null;
}

export function storeState({ source, now }: Site, { readAt, problem }: Known<unknown>): StoreState {
  return {
    location: source.location,
    readAt: readAt?.toISOString() ?? null,
    ageSeconds: readAt === null ? null : secondsSince(readAt, now()),
    problem,
  };
}
