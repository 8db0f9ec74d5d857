/** What trends read of the snapshots of one cluster, a column for each series: a fraction of their summaries. Pure. */
import type { Summary } from '../model/snapshot.ts';
import { measures } from './series.ts';

export interface Columns {
  readonly cluster: string;
  readonly snapshotIds: readonly string[];
  /** The instants that they stand for, in milliseconds since 1970. */
  readonly scheduledAtMs: Float64Array;
  readonly columns: readonly Column[];
}

export interface Column {
  readonly measure: string;
  /** null: of the whole cluster, whatever the resource. */
  readonly resource: string | null;
  /** Keys of the label group, with commas between; null: of the whole cluster. */
  readonly labels: string | null;
  /** zone=eu-1a */
  readonly group: string | null;
  /** Of each snapshot; NaN where it does not know it. */
  readonly values: Float64Array;
}

/** Every measure of each resource and group that some of the snapshots have. */
export function columnsOf(cluster: string, summaries: readonly Summary[]): Columns {
  const found = new Map<string, Column>();
  for (const [index, summary] of summaries.entries()) {
    const put = (about: Omit<Column, 'values'>, value: number | null): void => {
      const key = JSON.stringify([about.measure, about.resource, about.labels, about.group]);
      const column = found.get(key) ?? { ...about, values: new Float64Array(summaries.length).fill(NaN) };
      found.set(key, column);
      column.values[index] = value ?? NaN;
    };
    putCluster(summary, put);
    putGroups(summary, put);
  }
  return {
    cluster,
    snapshotIds: summaries.map(({ snapshotId }) => snapshotId),
    scheduledAtMs: Float64Array.from(summaries, ({ scheduledAt }) => Date.parse(scheduledAt)),
    columns: [...found.values()],
  };
}

type Put = (about: Omit<Column, 'values'>, value: number | null) => void;

function putCluster(summary: Summary, put: Put): void {
  for (const { name: measure, perResource, read } of measures) {
    const about = { measure, labels: null, group: null };
    if (!perResource) put({ ...about, resource: null }, read(summary, ''));
    else
      for (const resource of Object.keys(summary.resources))
        put({ ...about, resource }, read(summary, resource));
  }
}

function putGroups({ groups }: Summary, put: Put): void {
  for (const { labels, values, resources } of groups) {
    const group = labels.map((label, index) => `${label}=${values[index] ?? ''}`).join(',');
    for (const [resource, amounts] of Object.entries(resources))
      for (const { name: measure, ofGroup } of measures)
        if (ofGroup !== null) put({ measure, resource, labels: labels.join(','), group }, ofGroup(amounts));
  }
}

/** Of the snapshots from position `begin` until before `end`. */
export function sliceColumns(columns: Columns, begin: number, end: number): Columns {
  return {
    ...columns,
    snapshotIds: columns.snapshotIds.slice(begin, end),
    scheduledAtMs: columns.scheduledAtMs.subarray(begin, end),
    columns: columns.columns.map((column) => ({ ...column, values: column.values.subarray(begin, end) })),
  };
}
