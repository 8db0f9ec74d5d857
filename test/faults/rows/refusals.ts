/** What an API server refuses, at the second page of a list. */
import { expireRevisions, whenAsked } from '../../support/cluster-under-test.ts';
import type { ClusterRow } from '../cluster-cell.ts';
import {
  allWaits,
  always,
  byResource,
  later,
  once,
  page2,
  refused,
  status,
  whole,
  words,
} from './arrange.ts';

const expiredForGood = `${page2}: 410: The resourceVersion for the provided list is too old.`;
const expiredAgain =
  'could not list LIST (page 3 of about 3): 410: The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects t';

export const refusalRows: readonly ClusterRow[] = [
  {
    fault: '401',
    arrange: later(status(401)),
    expected: refused(
      2,
      `${page2}: 401: Unauthorized (the credentials are missing, wrong or expired: log in again, or check the user of the kubeconfig context)`,
    ),
  },
  {
    fault: '403',
    arrange: later(status(403)),
    expected: refused(
      2,
      `${page2}: 403: pods is forbidden: User "fixture-reader" cannot list resource "pods" in API group "" at the cluster scope (grant list on nodes and pods to this user: see README, Permissions)`,
    ),
  },
  {
    fault: '404',
    arrange: later(status(404)),
    expected: refused(
      2,
      `${page2}: 404: the server could not find the requested resource (is this the address of a Kubernetes API server?)`,
    ),
  },
  {
    fault: '410 on a continue, once',
    arrange: ({ under, isLater }) => whenAsked(under.server, isLater, () => expireRevisions(under.server)),
    expected: byResource(whole(5, '1 restart of the list'), whole(5, 'marked per-resource')),
  },
  {
    fault: '410 on every continue; the fresh token that comes with it is good',
    arrange: ({ under, isLater, resource }) =>
      whenAsked(under.server, isLater, () => expireRevisions(under.server), resource === 'nodes' ? 4 : 5),
    expected: byResource(
      whole(10, '3 restarts of the list, marked inconsistent'),
      whole(12, '3 restarts of the list, marked inconsistent'),
    ),
  },
  {
    fault: '410 on every continue, and again behind the fresh token',
    arrange: ({ under, isLater }) =>
      whenAsked(under.server, isLater, () => expireRevisions(under.server), always),
    expected: byResource(refused(10, expiredAgain), refused(12, expiredAgain)),
  },
  {
    fault: '410 on every continue, without a token',
    arrange: later(status(410), always),
    expected: byResource(refused(8, expiredForGood), refused(10, expiredForGood)),
  },
  {
    fault: '410 on a list at an exact revision',
    only: 'pods',
    arrange: ({ under, isFirst }) => whenAsked(under.server, isFirst, () => expireRevisions(under.server)),
    expected: whole(4, 'marked per-resource'),
  },
  {
    fault: '504 on a list at an exact revision',
    only: 'pods',
    arrange: ({ under, isFirst }) => under.server.faults.next({ match: isFirst, action: status(504) }),
    expected: whole(4, 'marked per-resource'),
  },
  { fault: '429, once', arrange: later(status(429)), expected: once },
  {
    fault: '429 with Retry-After: 2, once',
    arrange: later(status(429, 2)),
    expected: whole(4, '1 retry, 2.0 s waited'),
  },
  {
    fault: '429, for good',
    arrange: later(status(429), always),
    expected: refused(
      8,
      `${page2}: 429: Too many requests, please try again later. (the server asks for fewer requests: see README, Permissions, on giving the job a FlowSchema of its own) (7 tries); ${allWaits}`,
    ),
  },
  {
    fault: '429 with Retry-After: 600',
    arrange: later(status(429, 600)),
    expected: refused(
      2,
      `${page2}: 429: Too many requests, please try again later. (the server asks for fewer requests: see README, Permissions, on giving the job a FlowSchema of its own) (it asks to wait 600 s)`,
    ),
  },
  ...([500, 502, 503, 504] as const).flatMap((code): ClusterRow[] => [
    { fault: `${code}, once`, arrange: later(status(code)), expected: once },
    {
      fault: `${code}, for good`,
      arrange: later(status(code), always),
      expected: refused(8, `${page2}: ${code}: ${words[code]} (7 tries); ${allWaits}`),
    },
  ]),
  {
    fault: '503 with Retry-After: 5, once',
    arrange: later(status(503, 5)),
    expected: whole(4, '1 retry, 5.0 s waited'),
  },
];
