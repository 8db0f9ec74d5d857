/** What happened -> what is shown next. */
import type { Summary } from '../../model/snapshot.ts';
import { groupsView } from '../views.ts';
import { press, type Key } from './keys.ts';
import { createSheet, type Sheet } from './sheet.ts';
import {
  newestSummary,
  rowsOf,
  shownSummary,
  type Loaded,
  type Size,
  type State,
  type Tier,
} from './state.ts';

export type Event =
  | { readonly type: 'key'; readonly key: Key }
  | { readonly type: 'resize'; readonly size: Size }
  | { readonly type: 'tick'; readonly now: Date }
  | { readonly type: 'note'; readonly text: string }
  /** The store answered, or did not. */
  | {
      readonly type: 'store';
      readonly summaries: readonly Summary[];
      readonly readAt: Date | null;
      readonly problems: readonly string[];
    }
  | { readonly type: 'rows'; readonly kind: Tier; readonly summary: Summary; readonly sheet: Sheet }
  | { readonly type: 'unread'; readonly kind: Tier; readonly problem: string };

/** All that happened since the last frame. However much of the filter was typed, rows are searched once. */
export function step(state: State, events: readonly Event[]): State {
  const next = events.reduce((before, event) => {
    const after = applied(before, event);
    return after.typing ? after : withinRows(after);
  }, state);
  return withinRows(next);
}

function withinRows(state: State): State {
  return { ...state, top: Math.max(0, Math.min(state.top, foundRows(state).length - rowsOf(state.size))) };
}

/** The numbers of those that are found, in order. */
export function foundRows({ loaded, kind, filter, sorts, limit }: State): readonly number[] {
  return loaded[kind]?.sheet.arrange({ search: filter, sort: sorts[kind] ?? null, limit }) ?? [];
}

function applied(state: State, event: Event): State {
  switch (event.type) {
    case 'key':
      return refreshed(press(state, event.key));
    case 'resize':
      return { ...state, size: event.size };
    case 'tick':
      return { ...state, now: event.now };
    case 'note':
      return { ...state, note: event.text };
    case 'store': {
      const { summaries, readAt, problems } = event;
      return refreshed({
        ...state,
        summaries,
        readAt,
        problems,
        // it stays with the first one: two clusters that take turns cannot be read
        cluster: state.cluster ?? newestSummary(summaries, null)?.cluster ?? null,
      });
    }
    case 'rows': {
      const { kind, summary, sheet } = event;
      const failed = { ...state.failed };
      delete failed[kind];
      if (summary.cluster !== state.cluster) return state;
      return { ...state, failed, loaded: { ...state.loaded, [kind]: { summary, sheet } } };
    }
    case 'unread':
      return { ...state, failed: { ...state.failed, [event.kind]: event.problem } };
  }
}

/** The groups of the snapshot that is shown, and no rows of another cluster. */
function refreshed(state: State): State {
  const summary = shownSummary(state);
  if (summary === null || state.loaded.groups?.summary === summary) return state;
  const isOfIt = (loaded: Loaded | undefined): loaded is Loaded =>
    loaded?.summary.cluster === summary.cluster;
  const { nodes, workloads } = state.loaded;
  return {
    ...state,
    loaded: {
      ...(isOfIt(nodes) && { nodes }),
      ...(isOfIt(workloads) && { workloads }),
      groups: { summary, sheet: createSheet(groupsView(summary.groups, state.resources)) },
    },
  };
}
