/** Small random clusters of real pods, and the scheduler's rules on them pod by pod: slow, and sharing nothing with re-packing. */
import fc from 'fast-check';
import type {
  Constraints,
  LabelSelector,
  PodAffinityTerm,
  TopologySpread,
} from '../../../../lib/model/constraints.ts';
import type { Node } from '../../../../lib/model/node.ts';
import type { Pin } from '../../../../lib/model/pins.ts';
import type { Pod } from '../../../../lib/model/pod.ts';
import { addTotals, toTotals } from '../../../../lib/model/resources.ts';
import { createFold } from '../../../../lib/packing/fold.ts';
import type { NodeRow, WorkloadRow } from '../../../../lib/model/snapshot.ts';
import { nodeRow, workloadRow } from '../../../../lib/packing/rows.ts';
import { publishedTotals } from '../../../../lib/packing/amounts.ts';
import { usagesOf } from '../../../../lib/packing/usage.ts';
import {
  blockingTaint,
  hostPortsOf,
  matchesNodeAffinity,
  portsConflict,
  shortages,
  toleratesCordon,
} from '../../../../lib/scheduler/fit.ts';
import { podRequests } from '../../../../lib/scheduler/requests.ts';
import { semanticsFor } from '../../../../lib/scheduler/semantics.ts';
import { node, pod } from '../../../support/builders.ts';
import { identity } from '../../../support/snapshots.ts';

const { semantics } = semanticsFor(36);
const zoneKey = 'topology.kubernetes.io/zone';
const hostKey = 'kubernetes.io/hostname';

export interface Place {
  readonly node: Node;
  readonly pods: Pod[];
}
export type Cluster = Place[];

export function selects({ matchLabels }: LabelSelector, { labels }: Pod): boolean {
  return [...matchLabels].every(([key, value]) => labels.get(key) === value);
}

function matches({ selector, namespaces }: PodAffinityTerm, of: Pod, other: Pod): boolean {
  const reached = namespaces.length > 0 ? namespaces : [of.namespace];
  return selector !== null && reached.includes(other.namespace) && selects(selector, other);
}

const domainOf = ({ labels }: Node, key: string): string | undefined => labels.get(key);

/** Why the scheduler would not place the pod; null: it would. Affinity to pods is looked at by `unmetAffinity`. */
export function refuses(one: Pod, place: Place, cluster: Cluster): string | null {
  const { constraints } = one;
  if (!toleratesCordon(constraints.tolerations, place.node)) return 'cordoned';
  if (blockingTaint(constraints.tolerations, place.node) !== null) return 'taint';
  if (!matchesNodeAffinity(one, place.node)) return 'node affinity';
  if (place.pods.some((other) => portsConflict(hostPortsOf(one), hostPortsOf(other)))) return 'host port';
  const requested = new Map<string, bigint>();
  for (const other of place.pods) addTotals(requested, podRequests(other, semantics));
  const usage = { allocatable: toTotals(place.node.allocatable), requested, podCount: place.pods.length };
  const [shortage] = shortages(podRequests(one, semantics), usage);
  if (shortage !== undefined) return `insufficient ${shortage.resource}`;
  const together = (key: string): Pod[] => {
    const domain = domainOf(place.node, key);
    if (domain === undefined) return [];
    return cluster.filter((each) => domainOf(each.node, key) === domain).flatMap(({ pods }) => pods);
  };
  for (const term of constraints.podAntiAffinity) {
    if (together(term.topologyKey).some((other) => matches(term, one, other))) return 'anti-affinity';
  }
  for (const other of cluster.flatMap(({ pods }) => pods)) {
    for (const term of other.constraints.podAntiAffinity) {
      if (matches(term, other, one) && together(term.topologyKey).includes(other)) return 'anti-affinity';
    }
  }
  return constraints.topologySpread.some((term) => !spreadAllows(term, one, place, cluster))
    ? 'topology spread'
    : null;
}

function countsOf(term: TopologySpread, one: Pod, cluster: Cluster): Map<string, number> {
  const counts = new Map<string, number>();
  const keys = one.constraints.topologySpread.map(({ topologyKey }) => topologyKey);
  for (const { node: at, pods } of cluster) {
    const domain = domainOf(at, term.topologyKey);
    if (domain === undefined || keys.some((key) => domainOf(at, key) === undefined)) continue;
    if (term.nodeAffinityPolicy !== 'Ignore' && !matchesNodeAffinity(one, at)) continue;
    if (term.nodeTaintsPolicy === 'Honor' && blockingTaint(one.constraints.tolerations, at) !== null)
      continue;
    const selected = pods.filter(
      (other) => other.namespace === one.namespace && term.selector !== null && selects(term.selector, other),
    );
    counts.set(domain, (counts.get(domain) ?? 0) + selected.length);
  }
  return counts;
}

function spreadAllows(term: TopologySpread, one: Pod, place: Place, cluster: Cluster): boolean {
  const counts = countsOf(term, one, cluster);
  const here = counts.get(domainOf(place.node, term.topologyKey) ?? '');
  if (here === undefined) return false;
  const least = counts.size < (term.minDomains ?? 1) ? 0 : Math.min(...counts.values());
  const self = term.selector !== null && selects(term.selector, one) ? 1 : 0;
  return here + self - least <= term.maxSkew;
}

export function unmetAffinity(one: Pod, place: Place, cluster: Cluster): boolean {
  return one.constraints.podAffinity.some((term) => {
    const domain = domainOf(place.node, term.topologyKey);
    if (domain === undefined) return true;
    const all = cluster.flatMap((each) => each.pods.map((other) => ({ other, at: each.node })));
    const matching = all.filter(({ other }) => matches(term, one, other));
    if (matching.some(({ at }) => domainOf(at, term.topologyKey) === domain)) return false;
    return matching.length > 0 || !matches(term, one, one);
  });
}

/** How far the spreads of pods may be apart: as they are, or as they may be. Nobody places a DaemonSet's pods. */
export function skewsOf(cluster: Cluster): Map<string, number> {
  const skews = new Map<string, number>();
  for (const one of cluster.flatMap(({ pods }) => pods)) {
    if (one.controller?.kind === 'DaemonSet') continue;
    for (const term of one.constraints.topologySpread) {
      const counts = [...countsOf(term, one, cluster).values()];
      if (counts.length === 0) continue;
      const skew = Math.max(...counts) - Math.min(...counts);
      skews.set(`${one.name.split('-')[0]} ${term.topologyKey}`, Math.max(skew, term.maxSkew));
    }
  }
  return skews;
}

export interface Rows {
  readonly input: { readonly nodes: readonly NodeRow[]; readonly workloads: readonly WorkloadRow[] };
  /** The workload's index by pod. */
  readonly workloadOf: ReadonlyMap<Pod, number>;
}

export function rowsOf(cluster: Cluster): Rows {
  const fold = createFold(
    cluster.map((place) => place.node),
    semantics,
  );
  const workloadOf = new Map<Pod, number>();
  for (const { pods } of cluster) for (const one of pods) workloadOf.set(one, fold.add(one) ?? -1);
  const packing = fold.result();
  return {
    input: {
      nodes: usagesOf(packing.nodes).map((usage) => nodeRow(usage, identity, [])),
      workloads: packing.workloads.map((workload, index) =>
        workloadRow(workload, { index, nodes: 0, requests: publishedTotals(workload.requests) }, identity),
      ),
    },
    workloadOf,
  };
}

const selectorOf = (app: string): LabelSelector => ({
  matchLabels: new Map([['app', app]]),
  matchExpressions: [],
});
const term = (app: string, topologyKey: string): PodAffinityTerm => ({
  topologyKey,
  selector: selectorOf(app),
  namespaces: [],
  namespaceSelector: null,
});
const apps = ['a', 'b', 'c', 'd', 'e'];

const anyNode = fc.record({
  zone: fc.constantFrom('z1', 'z2', 'z3'),
  pool: fc.constantFrom('x', 'y'),
  cpu: fc.constantFrom(2, 4, 8),
  pods: fc.constantFrom(3, 6, 12),
  tainted: fc.boolean().map((yes) => yes),
  cordoned: fc.nat(9).map((n) => n === 0),
  ready: fc.nat(9).map((n) => n > 0),
});

const anyWorkload = fc.record({
  kind: fc.constantFrom('ReplicaSet', 'ReplicaSet', 'StatefulSet', 'DaemonSet', 'none'),
  namespace: fc.constantFrom('n1', 'n2'),
  milli: fc.constantFrom(0, 100, 500, 1500, 2500),
  memory: fc.constantFrom(0, 1, 3),
  pods: fc.integer({ min: 1, max: 6 }),
  pool: fc.constantFrom(null, null, 'x'),
  tolerates: fc.boolean(),
  port: fc.constantFrom(null, null, null, 80),
  anti: fc.constantFrom(null, null, 'self host', 'self zone', 'other host'),
  affinity: fc.constantFrom(null, null, null, null, 'self zone', 'other zone', 'self host'),
  spread: fc.constantFrom(null, null, 'zone', 'host', 'other', 'both'),
  maxSkew: fc.constantFrom(1, 2),
  minDomains: fc.constantFrom(null, null, 2),
  pins: fc.constantFrom<readonly Pin[]>([], [], [], [], ['do-not-disrupt'], ['local storage']),
});

/** Each pod is put on the first node, from one that is drawn, that the scheduler would take. */
export const anyCluster: fc.Arbitrary<Cluster> = fc
  .tuple(
    fc.array(anyNode, { minLength: 1, maxLength: 8 }),
    fc.array(anyWorkload, { minLength: 1, maxLength: apps.length }),
    fc.infiniteStream(fc.nat(100)),
  )
  .map(([nodes, workloads, draws]) => {
    const cluster: Cluster = nodes.map(({ zone, pool, cpu, pods, tainted, cordoned, ready }, index) => ({
      node: node({
        name: `node-${index}`,
        labels: { [zoneKey]: zone, [hostKey]: `node-${index}`, pool },
        taints: tainted && pool === 'y' ? [{ key: 'team', value: 'y', effect: 'NoSchedule' }] : [],
        unschedulable: cordoned,
        allocatable: { cpu: String(cpu), memory: '8', pods: String(pods) },
        conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }],
      }),
      pods: [],
    }));
    for (const [index, about] of workloads.entries()) {
      const app = apps[index] ?? 'z';
      // a DaemonSet's pods go with their node, whoever looks for them: that is said, not prevented
      const next = (index + 1) % apps.length;
      const other = workloads[next]?.kind === 'DaemonSet' ? 'nobody' : (apps[next] ?? 'z');
      const count = about.kind === 'DaemonSet' ? cluster.length : about.pods;
      for (let i = 0; i < count; i++) {
        const one = podOf(app, other, about, i);
        const start = about.kind === 'DaemonSet' ? i : (draws.next().value ?? 0);
        for (let step = 0; step < (about.kind === 'DaemonSet' ? 1 : cluster.length); step++) {
          const place = cluster[(start + step) % cluster.length];
          if (place === undefined || refuses(one, place, cluster) !== null) continue;
          if (unmetAffinity(one, place, cluster)) continue;
          place.pods.push(one);
          break;
        }
      }
    }
    return cluster;
  });

type About = typeof anyWorkload extends fc.Arbitrary<infer T> ? T : never;

function podOf(app: string, other: string, about: About, index: number): Pod {
  const spreadTerm = (topologyKey: string, of = app): TopologySpread => ({
    maxSkew: about.maxSkew,
    minDomains: about.minDomains,
    topologyKey,
    selector: selectorOf(of),
    matchLabelKeys: [],
    nodeAffinityPolicy: '',
    nodeTaintsPolicy: '',
  });
  const spreads = {
    zone: [spreadTerm(zoneKey)],
    host: [spreadTerm(hostKey)],
    other: [spreadTerm(zoneKey, other)],
    both: [spreadTerm(zoneKey), spreadTerm(hostKey)],
  };
  const antis = {
    'self host': [term(app, hostKey)],
    'self zone': [term(app, zoneKey)],
    'other host': [term(other, hostKey)],
  };
  const affinities = {
    'self zone': [term(app, zoneKey)],
    'other zone': [term(other, zoneKey)],
    'self host': [term(app, hostKey)],
  };
  const constraints: Partial<Constraints> = {
    nodeSelector: new Map(about.pool === null ? [] : [['pool', about.pool]]),
    tolerations: about.tolerates ? [{ key: 'team', operator: 'Exists', value: '', effect: '' }] : [],
    podAntiAffinity: about.anti === null ? [] : antis[about.anti],
    podAffinity: about.affinity === null ? [] : affinities[about.affinity],
    topologySpread: about.spread === null ? [] : spreads[about.spread],
  };
  return pod({
    namespace: about.namespace,
    name: `${app}-${index}`,
    labels: { app },
    controller: about.kind === 'none' ? null : { kind: about.kind, name: app },
    constraints,
    pins: about.pins,
    nodeName: '',
    containers: [
      {
        requests: { cpu: `${about.milli}m`, memory: String(about.memory) },
        hostPorts: about.port === null ? [] : [{ ip: '', protocol: 'TCP', port: about.port }],
      },
    ],
  });
}
