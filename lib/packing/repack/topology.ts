/**
 * The rules that look at other pods, as far as rows can tell. Where they cannot, pods stay in the domain they are in:
 * moves within a domain leave its count of pods, whatever is counted, as it was.
 */
import { portsConflict } from '../../scheduler/fit.ts';
import type { Eligibility } from './eligibility.ts';
import { labelOf, type RepackInput, type RepackNode, type RepackWorkload } from './input.ts';
import { selectionsOf, selectorText, termsOf, type PodTerm, type Selection } from './selection.ts';

/** Domains of a topology key by node, numbered; -1: the node has none. */
export type Domains = Int32Array;

/** In one domain, pods of a carrier and pods of a member must not be together: anti-affinity, host ports. */
export interface Exclusion {
  readonly name: 'anti-affinity' | 'host port';
  readonly domains: Domains;
  readonly carriers: Set<number>;
  readonly members: Set<number>;
}

/** Carriers go only where the members' pods stay spread. */
export interface Spread {
  /** Of the nodes that count; -1 for others, where carriers cannot go. */
  readonly domains: Domains;
  readonly maxSkew: number;
  readonly minDomains: number;
  readonly carriers: Set<number>;
  readonly members: Set<number>;
}

export interface Topology {
  readonly exclusions: readonly Exclusion[];
  readonly spreads: readonly Spread[];
  /** By workload: its pods move only within a domain of each of these. */
  readonly heldTo: ReadonlyMap<number, ReadonlySet<Domains>>;
  /** By workload: why its pods cannot leave their node. */
  readonly heldToNode: ReadonlyMap<number, string>;
  /** What was not checked but assumed or held, one sentence each. */
  readonly notes: readonly string[];
}

const hostname = 'kubernetes.io/hostname';

export function topologyOf(
  { nodes, workloads }: RepackInput,
  eligibility: Pick<Eligibility, 'classOf' | 'admission'>,
): Topology {
  const domainsOf = domainsByKey(nodes, workloads);
  const selections = selectionsOf(workloads);
  const exclusions = new Map<string, Exclusion>();
  const spreads = new Map<string, Spread>();
  const heldTo = new Map<number, Set<Domains>>();
  const heldToNode = new Map<number, string>();
  const notes = new Set<string>();

  const pin = (workload: number, reason: string): void => {
    heldToNode.set(workload, heldToNode.get(workload) ?? reason);
    notes.add(`pods with ${reason} stay on their node`);
  };
  const hold = (held: Iterable<number>, key: string, reason: string, domains = domainsOf(key)): void => {
    for (const workload of held) {
      if (key === hostname) pin(workload, reason);
      else heldTo.set(workload, (heldTo.get(workload) ?? new Set()).add(domains));
    }
    if (key !== hostname) notes.add(`pods of ${reason} stay in their ${key}`);
  };
  const selectionOf = (workload: number, term: PodTerm): Selection => {
    const selection = selections.of(workload, term);
    if (selection.understood && selection.workloads.size > 0) notes.add(assumption);
    return selection;
  };

  for (const [index, { namespace, constraints }] of workloads.entries()) {
    if (termsOf({ constraints }).length === 0) continue;
    const textOf = (term: PodTerm): string =>
      JSON.stringify([selectorText(term), term.namespaces ?? namespace, term.namespaceSelector]);
    for (const term of constraints.podAntiAffinity ?? []) {
      const { workloads: selected, understood } = selectionOf(index, term);
      const key = `${term.topologyKey} ${textOf(term)}`;
      const exclusion: Exclusion = exclusions.get(key) ?? {
        name: 'anti-affinity',
        domains: domainsOf(term.topologyKey),
        carriers: new Set(),
        members: new Set(selected),
      };
      exclusions.set(key, exclusion);
      exclusion.carriers.add(index);
      if (!understood) pin(index, unseen('anti-affinity'));
    }
    for (const term of constraints.podAffinity ?? []) {
      // whether one may come is a question of who is there when it comes; whether all may stay is not
      pin(index, 'affinity to pods');
      hold(selectionOf(index, term).workloads, term.topologyKey, 'what affinity may look for');
      notes.add("a DaemonSet's pods go with their node, even where affinity may look for them");
    }
    const keys = (constraints.topologySpread ?? []).map(({ topologyKey }) => topologyKey);
    for (const term of constraints.topologySpread ?? []) {
      const { workloads: selected, understood } = selectionOf(index, term);
      const { matchLabelKeys, nodeAffinityPolicy, nodeTaintsPolicy, topologyKey, maxSkew, minDomains } = term;
      const ofClass = eligibility.classOf[index] ?? -1;
      const kind = [nodeAffinityPolicy, nodeTaintsPolicy, ofClass, ...keys].join(' ');
      const domains = domainsOf(topologyKey, kind, (node) => {
        const { matchesAffinity, toleratesTaints } = eligibility.admission(ofClass, node);
        if (nodeAffinityPolicy !== 'Ignore' && !matchesAffinity) return false;
        if (nodeTaintsPolicy === 'Honor' && !toleratesTaints) return false;
        return keys.every((key) => (domainsOf(key)[node] as number) >= 0);
      });
      if (!understood) {
        pin(index, unseen('topology spread'));
        hold(selected, topologyKey, 'what a topology spread may count', domains);
        continue;
      }
      if (matchLabelKeys !== undefined) {
        hold([index, ...selected], topologyKey, 'a topology spread by revision', domains);
        continue;
      }
      const rule = [topologyKey, maxSkew, minDomains, nodeAffinityPolicy, nodeTaintsPolicy, ofClass, keys];
      const key = `${JSON.stringify(rule)} ${textOf(term)}`;
      const spread = spreads.get(key) ?? {
        domains,
        maxSkew,
        minDomains: minDomains ?? 1,
        carriers: new Set(),
        members: new Set(selected),
      };
      spreads.set(key, spread);
      spread.carriers.add(index);
    }
  }
  return {
    exclusions: [...exclusions.values(), ...portExclusions(workloads, nodes.length)],
    spreads: [...spreads.values()],
    heldTo,
    heldToNode,
    notes: [...notes].sort(),
  };
}

const assumption =
  'selectors of pods are taken to select only workloads whose own rules say so: rows carry no pod labels';

function unseen(rule: string): string {
  return `${rule} of pods that rows cannot tell`;
}

/** Host ports: what conflicts with a workload's ports must not be on its node. */
function portExclusions(workloads: readonly RepackWorkload[], nodes: number): Exclusion[] {
  const classes = new Map<string, { readonly ports: PortClass; readonly carriers: Set<number> }>();
  for (const [index, { constraints }] of workloads.entries()) {
    if (constraints.hostPorts === undefined) continue;
    const text = JSON.stringify(constraints.hostPorts);
    const ports = constraints.hostPorts.map(({ ip = '', protocol, port }) => ({ ip, protocol, port }));
    const known = classes.get(text) ?? { ports, carriers: new Set() };
    known.carriers.add(index);
    classes.set(text, known);
  }
  const each = Int32Array.from({ length: nodes }, (_, node) => node);
  return [...classes.values()].map(({ ports, carriers }) => {
    const conflicting = [...classes.values()].filter((other) => portsConflict(ports, other.ports));
    const members = new Set(conflicting.flatMap((other) => [...other.carriers]));
    return { name: 'host port', domains: each, carriers, members };
  });
}

type PortClass = Parameters<typeof portsConflict>[0];

/** One array for all that ask for the same; of every key that a rule names. */
function domainsByKey(
  nodes: readonly RepackNode[],
  workloads: readonly RepackWorkload[],
): (key: string, kind?: string, counts?: (node: number) => boolean) => Domains {
  const keys = new Set(workloads.flatMap((each) => termsOf(each).map(({ topologyKey }) => topologyKey)));
  const ofAll = new Map([...keys].map((key) => [key, new Int32Array(nodes.length).fill(-1)]));
  const ids = new Map([...keys].map((key) => [key, new Map<string, number>()]));
  for (const [index, node] of keys.size === 0 ? [] : nodes.entries()) {
    for (const [key, domains] of ofAll) {
      const value = labelOf(node, key);
      if (value !== undefined) domains[index] = numbered(ids.get(key) ?? new Map<string, number>(), value);
    }
  }
  const known = new Map<string, Domains>();
  return (key, kind = '', counts = () => true) => {
    const text = JSON.stringify([key, kind]);
    const before = known.get(text);
    if (before !== undefined) return before;
    const ofKey = ofAll.get(key) ?? new Int32Array(nodes.length).fill(-1);
    const domains = kind === '' ? ofKey : renumbered(ofKey, counts);
    known.set(text, domains);
    return domains;
  };
}

/** Without those that do not count: numbers are of domains that have nodes. */
function renumbered(domains: Domains, counts: (node: number) => boolean): Domains {
  const ids = new Map<number, number>();
  return domains.map((domain, node) => (domain < 0 || !counts(node) ? -1 : numbered(ids, domain)));
}

function numbered<T>(ids: Map<T, number>, value: T): number {
  const id = ids.get(value) ?? ids.size;
  ids.set(value, id);
  return id;
}
