/** The vectors as upstream's code computed them, and what of our own code must agree with each kind. */
import { createQuantityReader } from '../../lib/cluster/decode/quantities.ts';
import { nodeFromJson, podFromJson } from '../../lib/cluster/decode/json-objects.ts';
import type { Node } from '../../lib/model/node.ts';
import type { Pod } from '../../lib/model/pod.ts';
import {
  ceilMilli,
  ceilUnits,
  formatQuantity,
  parseQuantity,
  QuantityError,
} from '../../lib/model/quantity.ts';
import { isAccounted, toTotals, type ResourceTotals } from '../../lib/model/resources.ts';
import { createFold, type Fold } from '../../lib/packing/fold.ts';
import {
  blockingTaint,
  hostPortsOf,
  matchesNodeAffinity,
  portsConflict,
  shortages,
  toleratesCordon,
} from '../../lib/scheduler/fit.ts';
import { nonZeroRequests, podRequests } from '../../lib/scheduler/requests.ts';
import { forCandidate, semanticsFor, type Semantics } from '../../lib/scheduler/semantics.ts';
import { checkRows } from './rows.ts';

type Totals = Readonly<Record<string, string>>;

interface Usage {
  readonly milliCPU: string;
  readonly memory: string;
  readonly ephemeralStorage: string;
  readonly scalar: Totals;
}

export interface QuantityVector {
  readonly s: string;
  readonly ok: boolean;
  readonly err?: string;
  readonly value?: string;
  readonly milli?: string;
  readonly string?: string;
  readonly canonical?: string;
  readonly sign?: number;
  readonly format?: string;
  readonly exact?: string;
  readonly jsonOk?: boolean;
  readonly flags?: readonly string[];
}

interface Expectations<E> {
  readonly name: string;
  readonly expect: E;
  readonly expect137?: E;
}

interface PodExpectation {
  readonly spec: Totals;
  readonly specNoPodLevel: Totals;
  readonly status: Totals;
  readonly statusNoPodLevel: Totals;
  readonly sched: Totals;
  readonly node: Usage & { readonly nonZeroMilliCPU: string; readonly nonZeroMemory: string };
}

export interface PodVector extends Expectations<PodExpectation> {
  readonly pod: unknown;
}

interface ClusterExpectation {
  readonly nodes: readonly {
    readonly name: string;
    readonly requested: Usage;
    readonly allocatable: Usage & { readonly allowedPodNumber: string };
    readonly nonZeroRequested: { readonly milliCPU: string; readonly memory: string };
    readonly podCount: number;
    readonly plainPod: { readonly NodeUnschedulable: boolean; readonly TaintToleration: boolean };
    readonly nominatedPods: number;
  }[];
  readonly podsTotal: number;
  readonly podsTerminal: number;
  readonly podsUnassigned: number;
  readonly podsCounted: number;
  readonly podsOnUnknownNodes: number;
}

export interface ClusterVector extends Expectations<ClusterExpectation> {
  readonly nodes: readonly unknown[];
  readonly pods: readonly unknown[];
}

interface FitExpectation {
  readonly fits: boolean;
  readonly insufficient: readonly string[];
  readonly details: readonly {
    readonly resource: string;
    readonly requested: string;
    readonly used: string;
    readonly capacity: string;
    readonly unresolvable: boolean;
  }[];
  readonly filters: Readonly<Record<string, boolean>>;
  readonly schedulable: boolean;
  readonly requested: Usage;
  readonly allocatable: Usage & { readonly allowedPodNumber: string };
  readonly podCount: number;
}

export interface FitVector extends Expectations<FitExpectation> {
  readonly node: unknown;
  readonly pods: readonly unknown[];
  readonly pod: unknown;
}

/** Differences, one sentence each; none: the vector passes. */
type Differences = string[];

function compare(differences: Differences, what: string, actual: unknown, expected: unknown): void {
  const [a, b] = [sortedJson(actual), sortedJson(expected)];
  if (a !== b) differences.push(`${what}: got ${a}, expected ${b}`);
}

function sortedJson(value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) => {
    if (item instanceof Map) return sortKeys(Object.fromEntries(item as Map<string, unknown>));
    if (typeof item === 'bigint') return item.toString();
    return typeof item === 'object' && item !== null && !Array.isArray(item) ? sortKeys(item) : item;
  });
}

function sortKeys(value: object): object {
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

const latest = (minor: number): Semantics => semanticsFor(minor).semantics;

export function checkQuantity(vector: QuantityVector): Differences {
  const differences: Differences = [];
  const jsonReads = createQuantityReader();
  const asJson = podFromJson({ spec: { overhead: { cpu: vector.s } } }, jsonReads);
  // what no scheduler can count is a quantity all the same: it becomes a problem of its own kind
  const isQuantity = asJson.problems.every((problem) => problem.endsWith('(range)'));
  compare(differences, 'JSON', isQuantity, vector.jsonOk ?? vector.ok);
  let quantity;
  try {
    quantity = parseQuantity(vector.s);
  } catch (error) {
    if (!(error instanceof QuantityError)) throw error;
    compare(differences, 'error', error.reason, vector.err);
    return differences;
  }
  if (!vector.ok) return [`parsed, expected error ${vector.err}`];
  const flags = new Set(vector.flags ?? []);
  const { amount, format } = quantity;
  // where upstream overflows, the true value is what we owe
  const exact = vector.exact === undefined ? null : parseExact(vector.exact);
  const value = exact !== null && flags.has('value-not-exact') ? exact.value : vector.value;
  const milli = exact !== null && flags.has('milli-not-exact') ? exact.milli : vector.milli;
  compare(differences, 'value', ceilUnits(amount), value);
  compare(differences, 'milli', ceilMilli(amount), milli);
  compare(differences, 'format', format, vector.format);
  compare(differences, 'sign', amount === 0 ? 0 : amount > 0 ? 1 : -1, vector.sign ?? 0);
  if (!flags.has('overflows-int64')) {
    compare(differences, 'canonical', formatQuantity(quantity), vector.canonical ?? vector.string);
  }
  return differences;
}

/** The `exact` field is a plain decimal; rounded away from zero by text, without our own parser. */
function parseExact(exact: string): { value: string; milli: string } {
  const [whole = '0', fraction = ''] = exact.replace('-', '').split('.');
  const nanos = BigInt(whole + fraction.padEnd(9, '0'));
  const sign = exact.startsWith('-') ? -1n : 1n;
  const ceil = (unit: bigint): string => (sign * ((nanos + unit - 1n) / unit)).toString();
  return { value: ceil(1_000_000_000n), milli: ceil(1_000_000n) };
}

export function checkPod(vector: PodVector): Differences {
  const differences: Differences = [];
  const pod = podFromJson(vector.pod, createQuantityReader());
  const { expect } = vector;
  const spec = forCandidate(latest(36));
  const { podLevelStatus: _, ...withoutPodLevelStatus } = latest(36);
  compare(differences, 'spec', podRequests(pod, spec), expect.spec);
  compare(differences, 'specNoPodLevel', podRequests(pod, latest(29)), expect.specNoPodLevel);
  compare(differences, 'statusNoPodLevel', podRequests(pod, latest(33)), expect.statusNoPodLevel);
  compare(differences, 'status', podRequests(pod, latest(35)), expect.status);
  compare(
    differences,
    'status',
    podRequests(pod, { ...withoutPodLevelStatus, podLevelStatus: false }),
    expect.status,
  );
  checkScheduled(differences, '', pod, latest(36), expect);
  checkScheduled(differences, '1.37 ', pod, latest(37), vector.expect137 ?? expect);
  return differences;
}

function checkScheduled(
  differences: Differences,
  label: string,
  pod: Pod,
  semantics: Semantics,
  expect: PodExpectation,
): void {
  const requests = podRequests(pod, semantics);
  compare(differences, `${label}sched`, requests, expect.sched);
  const { nonZeroMilliCPU, nonZeroMemory, ...usage } = expect.node;
  compare(differences, `${label}node`, usageOf(requests), usage);
  const nonZero = nonZeroRequests(pod, semantics);
  compare(differences, `${label}non-zero`, nonZero, { cpu: nonZeroMilliCPU, memory: nonZeroMemory });
}

/** Totals in the shape of the scheduler's Resource. */
function usageOf(totals: ResourceTotals): object {
  const fields = new Set(['cpu', 'memory', 'ephemeral-storage']);
  return {
    milliCPU: totals.get('cpu') ?? 0n,
    memory: totals.get('memory') ?? 0n,
    ephemeralStorage: totals.get('ephemeral-storage') ?? 0n,
    scalar: new Map([...totals].filter(([name]) => isAccounted(name) && !fields.has(name))),
  };
}

function allocatableOf(node: Node): object {
  const totals = toTotals(node.allocatable);
  return { ...usageOf(totals), allowedPodNumber: totals.get('pods') ?? 0n };
}

function foldOf(nodes: readonly Node[], pods: readonly Pod[], semantics: Semantics): Fold {
  const fold = createFold(nodes, semantics);
  for (const pod of pods) fold.add(pod);
  return fold;
}

export function checkCluster(vector: ClusterVector): Differences {
  const differences: Differences = [];
  const quantities = createQuantityReader();
  const nodes = vector.nodes.map((node) => nodeFromJson(node, quantities));
  const pods = vector.pods.map((pod) => podFromJson(pod, quantities));
  for (const minor of [36, 37]) {
    const expect = minor === 37 ? (vector.expect137 ?? vector.expect) : vector.expect;
    const packing = foldOf(nodes, pods, latest(minor)).result();
    compare(differences, `1.${minor} pods`, packing.pods.listed, expect.podsTotal);
    compare(differences, `1.${minor} terminal`, packing.pods.terminal, expect.podsTerminal);
    compare(differences, `1.${minor} unassigned`, packing.pods.pending, expect.podsUnassigned);
    compare(differences, `1.${minor} counted`, packing.pods.counted, expect.podsCounted);
    compare(
      differences,
      `1.${minor} on unknown nodes`,
      packing.pods.onUnknownNode,
      expect.podsOnUnknownNodes,
    );
    const packedNodes = [...packing.nodes];
    for (const [index, wanted] of expect.nodes.entries()) {
      const node = nodes[index];
      const packed = packedNodes[index];
      if (node === undefined || packed === undefined) return [...differences, `${wanted.name}: missing`];
      const at = `1.${minor} ${wanted.name}`;
      compare(differences, `${at} requested`, usageOf(packed.requested), wanted.requested);
      compare(differences, `${at} allocatable`, allocatableOf(node), wanted.allocatable);
      compare(differences, `${at} pods`, packed.podCount, wanted.podCount);
      compare(differences, `${at} nominated`, packed.nominatedPods, wanted.nominatedPods);
      compare(differences, `${at} plain pod`, plainPod(node), wanted.plainPod);
      const here = pods.filter(
        (pod) => pod.nodeName === node.name && !['Succeeded', 'Failed'].includes(pod.phase),
      );
      compare(differences, `${at} non-zero`, nonZeroSum(here, latest(minor)), wanted.nonZeroRequested);
    }
  }
  return differences;
}

function plainPod(node: Node): object {
  return { NodeUnschedulable: toleratesCordon([], node), TaintToleration: blockingTaint([], node) === null };
}

function nonZeroSum(pods: readonly Pod[], semantics: Semantics): object {
  const each = pods.map((pod) => nonZeroRequests(pod, semantics));
  return {
    milliCPU: each.reduce((sum, { cpu }) => sum + cpu, 0n),
    memory: each.reduce((sum, { memory }) => sum + memory, 0n),
  };
}

export function checkFit(vector: FitVector): Differences {
  const differences: Differences = [];
  const quantities = createQuantityReader();
  const node = nodeFromJson(vector.node, quantities);
  const candidate = podFromJson(vector.pod, quantities);
  // the format says that all pods[] count on the node, whatever they say of themselves
  const pods = vector.pods.map((pod) => podFromJson(pod, quantities));
  const placed = pods.map((pod) => ({ ...pod, nodeName: node.name, phase: 'Running' }));
  for (const minor of [36, 37]) {
    const expect = minor === 37 ? (vector.expect137 ?? vector.expect) : vector.expect;
    const packing = foldOf([node], placed, latest(minor)).result();
    const [packed] = packing.nodes;
    if (packed === undefined) return ['no node'];
    const usage = {
      allocatable: toTotals(node.allocatable),
      requested: packed.requested,
      podCount: packed.podCount,
    };
    const found = shortages(podRequests(candidate, forCandidate(latest(minor))), usage);
    const filters = {
      NodeUnschedulable: toleratesCordon(candidate.constraints.tolerations, node),
      NodeName: candidate.nodeName === null || candidate.nodeName === node.name,
      TaintToleration: blockingTaint(candidate.constraints.tolerations, node) === null,
      NodeAffinity: matchesNodeAffinity(candidate, node),
      NodePorts: !portsConflict(hostPortsOf(candidate), placed.flatMap(hostPortsOf)),
    };
    const at = `1.${minor} `;
    compare(differences, `${at}requested`, usageOf(packed.requested), expect.requested);
    compare(differences, `${at}allocatable`, allocatableOf(node), expect.allocatable);
    compare(differences, `${at}pods`, packed.podCount, expect.podCount);
    compare(differences, `${at}fits`, found.length === 0, expect.fits);
    compare(
      differences,
      `${at}insufficient`,
      found.map(({ resource }) => resource),
      expect.insufficient,
    );
    const details = expect.details.map(({ resource, requested, used, capacity, unresolvable }) => ({
      resource,
      requested,
      used,
      capacity,
      unresolvable,
    }));
    const byResource = details.sort((a, b) => (a.resource < b.resource ? -1 : 1));
    compare(differences, `${at}details`, found, byResource);
    compare(differences, `${at}filters`, filters, expect.filters);
    const schedulable = found.length === 0 && Object.values(filters).every(Boolean);
    compare(differences, `${at}schedulable`, schedulable, expect.schedulable);
    for (const difference of checkRows(node, packing, candidate, minor, expect))
      differences.push(`${at}${difference}`);
  }
  return differences;
}
