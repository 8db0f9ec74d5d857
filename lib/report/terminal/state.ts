/** All that the screen of `watch` shows. */
import type { Summary } from '../../model/snapshot.ts';
import type { Sheet } from './sheet.ts';

/** What the rows are of. Nodes and workloads are read one by one, groups stand in the summary. */
export const kinds = ['nodes', 'workloads', 'groups'] as const;
export type Kind = (typeof kinds)[number];
export type Tier = Exclude<Kind, 'groups'>;

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** Those of an earlier snapshot stay until the newer ones are read. */
export interface Loaded {
  readonly summary: Summary;
  readonly sheet: Sheet;
}

export interface State {
  readonly size: Size;
  readonly now: Date;
  /** For people: ./snapshots. */
  readonly location: string;
  /** When the store answered last; null: never. */
  readonly readAt: Date | null;
  /** Why what is shown is not newer. */
  readonly problems: readonly string[];
  /** What else there is to say. */
  readonly note: string | null;
  /** The newest of each cluster. */
  readonly summaries: readonly Summary[];
  /** null: that of the newest snapshot. */
  readonly cluster: string | null;
  readonly loaded: Readonly<Partial<Record<Kind, Loaded>>>;
  /** Why they could not be read. */
  readonly failed: Readonly<Partial<Record<Tier, string>>>;
  readonly resources: readonly string[];
  readonly kind: Kind;
  readonly filter: string;
  /** The line in which the filter is typed is open. */
  readonly typing: boolean;
  /** As `--sort` has it, for each kind of row. */
  readonly sorts: Readonly<Partial<Record<Kind, string>>>;
  readonly limit: number | null;
  /** The first row that is shown. */
  readonly top: number;
  readonly help: boolean;
  readonly ended: boolean;
}

export type Chosen = Pick<
  State,
  'location' | 'size' | 'now' | 'kind' | 'filter' | 'sorts' | 'limit' | 'resources'
>;

export function initialState(chosen: Chosen): State {
  return {
    ...chosen,
    readAt: null,
    problems: [],
    note: null,
    summaries: [],
    cluster: null,
    loaded: {},
    failed: {},
    typing: false,
    top: 0,
    help: false,
    ended: false,
  };
}

/** Of one cluster, or (null) of the one with the newest; null: there is none. */
export function newestSummary(summaries: readonly Summary[], cluster: string | null): Summary | null {
  const known = summaries.filter((summary) => cluster === null || summary.cluster === cluster);
  return known.toSorted((a, b) => (a.snapshotId > b.snapshotId ? -1 : 1))[0] ?? null;
}

/** The snapshot that is shown; null: there is none yet. */
export function shownSummary({ summaries, cluster }: Pick<State, 'summaries' | 'cluster'>): Summary | null {
  return summaries.find((summary) => summary.cluster === cluster) ?? null;
}

/** The rows that are to be read next; null: none. */
export function missingRows(state: State): { readonly summary: Summary; readonly kind: Tier } | null {
  const summary = shownSummary(state);
  const { kind } = state;
  if (summary === null || kind === 'groups' || state.loaded[kind]?.summary === summary) return null;
  return { summary, kind };
}

/** Lines at the top; the line below them is for what is wrong. */
const headLines = 5;
/** Lines at the bottom: where one is, and the keys. */
const footLines = 2;
/** Below it the lines at the top give way. */
const leastTableLines = 4;

/** How many lines each part has. */
export function partsOf({ height }: Size): { readonly head: number; readonly table: number } {
  const head = Math.min(headLines, Math.max(1, height - footLines - 1 - leastTableLines));
  return { head, table: Math.max(1, height - footLines - 1 - head) };
}

/** Rows of the table, without its header. */
export function rowsOf(size: Size): number {
  return Math.max(1, partsOf(size).table - 1);
}
