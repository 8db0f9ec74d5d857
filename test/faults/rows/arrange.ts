/** How faults between the job and the API server are arranged, and how they end. The list has three pages of four. */
import type { FaultAction, FaultStatus } from '../../support/apiserver/faults.ts';
import { whenAsked } from '../../support/cluster-under-test.ts';
import type { Cell, Subject } from '../cluster-cell.ts';
import type { Outcome } from '../table.ts';

export const always = Number.POSITIVE_INFINITY;

/** The second page meets `action`, so many times. */
export const later =
  (action: FaultAction, times = 1) =>
  ({ under, isLater }: Subject): void =>
    under.server.faults.next({ match: isLater, times, action });

export const status = (code: FaultStatus, retryAfterSeconds?: number): FaultAction => ({
  kind: 'status',
  code,
  ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
});

/** The next connection after the first page's fails, and so many more. */
export const broken =
  (kind: Parameters<Subject['way']['fail']>[0], times: number) =>
  ({ under, way, isFirst }: Subject): void =>
    whenAsked(under.server, isFirst, () => way.fail(kind, times));

export const whole = (requests: number, says: string): Outcome => ({
  exit: 0,
  says,
  requests,
  sees: 'the whole snapshot',
});
export const refused = (requests: number, says: string): Outcome => ({
  exit: 3,
  says,
  requests,
  sees: 'none',
});
export const page2 = 'could not list LIST (page 2 of about 3)';
/** 0.125 s, twice as long each time. */
export const allWaits = '7.9 s waited';
export const once = whole(4, '1 retry, 0.1 s waited');

export const words = {
  500: 'Internal error occurred: simulated',
  502: '<html><body><h1>502 Bad Gateway</h1></body></html>',
  503: '<html><body><h1>503 Service Temporarily Unavailable</h1></body></html>',
  504: '{"metadata":{},"status":"Failure","message":"Timeout: request did not complete within the allotted timeout","reason":"Timeout","details":{},"code":504}',
} as const;

/** Pods are first listed at the revision of the nodes: where that is gone, at the newest, which is no restart. */
export const byResource =
  (ofNodes: Outcome, ofPods: Outcome) =>
  ({ resource }: Cell): Outcome =>
    resource === 'nodes' ? ofNodes : ofPods;
export const byEncoding =
  (inProtobuf: Outcome, inJson: Outcome) =>
  ({ encoding }: Cell): Outcome =>
    encoding === 'protobuf' ? inProtobuf : inJson;
