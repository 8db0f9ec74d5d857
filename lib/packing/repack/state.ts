/** Who is where while pods are moved: room, and what the rules that look at other pods count. */
import { mayRun, take, type Problem } from './problem.ts';
import { lacks } from '../../scheduler/fit.ts';
import { roomFor } from './room.ts';
import type { Domains, Exclusion, Spread } from './topology.ts';

type Counts = Map<number, number>;

interface ExclusionCounts {
  readonly rule: Exclusion;
  readonly carriers: Counts;
  readonly members: Counts;
}

export interface SpreadCounts {
  readonly rule: Spread;
  /** Pods by domain, and nodes that are still there; a domain without any is none. */
  readonly members: Float64Array;
  readonly nodes: Int32Array;
}

/** What of the rules concerns one workload. */
interface Concerns {
  readonly heldTo: readonly Domains[];
  readonly carried: readonly ExclusionCounts[];
  readonly memberOf: readonly ExclusionCounts[];
  readonly spreads: readonly SpreadCounts[];
  readonly countedBy: readonly SpreadCounts[];
  /** At most one goes to a node at a time. */
  readonly oneByOne: boolean;
  readonly hasRules: boolean;
}

/** What keeps a pod away from a node with room. */
export type Obstacle = Exclusion['name'] | 'held' | 'topology spread';

/** Where there are more domains, the least of them is taken for empty, which is the stricter reading. */
const maxDomains = 64;

export class State {
  readonly problem: Problem;
  readonly free: Float64Array;
  /** Movable pods by node. */
  readonly contents: readonly Counts[];
  private readonly open: Uint8Array;
  private readonly nodesIn: ReadonlyMap<Domains, Int32Array>;
  private readonly spreads: readonly SpreadCounts[];
  private readonly concerns: readonly Concerns[];

  /** With `movable` false, only what cannot be moved is in place. */
  constructor(problem: Problem, { movable }: { readonly movable: boolean }) {
    this.problem = problem;
    this.free = problem.room.slice();
    this.open = problem.target.slice();
    this.contents = problem.input.nodes.map(() => new Map());
    this.nodesIn = nodesByDomain(problem.topology.spreads);
    this.spreads = problem.topology.spreads.map((rule) => {
      const nodes = this.nodesIn.get(rule.domains) ?? new Int32Array(0);
      return { rule, members: new Float64Array(nodes.length), nodes };
    });
    this.concerns = concernsOf(problem, this.spreads);
    problem.placed.forEach((node, workload, pods) => {
      const kind = problem.mobility[workload]?.kind;
      if (kind === 'movable' && !movable) return;
      if (kind === 'movable') this.add(workload, node, pods);
      else this.count(workload, node, pods);
      if (kind === 'fixed') this.take(workload, node, pods);
    });
  }

  isOpen(node: number): boolean {
    return this.open[node] === 1;
  }

  /** A node that is emptied, or given up: nothing goes there, and it is no domain any more. */
  close(node: number): void {
    this.open[node] = 0;
    this.countNode(node, -1);
  }

  reopen(node: number): void {
    this.open[node] = this.problem.target[node] as number;
    this.countNode(node, 1);
  }

  /** How many pods of the workload, coming from a node, may go to another now; at most `wanted`. */
  copies(workload: number, node: number, source: number, wanted: number): number {
    if (this.open[node] !== 1) return 0;
    const room = this.fits(workload, node, wanted);
    if (room === 0 || !mayRun(this.problem, workload, node)) return 0;
    return this.obstacle(workload, node, source) === null
      ? Math.min(room, this.concernOf(workload).oneByOne ? 1 : room)
      : 0;
  }

  add(workload: number, node: number, pods: number): void {
    const contents = this.contentsOf(node);
    const now = (contents.get(workload) ?? 0) + pods;
    if (now === 0) contents.delete(workload);
    else contents.set(workload, now);
    this.take(workload, node, pods);
    this.count(workload, node, pods);
  }

  contentsOf(node: number): Counts {
    const contents = this.contents[node];
    if (contents === undefined) throw new RangeError(`no node ${node}`);
    return contents;
  }

  /** By room alone. */
  fits(workload: number, node: number, wanted: number): number {
    const { demand, names } = this.problem;
    return roomFor(demand, workload, this.free, node, names.length, wanted);
  }

  /** Which of the rules that look at other pods keeps one away; null: none does. `source` -1 comes from nowhere. */
  obstacle(workload: number, node: number, source: number): Obstacle | null {
    const { heldTo, carried, memberOf, spreads } = this.concernOf(workload);
    for (const domains of heldTo) if (source >= 0 && domains[node] !== domains[source]) return 'held';
    for (const { rule, members } of carried) if (members.has(rule.domains[node] as number)) return rule.name;
    for (const { rule, carriers } of memberOf)
      if (carriers.has(rule.domains[node] as number)) return rule.name;
    for (const spread of spreads) {
      const domain = spread.rule.domains[node] as number;
      if (domain < 0) return 'topology spread';
      const self = spread.rule.members.has(workload) ? 1 : 0;
      const skew = (spread.members[domain] as number) + self - leastOf(spread);
      if (skew > spread.rule.maxSkew) return 'topology spread';
    }
    return null;
  }

  /** The resources that one more pod lacks here. */
  short(workload: number, node: number): readonly string[] {
    const { demand, names } = this.problem;
    return names.filter((_, column) => {
      const asked = demand[workload * names.length + column] as number;
      return lacks(asked, this.free[node * names.length + column] as number);
    });
  }

  /** Of the spreads that count any of these workloads: how far the fullest domain is above the emptiest. */
  skewsOf(workloads: Iterable<number>): ReadonlyMap<SpreadCounts, number> {
    const skews = new Map<SpreadCounts, number>();
    for (const workload of workloads) {
      for (const spread of this.concernOf(workload).countedBy) {
        // with that many domains, none that keeps the rule gets more than the rule lets it, and none gets worse
        if (spread.members.length > maxDomains && spread.rule.carriers.has(workload)) continue;
        if (!skews.has(spread)) skews.set(spread, skewOf(spread));
      }
    }
    return skews;
  }

  /** Whether any is now further apart than it was and may be: the scheduler looks only at where a pod comes. */
  isWorse(before: ReadonlyMap<SpreadCounts, number>): boolean {
    return before.entries().some(([spread, skew]) => skewOf(spread) > Math.max(skew, spread.rule.maxSkew));
  }

  /** Of every spread, in the order of the topology: how far it is apart, or may be. */
  skews(): number[] {
    return this.spreads.map((spread) => Math.max(skewOf(spread), spread.rule.maxSkew));
  }

  /** Whether the scheduler would put every movable pod where it is, as far as spreads go: what came later counts too. */
  isSpread(): boolean {
    return this.contents.every((contents, node) =>
      contents.keys().every((workload) =>
        this.concernOf(workload).spreads.every((spread) => {
          const domain = spread.rule.domains[node] as number;
          return (spread.members[domain] as number) - leastOf(spread) <= spread.rule.maxSkew;
        }),
      ),
    );
  }

  /** Whether its pods must, or must not, be near others, or are counted by a rule that says so. */
  hasRules(workload: number): boolean {
    return this.concernOf(workload).hasRules;
  }

  private concernOf(workload: number): Concerns {
    return this.concerns[workload] as Concerns;
  }

  private take(workload: number, node: number, pods: number): void {
    take(this.free, node, this.problem.demand, workload, pods, this.problem.names.length);
  }

  private count(workload: number, node: number, pods: number): void {
    const { carried, memberOf, countedBy, hasRules } = this.concernOf(workload);
    if (!hasRules) return;
    for (const { rule, carriers } of carried) addTo(carriers, rule.domains[node] as number, pods);
    for (const { rule, members } of memberOf) addTo(members, rule.domains[node] as number, pods);
    for (const { rule, members } of countedBy) {
      const domain = rule.domains[node] as number;
      if (domain >= 0) members[domain] = (members[domain] as number) + pods;
    }
  }

  /** A node comes or goes with the pods that every node has. */
  private countNode(node: number, by: 1 | -1): void {
    this.problem.placed.forEachOn(node, (workload, pods) => {
      if (this.problem.mobility[workload]?.kind === 'perNode') this.count(workload, node, by * pods);
    });
    for (const [domains, nodes] of this.nodesIn) {
      const domain = domains[node] as number;
      if (domain >= 0) nodes[domain] = (nodes[domain] as number) + by;
    }
  }
}

function addTo(counts: Counts, domain: number, pods: number): void {
  if (domain < 0) return;
  const now = (counts.get(domain) ?? 0) + pods;
  if (now === 0) counts.delete(domain);
  else counts.set(domain, now);
}

function leastOf({ rule, members, nodes }: SpreadCounts): number {
  if (members.length > maxDomains) return 0;
  let [least, domains] = [Infinity, 0];
  for (let domain = 0; domain < members.length; domain++) {
    if (nodes[domain] === 0) continue;
    domains += 1;
    least = Math.min(least, members[domain] as number);
  }
  return domains < rule.minDomains || domains === 0 ? 0 : least;
}

function skewOf({ members, nodes }: SpreadCounts): number {
  let [least, most] = [Infinity, 0];
  for (let domain = 0; domain < members.length; domain++) {
    if (nodes[domain] === 0) continue;
    least = Math.min(least, members[domain] as number);
    most = Math.max(most, members[domain] as number);
  }
  return most - Math.min(least, most);
}

/** Of the same domains, the same count. */
function nodesByDomain(rules: readonly Spread[]): Map<Domains, Int32Array> {
  const counts = new Map<Domains, Int32Array>();
  for (const { domains } of rules) {
    if (counts.has(domains)) continue;
    const nodes = new Int32Array(domains.reduce((most, domain) => Math.max(most, domain), -1) + 1);
    for (const domain of domains) if (domain >= 0) nodes[domain] = (nodes[domain] as number) + 1;
    counts.set(domains, nodes);
  }
  return counts;
}

function concernsOf({ input, topology }: Problem, spreads: readonly SpreadCounts[]): Concerns[] {
  const exclusions = topology.exclusions.map((rule) => ({
    rule,
    carriers: new Map<number, number>(),
    members: new Map<number, number>(),
  }));
  const by = <T>(items: readonly T[], workloadsOf: (item: T) => Iterable<number>): Map<number, T[]> => {
    const lists = new Map<number, T[]>();
    for (const item of items) {
      for (const workload of workloadsOf(item)) {
        const list = lists.get(workload) ?? [];
        list.push(item);
        lists.set(workload, list);
      }
    }
    return lists;
  };
  const carried = by(exclusions, ({ rule }) => rule.carriers);
  const memberOf = by(exclusions, ({ rule }) => rule.members);
  const carriedSpreads = by(spreads, ({ rule }) => rule.carriers);
  const countedBy = by(spreads, ({ rule }) => rule.members);
  return input.workloads.map((_, workload) => {
    const own = carried.get(workload) ?? [];
    const ownSpreads = carriedSpreads.get(workload) ?? [];
    const rules = {
      heldTo: [...(topology.heldTo.get(workload) ?? [])],
      carried: own,
      memberOf: memberOf.get(workload) ?? [],
      spreads: ownSpreads,
      countedBy: countedBy.get(workload) ?? [],
    };
    return {
      ...rules,
      oneByOne: ownSpreads.length > 0 || own.some(({ rule }) => rule.members.has(workload)),
      hasRules: Object.values(rules).some((each) => each.length > 0),
    };
  });
}
