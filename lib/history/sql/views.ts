/**
 * The views that SQL is asked over: what a summary and its rows say, as tables. Defined once, written for two engines;
 * names are taken in any case by both.
 */

export type Engine = 'duckdb' | 'athena';

/** What an engine reads: one row for each summary, each node, each workload. */
export const sources = ['summaries', 'node_rows', 'workload_rows'] as const;
export type Source = (typeof sources)[number];

interface ViewColumn {
  readonly name: string;
  /** In terms of the source's row, `s`, and what is unnested; texts both engines understand. */
  readonly sql: string | ((words: Words) => string);
  readonly description: string;
}

export interface View {
  readonly name: string;
  readonly description: string;
  readonly source: Source;
  /** Lists and maps of the row that each element of becomes a row: of `s`, or of one before. */
  readonly unnest: readonly Unnest[];
  readonly columns: readonly ViewColumn[];
}

interface Unnest {
  readonly as: string;
  readonly kind: 'map' | 'records' | 'list';
  /** A column of the row, or of what was opened before. */
  readonly of: (words: Words) => string;
  /** Of the records: Athena makes each a column of its own. */
  readonly fields?: readonly string[];
}

/** What the engines say differently. */
interface Words {
  /** ISO 8601 -> a timestamp in UTC. */
  readonly instant: (text: string) => string;
  /** 20261121T074500Z -> the same. */
  readonly slot: (id: string) => string;
  readonly key: (map: string) => string;
  readonly value: (map: string, field: string) => string;
  /** null where the map has no such key. */
  readonly at: (map: string, key: string) => string;
  readonly joined: (list: string) => string;
  /** The element of a list. */
  readonly element: (list: string) => string;
  readonly field: (record: string, name: string) => string;
}

const words: Readonly<Record<Engine, Words>> = {
  duckdb: {
    instant: (text) => `CAST(${text} AS TIMESTAMP)`,
    slot: (id) => `strptime(${id}, '%Y%m%dT%H%M%SZ')`,
    key: (map) => `s.${map}.key`,
    value: (map, field) => `s.${map}.value.${field}`,
    at: (map, key) => `${map}['${key}']`,
    joined: (list) => `array_to_string(${list}, ',')`,
    element: (list) => `s.${list}`,
    field: (record, name) => `s.${record}.${name}`,
  },
  athena: {
    instant: (text) => `CAST(from_iso8601_timestamp(${text}) AS timestamp)`,
    slot: (id) => `date_parse(${id}, '%Y%m%dT%H%i%sZ')`,
    key: (map) => `${map}.k`,
    value: (map, field) => `${map}.v.${field}`,
    at: (map, key) => `element_at(${map}, '${key}')`,
    joined: (list) => `array_join(${list}, ',')`,
    element: (list) => `${list}.e`,
    // VALUES is a word of its own there
    field: (record, name) => `${record}."${name}"`,
  },
};

/** SELECT ... of one view, over the engine's sources. */
export function selectOf(engine: Engine, { source, unnest, columns }: View): string {
  const speak = words[engine];
  const shown = columns.map(({ name, sql }) => `${typeof sql === 'string' ? sql : sql(speak)} AS ${name}`);
  return `SELECT ${shown.join(', ')} FROM ${engine === 'duckdb' ? nested(source, unnest) : crossed(source, unnest)}`;
}

/** DuckDB is fastest where a list is opened in the select list, one after the other. */
function nested(source: Source, unnest: readonly Unnest[]): string {
  let from = `${source} AS s`;
  for (const { as, kind, of } of unnest) {
    const list = of(words.duckdb);
    from = `(SELECT s.*, unnest(${kind === 'map' ? `map_entries(${list})` : list}) AS ${as} FROM ${from}) AS s`;
  }
  return from;
}

function crossed(source: Source, unnest: readonly Unnest[]): string {
  const opened = unnest.map(({ as, kind, of, fields = [] }) => {
    const names =
      kind === 'map' ? 'k, v' : kind === 'list' ? 'e' : fields.map((field) => `"${field}"`).join(', ');
    return ` CROSS JOIN UNNEST(${of(words.athena)}) AS ${as} (${names})`;
  });
  return `${source} AS s${opened.join('')}`;
}

const plain = (name: string, description: string, sql = `s.${name}`): ViewColumn => ({
  name,
  sql,
  description,
});

const identity: readonly ViewColumn[] = [
  plain('cluster', "the cluster's name"),
  plain('snapshotId', 'the snapshot: 20261121T074500Z'),
];
const scheduledAt: ViewColumn = {
  name: 'scheduledAt',
  sql: ({ slot }) => slot('s.snapshotId'),
  description: 'the instant it stands for, in UTC',
};

const resourceValue = (map: string, field: string, description: string): ViewColumn => ({
  name: field,
  sql: ({ value }) => value(map, field),
  description,
});

const resourceName: ViewColumn = {
  name: 'resource',
  sql: ({ key }) => key('r'),
  description: 'cpu, memory, ...',
};
const resourcesOf: Unnest = { as: 'r', kind: 'map', of: () => 's.resources' };

const percentiles = ['min', 'p10', 'p50', 'p90', 'p99', 'max', 'mean'] as const;
const amounts = {
  capacity: 'what the nodes have; cores or bytes',
  allocatable: 'what the scheduler may give away',
  allocated: 'requests of the counted pods',
  daemonSet: 'the part of allocated that DaemonSet pods take',
} as const;

const groupFields = ['labels', 'values', 'nodes', 'pods', 'resources'] as const;

/** In the order of the contract, all of them. */
const ruleFields = [
  ...['rule', 'applicable', 'ready', 'notReady', 'unknown'],
  ...['withTaint', 'withoutTaint', 'readyWithTaint', 'failingWithoutTaint'],
  ...['conditions', 'failing', 'failingNodes'],
] as const;

const ruleField = (name: (typeof ruleFields)[number], description: string): ViewColumn => ({
  name,
  sql: ({ field }) => field('q', name),
  description,
});

export const views: readonly View[] = [
  {
    name: 'snapshots',
    description: 'one row for each snapshot',
    source: 'summaries',
    unnest: [],
    columns: [
      ...identity,
      scheduledAt,
      plain('durationMs', 'of reading and counting'),
      plain('kubernetesVersion', ''),
      plain('consistency', 'exact, per-resource or inconsistent'),
      plain('nodes', 'all nodes', 's.nodes.total'),
      plain('readyNodes', '', 's.nodes.ready'),
      plain('unschedulableNodes', 'cordoned', 's.nodes.unschedulable'),
      plain('pods', 'counted pods', 's.pods.counted'),
      plain('pendingPods', '', 's.pods.pending'),
      plain('daemonSetPods', '', 's.pods.daemonSet'),
      plain(
        'lowerBoundNodes',
        'no packing takes fewer; null in snapshots of earlier versions',
        's.packing.lowerBoundNodes',
      ),
      plain(
        'repackedNodes',
        'of a packing that was found; null: not searched for',
        's.packing.repackedNodes',
      ),
      plain('reclaimable', 'nodes that it does without', 's.packing.reclaimable'),
      plain('efficiency', 'lowerBoundNodes / nodes', 's.packing.efficiency'),
      plain('emptyNodes', 'usable, with none but DaemonSet pods', 's.packing.emptyNodes'),
      plain('balance', 'how far cpu and memory are apart on the mean node', 's.packing.balance'),
    ],
  },
  {
    name: 'resources',
    description: 'one row for each snapshot and resource',
    source: 'summaries',
    unnest: [resourcesOf],
    columns: [
      ...identity,
      scheduledAt,
      resourceName,
      ...Object.entries(amounts).map(([field, description]) => resourceValue('r', field, description)),
      resourceValue('r', 'pending', 'requests of pods without a node'),
      resourceValue('r', 'free', 'what is left on all nodes'),
      resourceValue('r', 'usableFree', 'free where pods may go'),
      resourceValue('r', 'stranded', 'the part of usableFree that no pod can use'),
      resourceValue('r', 'strandedSimply', 'where another resource has less left than common pods ask for'),
      resourceValue('r', 'fragmented', 'of GPUs: free devices that no pod can use'),
      resourceValue('r', 'nMinusOne', 'what is left without the largest node'),
      resourceValue('r', 'density', 'allocated / allocatable on nodes with pods'),
      resourceValue('r', 'utilization', 'allocated / allocatable'),
      ...percentiles.map((name): ViewColumn => ({
        name: `node${name[0]?.toUpperCase()}${name.slice(1)}`,
        sql: ({ value }) => value('r', `nodeUtilization.${name}`),
        description: `${name} of the utilization of the nodes`,
      })),
    ],
  },
  {
    name: 'groups',
    description: 'one row for each snapshot, value of the label groups, and resource',
    source: 'summaries',
    unnest: [
      { as: 'g', kind: 'records', of: () => 's.groups', fields: groupFields },
      { as: 'r', kind: 'map', of: ({ field }) => field('g', 'resources') },
    ],
    columns: [
      ...identity,
      scheduledAt,
      {
        name: 'labels',
        sql: ({ joined, field }) => joined(field('g', 'labels')),
        description: 'label keys, with commas between',
      },
      {
        name: 'groupValue',
        sql: ({ joined, field }) => joined(field('g', 'values')),
        description: 'their values',
      },
      { name: 'nodes', sql: ({ field }) => field('g', 'nodes'), description: 'nodes of the group' },
      { name: 'pods', sql: ({ field }) => field('g', 'pods'), description: 'counted pods on them' },
      resourceName,
      resourceValue('r', 'allocatable', amounts.allocatable),
      resourceValue('r', 'allocated', amounts.allocated),
      resourceValue('r', 'daemonSet', amounts.daemonSet),
      resourceValue('r', 'free', 'what is left'),
      resourceValue('r', 'utilization', 'allocated / allocatable'),
    ],
  },
  {
    name: 'readiness',
    description: 'one row for each snapshot and readiness rule',
    source: 'summaries',
    unnest: [{ as: 'q', kind: 'records', of: () => 's.readiness', fields: ruleFields }],
    columns: [
      ...identity,
      scheduledAt,
      ruleField('rule', "the rule's name"),
      ruleField('applicable', 'nodes that it selects'),
      ruleField('ready', 'that have every condition'),
      ruleField('notReady', 'on which a condition has plainly another status'),
      ruleField('unknown', 'on which nothing speaks against it, and not all for it'),
      ruleField('withTaint', 'null where the rule has none'),
      ruleField('withoutTaint', ''),
      ruleField('readyWithTaint', 'ready, and kept from pods all the same'),
      ruleField('failingWithoutTaint', 'not ready or unknown, and open to pods'),
    ],
  },
  {
    name: 'nodes',
    description: 'one row for each snapshot and node',
    source: 'node_rows',
    unnest: [],
    columns: [
      ...identity,
      scheduledAt,
      plain('node', "the node's name"),
      plain('instanceType', ''),
      plain('zone', ''),
      plain('nodePool', 'of Karpenter, EKS, GKE, AKS'),
      plain('capacityType', 'spot, on-demand'),
      plain('arch', ''),
      plain('ready', 'null: unknown'),
      plain('unschedulable', 'cordoned'),
      plain('pods', 'counted pods on it'),
      { name: 'createdAt', sql: ({ instant }) => instant('s.createdAt'), description: '' },
    ],
  },
  {
    name: 'node_resources',
    description: 'one row for each snapshot, node and resource',
    source: 'node_rows',
    unnest: [resourcesOf],
    columns: [
      ...identity,
      scheduledAt,
      plain('node', "the node's name"),
      plain('nodePool', ''),
      plain('instanceType', ''),
      plain('zone', ''),
      resourceName,
      ...Object.entries(amounts).map(([field, description]) => resourceValue('r', field, description)),
      resourceValue('r', 'utilization', 'allocated / allocatable'),
    ],
  },
  {
    name: 'placements',
    description: 'one row for each snapshot, node and workload on it',
    source: 'node_rows',
    unnest: [{ as: 'p', kind: 'list', of: () => 's.placements' }],
    columns: [
      ...identity,
      plain('node', "the node's name"),
      { name: 'workload', sql: ({ element }) => `${element('p')}[1]`, description: 'workloads.workload' },
      { name: 'pods', sql: ({ element }) => `${element('p')}[2]`, description: 'pods of it on the node' },
    ],
  },
  {
    name: 'workloads',
    description: 'one row for each snapshot, workload and requests of a pod of it',
    source: 'workload_rows',
    unnest: [],
    columns: [
      ...identity,
      scheduledAt,
      plain('workload', 'its number in the snapshot', 's."index"'),
      plain('namespace', ''),
      plain('kind', ''),
      plain('name', ''),
      plain('isDaemonSet', '', 's.daemonSet'),
      plain('priority', ''),
      plain('pods', 'on nodes'),
      plain('pendingPods', '', 's.pending'),
      plain('nodes', 'with at least one of them'),
      {
        name: 'pins',
        sql: ({ joined }) => joined('s.pins'),
        description: 'what keeps its pods on their node',
      },
      ...(['cpu', 'memory'] as const).flatMap((resource): ViewColumn[] => [
        {
          name: `${resource}Request`,
          sql: ({ at }) => at('s.requests', resource),
          description: 'of one pod; cores or bytes',
        },
        {
          name: `${resource}Total`,
          sql: ({ at }) => at('s.total', resource),
          description: 'of all its pods on nodes',
        },
      ]),
    ],
  },
];
