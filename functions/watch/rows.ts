/** The rows that are watched, as any view of them. */
import type { Summary } from '../../lib/model/snapshot.ts';
import type { Kind } from '../../lib/report/terminal/state.ts';
import { groupsView, nodesView, workloadsView } from '../../lib/report/views.ts';
import type { View } from '../../lib/report/view.ts';
import type { Known } from '../serve/reads.ts';
import type { Source } from '../serve/source.ts';

export interface Watched {
  readonly source: Source;
  readonly resources: readonly string[];
}

/** `use` is called with the rows of the snapshot, if they could be read. */
export async function withRows<T>(
  { source, resources }: Watched,
  summary: Summary,
  kind: Kind,
  use: <Row>(view: View<Row>) => T,
): Promise<Pick<Known<T>, 'value' | 'problem'>> {
  switch (kind) {
    case 'groups':
      return { value: use(groupsView(summary.groups, resources)), problem: null };
    case 'nodes': {
      const { value, problem } = await source.rows(summary, 'nodes');
      return { value: value === null ? null : use(nodesView(value, resources)), problem };
    }
    case 'workloads': {
      const { value, problem } = await source.rows(summary, 'workloads');
      return { value: value === null ? null : use(workloadsView(value, resources)), problem };
    }
  }
}

/** The store is asked as often as it may; this is how often we look whether it has answered, and at the clock. */
export const pollMs = 1000;
