/** The keys, what they do, and what the help says of them: one table. */
import { findSort } from '../view.ts';
import { charactersOf } from '../width.ts';
import { kinds, rowsOf, type Kind, type State } from './state.ts';

export interface Key {
  /** up, pagedown, escape, ctrl-c; empty: it is its text alone. */
  readonly name: string;
  /** What it types; empty: nothing. */
  readonly text: string;
}

interface Command {
  /** Names or texts. */
  readonly keys: readonly string[];
  /** As the help calls them. */
  readonly shown: string;
  readonly help: string;
  /** In few words, for the line at the bottom. */
  readonly brief?: string;
  readonly act: (state: State) => State;
}

const longest = 200;

const moving = (
  keys: readonly string[],
  shown: string,
  help: string,
  act: (state: State) => number,
): Command => ({
  keys,
  shown,
  help,
  act: (state) => ({ ...state, top: act(state) }),
});

/** They move also while the filter is typed. */
const moves: readonly Command[] = [
  moving(['up'], 'Up', 'one row up; k too', ({ top }) => Math.max(0, top - 1)),
  moving(['down'], 'Down', 'one row down; j too', ({ top }) => top + 1),
  moving(['pageup', 'ctrl-b'], 'PgUp', 'a page up', ({ top, size }) => Math.max(0, top - rowsOf(size))),
  moving(['pagedown', 'ctrl-f'], 'PgDn', 'a page down; space too', ({ top, size }) => top + rowsOf(size)),
  moving(['home'], 'Home', 'the first rows; g too', () => 0),
  moving(['end'], 'End', 'the last rows; G too', () => Number.MAX_SAFE_INTEGER),
];

const letters: Readonly<Record<string, string>> = {
  k: 'up',
  j: 'down',
  g: 'home',
  G: 'end',
  ' ': 'pagedown',
};

const commands: readonly Command[] = [
  {
    keys: ['?'],
    shown: '?',
    help: 'this help, and back',
    brief: '? help',
    act: (state) => ({ ...state, help: !state.help }),
  },
  {
    keys: ['/'],
    shown: '/',
    help: 'filter: every word is found, fuzzily; !word leaves out. Enter keeps it, Esc takes it away',
    brief: '/ filter',
    act: (state) => ({ ...state, typing: true, help: false }),
  },
  {
    keys: ['>', 's'],
    shown: '> s',
    help: 'sort by the next column',
    brief: '< > sort',
    act: (state) => sortedBy(state, 1),
  },
  { keys: ['<', 'S'], shown: '< S', help: 'sort by the column before', act: (state) => sortedBy(state, -1) },
  { keys: ['r'], shown: 'r', help: 'the other way round', brief: 'r reverse', act: reversed },
  {
    keys: ['tab'],
    shown: 'Tab',
    help: 'nodes, workloads, groups; Shift-Tab goes back',
    brief: 'Tab rows',
    act: (state) => turned(state, 1),
  },
  { keys: ['shift-tab'], shown: '', help: '', act: (state) => turned(state, -1) },
  { keys: ['c'], shown: 'c', help: 'the next cluster', act: withNextCluster },
  ...moves,
  {
    keys: ['escape'],
    shown: 'Esc',
    help: 'without filter and help',
    act: (state) => ({ ...state, filter: '', help: false, top: 0 }),
  },
  {
    keys: ['q', 'ctrl-c', 'ctrl-d'],
    shown: 'q',
    help: 'end; Ctrl-C too',
    brief: 'q end',
    act: (state) => ({ ...state, ended: true }),
  },
];

export const helpLines: readonly string[] = commands
  .filter(({ shown }) => shown !== '')
  .map(({ shown, help }) => `  ${shown.padEnd(5)}  ${help}`);

export const keysLine = commands.flatMap(({ brief }) => (brief === undefined ? [] : [brief])).join('  ');

export function press(state: State, key: Key): State {
  if (state.typing && key.name !== 'ctrl-c') return typed(state, key);
  const name = letters[key.text] ?? (key.text === '' ? key.name : key.text);
  return commands.find(({ keys }) => keys.includes(name))?.act(state) ?? state;
}

function typed(state: State, { name, text }: Key): State {
  const filtered = (filter: string): State => ({ ...state, filter: filter.slice(0, longest), top: 0 });
  switch (name) {
    case 'return':
    case 'enter':
      return { ...state, typing: false };
    case 'escape':
      return { ...filtered(''), typing: false };
    case 'backspace':
      return state.filter === ''
        ? { ...state, typing: false }
        : filtered(charactersOf(state.filter).slice(0, -1).join(''));
    case 'ctrl-u':
      return filtered('');
    case 'ctrl-w':
      return filtered(state.filter.replace(/\S*\s*$/, ''));
    default:
      return text === ''
        ? (moves.find(({ keys }) => keys.includes(name))?.act(state) ?? state)
        : filtered(state.filter + text);
  }
}

/** Through the columns, and by none in between. */
function sortedBy(state: State, by: 1 | -1): State {
  const view = state.loaded[state.kind]?.sheet.view;
  if (view === undefined) return state;
  const sort = state.sorts[state.kind];
  const column = sort === undefined ? undefined : findSort(view, sort)?.column;
  const places = view.columns.length + 1;
  const place = column === undefined ? 0 : view.columns.indexOf(column) + 1;
  const next = view.columns[((place + by + places) % places) - 1];
  const { [state.kind]: _before, ...others } = state.sorts;
  return { ...state, top: 0, sorts: next === undefined ? others : { ...others, [state.kind]: next.key } };
}

function reversed(state: State): State {
  const view = state.loaded[state.kind]?.sheet.view;
  const sort = state.sorts[state.kind];
  const found = view === undefined || sort === undefined ? null : findSort(view, sort);
  if (found === null) return state;
  const sorted = `${found.column.key}:${found.direction === 'asc' ? 'desc' : 'asc'}`;
  return { ...state, top: 0, sorts: { ...state.sorts, [state.kind]: sorted } };
}

function turned(state: State, by: 1 | -1): State {
  const kind: Kind = kinds[(kinds.indexOf(state.kind) + by + kinds.length) % kinds.length] ?? 'nodes';
  return { ...state, kind, top: 0, help: false };
}

function withNextCluster(state: State): State {
  const { summaries, cluster } = state;
  const place = summaries.findIndex((summary) => summary.cluster === cluster);
  return { ...state, cluster: summaries[(place + 1) % summaries.length]?.cluster ?? cluster, top: 0 };
}
