/** The screen of `watch` for the README: a snapshot, and some keys. */
import type { NodeRow, Summary } from '../lib/model/snapshot.ts';
import { frame } from '../lib/report/terminal/frame.ts';
import { createSheet } from '../lib/report/terminal/sheet.ts';
import { initialState } from '../lib/report/terminal/state.ts';
import { step, type Event } from '../lib/report/terminal/step.ts';
import { nodesView } from '../lib/report/views.ts';

const resources = ['cpu', 'memory', 'pods', 'nvidia.com/gpu'];

export function exampleScreen(summary: Summary, nodes: readonly NodeRow[]): string {
  const readAt = new Date(Date.parse(summary.scheduledAt) + 130_000);
  const state = initialState({
    location: './snapshots',
    size: { width: 100, height: 18 },
    now: new Date(readAt.getTime() + 4000),
    kind: 'nodes',
    filter: 'general !arm',
    sorts: { nodes: 'cpu' },
    limit: null,
    resources,
  });
  const events: readonly Event[] = [
    { type: 'store', summaries: [summary], readAt, problems: [] },
    { type: 'rows', kind: 'nodes', summary, sheet: createSheet(nodesView(nodes, resources)) },
  ];
  return frame(step(state, events), false)
    .map((line) => line.trimEnd())
    .join('\n');
}
