/** The screen of `watch` over a snapshot, after so many keys. */
import type { NodeRow, Summary } from '../../lib/model/snapshot.ts';
import { createSheet } from '../../lib/report/terminal/sheet.ts';
import { initialState, type Chosen, type State } from '../../lib/report/terminal/state.ts';
import { step, type Event } from '../../lib/report/terminal/step.ts';
import { nodesView } from '../../lib/report/views.ts';
import { nodeRow, summary } from './snapshots.ts';

const resources = ['cpu', 'memory', 'pods'];

/** Four minutes and five seconds after the snapshot of the builders. */
export const now = new Date('2026-11-21T07:49:05Z');

export function waiting(about: Partial<Chosen> = {}): State {
  return initialState({
    location: './snapshots',
    size: { width: 80, height: 24 },
    now,
    kind: 'nodes',
    filter: '',
    sorts: {},
    limit: null,
    resources,
    ...about,
  });
}

/** The store answered, three seconds ago. */
export function answer(summaries: readonly Summary[], problems: readonly string[] = []): Event {
  return { type: 'store', summaries, readAt: new Date(now.getTime() - 3000), problems };
}

export function nodesRead(about: Summary, rows: readonly NodeRow[]): Event {
  return { type: 'rows', kind: 'nodes', summary: about, sheet: createSheet(nodesView(rows, resources)) };
}

/** With these nodes, of the builders' snapshot. */
export function watching(rows: readonly NodeRow[] = nodes(), about: Partial<Chosen> = {}): State {
  const read = summary();
  return step(waiting(about), [answer([read]), nodesRead(read, rows)]);
}

/** node-1, node-2 and so on, each fuller than the one before; every third one is spot. */
export function nodes(count = 4): NodeRow[] {
  return Array.from({ length: count }, (_, index) => {
    const utilization = (index + 1) / (count + 1);
    const amounts = { capacity: 4, allocatable: 4, allocated: 4 * utilization, daemonSet: 0, utilization };
    return nodeRow({
      node: `node-${index + 1}`,
      nodePool: index % 3 === 2 ? 'spot' : 'general',
      instanceType: 'm6i.xlarge',
      zone: 'eu-west-1a',
      pods: index + 1,
      resources: { cpu: amounts, memory: { ...amounts, utilization: 1 - utilization } },
    });
  });
}

/** A name such as `down`, or what is typed. */
export function press(state: State, ...keys: readonly string[]): State {
  return step(
    state,
    keys.map((key): Event => ({
      type: 'key',
      key: key.length === 1 ? { name: '', text: key } : { name: key, text: '' },
    })),
  );
}

export function type(state: State, text: string): State {
  return press(state, ...Array.from(text));
}
