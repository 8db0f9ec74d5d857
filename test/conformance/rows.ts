/** What `fit` says of stored rows, against what the scheduler's own code says of the objects that they were made of. */
import type { Node } from '../../lib/model/node.ts';
import type { Pod } from '../../lib/model/pod.ts';
import { addTotals, toTotals } from '../../lib/model/resources.ts';
import { publishedTotals } from '../../lib/packing/amounts.ts';
import type { Packing } from '../../lib/packing/fold.ts';
import { headroom } from '../../lib/packing/headroom.ts';
import { nodeRow, workloadRow } from '../../lib/packing/rows.ts';
import { shapeOfPod } from '../../lib/packing/shape.ts';
import { usagesOf } from '../../lib/packing/usage.ts';
import { hostPortsOf, shortages } from '../../lib/scheduler/fit.ts';
import { podRequests } from '../../lib/scheduler/requests.ts';
import { forCandidate, semanticsFor } from '../../lib/scheduler/semantics.ts';
import { identity } from '../support/snapshots.ts';

export interface ExpectedFit {
  readonly schedulable: boolean;
  readonly insufficient: readonly string[];
  /** By name: whether the pod passes. */
  readonly filters: Readonly<Record<string, boolean>>;
}

/** Our words for the scheduler's filters. A node's name is a field that affinity may ask for. */
const filtersOf: Readonly<Record<string, readonly string[]>> = {
  cordoned: ['NodeUnschedulable'],
  taint: ['TaintToleration'],
  'node affinity': ['NodeAffinity', 'NodeName'],
  'host port': ['NodePorts'],
};

/**
 * Differences, one sentence each: whether the pod fits, what stops it, and that as many fit as are said and no more.
 * The node counts as ready: vectors say nothing of it, and `fit` looks at it first.
 */
export function checkRows(
  node: Node,
  packing: Packing,
  candidate: Pod,
  minor: number,
  expect: ExpectedFit,
): string[] {
  const [packed, ...others] = packing.nodes;
  if (packed === undefined || others.length > 0) return ['rows: there must be one node'];
  const ready: Node = { ...node, conditions: [{ type: 'Ready', status: 'True' }] };
  const rows = {
    nodes: usagesOf([{ ...packed, node: ready }]).map((usage) => nodeRow(usage, identity, [])),
    workloads: packing.workloads.map((workload, index) =>
      workloadRow(workload, { index, nodes: 1, requests: publishedTotals(workload.requests) }, identity),
    ),
  };
  // as they are stored
  const stored = JSON.parse(JSON.stringify(rows)) as typeof rows;
  const [found] = headroom(stored, shapeOfPod(candidate, { kubernetesVersion: `v1.${minor}.0` })).nodes;
  if (found === undefined) return ['rows: no node'];
  const { fits, stoppedBy } = found;
  const said = `rows: ${fits} fit, stopped by ${stoppedBy}`;
  if (fits > 0 !== expect.schedulable) return [`${said}; expected schedulable ${expect.schedulable}`];
  if (fits === 0) {
    const failed = Object.keys(expect.filters).filter((name) => expect.filters[name] === false);
    const mayBe = filtersOf[stoppedBy];
    const agrees = mayBe?.some((name) => failed.includes(name)) ?? expect.insufficient.includes(stoppedBy);
    return agrees ? [] : [`${said}; expected one of ${[...expect.insufficient, ...failed].join(', ')}`];
  }
  const requests = podRequests(candidate, forCandidate(semanticsFor(minor).semantics));
  const takesAnother = (copies: number): boolean => {
    if (copies > 0 && hostPortsOf(candidate).length > 0) return false;
    const requested = new Map(packed.requested);
    addTotals(requested, requests, BigInt(copies));
    const podCount = packed.podCount + copies;
    return shortages(requests, { allocatable: toTotals(node.allocatable), requested, podCount }).length === 0;
  };
  return takesAnother(fits - 1) && !takesAnother(fits) ? [] : [`${said}; the scheduler takes another number`];
}
