/** On a terminal: a screen that follows the store, and the keys. */
import { frame } from '../../lib/report/terminal/frame.ts';
import { createSheet } from '../../lib/report/terminal/sheet.ts';
import { initialState, missingRows, type Chosen, type State } from '../../lib/report/terminal/state.ts';
import { step, type Event } from '../../lib/report/terminal/step.ts';
import { requireSort } from '../../lib/report/view.ts';
import { openScreen, type Terminal } from '../screen.ts';
import { pollMs, withRows, type Watched } from './source.ts';

export interface Live extends Watched {
  readonly terminal: Terminal;
  readonly color: boolean;
  readonly chosen: Omit<Chosen, 'size' | 'now' | 'location'>;
  readonly now: () => Date;
  /** Takes what is to be said in the meantime: the screen is the log. */
  readonly hear: (note: (text: string) => void) => void;
}

/** At most so many frames a second: whoever holds a key down, or pastes, waits for none. */
const frameMs = 50;

/** Ends with `q`, or the signal. */
export async function watchLive(live: Live, signal: AbortSignal): Promise<void> {
  const { terminal, color, chosen, now, source, hear } = live;
  const { promise: ended, resolve: end, reject: fail } = Promise.withResolvers<void>();
  /** What a timer or a key calls: an error ends all, in order. */
  const guarded = (work: () => void): void => {
    try {
      work();
    } catch (error) {
      fail(error);
    }
  };
  const events: Event[] = [];
  let timer: NodeJS.Timeout | null = null;
  let drawnAt = Number.NEGATIVE_INFINITY;
  const happened = (event: Event): void => {
    events.push(event);
    timer ??= setTimeout(() => guarded(redraw), Math.max(0, drawnAt + frameMs - performance.now()));
  };
  const screen = openScreen(terminal, {
    key: (key) => happened({ type: 'key', key }),
    resize: (size) => happened({ type: 'resize', size }),
    gone: () => end(),
  });
  let state: State = initialState({ ...chosen, location: source.location, size: screen.size, now: now() });

  const redraw = (): void => {
    timer = null;
    const before = state;
    state = step(before, events.splice(0));
    if (state.ended) return end();
    screen.draw(frame(state, color));
    drawnAt = performance.now();
    // what was turned to need not wait for the next look
    if (state.kind !== before.kind || state.cluster !== before.cluster) refresh();
  };

  let reading = false;
  const read = async (): Promise<void> => {
    const { value, readAt, problem } = await source.latest();
    const problems = [...(value?.problems ?? []), ...(problem === null ? [] : [problem])];
    const summaries = value?.summaries ?? [];
    happened({ type: 'store', summaries, readAt, problems });
    const missing = missingRows(step(state, events));
    if (missing === null) return;
    const { summary, kind } = missing;
    const rows = await withRows(live, summary, kind, createSheet);
    if (rows.value === null) happened({ type: 'unread', kind, problem: rows.problem ?? 'not there' });
    else {
      const sort = chosen.sorts[kind];
      // a column that goes later, with the last node that has it, is no mistake
      if (sort !== undefined && state.loaded[kind] === undefined) requireSort(rows.value.view, sort);
      happened({ type: 'rows', kind, summary, sheet: rows.value });
    }
  };
  const refresh = (): void => {
    if (reading) return;
    reading = true;
    read()
      .catch(fail)
      .finally(() => (reading = false));
  };
  hear((text) => happened({ type: 'note', text }));
  const clock = setInterval(() => {
    happened({ type: 'tick', now: now() });
    refresh();
  }, pollMs);
  const stop = (): void => end();
  signal.addEventListener('abort', stop, { once: true });
  try {
    guarded(redraw);
    refresh();
    await ended;
  } finally {
    signal.removeEventListener('abort', stop);
    clearInterval(clock);
    if (timer !== null) clearTimeout(timer);
    screen.close();
  }
}
