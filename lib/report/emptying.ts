/** What would have to move to empty a node, as people read it. */
import type { Emptying, HeldPods, PlannedMove } from '../packing/explain/emptying.ts';
import type { Fill } from '../packing/explain/fills.ts';
import type { Candidate, NoPlace } from '../packing/explain/no-place.ts';
import { formatAmount, formatCount, formatReasons } from './format.ts';
import type { Column, TableOptions } from './table.ts';
import { renderView, type View } from './view.ts';
import { countColumn } from './views.ts';

interface Nearest extends NoPlace {
  readonly candidate: Candidate;
}

interface Named {
  readonly namespace: string;
  readonly name: string;
}

const podsIn = (rows: readonly { readonly pods: number }[]): number =>
  rows.reduce((sum, { pods }) => sum + pods, 0);

/** One sentence: whether the node could be emptied, or what is in the way. */
export function verdictText(
  { verdict, moves, held, noPlace }: Emptying,
  fills: readonly Pick<Fill, 'pods'>[],
): string {
  switch (verdict) {
    case 'control plane':
      return 'it is of the control plane, and stays';
    case 'nothing to move':
      return fills.length === 0 ? 'it has no pods' : 'nothing to move, all its pods go with it';
    case 'held':
      return `not to be emptied, ${formatCount(podsIn(held), 'pod')} may not leave`;
    case 'no place': {
      const left = noPlace.reduce((sum, { pods, placed }) => sum + pods - placed, 0);
      return `not to be emptied, ${formatCount(left, 'pod')} would find no place`;
    }
    case 'topology spread':
      return 'not to be emptied, a topology spread would be further apart than it may be';
    case 'can be emptied': {
      const targets = new Set(moves.map(({ to }) => to)).size;
      return `could be emptied, ${formatCount(podsIn(moves), 'pod')} would go to ${formatCount(targets, 'other node')}`;
    }
  }
}

export function emptyingParts({ moves, held, noPlace }: Emptying, options: TableOptions): string[] {
  const render = <Row>(title: string, view: View<Row>): string[] =>
    view.rows.length === 0 ? [] : [`${title}\n${renderView(view, 'table', options)}`];
  const nearest = noPlace.flatMap((each) => each.nearest.map((candidate) => ({ ...each, candidate })));
  return [
    ...render('To empty it: pods that would move', {
      rows: moves,
      columns: [workload(), pods(), text('to', 'TO', ({ to }: PlannedMove) => to)],
    }),
    ...render('To empty it: pods that may not leave', {
      rows: held,
      columns: [workload(), pods(), text('reason', 'BECAUSE OF', ({ reason }: HeldPods) => reason)],
    }),
    ...render('To empty it: pods without a place', {
      rows: noPlace,
      columns: [
        workload(),
        countColumn<NoPlace>('pods', 'PODS', (row) => row.pods - row.placed),
        text(
          'stoppedBy',
          'STOPPED BY (NODES)',
          ({ stoppedBy }: NoPlace) => formatReasons(stoppedBy) || 'no other node',
        ),
      ],
    }),
    ...render('Where the least is missing for them', {
      rows: nearest,
      columns: [
        workload(),
        text('node', 'NODE', ({ candidate }: Nearest) => candidate.node),
        text('lacks', 'LACKS', ({ candidate }: Nearest) => lackText(candidate)),
      ],
    }),
  ];
}

function lackText({ lacks, rule }: Candidate): string {
  if (rule !== null) return `room enough, but ${rule}`;
  return Object.entries(lacks)
    .map(([name, amount]) => `${name} ${formatAmount(name, amount)}`)
    .join(', ');
}

function workload<Row extends Named>(): Column<Row> {
  return {
    key: 'workload',
    title: 'WORKLOAD',
    flexible: true,
    least: 24,
    text: ({ namespace, name }) => `${namespace}/${name}`,
  };
}

function pods<Row extends { readonly pods: number }>(): Column<Row> {
  return countColumn('pods', 'PODS', (row) => row.pods);
}

function text<Row>(key: string, title: string, textOf: (row: Row) => string): Column<Row> {
  return { key, title, flexible: true, least: 24, text: textOf };
}
