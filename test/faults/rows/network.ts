/** Faults of the way to the API server, and of bodies on it, at the second page of a list. */
import { whenAsked } from '../../support/cluster-under-test.ts';
import type { ClusterRow, Subject } from '../cluster-cell.ts';
import { allWaits, always, broken, later, once, page2, refused, whole } from './arrange.ts';

/** It is gone until the job has waited twice. */
function restart({ under: { server }, clock, isLater }: Subject): void {
  let gone: Promise<void> = Promise.resolve();
  const match: typeof isLater = (request) => {
    if (!isLater(request)) return false;
    gone = server.down();
    return true;
  };
  server.faults.next({ match, action: { kind: 'reset' } });
  clock.afterPause = async (count) => {
    if (count !== 2) return;
    await gone;
    await server.up();
  };
}

const middle = { kind: 'cut', afterBytes: 6000 } as const;

export const networkRows: readonly ClusterRow[] = [
  { fault: 'none', arrange: () => undefined, expected: whole(3, 'as without it') },
  {
    fault: 'DNS: no such name',
    arrange: broken('no such name', 1),
    expected: refused(
      2,
      `${page2}: could not reach SERVER: its name does not resolve: check the address and your DNS or VPN`,
    ),
  },
  { fault: 'DNS: no answer, once', arrange: broken('no name server', 1), expected: once },
  {
    fault: 'DNS: no answer, for good',
    arrange: broken('no name server', always),
    expected: refused(
      8,
      `${page2}: could not reach SERVER: its name could not be looked up just now (7 tries); ${allWaits}`,
    ),
  },
  { fault: 'connection refused, once', arrange: broken('refused', 1), expected: once },
  {
    fault: 'connection refused, for good',
    arrange: broken('refused', always),
    expected: refused(
      8,
      `${page2}: could not reach SERVER: the connection was refused: check the address, and that the server is running (7 tries); ${allWaits}`,
    ),
  },
  {
    fault: 'TLS: a certificate of another authority',
    arrange: broken('another authority', 1),
    expected: refused(
      2,
      `${page2}: could not reach SERVER: the certificate authority that is given for it (by the kubeconfig, the pod or EKS) did not sign its certificate: check certificate-authority-data, or tls-server-name`,
    ),
  },
  { fault: 'connection reset before an answer, once', arrange: later({ kind: 'reset' }), expected: once },
  { fault: 'body cut at its start, once', arrange: later({ kind: 'cut', afterBytes: 0 }), expected: once },
  { fault: 'body cut in the middle, once', arrange: later(middle), expected: once },
  {
    fault: 'body cut before its last chunk, once',
    arrange: later({ kind: 'cut', afterBytes: 1e9 }),
    expected: once,
  },
  {
    fault: 'body cut at its start, for good',
    arrange: later({ kind: 'cut', afterBytes: 0 }, always),
    expected: refused(8, `${page2}: could not reach SERVER: the connection was cut (7 tries); ${allWaits}`),
  },
  {
    fault: 'body cut in the middle, for good',
    arrange: later(middle, always),
    expected: refused(9, `${page2}: could not reach SERVER: the connection was cut (7 tries); ${allWaits}`),
  },
  {
    fault: 'body that stalls, once',
    arrange: later({ kind: 'stall', afterBytes: 6000 }),
    requestTimeoutMs: 4000,
    expected: once,
  },
  ...(
    [
      ['back', -3_600_000],
      ['ahead', 3_600_000],
    ] as const
  ).map(([way, byMs]): ClusterRow => ({
    fault: `the clock is set ${way} by an hour midway`,
    arrange: ({ under, isLater, setClock }) => whenAsked(under.server, isLater, () => setClock(byMs)),
    expected: whole(3, 'as without it'),
  })),
  { fault: 'the server restarts midway', arrange: restart, expected: whole(5, '2 retries, 0.4 s waited') },
];
