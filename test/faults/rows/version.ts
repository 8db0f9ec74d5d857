/** The first request of all. */
import type { FaultAction } from '../../support/apiserver/faults.ts';
import type { ClusterRow, Subject } from '../cluster-cell.ts';
import type { Outcome } from '../table.ts';
import { always, refused, status, whole, words } from './arrange.ts';

/** The first request of all meets `action`. */
const atFirst =
  (action: FaultAction, times = 1) =>
  ({ under, isFirst }: Subject): void =>
    under.server.faults.next({ match: isFirst, times, action });
const version = 'could not read the version of SERVER';
const shortWaits = '0.4 s waited';

export const versionRows: readonly ClusterRow[] = (
  [
    ['none', () => undefined, whole(1, 'as without it')],
    [
      'DNS: no such name',
      ({ way }) => way.fail('no such name', always),
      refused(1, 'could not reach SERVER: its name does not resolve: check the address and your DNS or VPN'),
    ],
    [
      'connection refused',
      ({ way }) => way.fail('refused', always),
      refused(
        1,
        'could not reach SERVER: the connection was refused: check the address, and that the server is running',
      ),
    ],
    ['connection reset before an answer, once', atFirst({ kind: 'reset' }), whole(2, '0.1 s waited')],
    [
      'connection reset before an answer, for good',
      atFirst({ kind: 'reset' }, always),
      refused(3, `${version}: could not reach SERVER: the connection was cut (3 tries); ${shortWaits}`),
    ],
    ['body cut in the middle, once', atFirst({ kind: 'cut', afterBytes: 100 }), whole(2, '0.1 s waited')],
    ['503, once', atFirst(status(503)), whole(2, '0.1 s waited')],
    [
      '503, for good',
      atFirst(status(503), always),
      refused(3, `${version}: 503: ${words[503]} (3 tries); ${shortWaits}`),
    ],
    ['429 with Retry-After: 2, once', atFirst(status(429, 2)), whole(2, '2.0 s waited')],
  ] satisfies readonly (readonly [string, ClusterRow['arrange'], Outcome])[]
).map(([fault, arrange, expected]) => ({ fault, only: 'version', arrange, expected }));
